package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/sandbox/doors"
	"iam-secured-api/internal/sandbox/gateway"
)

// TestObserved has answers of a gateway, and what the gateway says of them.
func TestObserved(t *testing.T) {
	for name, test := range map[string]struct {
		said gateway.Call
		body string
		want string
	}{
		"answered":                 {gateway.Call{RouteKey: "GET /x", Status: 200, Invoked: true}, "{}", allow},
		"not found by the backend": {gateway.Call{RouteKey: "GET /x", Status: 404, Invoked: true}, "{}", allow},
		"refused":                  {gateway.Call{RouteKey: "GET /x", Status: 403}, forbidden, deny},
		"the backend's own 403":    {gateway.Call{RouteKey: "GET /x", Status: 403, Invoked: true}, "mine", allow},
		"a 403 that is unclear":    {gateway.Call{RouteKey: "GET /x", Status: 403, Invoked: true}, forbidden, broken},
		"answered by nobody":       {gateway.Call{RouteKey: "GET /x", Status: 200}, "{}", broken},
		"the backend failed":       {gateway.Call{RouteKey: "GET /x", Status: 500, Invoked: true}, "{}", broken},
		"the gateway failed":       {gateway.Call{RouteKey: "GET /x", Status: 503}, "{}", broken},
		"no route":                 {gateway.Call{Status: 404}, "{}", broken},
		"another route, allowed":   {gateway.Call{RouteKey: "$default", Status: 200, Invoked: true}, "{}", broken},
		"another route, refused":   {gateway.Call{RouteKey: "$default", Status: 403}, forbidden, broken},
	} {
		test.said.RequestID, test.said.Reason = "id", "because"
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Apigw-Requestid", test.said.RequestID)
			w.WriteHeader(test.said.Status)
			_, _ = io.WriteString(w, test.body)
		}))
		d := &deployment{doors: &doors.Doors{InvokeURL: server.URL}}
		said := &recorder{calls: map[string]gateway.Call{"id": test.said}}
		o, err := d.call(t.Context(), server.Client(), principal{name: access.Anyone}, "GET /x", access.Invoke{Method: "GET", Path: "/x"}, said)
		require.NoError(t, err, name)
		assert.Equal(t, test.want, o.Observed, name)
		assert.Contains(t, o.Reason, "because", name)
		server.Close()
	}
}
