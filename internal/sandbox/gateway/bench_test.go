package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// BenchmarkCalls compares GET /products through the gateway with the same bytes from a
// bare handler, for the same client: signed, unsigned and with a token.
func BenchmarkCalls(b *testing.B) {
	w := newWorld(b, func(o *gateway.Options) { o.Observe, o.Unthrottled = nil, true })
	for range 10 {
		w.as(w.jane, "POST", "/prod/products", tea)
	}
	_, body := w.as(w.john, "GET", "/prod/products", "")
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}))
	b.Cleanup(bare.Close)
	large := newWorld(b, func(o *gateway.Options) { o.Observe, o.Unthrottled = nil, true })
	large.grow()
	token := bearing(w).get("Authorization")
	for _, c := range []struct {
		name, url string
		key       aws.Credentials
		token     string
	}{
		{"bare/unsigned", bare.URL + "/prod/products", aws.Credentials{}, ""},
		{"bare/signed", bare.URL + "/prod/products", w.john, ""},
		{"gateway/signed", w.url + "/prod/products", w.john, ""},
		{"gateway/signed, of a large account", large.url + "/prod/products", large.john, ""},
		{"gateway/token", w.url + "/prod/customers/products", aws.Credentials{}, token},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r := sandboxtest.Must(http.NewRequest("GET", c.url, nil))
					if c.key.AccessKeyID != "" {
						w.sign(r, c.key, "")
					}
					if c.token != "" {
						r.Header.Set("Authorization", c.token)
					}
					response := sandboxtest.Must(client.Do(r))
					_ = sandboxtest.Must(io.Copy(io.Discard, response.Body))
					_ = response.Body.Close()
					if response.StatusCode != 200 {
						b.Fatal(response.Status)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

// grow adds users to the account, routes to the API, and as many permissions to the
// function as its policy can hold.
func (w *world) grow() {
	for i := range 1000 {
		sandboxtest.Must(w.account.CreateUser(cloud.CreateUserInput{UserName: fmt.Sprintf("user-%d", i)}))
		sandboxtest.Must(w.account.CreateAccessKey(fmt.Sprintf("user-%d", i)))
	}
	for i := range 250 {
		w.route(fmt.Sprintf("GET /a/b/c-%d/{d}", i), cloud.AuthIAM)
	}
	for i := range 50 {
		sandboxtest.OK(w.region.AddPermission(w.function, permission(fmt.Sprintf("p-%d", i), w.api.ExecutionARN+fmt.Sprintf("/prod/GET/a/b/c-%d/*", i))))
	}
	for range 10 {
		w.as(w.jane, "POST", "/prod/products", tea)
	}
}
