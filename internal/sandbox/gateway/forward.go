package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// withheld are the headers that show who signed a call: the backend's business
// is not to have a session token.
var withheld = []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"}

// forward passes the call on to the integration's URL.
func (c *call) forward(w http.ResponseWriter) error {
	target, err := c.backendURL()
	if err != nil {
		return failed(err.Error())
	}
	ctx, cancel := context.WithTimeout(c.request.Context(), time.Duration(c.target.TimeoutMillis)*time.Millisecond)
	defer cancel()
	var wrong error
	start := time.Now()
	proxy := &httputil.ReverseProxy{
		Transport: c.gateway.options.Backend,
		Rewrite:   func(r *httputil.ProxyRequest) { c.rewrite(r, target) },
		ModifyResponse: func(r *http.Response) error {
			c.outcome.integrationStatus, c.outcome.integrationLatency = r.StatusCode, time.Since(start)
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { wrong = err },
		ErrorLog:     log.New(io.Discard, "", 0),
	}
	c.outcome.invoked = true
	proxy.ServeHTTP(w, c.request.WithContext(ctx))
	if wrong == nil {
		return nil
	}
	c.outcome.integrationLatency = time.Since(start)
	c.outcome.integrationStatus, c.outcome.integrationError = http.StatusServiceUnavailable, "the backend cannot be reached"
	if errors.Is(wrong, context.DeadlineExceeded) {
		c.outcome.integrationError = "the backend took too long"
	}
	return &refusal{http.StatusServiceUnavailable, "Service Unavailable", "INTEGRATION_FAILURE", c.outcome.integrationError + ": " + wrong.Error()}
}

// rewrite makes the request that the backend gets.
func (c *call) rewrite(r *httputil.ProxyRequest, target *url.URL) {
	r.Out.URL = target
	r.Out.Host = target.Host
	r.Out.Body, r.Out.ContentLength = io.NopCloser(bytes.NewReader(c.body)), int64(len(c.body))
	if method := c.target.IntegrationMethod; method != "ANY" {
		r.Out.Method = method
	}
	for _, name := range withheld {
		r.Out.Header.Del(name)
	}
	r.Out.Header.Set("Forwarded", "for="+c.sourceIP()+";host="+c.request.Host+";proto=https")
	r.Out.Header.Set("Via", "HTTP/1.1 AmazonAPIGateway")
}

// backendURL is the integration's URL with the path and query that the call
// takes there.
func (c *call) backendURL() (*url.URL, error) {
	target, err := url.Parse(c.target.IntegrationURI)
	if err != nil || strings.ContainsAny(c.target.IntegrationURI, "{}") {
		return nil, errors.New("the sandbox does not model variables in an integration's URL")
	}
	for name, value := range c.target.RequestParameters {
		path := strings.ReplaceAll(strings.ReplaceAll(value, "${request.path}", c.path), "$request.path", c.path)
		if name != "overwrite:path" || strings.Contains(path, "$") && !strings.Contains(c.path, "$") {
			return nil, errors.New("the sandbox does not model the request parameter " + name)
		}
		if target.Path, err = url.PathUnescape(path); err != nil {
			return nil, errors.New("the path cannot be passed on")
		}
		target.RawPath = path
	}
	target.RawQuery = withoutSignature(c.request.URL.RawQuery)
	return target, nil
}

// withoutSignature takes the parameters of a presigned request out of a query.
func withoutSignature(query string) string {
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); part != "" && (err != nil || !strings.HasPrefix(strings.ToLower(plain), "x-amz-")) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}
