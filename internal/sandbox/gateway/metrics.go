package gateway

import "iam-secured-api/internal/sandbox/cloud"

// measure adds the request to the API's metrics. A request that no stage takes is not
// counted: whether AWS counts it for the API is not documented.
func (e *exchange) measure() {
	if e.stage.StageName == "" {
		return
	}
	status := e.response.status
	var data []cloud.MetricDatum
	for _, dimensions := range []map[string]string{
		{"ApiId": e.gateway.api}, {"ApiId": e.gateway.api, "Stage": e.stage.StageName},
	} {
		for name, counts := range map[string]bool{"Count": true, "4xx": status/100 == 4, "5xx": status/100 == 5} {
			value := 0.0
			if counts {
				value = 1
			}
			data = append(data, cloud.MetricDatum{
				Metric: cloud.Metric{Namespace: "AWS/ApiGateway", Name: name, Dimensions: dimensions}, Value: value,
			})
		}
	}
	e.gateway.cloud.PutServiceMetrics(e.gateway.account, e.gateway.region, e.gateway.options.Now(), data...)
}
