package gateway_test

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// fuzzed returns a gateway that is called without a network, in a world whose clock
// stands still.
func fuzzed(f *testing.F) (*world, func(*http.Request) *httptest.ResponseRecorder) {
	w := newWorld(f, func(o *gateway.Options) { o.Unthrottled = true })
	w.setClock(time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC))
	w.stage("$default")
	w.route("GET /shops/{shop}/{proxy+}", cloud.AuthIAM)
	w.route("$default", cloud.AuthIAM)
	sandboxtest.OK(w.region.AddPermission(w.function, permission("all", w.api.ExecutionARN+"/*")))
	handler := gateway.New(w.cloud, cloud.APIAccount, region, w.api.APIID, w.options)
	port := sandboxtest.Must(strconv.Atoi(sandboxtest.Must(url.Parse(w.url)).Port()))
	return w, func(r *http.Request) *httptest.ResponseRecorder {
		r.RemoteAddr = "127.0.0.1:1234"
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{Port: port})))
		w.mu.Lock()
		w.calls = w.calls[max(0, len(w.calls)-1):]
		w.mu.Unlock()
		return recorder
	}
}

// refused fails unless the request was refused with a client error.
func (w *world) refused(t *testing.T, recorder *httptest.ResponseRecorder) {
	t.Helper()
	require.Less(t, recorder.Code, 500, recorder.Body)
	require.GreaterOrEqual(t, recorder.Code, 400)
	require.Zero(t, w.invoked(), "the backend was reached")
}

// placed inserts a known key and the gateway's own address into an input. Both differ
// in each process.
func (w *world) placed(text string) string {
	return strings.NewReplacer("KEY", w.jane.AccessKeyID, "HOST", strings.TrimPrefix(w.url, "http://")).Replace(text)
}

// FuzzBytes sends everything that net/http reads as a request. No input has a valid
// signature: none reaches the backend.
func FuzzBytes(f *testing.F) {
	w, call := fuzzed(f)
	unplaced := strings.NewReplacer(w.jane.AccessKeyID, "KEY", w.john.AccessKeyID, "KEY", strings.TrimPrefix(w.url, "http://"), "HOST")
	header := w.signed(w.jane, "POST", "/prod/products", tea)
	header.authorization("Signature=", "Signature=00")
	query := w.presigned(w.john, "GET", "/prod/products", "", 60)
	query.target = strings.Replace(query.target, "Expires=60", "Expires=61", 1)
	for _, m := range []*message{header, query} {
		f.Add(unplaced.Replace(m.text()))
	}
	const scope = "KEY/20260203/us-east-1/execute-api/aws4_request"
	zeros := strings.Repeat("0", 64)
	f.Add("GET /prod/products HTTP/1.1\r\nHost: HOST\r\nX-Amz-Date: 20260203T040506Z\r\n" +
		"Authorization: AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host;x-amz-date, Signature=" + zeros + "\r\n\r\n")
	f.Add("POST /prod/products?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + url.QueryEscape(scope) +
		"&X-Amz-Date=20260203T040506Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=" + zeros + " HTTP/1.1\r\nHost: HOST\r\n\r\n")
	f.Add("get //prod/./%2e%2e/products?a;b=%zz HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer x\r\nX-Amz-Date: now\r\n\r\n")
	f.Add("DELETE /shops/a%2Fb/c/d?limit=5 HTTP/1.1\r\nHost: HOST\r\n" +
		"Authorization: AWS4-HMAC-SHA256 Credential=" + scope + ",SignedHeaders=host;authorization,Signature=\r\n\r\n")
	f.Add("OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n")
	f.Add("PRI * HTTP/2.0\r\n\r\n")
	f.Add("POST /prod/products HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\na\r\n0\r\nX-Amz-Date: x\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(w.placed(text))))
		if err != nil {
			return
		}
		w.refused(t, call(r))
	})
}

// FuzzToken sends arbitrary tokens to a route that requires one. Everything except the
// valid token must be rejected, with a header that can be parsed.
func FuzzToken(f *testing.F) {
	w, call := fuzzed(f)
	bearing(w)
	token := w.token(nil)
	parts := strings.Split(token, ".")
	for _, seed := range []string{
		"", "Bearer", "bearer x", "Basic YTpi", "Bearer a.b.c", "Bearer ..", "Bearer \x00", "Bearer TOKEN,Bearer TOKEN", "Bearer TOKEN=", "TOKEN.",
		"Bearer HEADER.e30.SIGNATURE", "Bearer eyJhbGciOiJub25lIn0.CLAIMS.", `Bearer "`, "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.CLAIMS.YQ",
		"AWS4-HMAC-SHA256 Credential=KEY/20260203/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=00",
	} {
		f.Add(seed)
	}
	placed := strings.NewReplacer("TOKEN", token, "HEADER", parts[0], "CLAIMS", parts[1], "SIGNATURE", parts[2])
	f.Fuzz(func(t *testing.T, text string) {
		text = placed.Replace(text)
		if text == token || text == "Bearer "+token {
			return
		}
		m := w.message(w.request("GET", "/prod/customers/products", ""), "")
		r := w.received(m)
		r.Header.Set("Authorization", text)
		recorder := call(r)
		w.refused(t, recorder)
		if recorder.Code == http.StatusUnauthorized {
			require.Regexp(t, `^Bearer( scope="catalog.read catalog.write" error="invalid_token" error_description="[^"\x00-\x1f\x7f]*")?$`,
				recorder.Header().Get("Www-Authenticate"))
		}
	})
}
