package sts

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/loopback"
	"iam-secured-api/internal/sandbox/oidc"
	"iam-secured-api/internal/sandbox/sigv4"
)

const (
	service = "sts"
	version = "2011-06-15"

	// maxBody is the limit of a request. The longest valid one has less than 16 KiB.
	maxBody = 64 << 10
)

type handler struct {
	cloud    *cloud.Cloud
	verifier *sigv4.Verifier
	tokens   *oidc.Verifier
	now      func() time.Time
	limits   limits
}

// New returns the endpoint of a region. Requests must be signed for that region. Tokens
// verifies the tokens of identity providers; if it is nil, requests with tokens fail. Now
// returns the time; nil means time.Now.
func New(c *cloud.Cloud, region string, tokens *oidc.Verifier, now func() time.Time) http.Handler {
	if now == nil {
		now = time.Now
	}
	return &handler{
		cloud: c, verifier: sigv4.New(c, service, region, now), tokens: tokens, now: now,
		limits: limits{codes: map[string]wrongCodes{}, sessions: map[string]started{}},
	}
}

// request is a request and what was read from it.
type request struct {
	*http.Request
	id     string
	caller cloud.Caller
	form   form
}

// ServeHTTP implements [http.Handler].
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := &request{Request: r, id: uuid.NewString()}
	result, err := h.serve(w, req)
	if err != nil {
		status, refusal := refusalOf(err, req.id)
		write(w, status, req.id, refusal)
		return
	}
	name := xml.Name{Local: req.form.get("Action") + "Response"}
	write(w, http.StatusOK, req.id, response{XMLName: name, Xmlns: namespace, Result: result, RequestID: req.id})
}

func (h *handler) serve(w http.ResponseWriter, r *request) (any, error) {
	if err := checkTarget(r.Request); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, refuse(codeTooLarge, "the request has more than %d bytes", maxBody)
	}
	if err != nil {
		return nil, refuse(codeMalformed, "the request's body cannot be read")
	}
	if r.form, err = readForm(r.Request, body); err != nil {
		return nil, err
	}
	act, err := r.form.action()
	if err != nil {
		return nil, err
	}
	if !act.unsigned {
		if r.caller, err = h.verifier.Verify(r.Request, body); err != nil {
			return nil, err
		}
	}
	if err := r.form.check(act); err != nil {
		return nil, err
	}
	return act.do(h, r)
}

func checkTarget(r *http.Request) error {
	switch {
	case !loopback.IsOwn(r.Host):
		return refuse(codeMisdirected, "the Host must be 127.0.0.1, localhost or [::1]")
	case r.URL.Path != "/" && r.URL.Path != "":
		return refuse(codeNotFound, "the path must be /")
	case r.Method != http.MethodPost && r.Method != http.MethodGet:
		return refuse(codeMethod, "the method must be GET or POST")
	}
	return nil
}

func refuse(code, format string, args ...any) error {
	return &cloud.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
