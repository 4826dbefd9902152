package provider_test

// watchSamples are samples of alarms, metric filters, saved queries and analyzers.
func watchSamples() []sample {
	tags, otherTags := props{"team": "shop", "env": "dev"}, props{"team": "books", "zone": "a"}
	const topic = "arn:aws:sns:us-east-1:111122223333:ops"
	return []sample{
		{tokenFilter, "logGroupName name", func(ground) props {
			return props{"name": "refused", "logGroupName": "ground", "pattern": `{ $.status = "403" }`, "metricTransformation": props{
				"name": "Refused", "namespace": "HttpApi/a", "value": "1", "defaultValue": "0", "unit": "None"}}
		}, func(ground) props {
			return props{"pattern": `{ $.status = "429" }`, "metricTransformation": props{
				"name": "Throttled", "namespace": "HttpApi/b", "value": "2", "unit": "Count"}}
		}, func(r res) string { return "ground:" + r.id }},
		{tokenAlarm, "name", func(ground) props {
			return props{"name": "refused", "alarmDescription": "a", "namespace": "HttpApi/a", "metricName": "Refused",
				"dimensions": props{"ApiId": "a"}, "statistic": "Sum", "period": 300, "evaluationPeriods": 1, "threshold": 10,
				"comparisonOperator": "GreaterThanOrEqualToThreshold", "treatMissingData": "notBreaching",
				"alarmActions": list(topic), "okActions": list(topic), "tags": tags}
		}, func(ground) props {
			return props{"alarmDescription": "b", "namespace": "HttpApi/b", "metricName": "Throttled", "dimensions": props{"ApiId": "b"},
				"period": 60, "evaluationPeriods": 2, "datapointsToAlarm": 1, "threshold": 0.5, "comparisonOperator": "GreaterThanThreshold",
				"treatMissingData": "breaching", "actionsEnabled": false, "alarmActions": list(), "okActions": list(topic + "2"),
				"insufficientDataActions": list(topic), "tags": otherTags}
		}, id},
		{tokenQuery, "", func(ground) props {
			return props{"name": "calls", "queryString": "fields @timestamp", "logGroupNames": list("ground")}
		}, func(ground) props {
			return props{"name": "others", "queryString": "fields @message", "logGroupNames": list("ground", "other")}
		}, func(r res) string { return "arn:aws:logs:us-east-1:111122223333:query-definition:" + r.id }},
		{tokenAnalyzer, "analyzerName type", func(ground) props { return props{"analyzerName": "external-access", "tags": tags} },
			func(ground) props { return props{"tags": otherTags} }, id},
	}
}
