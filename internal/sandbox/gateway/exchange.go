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

// exchange is a request and, in the end, its response.
type exchange struct {
	gateway  *Gateway
	domain   string // empty for the API's own endpoint
	request  *http.Request
	body     []byte
	response *counter
	id       string
	start    time.Time

	api    cloud.API
	stage  cloud.Stage // StageName is empty before it is found
	path   string      // as requested, without the stage's name
	route  cloud.Route // RouteKey is empty before it is found
	target integration
	values map[string]string // of the route's variables

	caller     cloud.Caller      // ARN is empty if the request was not signed
	authorizer *cloud.Authorizer // the route's; nil if it has none
	claims     map[string]string // of the token, nil if there was none
	scopes     []string          // of the token, nil if the route requires none
	outcome    outcome
}

// outcome is the end of an exchange, as the access log shows it.
type outcome struct {
	refusal            *refusal // nil for a response of the backend
	reason             string   // of the decision
	invoked            bool
	integrationStatus  int
	integrationLatency time.Duration
	integrationError   string
}

// refusal is a response of the gateway itself.
type refusal struct {
	status  int
	message string // for the client
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

func tooLarge(reason string) error {
	return &refusal{http.StatusRequestEntityTooLarge, "Request Entity Too Large", "REQUEST_TOO_LARGE", reason}
}

// failed is for internal failures, whose reason is not shown to the client.
func failed(reason string) error {
	return &refusal{http.StatusInternalServerError, "Internal Server Error", "INTEGRATION_FAILURE", reason}
}

// ServeHTTP implements [http.Handler].
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.serve(w, r, "") }

// serve handles a request to the API's own endpoint, or to a domain.
func (g *Gateway) serve(w http.ResponseWriter, r *http.Request, domain string) {
	e := &exchange{
		gateway: g, request: r, domain: domain, response: &counter{ResponseWriter: w}, id: rand.Text()[:15] + "=", start: g.options.Now(),
	}
	w.Header().Set(headerRequestID, e.id)
	e.response.begin = e.setCORS
	defer e.done() // even if a backend breaks off in the middle of a response
	if err := e.serve(e.response); err != nil {
		e.refuse(e.response, err)
	}
}

// done logs and reports the request.
func (e *exchange) done() {
	e.log()
	e.measure()
	if e.gateway.options.Observe != nil {
		e.gateway.options.Observe(Request{
			ID: e.id, Method: e.request.Method, Path: e.request.URL.EscapedPath(), RouteKey: e.route.RouteKey, Caller: e.caller.ARN,
			Status: e.response.status, Reason: e.outcome.reason, Invoked: e.outcome.invoked,
		})
	}
}

func (e *exchange) serve(w http.ResponseWriter) error {
	if err := e.receive(w); err != nil {
		return err
	}
	if err := e.find(); err != nil {
		return err
	}
	if !e.gateway.admit(e.stage, e.route.RouteKey) {
		return &refusal{http.StatusTooManyRequests, "Too Many Requests", "THROTTLED", "the stage's or the route's throttle"}
	}
	if e.route.RouteKey == "" {
		return e.answerPreflight(w)
	}
	if err := e.authorize(); err != nil {
		return err
	}
	return e.invoke(w)
}

// receive checks the request's size and reads its body.
func (e *exchange) receive(w http.ResponseWriter) error {
	r := e.request
	if !e.isAddressed() {
		return forbidden("the Host is not this endpoint")
	}
	size := len(r.Method) + len(r.RequestURI) + len(r.Proto) + 4
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value) + 4
			if !utf8.ValidString(value) {
				return &refusal{http.StatusBadRequest, "Bad Request", "BAD_REQUEST", "a header is not UTF-8"}
			}
		}
	}
	if size > maxHeaders {
		return &refusal{http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large",
			"REQUEST_TOO_LARGE", "headers beyond 10,240 bytes"}
	}
	if r.ContentLength > maxBody { // not worth waiting for
		w.Header().Set("Connection", "close")
		return tooLarge("a body beyond 10 MB")
	}
	if r.ContentLength == 0 {
		return nil
	}
	var err error
	e.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if beyond := (*http.MaxBytesError)(nil); errors.As(err, &beyond) {
		return tooLarge("a body beyond 10 MB")
	}
	if err != nil {
		return &refusal{http.StatusBadRequest, "Bad Request", "BAD_REQUEST", "the body cannot be read"}
	}
	return nil
}

// authorize authenticates the request if the route requires it. A signed request must
// also be allowed by the principal's policies.
func (e *exchange) authorize() error {
	switch e.route.AuthorizationType {
	case cloud.AuthNone:
		e.outcome.reason = "anyone may call the route"
		return nil
	case cloud.AuthJWT:
		return e.authorizeToken()
	}
	caller, err := e.gateway.verifier.Verify(e.request, e.body)
	if err != nil {
		if coded := (*cloud.Error)(nil); errors.As(err, &coded) {
			return forbidden(err.Error())
		}
		return failed(err.Error())
	}
	e.caller = caller
	return e.decide()
}

// refuse writes a response of the gateway itself.
func (e *exchange) refuse(w http.ResponseWriter, err error) {
	known := (*refusal)(nil)
	if !errors.As(err, &known) {
		errors.As(failed(err.Error()), &known)
	}
	e.outcome.refusal = known
	if e.outcome.reason == "" {
		e.outcome.reason = known.reason
	}
	if known.status >= http.StatusInternalServerError {
		e.gateway.options.Log.Error("request failed", "requestId", e.id, "routeKey", e.route.RouteKey, "error", known.reason)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(known.status)
	_, _ = io.WriteString(w, `{"message":"`+known.message+`"}`) // a write error means that the client is gone
}

// sourceIP returns the address that the request came from.
func (e *exchange) sourceIP() string { return sigv4.SourceIP(e.request) }

// header returns a header as API Gateway passes it on, its values joined.
func (e *exchange) header(name string) string {
	return strings.Join(e.request.Header[name], ",")
}

// counter notes the status and the size of a response.
type counter struct {
	http.ResponseWriter
	begin         func(http.Header) // called once, before the header is written
	status, bytes int
}

func (w *counter) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.start(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *counter) start(status int) {
	if w.status == 0 {
		w.status = status
		w.begin(w.Header())
	}
}

func (w *counter) Write(b []byte) (int, error) {
	w.start(http.StatusOK)
	n, err := w.ResponseWriter.Write(b)
	w.bytes += n
	return n, err
}

// WriteString is like Write. Without it, [io.WriteString] would copy the text.
func (w *counter) WriteString(text string) (int, error) {
	w.start(http.StatusOK)
	n, err := io.WriteString(w.ResponseWriter, text)
	w.bytes += n
	return n, err
}

// Unwrap lets the response be flushed.
func (w *counter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
