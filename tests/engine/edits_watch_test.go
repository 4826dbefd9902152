package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/names"
)

const (
	refusedFilter   = "cloudwatch/logMetricFilter:LogMetricFilter watch-refused-filter"
	throttledFilter = "cloudwatch/logMetricFilter:LogMetricFilter watch-throttled-filter"
	refusedAlarm    = "cloudwatch/metricAlarm:MetricAlarm watch-refused"
	errorsAlarm     = "cloudwatch/metricAlarm:MetricAlarm watch-serverErrors"
	throttledAlarm  = "cloudwatch/metricAlarm:MetricAlarm watch-throttled"
	callsQuery      = "cloudwatch/queryDefinition:QueryDefinition watch-calls"
	errorsQuery     = "cloudwatch/queryDefinition:QueryDefinition watch-errors"
	refusalsQuery   = "cloudwatch/queryDefinition:QueryDefinition watch-refusals"
)

// theAlarms are alarms without a topic.
const theAlarms = `alarms: {thresholds: {refused: 3}}`

var (
	allAlarms  = update(refusedAlarm, errorsAlarm, throttledAlarm)
	allQueries = update(callsQuery, errorsQuery, refusalsQuery)
)

// watchEdits edit the sandbox stack with theAlarms. The filters count on during all edits:
// only turning the alarms off deletes them.
var watchEdits = []edit{
	{name: "turn the alarms off and on", previews: true, steps: []step{
		{`alarms: null`, remove(names.Alarms("watch")...)},
		{`alarms: {thresholds: null}`, harness.Changes{}},
		{"", create(names.Alarms("watch")...)},
	}},
	{name: "change each threshold", previews: true, steps: []step{
		{`alarms: {thresholds: {refused: 4}}`, update(refusedAlarm)},
		{`alarms: {thresholds: {refused: 4, serverErrors: 1}}`, update(errorsAlarm)},
		{`alarms: {thresholds: {refused: 4, serverErrors: 1, throttled: 1000000}}`, update(throttledAlarm)},
		{`alarms: {thresholds: {refused: null, serverErrors: 5, throttled: 100}}`, allAlarms}, // the defaults
		{`alarms: {thresholds: null, topicArn: null}`, remove(names.Alarms("watch")...)},
		{"", create(names.Alarms("watch")...)},
	}},
	{name: "add a topic, change it and remove it", previews: true, steps: []step{
		{`alarms: {topicArn: arn:aws:sns:us-east-1:111122223333:ops}`, allAlarms},
		{`alarms: {topicArn: arn:aws:sns:us-east-1:444455556666:ops}`, allAlarms},
		{"", allAlarms},
	}},
	{name: "rename the stage that is watched", previews: true, steps: []step{
		{`stageName: live`, harness.Join(stageRenamed, allAlarms)}, // the descriptions, and a dimension
		{"", harness.Join(stageRenamed, allAlarms)},
	}},
	{name: "rename the API that is watched", previews: true, steps: []step{
		{`apiName: Orders`, harness.Join(update(theAPI), allAlarms, allQueries)},
		{"", harness.Join(update(theAPI), allAlarms, allQueries)},
	}},
	{name: "change the retention of the log that is counted", steps: []step{
		{`accessLog: {retentionDays: 1}`, update(accessLog, functionLog)},
		{"", update(accessLog, functionLog)},
	}},
	{name: "add an authorizer, whose claims are queried", steps: []step{
		{`{authorizers: {customers: {issuer: "https://issuer.example.com", audiences: [shop]}}, routes: {GET /catalog: {authorization: customers}}}`,
			harness.Join(create(customers, catalogRoute), update(theStage, callsQuery, refusalsQuery))},
		{"", harness.Join(remove(customers, catalogRoute), update(theStage, callsQuery, refusalsQuery))},
	}},
	{name: "tag what watches", steps: []step{
		{`{tags: {team: shop}, accessAnalyzer: true}`, harness.Join(update(tagged...), allAlarms, create(names.Analyzer("watch")))},
		{`{tags: {team: store}, accessAnalyzer: true}`, harness.Join(update(tagged...), allAlarms, update(names.Analyzer("watch")))},
		{"", harness.Join(update(tagged...), allAlarms, remove(names.Analyzer("watch")))},
	}},
	{name: "add an analyzer, remove the alarms, and the other way round", previews: true, steps: []step{
		{`accessAnalyzer: true`, create(names.Analyzer("watch"))},
		{`{accessAnalyzer: true, alarms: null}`, remove(names.Alarms("watch")...)},
		{`{accessAnalyzer: false, alarms: null}`, remove(names.Analyzer("watch"))},
		{"", create(names.Alarms("watch")...)},
	}},
}

// TestEditsOfWatch is like TestEdits, with a stack that has alarms.
func TestEditsOfWatch(t *testing.T) {
	runEdits(t, harness.Merge(t, harness.Config(t), theAlarms), watchEdits)
}

// TestFiltersCountDuringEdits delivers a refusal before each request of an update that
// renames the stage and the API and changes the alarms. All of them are counted.
func TestFiltersCountDuringEdits(t *testing.T) {
	t.Parallel()
	config := harness.Merge(t, harness.Config(t), theAlarms)
	run := harness.New(t, config)
	run.Up(t)
	h := handOn(t, run.Cloud)
	group := Must(h.region.DescribeLogGroup(h.accessLog()))
	start, delivered := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), 0.0
	run.Cloud.OnMutation(func(cloud.Mutation) cloud.Fault {
		run.Cloud.DeliverLog(group.ARN, start, `{"status":"403"}`)
		delivered++
		return cloud.NoFault
	})
	run.Configure(t, harness.Merge(t, config, `
{stageName: live, apiName: Orders, accessLog: {retentionDays: 1}, alarms: {thresholds: {refused: 1}}, tags: {team: shop}}`))
	run.Up(t, engine.Options{Parallel: 1})
	run.Cloud.OnMutation(nil)
	metric := cloud.Metric{Namespace: "HttpApi/" + h.apiID(), Name: "Refused"}
	sum, _, err := h.region.MetricSum(metric, start, start.Add(time.Minute))
	require.NoError(t, err)
	assert.Greater(t, delivered, 10.0)
	assert.Equal(t, delivered, sum)
}

// TestTwoStacksInOneAccount deploys the program twice. Each stack counts its own requests,
// and destroying one leaves the other's alarms.
func TestTwoStacksInOneAccount(t *testing.T) {
	t.Parallel()
	config := harness.Merge(t, harness.Config(t), `
{users: null, groups: null, roles: null, backend: {archive: null, url: "https://backend.example.com"}, alarms: {thresholds: {refused: 3}}}`)
	first := harness.New(t, config)
	second := first.Branch()
	second.Cloud = first.Cloud
	second.Stack = first.Stack.Branch(first.Cloud)
	first.Up(t)
	before := first.Cloud.Describe()
	second.Up(t)
	h := handOn(t, first.Cloud)
	alarms := Must(h.region.DescribeAlarms())
	require.Len(t, alarms, 6)
	namespaces := map[string]bool{}
	for _, alarm := range alarms {
		namespaces[alarm.Namespace+alarm.Dimensions["ApiId"]] = true
	}
	require.Len(t, namespaces, 4)
	require.Len(t, Must(h.region.DescribeMetricFilters()), 4)
	second.Destroy(t)
	require.Equal(t, before, first.Cloud.Describe())
	require.Empty(t, first.Refresh(t))
}

// TestSecondAnalyzer deploys to an account that has an analyzer. AWS refuses another one.
// The rest of the stack is deployed, and the next update continues.
func TestSecondAnalyzer(t *testing.T) {
	t.Parallel()
	config := harness.Merge(t, harness.Config(t), theAlarms)
	run := harness.New(t, config)
	h := handOn(t, run.Cloud)
	Must(h.region.CreateAnalyzer("security-team", "ACCOUNT", nil))
	run.Up(t)
	run.Configure(t, harness.Merge(t, config, `accessAnalyzer: true`))
	assert.Equal(t, create(names.Analyzer("watch")), run.Preview(t), "a preview does not know it")
	_, err := run.TryUp()
	require.ErrorContains(t, err, "ServiceQuotaExceededException")
	run.Configure(t, config)
	assert.Empty(t, run.Up(t))
	h.do(h.region.DeleteAnalyzer("security-team"))
	run.Configure(t, harness.Merge(t, config, `accessAnalyzer: true`))
	assert.Equal(t, create(names.Analyzer("watch")), run.Up(t))
	assert.Empty(t, run.Preview(t))
}

// setAlarm changes an alarm, whose name begins with that of its resource, or deletes it if
// change is nil.
func (h hand) setAlarm(resource string, change func(*cloud.AlarmSettings)) {
	alarms := Must(h.region.DescribeAlarms())
	i := slices.IndexFunc(alarms, func(a cloud.Alarm) bool { return strings.HasPrefix(a.AlarmName, resource) })
	require.GreaterOrEqual(h, i, 0, resource)
	if change == nil {
		h.do(h.region.DeleteAlarm(alarms[i].AlarmName))
		return
	}
	settings := alarms[i].AlarmSettings
	change(&settings)
	h.do(h.region.PutMetricAlarm(settings, nil))
}

// setFilter changes a metric filter, or deletes it if change is nil.
func (h hand) setFilter(resource string, change func(*cloud.MetricFilterSettings)) {
	filters := Must(h.region.DescribeMetricFilters())
	i := slices.IndexFunc(filters, func(f cloud.MetricFilter) bool { return strings.HasPrefix(f.FilterName, resource) })
	require.GreaterOrEqual(h, i, 0, resource)
	if change == nil {
		h.do(h.region.DeleteMetricFilter(filters[i].LogGroupName, filters[i].FilterName))
		return
	}
	settings := filters[i].MetricFilterSettings
	change(&settings)
	h.do(h.region.PutMetricFilter(filters[i].LogGroupName, settings))
}

// query returns a saved query by the end of its name.
func (h hand) query(title string) cloud.QueryDefinition {
	queries := Must(h.region.DescribeQueryDefinitions())
	i := slices.IndexFunc(queries, func(q cloud.QueryDefinition) bool { return strings.HasSuffix(q.Name, title) })
	require.GreaterOrEqual(h, i, 0, title)
	return queries[i]
}

var watchDrifts = []drift{
	{
		name: "an alarm's threshold, actions and treatment of missing data are changed",
		by: func(h hand) {
			h.setAlarm("watch-refused", func(s *cloud.AlarmSettings) { s.Threshold = 1e6 })
			h.setAlarm("watch-serverErrors", func(s *cloud.AlarmSettings) { s.AlarmActions, s.ActionsEnabled = nil, false })
			h.setAlarm("watch-throttled", func(s *cloud.AlarmSettings) { s.TreatMissingData, s.Period = "breaching", 60 })
		},
		found: allAlarms,
	},
	{
		name:  "an alarm is deleted",
		by:    func(h hand) { h.setAlarm("watch-refused", nil) },
		found: remove(refusedAlarm), repair: create(refusedAlarm),
	},
	{
		name: "a filter counts something else, and another counts nothing",
		by: func(h hand) {
			h.setFilter("watch-refused", func(s *cloud.MetricFilterSettings) { s.FilterPattern = `{ $.status = "404" }` })
			h.setFilter("watch-throttled", func(s *cloud.MetricFilterSettings) { s.MetricTransformation.MetricValue = "0" })
		},
		found: update(refusedFilter, throttledFilter),
	},
	{
		name:  "a filter is deleted",
		by:    func(h hand) { h.setFilter("watch-refused", nil) },
		found: remove(refusedFilter), repair: create(refusedFilter),
	},
	{
		name: "a query is changed, another is deleted",
		by: func(h hand) {
			q := h.query("Calls by principal")
			q.QueryString, q.Name = "fields @message", "mine"
			Must(h.region.PutQueryDefinition(q.QueryDefinitionID, q.QueryDefinitionSettings))
			h.do(h.region.DeleteQueryDefinition(h.query("Errors by route").QueryDefinitionID))
		},
		found: harness.Join(update(callsQuery), remove(errorsQuery)), repair: harness.Join(update(callsQuery), create(errorsQuery)),
	},
	{
		name:  "the analyzer is deleted",
		by:    func(h hand) { h.do(h.region.DeleteAnalyzer("external-access")) },
		found: remove(names.Analyzer("watch")), repair: create(names.Analyzer("watch")),
	},
	{
		name: "someone else watches the log, too",
		before: func(h hand) {
			filter := cloud.MetricFilterSettings{FilterName: "theirs", FilterPattern: `{ $.status = "403" }`, MetricTransformation: cloud.MetricTransformation{
				MetricNamespace: "Theirs", MetricName: "Refused", MetricValue: "1"}}
			h.do(h.region.PutMetricFilter(h.accessLog(), filter))
		},
		by:    func(h hand) { h.setFilter("watch-refused", nil) },
		found: remove(refusedFilter), repair: create(refusedFilter),
	},
}

// TestDriftOfWatch is like TestDrift, with a stack that has alarms and an analyzer.
func TestDriftOfWatch(t *testing.T) {
	base := harness.New(t, harness.Merge(t, harness.Config(t), `
{alarms: {topicArn: arn:aws:sns:us-east-1:111122223333:ops}, accessAnalyzer: true}`))
	base.Up(t)
	for _, d := range watchDrifts {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			d.run(t, base.Branch())
		})
	}
}
