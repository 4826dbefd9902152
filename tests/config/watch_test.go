package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/internal/program"
)

func TestBadAlarmsAreRefused(t *testing.T) {
	threshold := func(value string) string { return `alarms: {thresholds: {refused: ` + value + `}}` }
	topic := func(arn string) string { return `alarms: {topicArn: "` + arn + `"}` }
	const at, topicAt = "alarms.thresholds.refused", "alarms.topicArn"
	const must, whole = "must be 1 to 1000000 requests in five minutes; leave it out for the default", "must be a whole number"
	const arn = `must be the ARN of an SNS topic, such as "arn:aws:sns:us-east-1:111122223333:alarms"`
	refuse(t, []row{
		{"true", `alarms: true`, []problem{{"alarms", `true`, "must be a map with thresholds, topicArn"}}},
		{"a topic alone", `alarms: arn:aws:sns:us-east-1:111122223333:ops`, []problem{{"alarms", `"arn:aws:sns`, "must be a map with thresholds, topicArn"}}},
		{"an unknown key", `alarms: {topic: x}`, []problem{{"alarms.topic", `"x"`, "accepted are thresholds, topicArn"}}},
		{"an unknown threshold", `alarms: {thresholds: {throttle: 1}}`, []problem{{"alarms.thresholds.throttle", `1`, "(did you mean throttled?); accepted are refused, serverErrors, throttled"}}},
		{"thresholds as a number", `alarms: {thresholds: 5}`, []problem{{"alarms.thresholds", `5`, "must be a map with refused, serverErrors, throttled"}}},
		{"0", threshold(`0`), []problem{{at, `0`, must}}},
		{"-1", threshold(`-1`), []problem{{at, `-1`, must}}},
		{"1000001", threshold(`1000001`), []problem{{at, `1000001`, must}}},
		{"2.5", threshold(`2.5`), []problem{{at, `2.5`, whole}}},
		{"text", threshold(`"5"`), []problem{{at, `"5"`, whole}}},
		{"no value", threshold(``), []problem{{at, `null`, whole}}},
		{"all thresholds", `alarms: {thresholds: {refused: 0, serverErrors: 0, throttled: 0}}`, []problem{
			{at, `0`, must}, {"alarms.thresholds.serverErrors", `0`, must}, {"alarms.thresholds.throttled", `0`, must}}},

		{"an empty topic", topic(""), []problem{{topicAt, `""`, arn}}},
		{"a topic's name", topic("ops"), []problem{{topicAt, `"ops"`, arn}}},
		{"a topic as a list", `alarms: {topicArn: [x]}`, []problem{{topicAt, `["x"]`, arn}}},
		{"another service", topic("arn:aws:sqs:us-east-1:111122223333:ops"), []problem{{topicAt, `"arn:aws:sqs`, arn}}},
		{"no region", topic("arn:aws:sns::111122223333:ops"), []problem{{topicAt, `"arn:aws:sns::`, arn}}},
		{"a short account", topic("arn:aws:sns:us-east-1:11112222333:ops"), []problem{{topicAt, `"arn:aws:sns`, arn}}},
		{"a subscription", topic("arn:aws:sns:us-east-1:111122223333:ops:8a21d249"), []problem{{topicAt, `"arn:aws:sns`, arn}}},
		{"a topic with a blank", topic("arn:aws:sns:us-east-1:111122223333:my ops"), []problem{{topicAt, `"arn:aws:sns`, arn}}},
		{"a long name", topic("arn:aws:sns:us-east-1:111122223333:" + strings.Repeat("a", 257)), []problem{{topicAt, `"arn:aws:sns`, arn}}},
		{"a FIFO topic", topic("arn:aws:sns:us-east-1:111122223333:ops.fifo"), []problem{{topicAt, `"arn:aws:sns:us-east-1:111122223333:ops.fifo"`, "must be a standard topic: alarms do not publish to FIFO topics"}}},

		{"an analyzer as text", `accessAnalyzer: "yes"`, []problem{{"accessAnalyzer", `"yes"`, "must be true or false"}}},
		{"an analyzer with a name", `accessAnalyzer: {name: x}`, []problem{{"accessAnalyzer", `{"name":"x"}`, "must be true or false"}}},
	})
}

// TestAlarmsAreOff requires that alarms exist only if the map has a key.
func TestAlarmsAreOff(t *testing.T) {
	topic := "arn:aws-us-gov:sns:us-gov-west-1:444455556666:" + strings.Repeat("a", 256)
	for config, want := range map[string]*program.Alarms{
		``:                                  nil,
		`accessAnalyzer: false`:             nil,
		`alarms: {}`:                        nil,
		`alarms: ""`:                        nil,
		`alarms: `:                          nil,
		`alarms: {thresholds: {}}`:          {},
		`alarms: {topicArn: ` + topic + `}`: {TopicArn: topic},
		`alarms: {thresholds: {refused: 1, serverErrors: 1000000}}`: {Thresholds: components.Thresholds{Refused: 1, ServerErrors: components.MaxLimit}},
	} {
		plan := parse(t, settings(t, config).Values)
		require.Equal(t, want, plan.Alarms, config)
		require.False(t, plan.AccessAnalyzer)
		require.Empty(t, plan.Account, "a topic may belong to another account")
	}
	require.True(t, parse(t, settings(t, `accessAnalyzer: true`).Values).AccessAnalyzer)
}
