package cloud_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const group = "arn:aws:logs:us-east-1:111122223333:log-group:g"

// newYear is the beginning of a minute.
var newYear = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func refusedFilter(name, pattern string) cloud.MetricFilterSettings {
	return cloud.MetricFilterSettings{FilterName: name, FilterPattern: pattern, MetricTransformation: cloud.MetricTransformation{
		MetricNamespace: "HttpApi/a", MetricName: name, MetricValue: "1", DefaultValue: "0", Unit: "None"}}
}

// TestMetricFilters counts events. Only those that are delivered after a filter exists
// count.
func TestMetricFilters(t *testing.T) {
	c, a := account()
	r := a.Region(Region)
	OK(r.CreateLogGroup("g", "", nil))
	deliver := func(minute int, event string) {
		c.DeliverLog(group, newYear.Add(time.Duration(minute)*time.Minute), event)
	}
	sum := func(name string, from, until int) any {
		at := func(minute int) time.Time { return newYear.Add(time.Duration(minute) * time.Minute) }
		value, exists, err := r.MetricSum(cloud.Metric{Namespace: "HttpApi/a", Name: name}, at(from), at(until))
		OK(err)
		if !exists {
			return nil
		}
		return value
	}
	deliver(0, `{"status":"403"}`)
	OK(r.PutMetricFilter("g", refusedFilter("Refused", `{ $.status = "403" }`)))
	without := refusedFilter("Slow", `{ $.ms > 100 }`)
	without.MetricTransformation.MetricValue, without.MetricTransformation.DefaultValue = "2.5", ""
	OK(r.PutMetricFilter("g", without))
	deliver(0, `{"status":"403"}`)
	deliver(0, `{"status":"200","ms":101}`)
	deliver(0, `{"status":"403","ms":200}`)
	deliver(1, `{"status":"200"}`)
	deliver(3, "no JSON")
	assert.Equal(t, []any{2.0, 0.0, nil, 0.0, nil, 2.0}, []any{sum("Refused", 0, 1), sum("Refused", 1, 2), sum("Refused", 2, 3),
		sum("Refused", 3, 4), sum("Refused", 4, 5), sum("Refused", 0, 9)})
	assert.Equal(t, []any{5.0, nil}, []any{sum("Slow", 0, 1), sum("Slow", 1, 9)})

	copied := c.Clone()
	copied.DeliverLog(group, newYear, `{"status":"403"}`)
	assert.Equal(t, 2.0, sum("Refused", 0, 1))

	OK(r.PutMetricFilter("g", refusedFilter("Refused", `{ $.status = "401" }`)))
	deliver(0, `{"status":"403"}`)
	deliver(0, `{"status":"401"}`)
	assert.Equal(t, 3.0, sum("Refused", 0, 1))
	OK(r.DeleteMetricFilter("g", "Refused"))
	deliver(0, `{"status":"401"}`)
	assert.Equal(t, 3.0, sum("Refused", 0, 1), "a metric stays")
	OK(r.DeleteLogGroup("g"))
	WantCode(t, cloud.CodeResourceNotFound, failed(r.DescribeMetricFilter("g", "Slow")))
	assert.Empty(t, Must(r.DescribeMetricFilters()))
}

// TestMetricsAreBounded keeps the newest minutes of a metric.
func TestMetricsAreBounded(t *testing.T) {
	c, a := account()
	r := a.Region(Region)
	OK(r.CreateLogGroup("g", "", nil))
	metric := cloud.Metric{Namespace: "AWS/ApiGateway", Name: "Count", Dimensions: map[string]string{"ApiId": "a"}}
	const minutes = 10_000
	for i := range minutes {
		c.PutServiceMetrics(cloud.APIAccount, Region, newYear.Add(time.Duration(i)*time.Minute), cloud.MetricDatum{Metric: metric, Value: 1})
	}
	sum, _, err := r.MetricSum(metric, newYear, newYear.Add(minutes*time.Minute))
	require.NoError(t, err)
	assert.LessOrEqual(t, sum, 4320.0)
	_, last, _ := r.MetricSum(metric, newYear.Add((minutes-1)*time.Minute), newYear.Add(minutes*time.Minute))
	assert.True(t, last)
}

func TestBadMetricFilters(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	OK(r.CreateLogGroup("g", "", nil))
	OK(r.CreateLogGroup("rare", "INFREQUENT_ACCESS", nil))
	for name, row := range map[string]struct {
		group, code string
		change      func(*cloud.MetricFilterSettings)
	}{
		"no group":              {"x", cloud.CodeResourceNotFound, func(s *cloud.MetricFilterSettings) {}},
		"infrequent access":     {"rare", cloud.CodeInvalidParameter, func(s *cloud.MetricFilterSettings) {}},
		"no name":               {"g", cloud.CodeInvalidParameter, func(s *cloud.MetricFilterSettings) { s.FilterName = "" }},
		"a colon":               {"g", cloud.CodeInvalidParameter, func(s *cloud.MetricFilterSettings) { s.FilterName = "a:b" }},
		"a long name":           {"g", cloud.CodeInvalidParameter, func(s *cloud.MetricFilterSettings) { s.FilterName = strings.Repeat("a", 513) }},
		"a bad pattern":         {"g", cloud.CodeInvalidParameter, func(s *cloud.MetricFilterSettings) { s.FilterPattern = "{" }},
		"AWS's namespace":       {"g", cloud.CodeInvalidParameter, func(s *cloud.MetricFilterSettings) { s.MetricTransformation.MetricNamespace = "AWS/x" }},
		"a long namespace":      {"g", cloud.CodeInvalidParameter, func(s *cloud.MetricFilterSettings) { s.MetricTransformation.MetricNamespace = strings.Repeat("a", 256) }},
		"a wildcard in a name":  {"g", cloud.CodeInvalidParameter, func(s *cloud.MetricFilterSettings) { s.MetricTransformation.MetricName = "a*" }},
		"no value":              {"g", cloud.CodeInvalidParameter, func(s *cloud.MetricFilterSettings) { s.MetricTransformation.MetricValue = "" }},
		"a value of the event":  {"g", "NotModelled", func(s *cloud.MetricFilterSettings) { s.MetricTransformation.MetricValue = "$.ms" }},
		"another default value": {"g", "NotModelled", func(s *cloud.MetricFilterSettings) { s.MetricTransformation.DefaultValue = "1" }},
		"another unit":          {"g", "NotModelled", func(s *cloud.MetricFilterSettings) { s.MetricTransformation.Unit = "Bytes" }},
	} {
		t.Run(name, func(t *testing.T) {
			settings := refusedFilter("Refused", `{ $.status = "403" }`)
			row.change(&settings)
			WantCode(t, row.code, r.PutMetricFilter(row.group, settings))
		})
	}
	for i := range 100 {
		OK(r.PutMetricFilter("g", refusedFilter(fmt.Sprint(i), "")))
	}
	WantCode(t, cloud.CodeLimitExceededException, r.PutMetricFilter("g", refusedFilter("more", "")))
	OK(r.PutMetricFilter("g", refusedFilter("7", `{ $.a != x }`)))
}

func TestQueryDefinitions(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	in := cloud.QueryDefinitionSettings{Name: "a", QueryString: "fields @timestamp", LogGroupNames: []string{"g"}}
	q := Must(r.PutQueryDefinition("", in))
	twin := Must(r.PutQueryDefinition("", in))
	assert.NotEqual(t, q.ARN, twin.ARN)
	in.Name = "b"
	assert.Equal(t, q.ARN, Must(r.PutQueryDefinition(q.QueryDefinitionID, in)).ARN)
	assert.Equal(t, "b", Must(r.DescribeQueryDefinition(q.QueryDefinitionID)).Name)
	WantCode(t, cloud.CodeResourceNotFound, failed(r.PutQueryDefinition("gone", in)))
	OK(r.DeleteQueryDefinition(q.QueryDefinitionID))
	WantCode(t, cloud.CodeResourceNotFound, r.DeleteQueryDefinition(q.QueryDefinitionID))
	for name, change := range map[string]func(*cloud.QueryDefinitionSettings){
		"no name":      func(s *cloud.QueryDefinitionSettings) { s.Name = "" },
		"a long name":  func(s *cloud.QueryDefinitionSettings) { s.Name = strings.Repeat("a", 256) },
		"no query":     func(s *cloud.QueryDefinitionSettings) { s.QueryString = " " },
		"a long query": func(s *cloud.QueryDefinitionSettings) { s.QueryString = strings.Repeat("a", 10_001) },
		"51 groups":    func(s *cloud.QueryDefinitionSettings) { s.LogGroupNames = make([]string, 51) },
		"a bad group":  func(s *cloud.QueryDefinitionSettings) { s.LogGroupNames = []string{"a b"} },
	} {
		t.Run(name, func(t *testing.T) {
			bad := in
			change(&bad)
			WantCode(t, cloud.CodeInvalidParameter, failed(r.PutQueryDefinition("", bad)))
		})
	}
}

// TestAnalyzers creates one analyzer in each region, which is the quota.
func TestAnalyzers(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	made := Must(r.CreateAnalyzer("external-access", "ACCOUNT", map[string]string{"team": "shop"}))
	assert.Equal(t, "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/external-access", made.ARN)
	WantCode(t, cloud.CodeConflict, failed(r.CreateAnalyzer("external-access", "ACCOUNT", nil)))
	WantCode(t, cloud.CodeServiceQuotaExceeded, failed(r.CreateAnalyzer("other", "ACCOUNT", nil)))
	Must(a.Region("eu-west-1").CreateAnalyzer("other", "ACCOUNT", nil))
	WantCode(t, cloud.CodeValidationException, failed(r.CreateAnalyzer("1st", "ACCOUNT", nil)))
	WantCode(t, cloud.CodeValidationException, failed(r.CreateAnalyzer("x", "account", nil)))
	WantCode(t, "NotModelled", failed(r.CreateAnalyzer("x", "ORGANIZATION", nil)))
	OK(r.TagResource(made.ARN, map[string]string{"owner": "me"}))
	assert.Equal(t, map[string]string{"team": "shop", "owner": "me"}, Must(r.GetAnalyzer("external-access")).Tags)
	OK(r.DeleteAnalyzer("external-access"))
	WantCode(t, cloud.CodeResourceNotFound, r.DeleteAnalyzer("external-access"))
}
