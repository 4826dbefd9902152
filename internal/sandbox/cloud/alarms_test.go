package cloud_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

func refusedAlarm(change func(*cloud.AlarmSettings)) cloud.AlarmSettings {
	const topic = "arn:aws:sns:us-east-1:111122223333:ops"
	settings := cloud.AlarmSettings{
		AlarmName: "refused", ActionsEnabled: true, AlarmActions: []string{topic}, OKActions: []string{topic},
		Namespace: "HttpApi/a", MetricName: "Refused", Statistic: "Sum", Period: 300, EvaluationPeriods: 1, Threshold: 3,
		ComparisonOperator: "GreaterThanOrEqualToThreshold", TreatMissingData: "notBreaching",
	}
	if change != nil {
		change(&settings)
	}
	return settings
}

// TestAlarm moves an alarm through its states as time passes. Its window slides by minutes
// and has only complete ones.
func TestAlarm(t *testing.T) {
	c, a := account()
	r := a.Region(Region)
	OK(r.CreateLogGroup("g", "", nil))
	OK(r.PutMetricFilter("g", refusedFilter("Refused", `{ $.status = "403" }`)))
	Must(r.CreateTopic("ops"))
	OK(r.PutMetricAlarm(refusedAlarm(nil), map[string]string{"team": "shop"}))
	states := []string{}
	evaluate := func(minute int) string {
		r.EvaluateAlarms(newYear.Add(time.Duration(minute) * time.Minute))
		state := Must(r.DescribeAlarm("refused")).State
		if len(states) == 0 || states[len(states)-1] != state {
			states = append(states, state)
		}
		return state
	}
	calls := func(minute, n int, status string) {
		for range n {
			c.DeliverLog(group, newYear.Add(time.Duration(minute)*time.Minute+30*time.Second), `{"status":"`+status+`"}`)
		}
	}
	require.Equal(t, cloud.StateInsufficientData, Must(r.DescribeAlarm("refused")).State)
	require.Equal(t, cloud.StateOK, evaluate(0), "missing data does not breach")
	calls(0, 2, "403")
	calls(0, 9, "200")
	require.Equal(t, cloud.StateOK, evaluate(1), "below the threshold")
	calls(4, 1, "403")
	require.Equal(t, cloud.StateOK, evaluate(4), "the minute is not over")
	require.Equal(t, cloud.StateAlarm, evaluate(5), "three from minute 0 to 4")
	require.Equal(t, cloud.StateOK, evaluate(6), "one from minute 1 to 5")
	calls(6, 50, "403")
	require.Equal(t, cloud.StateAlarm, evaluate(7))
	OK(r.PutMetricAlarm(refusedAlarm(func(s *cloud.AlarmSettings) { s.Threshold = 1000 }), nil))
	require.Equal(t, cloud.StateAlarm, Must(r.DescribeAlarm("refused")).State, "an update leaves the state")
	require.Equal(t, map[string]string{"team": "shop"}, Must(r.DescribeAlarm("refused")).Tags, "and the tags")
	require.Equal(t, cloud.StateOK, evaluate(7))
	OK(r.PutMetricAlarm(refusedAlarm(nil), nil))
	require.Equal(t, cloud.StateAlarm, evaluate(8))
	require.Equal(t, cloud.StateAlarm, evaluate(12), "the last data point remains in the range")
	require.Equal(t, cloud.StateAlarm, evaluate(21))
	require.Equal(t, cloud.StateOK, evaluate(22), "no data in three periods")
	calls(22, 1, "200")
	calls(22, 3, "403")
	require.Equal(t, cloud.StateAlarm, evaluate(23))
	calls(28, 1, "200")
	require.Equal(t, cloud.StateOK, evaluate(29), "the default value of a minute without refusals")

	var published []string
	for _, n := range Must(r.Notifications("ops")) {
		published = append(published, n.State)
		assert.Equal(t, []string{"refused", Must(r.DescribeAlarm("refused")).ARN}, []string{n.AlarmName, n.AlarmARN})
	}
	assert.Equal(t, states, published, "each change is published once")

	OK(r.PutMetricAlarm(refusedAlarm(func(s *cloud.AlarmSettings) { s.ActionsEnabled = false }), nil))
	calls(30, 3, "403")
	require.Equal(t, cloud.StateAlarm, evaluate(31))
	assert.Len(t, Must(r.Notifications("ops")), len(published), "actions are disabled")
	OK(r.DeleteAlarm("refused"))
	WantCode(t, cloud.CodeAlarmNotFound, failed(r.DescribeAlarm("refused")))
}

// TestAlarmEvaluation compares states with the tables of the CloudWatch user guide. Each
// letter is a period, the newest one last: 0 does not breach, X does, - is missing.
func TestAlarmEvaluation(t *testing.T) {
	for _, row := range []struct {
		points            string
		required, periods int
		treatment, want   string
	}{
		{"0-X-X", 3, 3, "breaching", "OK"},
		{"0-X-X", 3, 3, "notBreaching", "OK"},
		{"0----", 3, 3, "breaching", "OK"},
		{"-----", 3, 3, "breaching", "ALARM"},
		{"-----", 3, 3, "notBreaching", "OK"},
		{"0XX-X", 3, 3, "notBreaching", "ALARM"},
		{"X----", 3, 3, "breaching", "ALARM"},
		{"X----", 3, 3, "notBreaching", "OK"},
		{"----X", 3, 3, "breaching", "ALARM"},
		{"----X", 3, 3, "notBreaching", "OK"},
		{"0-X-X", 2, 3, "notBreaching", "ALARM"},
		{"00X0X", 2, 3, "notBreaching", "ALARM"},
		{"0-X--", 2, 3, "breaching", "ALARM"},
		{"0-X--", 2, 3, "notBreaching", "OK"},
		{"----0", 2, 3, "breaching", "ALARM"},
		{"----0", 2, 3, "notBreaching", "OK"},
		{"XXX00", 0, 3, "notBreaching", "OK"},
		{"X--", 1, 1, "missing", "ALARM"},
		{"X-0", 1, 1, "missing", "OK"},
		{"---", 1, 1, "missing", "INSUFFICIENT_DATA"},
		{"---", 1, 1, "ignore", "ALARM"}, // the state before
		{"--0", 1, 1, "ignore", "OK"},
	} {
		c, a := account()
		r := a.Region(Region)
		OK(r.CreateLogGroup("g", "", nil))
		metric := cloud.Metric{Namespace: "HttpApi/a", Name: "Refused"}
		settings := refusedAlarm(func(s *cloud.AlarmSettings) {
			s.Period, s.EvaluationPeriods, s.DatapointsToAlarm, s.TreatMissingData = 60, row.periods, row.required, row.treatment
		})
		put := func(minute int, value float64) {
			c.PutServiceMetrics(cloud.APIAccount, Region, newYear.Add(time.Duration(minute)*time.Minute), cloud.MetricDatum{Metric: metric, Value: value})
		}
		OK(r.PutMetricAlarm(settings, nil))
		for i := range row.periods { // an hour before, to begin in the state ALARM
			put(-60-i, 9)
		}
		r.EvaluateAlarms(newYear.Add(-59 * time.Minute))
		require.Equal(t, cloud.StateAlarm, Must(r.DescribeAlarm("refused")).State)
		for i, point := range row.points {
			if point != '-' {
				put(i, map[rune]float64{'0': 2, 'X': 3}[point])
			}
		}
		r.EvaluateAlarms(newYear.Add(time.Duration(len(row.points)) * time.Minute))
		assert.Equal(t, row.want, Must(r.DescribeAlarm("refused")).State, "%+v", row)
	}
}

func TestComparisonOperators(t *testing.T) {
	for operator, want := range map[string][3]string{
		"GreaterThanOrEqualToThreshold": {"OK", "ALARM", "ALARM"},
		"GreaterThanThreshold":          {"OK", "OK", "ALARM"},
		"LessThanThreshold":             {"ALARM", "OK", "OK"},
		"LessThanOrEqualToThreshold":    {"ALARM", "ALARM", "OK"},
	} {
		for i, value := range []float64{2, 3, 4} {
			c, a := account()
			r := a.Region(Region)
			OK(r.PutMetricAlarm(refusedAlarm(func(s *cloud.AlarmSettings) { s.ComparisonOperator = operator }), nil))
			c.PutServiceMetrics(cloud.APIAccount, Region, newYear, cloud.MetricDatum{
				Metric: cloud.Metric{Namespace: "HttpApi/a", Name: "Refused"}, Value: value})
			r.EvaluateAlarms(newYear.Add(time.Minute))
			assert.Equal(t, want[i], Must(r.DescribeAlarm("refused")).State, "%v %s 3", value, operator)
		}
	}
}

func TestBadAlarms(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	type settings = cloud.AlarmSettings
	for name, row := range map[string]struct {
		code, says string
		change     func(*settings)
	}{
		"no name":               {cloud.CodeValidation, "1 to 255", func(s *settings) { s.AlarmName = "" }},
		"a long name":           {cloud.CodeValidation, "1 to 255", func(s *settings) { s.AlarmName = strings.Repeat("a", 256) }},
		"another script":        {cloud.CodeValidation, "ASCII", func(s *settings) { s.AlarmName = "größer" }},
		"a long description":    {cloud.CodeValidation, "1024", func(s *settings) { s.AlarmDescription = strings.Repeat("a", 1025) }},
		"a topic elsewhere":     {cloud.CodeValidation, "Invalid region eu-west-1", func(s *settings) { s.AlarmActions = []string{"arn:aws:sns:eu-west-1:111122223333:ops"} }},
		"no topic":              {cloud.CodeValidation, "Invalid arn", func(s *settings) { s.OKActions = []string{"ops"} }},
		"a FIFO topic":          {"NotModelled", "FIFO", func(s *settings) { s.AlarmActions = []string{"arn:aws:sns:us-east-1:111122223333:ops.fifo"} }},
		"six actions":           {cloud.CodeValidation, "at most 5", func(s *settings) { s.AlarmActions = make([]string, 6) }},
		"no metric":             {"NotModelled", "without a metric", func(s *settings) { s.MetricName = "" }},
		"an unknown statistic":  {cloud.CodeValidation, "SampleCount", func(s *settings) { s.Statistic = "sum" }},
		"another statistic":     {"NotModelled", "only Sum", func(s *settings) { s.Statistic = "Average" }},
		"an unknown comparison": {cloud.CodeValidation, "GreaterThan", func(s *settings) { s.ComparisonOperator = ">" }},
		"an unknown treatment":  {cloud.CodeValidation, "notBreaching", func(s *settings) { s.TreatMissingData = "zero" }},
		"ten seconds":           {"NotModelled", "less than a minute", func(s *settings) { s.Period = 10 }},
		"an odd period":         {cloud.CodeValidation, "multiple of 60", func(s *settings) { s.Period = 90 }},
		"no evaluation period":  {cloud.CodeValidation, "1 or more", func(s *settings) { s.EvaluationPeriods = 0 }},
		"2 of 1":                {cloud.CodeValidation, "1 to the number", func(s *settings) { s.DatapointsToAlarm = 2 }},
		"more than a day":       {cloud.CodeValidation, "a day", func(s *settings) { s.EvaluationPeriods = 289 }},
	} {
		t.Run(name, func(t *testing.T) {
			err := r.PutMetricAlarm(refusedAlarm(row.change), nil)
			WantCode(t, row.code, err)
			assert.ErrorContains(t, err, row.says)
		})
	}
	WantCode(t, cloud.CodeValidation, r.PutMetricAlarm(refusedAlarm(nil), map[string]string{"aws:x": ""}))
	OK(r.PutMetricAlarm(refusedAlarm(func(s *settings) { s.EvaluationPeriods = 288 }), nil))
	OK(r.PutMetricAlarm(refusedAlarm(func(s *settings) { s.AlarmActions = []string{"arn:aws:sns:us-east-1:444455556666:gone"} }), nil))
	r.EvaluateAlarms(newYear) // a message to a topic that does not exist is lost
}
