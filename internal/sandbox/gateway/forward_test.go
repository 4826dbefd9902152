package gateway_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// backend is a URL backend over TLS, with its last request.
type backend struct {
	*world
	server  *httptest.Server
	respond http.HandlerFunc // nil for 200

	mu   sync.Mutex
	got  *http.Request
	body string
}

// newBackend creates an API with ANY /shop/{proxy+} to a URL backend. The settings have
// the path of the URL alone.
func newBackend(t *testing.T, settings cloud.IntegrationSettings) *backend {
	b := &backend{}
	b.server = httptest.NewTLSServer(b)
	t.Cleanup(b.server.Close)
	b.world = newWorld(t, func(o *gateway.Options) { o.Backend = b.server.Client().Transport })
	settings.IntegrationType, settings.IntegrationURI = "HTTP_PROXY", b.server.URL+settings.IntegrationURI
	if settings.IntegrationMethod == "" {
		settings.IntegrationMethod = "ANY"
	}
	b.integration = sandboxtest.Must(b.region.CreateIntegration(b.api.APIID, settings))
	b.route("ANY /shop/{proxy+}", cloud.AuthIAM)
	return b
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.got, b.body = r, string(sandboxtest.Must(io.ReadAll(r.Body)))
	respond := b.respond
	b.mu.Unlock()
	if respond != nil {
		respond(w, r)
	}
}

// call sends a request as jane and returns what the backend got.
func (b *backend) call(method, path, body string) *http.Request {
	b.t.Helper()
	status, text := b.as(b.jane, method, "/prod"+path, body)
	require.Equal(b.t, 200, status, text)
	return b.got
}

func TestBackendsPath(t *testing.T) {
	for _, c := range []struct{ uri, mapping, path, want string }{
		{"/base", "", "/shop/a", "/base"},
		{"", "", "/shop/a", "/"},
		{"", "$request.path", "/shop/a/b", "/shop/a/b"},
		{"", "$request.path", "/shop/a%2Fb%20c/%e2", "/shop/a%2Fb%20c/%e2"},
		{"", "$request.path", "/shop//./../x", "/shop//./../x"},
		{"/base", "/v1${request.path}", "/shop/a", "/v1/shop/a"},
		{"", "/v1${request.path}/end", "/shop/a", "/v1/shop/a/end"},
		{"", "/fixed", "/shop/a", "/fixed"},
		{"", "/v1${request.path}", "/shop/$request.path", "/v1/shop/$request.path"},
		{"", "/v1${request.path}", "/shop/$%7Brequest.path%7D", "/v1/shop/$%7Brequest.path%7D"},
	} {
		settings := cloud.IntegrationSettings{IntegrationURI: c.uri}
		if c.mapping != "" {
			settings.RequestParameters = map[string]string{"overwrite:path": c.mapping}
		}
		got := newBackend(t, settings).call("GET", c.path, "")
		assert.Equal(t, c.want, got.RequestURI, "%+v", c)
	}
}

// TestMappingsNotModelled: requests fail, even if their path looks like a variable.
func TestMappingsNotModelled(t *testing.T) {
	for name, value := range map[string]string{
		"overwrite:path": "/v1/$request.querystring.x", "append:header.x": "$request.header.y", "overwrite:querystring.x": "1",
	} {
		b := newBackend(t, cloud.IntegrationSettings{RequestParameters: map[string]string{name: value}})
		for _, path := range []string{"/prod/shop/a", "/prod/shop/$x"} {
			b.expect(500, b.signed(b.jane, "GET", path, ""))
		}
		assert.Zero(t, b.invoked())
	}
}

func TestBackendsMethodAndBody(t *testing.T) {
	b := newBackend(t, cloud.IntegrationSettings{})
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"} {
		body := tea
		if method == "GET" || method == "HEAD" {
			body = ""
		}
		got := b.call(method, "/shop/a", body)
		assert.Equal(t, method, got.Method)
		assert.Equal(t, body, b.body)
		assert.Equal(t, int64(len(body)), got.ContentLength, method)
	}
	chunked := b.signed(b.jane, "POST", "/prod/shop/a", tea)
	chunked.drop("Content-Length")
	chunked.add("Transfer-Encoding", "chunked")
	chunked.body = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(tea), tea)
	b.expect(200, chunked)
	assert.Equal(t, tea, b.body)
	assert.Equal(t, int64(len(tea)), b.got.ContentLength)

	b = newBackend(t, cloud.IntegrationSettings{IntegrationMethod: "POST"})
	assert.Equal(t, "POST", b.call("PUT", "/shop/a", tea).Method)
}

func TestBackendsQuery(t *testing.T) {
	b := newBackend(t, cloud.IntegrationSettings{RequestParameters: map[string]string{"overwrite:path": "$request.path"}})
	const query = "b=2&a=1&b=1&c&d=%2F+"
	m := b.signed(b.jane, "GET", "/prod/shop/a?"+query, "")
	m.target = "/prod/shop/a?" + query // as it was before the signer put it in order
	b.expect(200, m)
	assert.Equal(t, query, b.got.URL.RawQuery)
	m = b.presigned(b.jane, "GET", "/prod/shop/a?b=2&a=1", "", 60)
	b.expect(200, m)
	assert.Equal(t, "a=1&b=2", b.got.URL.RawQuery)
	b.expect(200, b.presigned(b.jane, "GET", "/prod/shop/a", "", 60))
	assert.Equal(t, "/shop/a", b.got.RequestURI)
}

// TestBackendsHeaders: the client's headers arrive, except its credentials.
func TestBackendsHeaders(t *testing.T) {
	b := newBackend(t, cloud.IntegrationSettings{})
	b.role("keeper", b.allow("prod/*"))
	r := b.request("POST", "/prod/shop/a", tea)
	r.Header.Set("X-Shop", "1")
	r.Header.Add("X-Shop", "2")
	r.Header.Set("X-Amz-Content-Sha256", hash(tea))
	r.Header.Set("X-Amz-Meta-Shop", "x")
	m := b.message(b.sign(r, b.assume("keeper", "one", ""), tea), tea)
	m.add("Connection", "X-Hop")
	for _, line := range []string{
		"X-Hop: 1", "Keep-Alive: 1", "Proxy-Authorization: Basic eA==", "Proxy-Connection: x", "Te: trailers", "Trailer: X-Late", "Upgrade: h2c",
		"X-Forwarded-For: 203.0.113.9", "X-Forwarded-Host: example.com", "Forwarded: for=203.0.113.9", "Via: 1.1 mine", "Cookie: a=1", "User-Agent: agent",
	} {
		name, value, _ := strings.Cut(line, ": ")
		m.add(name, value)
	}
	b.expect(200, m)
	own := b.got.Header.Clone()
	for name := range own {
		assert.False(t, strings.HasPrefix(name, "X-Amz-") || name == "Authorization", name)
	}
	assert.Equal(t, http.Header{
		"X-Shop": {"1", "2"}, "Content-Type": {"application/json"}, "Content-Length": {fmt.Sprint(len(tea))}, "Cookie": {"a=1"}, "User-Agent": {"agent"},
		"Via": {"HTTP/1.1 AmazonAPIGateway"}, "Forwarded": {"for=127.0.0.1;host=" + m.get("Host") + ";proto=https"}, "Accept-Encoding": {"gzip"}, // the transport's
	}, own)
	assert.Equal(t, b.server.Listener.Addr().String(), b.got.Host)
}

// TestNoTunnel: a client that may send one request cannot use the connection to the
// backend for others.
func TestNoTunnel(t *testing.T) {
	b := newBackend(t, cloud.IntegrationSettings{})
	for protocol, says := range map[string]string{
		"h2c": "Connection: Upgrade\r\nUpgrade: h2c\r\n", "websocket": "Connection: Upgrade\r\nUpgrade: websocket\r\n", "x": "",
	} {
		m := b.signed(b.jane, "GET", "/prod/shop/a", "")
		m.add("Connection", "Upgrade")
		m.add("Upgrade", protocol)
		b.respond = func(w http.ResponseWriter, r *http.Request) {
			assert.Empty(t, r.Header.Get("Upgrade"))
			assert.Empty(t, r.Header.Get("Connection"))
		}
		b.expect(200, m)
		b.respond = func(w http.ResponseWriter, _ *http.Request) { // switches unasked
			connection, buffered, err := http.NewResponseController(w).Hijack()
			if assert.NoError(t, err) {
				_, _ = buffered.WriteString("HTTP/1.1 101 Switching Protocols\r\n" + says + "\r\n")
				_ = buffered.Flush()
				_ = connection.Close()
			}
		}
		b.expect(503, m)
	}
}

func TestBackendsResponses(t *testing.T) {
	b := newBackend(t, cloud.IntegrationSettings{})
	for _, status := range []int{200, 201, 204, 301, 302, 304, 307, 400, 401, 403, 404, 429, 500, 502, 503, 504} {
		b.respond = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://example.com/elsewhere")
			w.Header().Set("X-Backend", "1")
			w.Header().Set("Apigw-Requestid", "the backend's")
			w.WriteHeader(status)
		}
		before := b.invoked()
		response, _ := b.exchange(b.signed(b.jane, "GET", "/prod/shop/a", "").text())
		assert.Equal(t, status, response.StatusCode)
		assert.Equal(t, "https://example.com/elsewhere", response.Header.Get("Location"))
		assert.Equal(t, "1", response.Header.Get("X-Backend"))
		assert.Equal(t, []string{b.calls[len(b.calls)-1].ID}, response.Header.Values("Apigw-Requestid"))
		assert.Equal(t, before+1, b.invoked(), "the redirect was followed")
		line := b.logged()[before]
		assert.Equal(t, fmt.Sprint(status), line["status"])
		assert.Equal(t, line["status"], line["backend"])
	}
}

// TestEarlyHints: a response may follow a backend's early hints.
func TestEarlyHints(t *testing.T) {
	b := newBackend(t, cloud.IntegrationSettings{})
	b.respond = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>")
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "tea")
	}
	response, err := client.Do(b.sign(b.request("GET", "/prod/shop/a", ""), b.jane, ""))
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, "tea", string(sandboxtest.Must(io.ReadAll(response.Body))))
	assert.NotEmpty(t, response.Header.Get("Apigw-Requestid"))
}

// TestBackendsBody: bodies arrive complete.
func TestBackendsBody(t *testing.T) {
	b := newBackend(t, cloud.IntegrationSettings{})
	body := make([]byte, 5<<20)
	_, _ = rand.Read(body)
	for _, length := range []bool{true, false} {
		b.respond = func(w http.ResponseWriter, _ *http.Request) {
			if length {
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			}
			for part := range 5 {
				_, _ = w.Write(body[part<<20 : (part+1)<<20])
				_ = http.NewResponseController(w).Flush()
			}
		}
		status, got := b.as(b.jane, "POST", "/prod/shop/a", string(body[:1<<20]))
		assert.Equal(t, 200, status)
		assert.True(t, string(body) == got)
		assert.True(t, string(body[:1<<20]) == b.body)
	}
}

// TestBackendThatBreaksOff: the client sees that something is missing, and the request
// is logged.
func TestBackendThatBreaksOff(t *testing.T) {
	b := newBackend(t, cloud.IntegrationSettings{})
	b.respond = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		_, _ = w.Write(make([]byte, 100_000))
		panic(http.ErrAbortHandler)
	}
	response, err := client.Do(b.sign(b.request("GET", "/prod/shop/a", ""), b.jane, ""))
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(t, response.Body.Close())
	}
	require.Error(t, err)
	assert.Equal(t, 1, b.invoked())
	require.Len(t, b.logged(), 1)
	assert.Equal(t, "200", b.logged()[0]["backend"])
}

func TestBackendThatDoesNotRespond(t *testing.T) {
	const unavailable = `{"message":"Service Unavailable"}`
	for name, spoil := range map[string]func(*backend){
		"unreachable": func(b *backend) { b.server.Close() },
		"of another certificate": func(b *backend) {
			settings := b.integration.IntegrationSettings
			settings.IntegrationURI = strings.Replace(settings.IntegrationURI, "127.0.0.1", "localhost", 1)
			sandboxtest.OK(b.region.UpdateIntegration(b.api.APIID, b.integration.IntegrationID, settings))
			b.respond = func(http.ResponseWriter, *http.Request) { t.Error("the request was sent") }
		},
		"too slow": func(b *backend) { b.respond = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() } },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBackend(t, cloud.IntegrationSettings{TimeoutMillis: 50})
			spoil(b)
			status, body := b.as(b.jane, "GET", "/prod/shop/a", "")
			assert.Equal(t, 503, status)
			assert.Equal(t, unavailable, body)
			assert.Equal(t, "503", b.logged()[0]["status"])
		})
	}
}
