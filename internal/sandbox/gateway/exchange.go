package gateway

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/loopback"
	"iam-secured-api/internal/sandbox/sigv4"
)

const (
	// maxHeaders is API Gateway's quota of the request line and the headers, in
	// bytes.
	maxHeaders = 10_240
	// maxBody is its quota of a request's body, in bytes.
	maxBody = 10 << 20

	headerRequestID = "Apigw-Requestid"
)

// call is a call while it is answered.
type call struct {
	gateway *Gateway
	request *http.Request
	body    []byte
	id      string
	start   time.Time

	api    cloud.API
	stage  cloud.Stage // StageName is empty before it is found
	path   string      // as requested, without the stage's name
	route  cloud.Route // RouteKey is empty before it is found
	target cloud.Integration
	values map[string]string // of the route's variables

	caller  cloud.Caller // ARN is empty if nobody has signed
	outcome outcome
}

// outcome is what becomes of a call, as the access log tells it.
type outcome struct {
	refusal            *refusal // nil if the backend answered
	reason             string   // of the decision
	invoked            bool
	integrationStatus  int
	integrationLatency time.Duration
	integrationError   string
}

// refusal is an answer of the gateway's own.
type refusal struct {
	status  int
	message string // for the caller
	kind    string // API Gateway's name of the response
	reason  string // for the log
}

func (r *refusal) Error() string { return r.reason }

func forbidden(reason string) error {
	return &refusal{http.StatusForbidden, "Forbidden", "ACCESS_DENIED", reason}
}

func notFound(reason string) error {
	return &refusal{http.StatusNotFound, "Not Found", "RESOURCE_NOT_FOUND", reason}
}

// failed is for what goes wrong inside, of which a caller learns nothing.
func failed(reason string) error {
	return &refusal{http.StatusInternalServerError, "Internal Server Error", "INTEGRATION_FAILURE", reason}
}

// ServeHTTP implements [http.Handler].
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{gateway: g, request: r, id: rand.Text()[:15] + "=", start: g.options.Now()}
	w.Header().Set(headerRequestID, c.id)
	counted := &counter{ResponseWriter: w}
	defer c.answered(counted) // whatever happens: a backend may break off in the middle of an answer
	if err := c.serve(counted); err != nil {
		c.refuse(counted, err)
	}
}

// answered tells what became of the call.
func (c *call) answered(w *counter) {
	c.log(w)
	if c.gateway.options.Answered != nil {
		c.gateway.options.Answered(Call{
			RequestID: c.id, Method: c.request.Method, Path: c.request.URL.EscapedPath(), RouteKey: c.route.RouteKey, Caller: c.caller.ARN,
			Status: w.status, Reason: c.outcome.reason, Invoked: c.outcome.invoked,
		})
	}
}

func (c *call) serve(w http.ResponseWriter) error {
	if err := c.receive(w); err != nil {
		return err
	}
	if err := c.find(); err != nil {
		return err
	}
	if !c.gateway.admit(c.stage, c.route.RouteKey) {
		return &refusal{http.StatusTooManyRequests, "Too Many Requests", "THROTTLED", "the stage's or the route's throttle"}
	}
	if err := c.authorize(); err != nil {
		return err
	}
	return c.invoke(w)
}

// receive checks the size of a request and reads it.
func (c *call) receive(w http.ResponseWriter) error {
	r := c.request
	if !loopback.IsOwn(r.Host) || !loopback.IsHere(r) {
		return forbidden("the Host is another's")
	}
	size := len(r.Method) + len(r.RequestURI) + len(r.Proto) + 4
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value) + 4
			if !utf8.ValidString(value) {
				return &refusal{http.StatusBadRequest, "Bad Request", "BAD_REQUEST", "a header is no UTF-8"}
			}
		}
	}
	if size > maxHeaders {
		return &refusal{http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large", "REQUEST_TOO_LARGE", "headers beyond 10,240 bytes"}
	}
	tooLarge := &refusal{http.StatusRequestEntityTooLarge, "Request Entity Too Large", "REQUEST_TOO_LARGE", "a body beyond 10 MB"}
	if r.ContentLength > maxBody { // not worth waiting for
		w.Header().Set("Connection", "close")
		return tooLarge
	}
	var err error
	c.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if beyond := (*http.MaxBytesError)(nil); errors.As(err, &beyond) {
		return tooLarge
	}
	if err != nil {
		return &refusal{http.StatusBadRequest, "Bad Request", "BAD_REQUEST", "the body cannot be read"}
	}
	return nil
}

// authorize verifies who calls and lets their policies decide, where the route
// asks for it.
func (c *call) authorize() error {
	if c.route.AuthorizationType == cloud.AuthNone {
		c.outcome.reason = "anyone may call the route"
		return nil
	}
	caller, err := c.gateway.verifier.Verify(c.request, c.body)
	if err != nil {
		if coded := (*cloud.Error)(nil); errors.As(err, &coded) {
			return forbidden(err.Error())
		}
		return failed(err.Error())
	}
	c.caller = caller
	return c.decide()
}

// refuse answers with the gateway's own words.
func (c *call) refuse(w http.ResponseWriter, err error) {
	known := (*refusal)(nil)
	if !errors.As(err, &known) {
		errors.As(failed(err.Error()), &known)
	}
	c.outcome.refusal = known
	if c.outcome.reason == "" {
		c.outcome.reason = known.reason
	}
	if known.status >= http.StatusInternalServerError {
		c.gateway.options.Log.Error("call failed", "requestId", c.id, "routeKey", c.route.RouteKey, "error", known.reason)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(known.status)
	_, _ = io.WriteString(w, `{"message":"`+known.message+`"}`) // a caller that is gone is the only one to tell
}

// sourceIP is where the call came from.
func (c *call) sourceIP() string { return sigv4.SourceIP(c.request) }

// header is a header's value as API Gateway passes it on: of several, all.
func (c *call) header(name string) string { return strings.Join(c.request.Header.Values(name), ",") }

// counter is a response of which status and size are known afterwards.
type counter struct {
	http.ResponseWriter
	status, bytes int
}

func (w *counter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *counter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += n
	return n, err
}

// Unwrap lets the response be flushed.
func (w *counter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
