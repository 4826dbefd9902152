package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// isWithheld tells which headers the backend does not get: those that show who
// signed a call, as a session token is none of its business, and those of a
// connection. An Upgrade, above all: with it, whoever may make one call would have
// the connection to the backend for all others.
func isWithheld(name string) bool {
	return name == "Authorization" || strings.HasPrefix(name, "X-Amz-") || name == "Upgrade" || name == "Connection" || name == "Te"
}

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
			r.Header.Del(headerRequestID)
			w.Header().Set(headerRequestID, c.id) // again: early hints clear it
			return ctx.Err()                      // a backend may answer because it is no longer waited for
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
	r.Out.Body, r.Out.ContentLength, r.Out.TransferEncoding, r.Out.Trailer = http.NoBody, int64(len(c.body)), nil, nil
	if len(c.body) > 0 {
		r.Out.Body = io.NopCloser(bytes.NewReader(c.body))
	}
	if method := c.target.IntegrationMethod; method != "ANY" {
		r.Out.Method = method
	}
	maps.DeleteFunc(r.Out.Header, func(name string, _ []string) bool { return isWithheld(name) })
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
		if name != "overwrite:path" || strings.Contains(withPath(value, ""), "$") {
			return nil, errors.New("the sandbox does not model the request parameter " + name)
		}
		path := withPath(value, c.path)
		if target.Path, err = url.PathUnescape(path); err != nil {
			return nil, errors.New("the path cannot be passed on")
		}
		target.RawPath = path
	}
	target.RawQuery = withoutSignature(c.request.URL.RawQuery)
	return target, nil
}

// withPath puts the request's path into what overwrite:path is mapped to.
func withPath(value, path string) string {
	return strings.NewReplacer("${request.path}", path, "$request.path", path).Replace(value)
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
