package main

import (
	"cmp"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/endpoints"
	"iam-secured-api/internal/sandbox/gateway"
)

// TestObserved compares responses with the gateway's reports of the requests.
func TestObserved(t *testing.T) {
	const forbidden = `{"message":"Forbidden"}`
	for name, test := range map[string]struct {
		said gateway.Request
		body string
		want prove.Outcome
	}{
		"the backend's response":   {gateway.Request{RouteKey: "GET /x", Status: 200, Invoked: true}, "{}", prove.Allow},
		"not found by the backend": {gateway.Request{RouteKey: "GET /x", Status: 404, Invoked: true}, "{}", prove.Allow},
		"denied":                   {gateway.Request{RouteKey: "GET /x", Status: 403}, forbidden, prove.Deny},
		"the backend's own 403":    {gateway.Request{RouteKey: "GET /x", Status: 403, Invoked: true}, "mine", prove.Allow},
		"an ambiguous 403":         {gateway.Request{RouteKey: "GET /x", Status: 403, Invoked: true}, forbidden, prove.Failed},
		"an unknown 403":           {gateway.Request{RouteKey: "GET /x", Status: 403}, "mine", prove.Failed},
		"no backend":               {gateway.Request{RouteKey: "GET /x", Status: 200}, "{}", prove.Failed},
		"the backend failed":       {gateway.Request{RouteKey: "GET /x", Status: 500, Invoked: true}, "{}", prove.Failed},
		"the gateway failed":       {gateway.Request{RouteKey: "GET /x", Status: 503}, "{}", prove.Failed},
		"no route":                 {gateway.Request{Status: 404}, "{}", prove.Failed},
		"another route, allowed":   {gateway.Request{RouteKey: "$default", Status: 200, Invoked: true}, "{}", prove.Failed},
		"another route, denied":    {gateway.Request{RouteKey: "$default", Status: 403}, forbidden, prove.Failed},
		"the backend's 403 of HEAD": {
			gateway.Request{RouteKey: "HEAD /x", Method: "HEAD", Status: 403, Invoked: true}, "", prove.Allow,
		},
		"denied HEAD": {gateway.Request{RouteKey: "HEAD /x", Method: "HEAD", Status: 403}, "", prove.Deny},
	} {
		test.said.ID, test.said.Reason = "id", "because"
		method := cmp.Or(test.said.Method, "GET")
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Apigw-Requestid", test.said.ID)
			w.WriteHeader(test.said.Status)
			_, _ = io.WriteString(w, test.body)
		}))
		d := &deployment{endpoints: &endpoints.Endpoints{InvokeURL: server.URL + "/prod"}}
		p, err := d.newProver(server.Client(), &recorder{requests: map[string]gateway.Request{"id": test.said}})
		require.NoError(t, err)
		o, err := p.send(t.Context(), principal{name: access.Anyone}, method+" /x", access.Invoke{Method: method, Path: "/x"})
		require.NoError(t, err, name)
		assert.Equal(t, method+" /prod/x", o.Request)
		assert.Equal(t, test.want, o.Observed, name)
		assert.Contains(t, o.Reason, "because", name)
		server.Close()
	}
}
