package endtoend_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

// watchedStack has alarms, routes of each kind, and a throttle that admits 400 requests and
// then hardly any.
const watchedStack = `{
	backend: {archive: null, url: "https://backend.example.com"},
	authorizers: {customers: {issuer: "https://login.example.com/shop", audiences: [shop]}},
	routes: {GET /catalog: {authorization: customers}, GET /broken: {authorization: none}},
	throttle: {rateLimit: 0.01, burstLimit: 400},
	alarms: {topicArn: "arn:aws:sns:us-east-1:111122223333:ops", thresholds: {refused: 240, serverErrors: 80, throttled: 30}}
}`

// backend answers with 503 to requests for /broken.
type backend struct{}

func (backend) RoundTrip(r *http.Request) (*http.Response, error) {
	response := &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}
	if strings.HasSuffix(r.URL.Path, "/broken") {
		response.StatusCode = 503
	}
	return response, nil
}

// watch is a deployed stack with alarms and its open endpoints.
type watch struct {
	*harness.Endpoints
	*testing.T
	region *cloud.Region
	sent   int
}

// send sends two requests for each client, all clients at once, and waits until they are
// counted. It returns how often each status was seen.
func (w *watch) send(clients int, request func(client int) (as aws.CredentialsProvider, method, path string)) map[int]int {
	var mu sync.Mutex
	var all sync.WaitGroup
	statuses := map[int]int{}
	for client := range clients {
		all.Add(1)
		go func() {
			defer all.Done()
			for range 2 {
				as, method, path := request(client)
				status, _ := w.Send(w.T, as, method, path, "")
				mu.Lock()
				statuses[status]++
				mu.Unlock()
			}
		}()
	}
	all.Wait()
	w.sent += 2 * clients
	require.Eventually(w, func() bool { return w.Answered() == w.sent }, time.Minute, time.Millisecond)
	return statuses
}

// metric returns the sum of a metric in the last half hour.
func (w *watch) metric(namespace, name string, dimensions map[string]string) float64 {
	sum, _, err := w.region.MetricSum(cloud.Metric{Namespace: namespace, Name: name, Dimensions: dimensions},
		w.Now().Add(-30*time.Minute), w.Now().Add(time.Minute))
	require.NoError(w, err)
	return sum
}

// states lets a minute pass and returns the states of the alarms, by the beginning of
// their names.
func (w *watch) states() map[string]string {
	w.Advance(time.Minute)
	w.region.EvaluateAlarms(w.Now())
	states := map[string]string{}
	for _, alarm := range Must(w.region.DescribeAlarms()) {
		states[alarm.AlarmName[:strings.LastIndex(alarm.AlarmName, "-")]] = alarm.State
	}
	return states
}

func allAre(state string) map[string]string {
	return map[string]string{"watch-refused": state, "watch-serverErrors": state, "watch-throttled": state}
}

// TestAlarmsCountRequests sends requests of 200 clients at once. They are allowed, refused by
// IAM, refused without a token, failed, or throttled. The counts are exact, the alarms go off
// and return to OK, and the saved query lists the refused principals.
func TestAlarmsCountRequests(t *testing.T) {
	t.Parallel()
	run := harness.New(t, harness.Merge(t, harness.Config(t), watchedStack))
	run.Up(t)
	w := &watch{run.OpenWith(t, gateway.Options{Backend: backend{}}), t, run.Cloud.Account(cloud.APIAccount).Region(harness.Region), 0}
	api := w.Outputs["apiId"].(string)
	filters := Must(w.region.DescribeMetricFilters())
	OK(w.region.PutMetricFilter(filters[0].LogGroupName, cloud.MetricFilterSettings{
		FilterName: "theirs", FilterPattern: `{ $.status = "403" && $.userArn = "-" }`,
		MetricTransformation: cloud.MetricTransformation{MetricNamespace: "Theirs", MetricName: "Unsigned", MetricValue: "1"},
	}))
	require.Equal(t, allAre("OK"), w.states(), "no requests")

	john := w.User("john-readonly")
	statuses := w.send(200, func(client int) (aws.CredentialsProvider, string, string) {
		switch client % 5 {
		case 0:
			return john, "POST", "/products"
		case 1:
			return nil, "GET", "/products"
		case 2:
			return nil, "GET", "/catalog"
		case 3:
			return nil, "GET", "/broken"
		}
		return john, "GET", "/products"
	})
	require.Equal(t, map[int]int{200: 80, 401: 80, 403: 160, 503: 80}, statuses)
	counts := func() []float64 {
		ofStage := map[string]string{"ApiId": api, "Stage": "prod"}
		return []float64{
			w.metric("HttpApi/"+api, "Refused", nil), w.metric("HttpApi/"+api, "Throttled", nil), w.metric("Theirs", "Unsigned", nil),
			w.metric("AWS/ApiGateway", "4xx", ofStage), w.metric("AWS/ApiGateway", "5xx", ofStage),
			w.metric("AWS/ApiGateway", "Count", ofStage), w.metric("AWS/ApiGateway", "Count", map[string]string{"ApiId": api}),
		}
	}
	require.Equal(t, []float64{240, 0, 80, 240, 80, 400, 400}, counts())
	require.Equal(t, map[string]string{"watch-refused": "ALARM", "watch-serverErrors": "ALARM", "watch-throttled": "OK"}, w.states())

	require.Equal(t, map[int]int{429: 30}, w.send(15, func(int) (aws.CredentialsProvider, string, string) { return john, "GET", "/products" }))
	require.Equal(t, []float64{240, 30, 80, 270, 80, 430, 430}, counts())
	require.Equal(t, allAre("ALARM"), w.states())

	rows := w.ask("Refusals by principal and route")
	require.Len(t, rows, 3)
	arn := w.Output("users", "john-readonly", "arn")
	found := map[string]string{}
	for _, row := range rows {
		found[row["status"]+" "+row["userArn"]+" "+row["method"]+" "+row["routeKey"]] = row["refusals"]
	}
	require.Equal(t, map[string]string{
		"403 " + arn + " POST POST /products": "80", "403 - GET GET /products": "80", "401 - GET GET /catalog": "80",
	}, found)
	require.Len(t, w.ask("Calls by principal"), 6)
	require.Equal(t, []map[string]string{
		{"errors": "80", "routeKey": "GET /broken", "status": "503", "errorType": "-", "integrationStatus": "503", "integrationError": "-"},
	}, w.ask("Errors by route"))

	w.Advance(6 * time.Minute)
	require.Equal(t, map[int]int{200: 2}, w.send(1, func(int) (aws.CredentialsProvider, string, string) { return john, "GET", "/products" }))
	require.Equal(t, allAre("OK"), w.states(), "a minute with requests, none of them counted")

	published := map[string][]string{}
	for _, n := range Must(w.region.Notifications("ops")) {
		name := n.AlarmName[:strings.LastIndex(n.AlarmName, "-")]
		published[name] = append(published[name], n.State)
	}
	want := []string{"OK", "ALARM", "OK"}
	assert.Equal(t, map[string][]string{"watch-refused": want, "watch-serverErrors": want, "watch-throttled": want}, published)
}

// TestAlarmClearsWithoutRequests shows that an alarm stays for some periods after the last
// request, and then returns to OK.
func TestAlarmClearsWithoutRequests(t *testing.T) {
	t.Parallel()
	run := harness.New(t, harness.Merge(t, harness.Merge(t, harness.Config(t), watchedStack), `{alarms: {thresholds: {refused: 2}}}`))
	run.Up(t)
	w := &watch{run.OpenWith(t, gateway.Options{Backend: backend{}}), t, run.Cloud.Account(cloud.APIAccount).Region(harness.Region), 0}
	w.send(1, func(int) (aws.CredentialsProvider, string, string) { return nil, "GET", "/products" })
	require.Equal(t, "ALARM", w.states()["watch-refused"])
	w.Advance(6 * time.Minute)
	require.Equal(t, "ALARM", w.states()["watch-refused"])
	w.Advance(9 * time.Minute)
	require.Equal(t, "OK", w.states()["watch-refused"])
	require.Empty(t, run.Preview(t), "states of alarms are not the program's")
}
