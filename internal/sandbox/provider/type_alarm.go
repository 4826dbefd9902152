package provider

import "iam-secured-api/internal/sandbox/cloud"

var alarmType = &resourceType{
	token:    "aws:cloudwatch/metricAlarm:MetricAlarm",
	autoname: 255,
	inputs: []property{
		{name: "actionsEnabled", kind: aBoolean, field: "ActionsEnabled", byDefault: true},
		{name: "alarmActions", kind: aSet, field: "AlarmActions"},
		{name: "alarmDescription", kind: aString, field: "AlarmDescription"},
		{name: "comparisonOperator", kind: aString, field: "ComparisonOperator", required: true},
		{name: "datapointsToAlarm", kind: anInteger, field: "DatapointsToAlarm"},
		{name: "dimensions", kind: aMap, field: "Dimensions"},
		{name: "evaluationPeriods", kind: anInteger, field: "EvaluationPeriods", required: true},
		{name: "insufficientDataActions", kind: aSet, field: "InsufficientDataActions"},
		{name: "metricName", kind: aString, field: "MetricName"},
		{name: propName, kind: aString, field: "AlarmName", replaces: true},
		{name: "namespace", kind: aString, field: "Namespace"},
		{name: "okActions", kind: aSet, field: "OKActions"},
		{name: "period", kind: anInteger, field: "Period"},
		{name: "statistic", kind: aString, field: "Statistic"},
		tagsInput,
		{name: "threshold", kind: aNumber, field: "Threshold"},
		{name: "treatMissingData", kind: aString, field: "TreatMissingData", byDefault: "missing"},
	},
	unmodelled: []string{
		"evaluateLowSampleCountPercentiles", "extendedStatistic", "metricQueries", "thresholdMetricId", "unit",
	},
	outputs: []property{{name: "arn", field: "ARN"}},
	unique:  propName,
	creates: "PutMetricAlarm",
	calls:   []string{"DeleteAlarms"},
	tags:    tagsResource,
	create: func(c *client, ch *change) (string, error) {
		in := filled[cloud.AlarmSettings](ch)
		in.AlarmName = ch.name()
		if err := c.region.PutMetricAlarm(in, ch.new.stringMap(propTags)); err != nil {
			return "", err
		}
		return in.AlarmName, nil
	},
	read: func(c *client, id string, _ values) (any, error) { return found(c.region.DescribeAlarm(id)) },
	update: func(c *client, ch *change) error {
		var in cloud.AlarmSettings
		if !ch.fill(&in) {
			return nil
		}
		in.AlarmName = ch.id
		return c.region.PutMetricAlarm(in, nil)
	},
	delete: func(c *client, id string, _ values) error { return c.region.DeleteAlarm(id) },
	locate: byID,
	list:   inRegion((*cloud.Region).DescribeAlarms, func(a cloud.Alarm) string { return a.AlarmName }),
}
