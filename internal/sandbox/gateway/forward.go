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

// isWithheld reports whether the backend does not get a header. It gets none that
// authenticates the client, such as a session token, and none of the connection: with
// an Upgrade, a client that may send one request could send any other to the backend.
func isWithheld(name string) bool {
	return name == "Authorization" || strings.HasPrefix(name, "X-Amz-") || name == "Upgrade" || name == "Connection" || name == "Te"
}

// forward passes the request on to the integration's URL.
func (e *exchange) forward(w http.ResponseWriter) error {
	target, err := e.backendURL()
	if err != nil {
		return failed(err.Error())
	}
	mapped, err := e.mappedHeaders()
	if err != nil {
		return failed(err.Error())
	}
	ctx, cancel := context.WithTimeout(e.request.Context(), time.Duration(e.target.TimeoutMillis)*time.Millisecond)
	defer cancel()
	var wrong error
	start := time.Now()
	proxy := &httputil.ReverseProxy{
		Transport: e.gateway.options.Backend,
		Rewrite:   func(r *httputil.ProxyRequest) { e.rewrite(r, target, mapped) },
		ModifyResponse: func(r *http.Response) error {
			e.outcome.integrationStatus, e.outcome.integrationLatency = r.StatusCode, time.Since(start)
			r.Header.Del(headerRequestID)
			w.Header().Set(headerRequestID, e.id) // again: early hints clear it
			return ctx.Err()                      // a backend may respond because of the timeout
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { wrong = err },
		ErrorLog:     log.New(io.Discard, "", 0),
	}
	e.outcome.invoked = true
	proxy.ServeHTTP(w, e.request.WithContext(ctx))
	if wrong == nil {
		return nil
	}
	e.outcome.integrationLatency = time.Since(start)
	e.outcome.integrationStatus, e.outcome.integrationError = http.StatusServiceUnavailable, "the backend cannot be reached"
	if errors.Is(wrong, context.DeadlineExceeded) {
		e.outcome.integrationError = "the backend took too long"
	}
	return &refusal{http.StatusServiceUnavailable, "Service Unavailable", "INTEGRATION_FAILURE",
		e.outcome.integrationError + ": " + wrong.Error()}
}

// rewrite changes the request to what the backend gets.
func (e *exchange) rewrite(r *httputil.ProxyRequest, target *url.URL, mapped []headerMapping) {
	r.Out.URL = target
	r.Out.Host = target.Host
	r.Out.Body, r.Out.ContentLength, r.Out.TransferEncoding, r.Out.Trailer = http.NoBody, int64(len(e.body)), nil, nil
	if len(e.body) > 0 {
		r.Out.Body = io.NopCloser(bytes.NewReader(e.body))
	}
	if method := e.target.IntegrationMethod; method != "ANY" {
		r.Out.Method = method
	}
	maps.DeleteFunc(r.Out.Header, func(name string, _ []string) bool { return isWithheld(name) })
	for _, mapping := range mapped {
		mapping.apply(r.Out.Header)
	}
	r.Out.Header.Set("Forwarded", "for="+e.sourceIP()+";host="+e.request.Host+";proto=https")
	r.Out.Header.Set("Via", "HTTP/1.1 AmazonAPIGateway")
}

// backendURL returns the integration's URL with the path and query that the request
// has there.
func (e *exchange) backendURL() (*url.URL, error) {
	target, err := url.Parse(e.target.IntegrationURI)
	if err != nil || strings.ContainsAny(e.target.IntegrationURI, "{}") {
		return nil, errors.New("the sandbox does not model variables in an integration's URL")
	}
	for name, value := range e.target.RequestParameters {
		if isHeaderMapping(name) {
			continue
		}
		if name != "overwrite:path" || strings.Contains(withPath(value, ""), "$") {
			return nil, errors.New("the sandbox does not model the request parameter " + name)
		}
		path := withPath(value, e.path)
		if target.Path, err = url.PathUnescape(path); err != nil {
			return nil, errors.New("the path cannot be passed on")
		}
		target.RawPath = path
	}
	target.RawQuery = withoutSignature(e.request.URL.RawQuery)
	return target, nil
}

// withPath inserts the request's path into the value of overwrite:path.
func withPath(value, path string) string {
	return strings.NewReplacer("${request.path}", path, "$request.path", path).Replace(value)
}

// withoutSignature removes the parameters of a presigned request from a query.
func withoutSignature(query string) string {
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); part != "" &&
			(err != nil || !strings.HasPrefix(strings.ToLower(plain), "x-amz-")) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}
