package mocks

import (
	"regexp"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

func TestWatchRefuses(t *testing.T) {
	type args = components.WatchArgs
	refuse(t, "Watch", []refusal[args]{
		{"nothing", func(a *args) { *a = args{} }, []problem{{"Alarms or AccessAnalyzer", "", "must be set"}}},
		{"empty alarms", func(a *args) { a.Alarms = &components.Alarms{} }, []problem{
			{"Alarms.ApiName", `""`, "1 to 128 letters"}, {"Alarms.ApiId", "", "must be set"}, {"Alarms.LogGroupName", "", "must be set"},
		}},
		{"a bad stage", func(a *args) { a.Alarms.Stage = "a/b" }, []problem{{"Alarms.Stage", `"a/b"`, `or "$default"`}}},
		{"bad thresholds", func(a *args) {
			a.Alarms.Thresholds = components.Thresholds{Refused: -1, ServerErrors: components.MaxLimit + 1}
		}, []problem{
			{"Alarms.Thresholds: refused", "-1", "1 to 1000000 requests"}, {"Alarms.Thresholds: serverErrors", "1000001", "1 to 1000000 requests"},
		}},
		{"a reserved tag", func(a *args) { a.Tags = map[string]string{"aws:x": ""} }, []problem{{"Tags", "aws:x", ""}}},
	})
}

// watched returns the resources of a watch on a stack with this configuration.
func watched(t *testing.T, run recorder.Run, config string) recorder.Recording {
	return deployStack(t, run, elsewhereStack(t, "\n"+config))
}

// TestAlarms compares the alarms and their filters with what CloudWatch must be told.
func TestAlarms(t *testing.T) {
	const topic = "arn:aws:sns:us-east-1:444455556666:ops"
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := watched(t, run, "  stageName: live\n  apiName: Shop\n  alarms: {topicArn: "+topic+", thresholds: {serverErrors: 7}}")
		api := idOf(recording.Named(t, recorder.Api, "api-api"))
		require.Equal(t, []string{recorder.GetRegion}, recording.Calls)
		for name, want := range map[string]struct {
			metric    string
			threshold float64
		}{"refused": {"Refused", 10}, "serverErrors": {"5xx", 7}, "throttled": {"Throttled", 100}} {
			alarm := recording.Named(t, recorder.MetricAlarm, "watch-"+name)
			require.Equal(t, []any{want.metric, want.threshold, "Sum", 300.0, 1.0, "GreaterThanOrEqualToThreshold", "notBreaching"}, []any{
				alarm.Input("metricName"), alarm.Input("threshold"), alarm.Input("statistic"), alarm.Input("period"),
				alarm.Input("evaluationPeriods"), alarm.Input("comparisonOperator"), alarm.Input("treatMissingData"),
			}, name)
			require.Equal(t, []any{[]any{topic}, []any{topic}, nil}, []any{
				alarm.Input("alarmActions"), alarm.Input("okActions"), alarm.Input("insufficientDataActions")}, name)
			if name == "serverErrors" {
				require.Equal(t, "AWS/ApiGateway", alarm.Input("namespace"))
				require.Equal(t, object{"ApiId": api, "Stage": "live"}, alarm.Input("dimensions"))
				continue
			}
			require.Nil(t, alarm.Input("dimensions"), "a metric with dimensions has no default value")
			filter := recording.Named(t, recorder.LogMetricFilter, "watch-"+name+"-filter")
			transformation := filter.Input("metricTransformation").(object)
			require.Equal(t, alarm.Input("namespace"), transformation["namespace"])
			require.Equal(t, []any{want.metric, "1", "0", nil},
				[]any{transformation["name"], transformation["value"], transformation["defaultValue"], transformation["dimensions"]})
			if !run.Preview {
				require.Equal(t, "HttpApi/"+api.(string), transformation["namespace"])
				require.Contains(t, alarm.Input("alarmDescription"), "stage live of the API Shop ("+api.(string)+")")
				require.Equal(t, recording.Named(t, recorder.LogGroup, "api-access-log").State["name"].StringValue(), filter.Input("logGroupName"))
			}
		}
	})
}

func TestAlarmsWithoutATopicHaveNoActions(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := watched(t, run, "  alarms: {thresholds: {}}")
		require.Len(t, recording.All(recorder.MetricAlarm), 3)
		for _, alarm := range recording.All(recorder.MetricAlarm) {
			require.Equal(t, []any{nil, nil}, []any{alarm.Input("alarmActions"), alarm.Input("okActions")})
		}
		require.Empty(t, recording.Calls)
		require.Empty(t, recording.All(recorder.Analyzer))
	})
}

func TestAnalyzerAlone(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := watched(t, run, "  accessAnalyzer: true")
		analyzer := recording.Named(t, recorder.Analyzer, "watch-external-access")
		require.Equal(t, []any{"external-access", "ACCOUNT"}, []any{analyzer.Input("analyzerName"), analyzer.Input("type")})
		require.Empty(t, recording.All(recorder.MetricAlarm))
		require.Empty(t, recording.All(recorder.LogMetricFilter))
		require.Empty(t, watched(t, run, "  accessAnalyzer: false").All(recorder.Analyzer))
	})
}

// TestTopicOfAnotherRegionIsRefused requires the refusal before the first resource.
func TestTopicOfAnotherRegionIsRefused(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		run.Settings = elsewhereStack(t, "\n  alarms: {topicArn: arn:aws:sns:eu-west-1:111122223333:ops}")
		recording, err := run.Do(program.Deploy)
		require.ErrorContains(t, err, `alarms.topicArn: "arn:aws:sns:eu-west-1:111122223333:ops" must be in us-east-1, the region of the stack`)
		require.Empty(t, recording.Resources)
	})
}

var (
	reFormatKey   = regexp.MustCompile(`"([A-Za-z]+)":"\$context`)
	reFilterField = regexp.MustCompile(`\$\.([A-Za-z]+)`)
	reQueryField  = regexp.MustCompile(`(?:filter ([A-Za-z]+) |by ([A-Za-z, ]+)\n)`)
	reWord        = regexp.MustCompile(`[A-Za-z]+`)
)

// TestFieldsAreLogged requires that each field of a filter and of a query is a key of the
// stage's log format. With a wrong one, nothing would be counted or found, and AWS would
// report no error.
func TestFieldsAreLogged(t *testing.T) {
	for config, columns := range map[string]int{
		"": 16,
		"  authorizers: {shop: {issuer: \"https://issuer.example.com\", audiences: [web]}}\n": 20,
	} {
		recorder.Both(t, func(t *testing.T, run recorder.Run) {
			recording := watched(t, run, config+"  alarms: {thresholds: {}}")
			format := recording.All(recorder.Stage)[0].Input("accessLogSettings").(object)["format"].(string)
			logged := map[string]bool{}
			for _, match := range reFormatKey.FindAllStringSubmatch(format, -1) {
				logged[match[1]] = true
			}
			filters, queries := recording.All(recorder.LogMetricFilter), recording.All(recorder.QueryDefinition)
			require.Equal(t, []int{2, 3}, []int{len(filters), len(queries)})
			for _, filter := range filters {
				fields := reFilterField.FindAllStringSubmatch(filter.Input("pattern").(string), -1)
				require.NotEmpty(t, fields)
				for _, match := range fields {
					require.True(t, logged[match[1]], "%s of %s", match[1], filter)
				}
			}
			found := 0
			for _, query := range queries {
				text := query.Input("queryString").(string)
				require.Less(t, len(text), 10_000)
				for _, match := range reQueryField.FindAllStringSubmatch(text, -1) {
					for _, field := range reWord.FindAllString(match[1]+" "+match[2], -1) {
						require.True(t, logged[field], "%s of %s", field, query)
						if match[2] != "" {
							found++
						}
					}
				}
			}
			require.Equal(t, columns, found)
		})
	}
}

// TestWatchOfAnotherApi watches an API that something else manages.
func TestWatchOfAnotherApi(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := run.Must(t, func(ctx *pulumi.Context) error {
			watch, err := components.NewWatch(ctx, "orders", &components.WatchArgs{Alarms: &components.Alarms{
				ApiName: "Orders", ApiId: pulumi.String("a1b2c3"), LogGroupName: pulumi.String("/aws/vendedlogs/orders"),
			}})
			if err == nil {
				require.Len(t, watch.Alarms, 3)
			}
			return err
		})
		require.Equal(t, object{"ApiId": "a1b2c3", "Stage": "prod"}, recording.Named(t, recorder.MetricAlarm, "orders-serverErrors").Input("dimensions"))
		require.Equal(t, "Orders a1b2c3/Calls by principal", recording.Named(t, recorder.QueryDefinition, "orders-calls").Input("name"))
	})
}
