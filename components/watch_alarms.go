package components

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Thresholds are the numbers of requests in five minutes at which alarms go off; see
// CheckThreshold. A zero is replaced by that of DefaultThresholds.
type Thresholds struct {
	// Refused counts responses 401 and 403: IAM or an authorizer refused the request, or
	// the backend did.
	Refused int
	// ServerErrors counts responses 5xx.
	ServerErrors int
	// Throttled counts responses 429.
	Throttled int
}

// DefaultThresholds suit a small API. A misconfigured client that retries exceeds them at
// once, and one that is refused now and then does not.
var DefaultThresholds = Thresholds{Refused: 10, ServerErrors: 5, Throttled: 100}

func (t Thresholds) withDefaults() Thresholds {
	return Thresholds{
		Refused:      cmp.Or(t.Refused, DefaultThresholds.Refused),
		ServerErrors: cmp.Or(t.ServerErrors, DefaultThresholds.ServerErrors),
		Throttled:    cmp.Or(t.Throttled, DefaultThresholds.Throttled),
	}
}

// CheckThreshold accepts the threshold of an alarm.
func CheckThreshold(n int) error {
	if n < 1 || n > MaxLimit {
		return fmt.Errorf("must be 1 to %d requests in five minutes; leave it out for the default", MaxLimit)
	}
	return nil
}

var topicArn = regexp.MustCompile(`^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$`)

// CheckTopicArn accepts the ARN of a standard SNS topic. AWS documents standard topics as
// actions of alarms, and not FIFO topics.
func CheckTopicArn(arn string) error {
	switch {
	case topicArn.MatchString(strings.TrimSuffix(arn, ".fifo")) && strings.HasSuffix(arn, ".fifo"):
		return errors.New("must be a standard topic: alarms do not publish to FIFO topics")
	case !topicArn.MatchString(arn):
		return errors.New(`must be the ARN of an SNS topic, such as "arn:aws:sns:us-east-1:111122223333:alarms"`)
	}
	return nil
}

// alarmKind is a kind of alarm.
type alarmKind struct {
	name        string // in names of resources and in configurations
	description string // of the requests
	threshold   func(Thresholds) int
	// metric and pattern are the metric of a metric filter and its pattern. Both are empty
	// for serverErrors, which are a metric of API Gateway.
	metric, pattern string
}

// The patterns compare the status as text, because the log has it as text and AWS does not
// document how a filter compares text with a number.
//
// The metrics do not have a dimension for the principal: each value of a dimension is a
// metric that is charged, and a metric with dimensions has no default value. The saved
// queries say which principals called.
var alarmKinds = []alarmKind{
	{
		name: "refused", description: "refused with 401 or 403", metric: "Refused",
		pattern:   `{ ($.status = "401") || ($.status = "403") }`,
		threshold: func(t Thresholds) int { return t.Refused },
	},
	{
		name: "serverErrors", description: "answered with an error of the server, 5xx",
		threshold: func(t Thresholds) int { return t.ServerErrors },
	},
	{
		name: "throttled", description: "throttled with 429", metric: "Throttled",
		pattern:   `{ $.status = "429" }`, // API Gateway has no metric of these
		threshold: func(t Thresholds) int { return t.Throttled },
	},
}

// watchBuilder creates the children of a Watch that belong to its alarms.
type watchBuilder struct {
	ctx       *pulumi.Context
	name      string
	alarms    Alarms
	tags      map[string]string
	component *Watch
	// namespace is that of the metrics of the filters. It contains the API's id, so that
	// the metrics of two APIs with the same name differ.
	namespace pulumi.StringOutput
}

func newWatchBuilder(ctx *pulumi.Context, name string, args WatchArgs, c *Watch) *watchBuilder {
	b := &watchBuilder{ctx: ctx, name: name, alarms: *args.Alarms, tags: args.Tags, component: c}
	b.alarms.Stage = cmp.Or(b.alarms.Stage, DefaultStage)
	b.alarms.Thresholds = b.alarms.Thresholds.withDefaults()
	b.namespace = pulumi.Sprintf("HttpApi/%s", b.alarms.ApiId)
	return b
}

// createFilters creates the metric filters. A minute with requests and without a match
// counts as 0, so that alarms clear.
func (b *watchBuilder) createFilters() error {
	for _, kind := range alarmKinds {
		if kind.metric == "" {
			continue
		}
		if _, err := cloudwatch.NewLogMetricFilter(b.ctx, b.name+"-"+kind.name+"-filter", &cloudwatch.LogMetricFilterArgs{
			LogGroupName: b.alarms.LogGroupName,
			Pattern:      pulumi.String(kind.pattern),
			MetricTransformation: &cloudwatch.LogMetricFilterMetricTransformationArgs{
				Namespace:    b.namespace,
				Name:         pulumi.String(kind.metric),
				Value:        pulumi.String("1"),
				DefaultValue: pulumi.String("0"),
				Unit:         pulumi.String("Count"),
			},
		}, children(b.component)...); err != nil {
			return err
		}
	}
	return nil
}

// createAlarms creates the alarms. Pulumi completes their names at random, because an alarm
// replaces one with the same name without an error.
func (b *watchBuilder) createAlarms() error {
	for _, kind := range alarmKinds {
		threshold := kind.threshold(b.alarms.Thresholds)
		args := &cloudwatch.MetricAlarmArgs{
			AlarmDescription: pulumi.Sprintf("%d or more requests in five minutes to the stage %s of the API %s (%s) were %s.",
				threshold, b.alarms.Stage, b.alarms.ApiName, b.alarms.ApiId, kind.description),
			Namespace:          b.namespace,
			MetricName:         pulumi.String(kind.metric),
			Statistic:          pulumi.String("Sum"),
			Period:             pulumi.Int(300), // seconds
			EvaluationPeriods:  pulumi.Int(1),
			ComparisonOperator: pulumi.String("GreaterThanOrEqualToThreshold"),
			Threshold:          pulumi.Float64(float64(threshold)),
			TreatMissingData:   pulumi.String("notBreaching"),
			Tags:               pulumi.ToStringMap(b.tags),
		}
		if kind.metric == "" {
			args.Namespace, args.MetricName = pulumi.String("AWS/ApiGateway"), pulumi.String("5xx")
			args.Dimensions = pulumi.StringMap{"ApiId": b.alarms.ApiId, "Stage": pulumi.String(b.alarms.Stage)}
		}
		if b.alarms.TopicArn != nil {
			args.AlarmActions, args.OkActions = pulumi.Array{b.alarms.TopicArn}, pulumi.Array{b.alarms.TopicArn}
		}
		alarm, err := cloudwatch.NewMetricAlarm(b.ctx, b.name+"-"+kind.name, args, children(b.component)...)
		if err != nil {
			return err
		}
		b.component.Alarms[kind.name] = alarm
	}
	return nil
}

// savedQuery is a query of CloudWatch Logs Insights.
type savedQuery struct {
	name, title string
	filter      string // of the events; empty for all
	count       string // the column with the number of requests
	by          []string
}

// savedQueries count requests by the fields of AccessLogFormat. All fields are strings.
var savedQueries = []savedQuery{
	{name: "calls", title: "Calls by principal", count: "calls", by: []string{"userArn", "sourceIp", "routeKey", "status"}},
	{
		name: "refusals", title: "Refusals by principal and route", filter: `status in ["401", "403"]`, count: "refusals",
		by: []string{"userArn", "sourceIp", "method", "path", "routeKey", "status", "authorizerError"},
	},
	{
		name: "errors", title: "Errors by route", filter: `status like /^5/`, count: "errors",
		by: []string{"routeKey", "status", "errorType", "integrationStatus", "integrationError"},
	},
}

// text returns the query. Claims of tokens are in the log if the stage has authorizers.
func (q savedQuery) text(tokens bool) string {
	var commands []string
	if q.filter != "" {
		commands = append(commands, "filter "+q.filter)
	}
	by := q.by
	if tokens && by[0] == "userArn" {
		by = slices.Insert(slices.Clone(by), 1, "sub", "clientId")
	}
	commands = append(commands, "stats count(*) as "+q.count+" by "+strings.Join(by, ", "), "sort "+q.count+" desc", "limit 100")
	return strings.Join(commands, "\n| ")
}

// createQueries saves the queries in a folder of the API.
func (b *watchBuilder) createQueries() error {
	for _, query := range savedQueries {
		if _, err := cloudwatch.NewQueryDefinition(b.ctx, b.name+"-"+query.name, &cloudwatch.QueryDefinitionArgs{
			Name:          pulumi.Sprintf("%s %s/%s", b.alarms.ApiName, b.alarms.ApiId, query.title),
			QueryString:   pulumi.String(query.text(b.alarms.Tokens)),
			LogGroupNames: pulumi.StringArray{b.alarms.LogGroupName},
		}, children(b.component)...); err != nil {
			return err
		}
	}
	return nil
}
