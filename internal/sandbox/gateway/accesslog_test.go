package gateway_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

func (w *world) lines() []string { return sandboxtest.Must(w.region.FilterLogEvents("calls")) }

// logged returns the lines of the access log, each decoded from JSON.
func (w *world) logged() []map[string]string {
	w.t.Helper()
	var out []map[string]string
	for _, line := range w.lines() {
		var values map[string]string
		require.NoError(w.t, json.Unmarshal([]byte(line), &values), line)
		out = append(out, values)
	}
	return out
}

func TestAccessLog(t *testing.T) {
	w, _ := stopped(t, nil)
	w.limit(throttle(1, 4), nil)
	john, jane := "arn:aws:iam::111122223333:user/john", "arn:aws:iam::111122223333:user/jane"
	w.list(200)
	w.add(201)
	w.expect(403, w.signed(w.john, "POST", "/prod/products", tea))
	w.expect(403, w.message(w.request("GET", "/prod/products", ""), ""))
	w.list(429)
	w.expect(404, w.signed(w.jane, "GET", "/prod/nothing", ""))
	w.expect(404, w.signed(w.jane, "GET", "/nowhere", "")) // without a stage, and so in no log
	lines := w.logged()
	require.Len(t, lines, 6)
	for i, want := range []map[string]string{
		{"status": "200", "route": "GET /products", "path": "/prod/products", "arn": john, "error": "-", "why": "-", "backend": "200"},
		{"status": "201", "route": "POST /products", "path": "/prod/products", "arn": jane, "error": "-", "why": "-", "backend": "201"},
		{"status": "403", "route": "POST /products", "path": "/prod/products", "arn": john, "error": "Forbidden", "backend": "-"},
		{"status": "403", "route": "GET /products", "path": "/prod/products", "arn": "-", "error": "Forbidden",
			"why": "MissingAuthenticationToken: request is missing authentication token", "backend": "-"},
		{"status": "429", "route": "GET /products", "path": "/prod/products", "arn": "-", "error": "Too Many Requests", "why": "-", "backend": "-"},
		{"status": "404", "route": "-", "path": "/prod/nothing", "arn": "-", "error": "Not Found", "why": "-", "backend": "-"},
	} {
		for name, value := range want {
			assert.Equal(t, value, lines[i][name], "line %d: %s", i, name)
		}
		assert.Equal(t, "-", lines[i]["none"])
		assert.Equal(t, w.calls[i].ID, lines[i]["id"])
	}
	assert.NotEqual(t, "-", lines[2]["why"], "the log says why a request was denied")
}

// TestAccessLogStaysInForm: what a client sends cannot break the form of a line.
func TestAccessLogStaysInForm(t *testing.T) {
	w := newWorld(t, nil)
	w.route("GET /{proxy+}", cloud.AuthIAM)
	agents := []string{`"`, `""`, `\`, `\"`, `","status":"200`, "}\t{", "$context.identity.userArn", "ü€", "\u2028", "<script>", "%s%d", "a\tb"}
	paths := []string{`/prod/"`, `/prod/","status":"200`, `/prod/\`, "/prod/$context.requestId", "/prod/%22%0a%0d", "/prod/{}", "/prod/\u2028", "/prod/%00", "/prod/\xff"}
	calls := 0
	for _, agent := range agents {
		for _, path := range paths {
			m := w.message(w.request("GET", "/prod/products", ""), "")
			m.target = path
			m.set("User-Agent", agent)
			status, _ := w.wire(m)
			require.Equal(t, 403, status, "%q %q", agent, path)
			calls++
			lines := w.logged()
			require.Len(t, lines, calls)
			line := lines[calls-1]
			require.Len(t, line, 10)
			assert.Equal(t, agent, line["agent"])
			assert.Equal(t, "403", line["status"])
			assert.Equal(t, "-", line["arn"])
		}
	}
	for _, line := range w.lines() {
		assert.NotContains(t, line, "\n")
	}
}

// TestLogsHoldNoSecret: no log of a request, and nothing that is reported of it, holds
// credentials or signatures, whether the request is allowed, denied or malformed.
func TestLogsHoldNoSecret(t *testing.T) {
	w := newWorld(t, nil)
	w.role("keeper", w.allow("prod/*"))
	key := w.assume("keeper", "one", "")
	secrets := []string{w.jane.SecretAccessKey, key.SecretAccessKey, key.SessionToken}
	signature := func(m *message) *message {
		for _, text := range []string{m.get("Authorization"), m.target} {
			if _, rest, found := strings.Cut(text, "Signature="); found {
				secrets = append(secrets, rest[:64])
			}
		}
		return m
	}
	send := func(m *message) { _, _ = w.wire(signature(m)) }
	send(w.signed(key, "GET", "/prod/products", ""))
	send(w.signed(key, "PUT", "/prod/products", ""))
	send(w.presigned(key, "GET", "/prod/products", "", 60))
	send(w.presigned(key, "POST", "/prod/products", tea, 60))
	for _, spoil := range []func(*message){
		func(m *message) { m.drop("X-Amz-Date") },
		func(m *message) { m.drop("X-Amz-Security-Token") },
		func(m *message) { m.add("X-Amz-Security-Token", m.get("X-Amz-Security-Token")) },
		func(m *message) { m.authorization("Credential", "Credentials") },
		func(m *message) { m.authorization("SignedHeaders", "signedheaders") },
		func(m *message) { m.authorization("execute-api", "s3") },
		func(m *message) { m.authorization(", Signature", " Signature") },
		func(m *message) { m.target += "?X-Amz-Signature=" + m.get("Authorization")[200:] },
		func(m *message) { m.set("Authorization", m.get("Authorization")+"0") },
		func(m *message) { m.method = "POST" },
	} {
		m := signature(w.signed(key, "GET", "/prod/products", ""))
		spoil(m)
		_, _ = w.wire(m)
	}
	seen := strings.Join(w.lines(), "\n") + strings.Join(sandboxtest.Must(w.region.FilterLogEvents("/aws/lambda/products")), "\n")
	for _, call := range w.calls {
		seen += call.Reason + call.Path + call.Caller
	}
	for _, secret := range secrets {
		assert.NotContains(t, seen, secret)
	}
	assert.Len(t, w.lines(), 14)
	assert.NotContains(t, seen, key.SessionToken[:40])
}

// TestAccessLogFormats checks formats other than JSON.
func TestAccessLogFormats(t *testing.T) {
	w, _ := stopped(t, nil)
	settings := w.settings()
	settings.AccessLog.Format = `$context.identity.sourceIp $context.identity.caller [$context.requestTime] ` +
		`"$context.httpMethod $context.routeKey $context.protocol" $context.status $context.responseLength $context.requestId`
	sandboxtest.OK(w.region.UpdateStage(w.api.APIID, "prod", settings))
	w.list(200)
	john := sandboxtest.Must(w.cloud.Caller(w.john.AccessKeyID, w.now()))
	want := `127.0.0.1 ` + john.UserID + ` [` + w.now().UTC().Format("02/Jan/2006:15:04:05 +0000") + `] "GET GET /products HTTP/1.1" 200 15 ` + w.calls[0].ID
	assert.Equal(t, want, w.lines()[0])

	settings.AccessLog.Format = `{"id":"$context.requestId","error":$context.error.messageString,"kind":"$context.error.responseType"}`
	sandboxtest.OK(w.region.UpdateStage(w.api.APIID, "prod", settings))
	w.add(201)
	w.expect(403, w.signed(w.john, "POST", "/prod/products", tea))
	assert.Equal(t, `{"id":"`+w.calls[2].ID+`","error":"Forbidden","kind":"ACCESS_DENIED"}`, w.lines()[2])
}

func TestNoAccessLog(t *testing.T) {
	w := newWorld(t, nil)
	sandboxtest.OK(w.region.UpdateStage(w.api.APIID, "prod", cloud.StageSettings{AutoDeploy: true}))
	w.list(200)
	w.expect(403, w.message(w.request("GET", "/prod/products", ""), ""))
	assert.Empty(t, w.lines())
	sandboxtest.OK(w.region.UpdateStage(w.api.APIID, "prod", w.settings()))
	sandboxtest.OK(w.region.DeleteLogGroup("calls")) // the stage uses it: lines are lost, requests are not
	w.list(200)
}
