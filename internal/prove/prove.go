// Package prove sends requests to a deployed API, signed or not, and reports what
// their responses show: that the request was allowed, denied, or neither. It works
// with API Gateway on AWS and with the sandbox.
package prove

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"iam-secured-api/components/access"
)

const (
	// service is the name of API Gateway's data plane in signatures.
	service = "execute-api"
	// forbidden and unauthorized are the bodies of API Gateway's 403 and 401 responses.
	// It sends 401 on routes that require a token.
	forbidden    = `{"message":"Forbidden"}`
	unauthorized = `{"message":"Unauthorized"}`
	// maxBody is how much of a response is read, in bytes.
	maxBody = 1 << 20
)

// Outcome is what the response to a request shows.
type Outcome string

const (
	Allow Outcome = "allow"
	Deny  Outcome = "deny"
	// Failed shows neither: the request was throttled, or the API or its backend
	// failed.
	Failed Outcome = "failed"
)

// Agrees reports whether the outcome is what a cell of the access matrix says. No
// outcome agrees with a cell that depends on a condition.
func (o Outcome) Agrees(cell access.Cell) bool {
	return o == Allow && cell.Allows() || o == Deny && cell.Denies()
}

// Client sends requests to a stage of an API.
type Client struct {
	// HTTP sends the requests. It must not follow redirects, which are responses of
	// the backend.
	HTTP *http.Client
	// URL is the stage's, without a slash at its end.
	URL string
	// Region is the API's.
	Region string
	// UserAgent is sent if it is set.
	UserAgent string
	// Now returns the time of signatures; nil for the system's.
	Now func() time.Time
}

// Response is the response to a request.
type Response struct {
	Status    int
	RequestID string // of API Gateway
	Body      string

	method string
}

// NewHTTP returns an HTTP client that does not follow redirects.
func NewHTTP(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// BodyFor returns the body if requests with this method have one, and "" otherwise.
func BodyFor(method, body string) string {
	if slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, method) {
		return body
	}
	return ""
}

// Send sends a request to a path of the stage. A body is sent as JSON. Without
// credentials, the request is not signed.
func (c *Client) Send(ctx context.Context, credentials aws.Credentials, method, path, body string) (Response, error) {
	return c.send(ctx, method, path, body, func(request *http.Request) error {
		if !credentials.HasKeys() {
			return nil
		}
		now := time.Now
		if c.Now != nil {
			now = c.Now
		}
		return Sign(request, credentials, body, c.Region, now())
	})
}

// SendToken sends a request as Send does, with a bearer token in place of a signature.
func (c *Client) SendToken(ctx context.Context, token, method, path, body string) (Response, error) {
	return c.send(ctx, method, path, body, func(request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+token)
		return nil
	})
}

// send sends a request. Before that, authorize adds the credentials.
func (c *Client) send(
	ctx context.Context, method, path, body string, authorize func(*http.Request) error,
) (Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.URL+path, strings.NewReader(body))
	if err != nil {
		return Response{}, err
	}
	if c.UserAgent != "" {
		request.Header.Set("User-Agent", c.UserAgent)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if err := authorize(request); err != nil {
		return Response{}, err
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return Response{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	return Response{response.StatusCode, response.Header.Get("Apigw-Requestid"), string(text), method}, err
}

// Sign signs a request to an API as it stands, with Signature Version 4.
func Sign(request *http.Request, credentials aws.Credentials, body, region string, at time.Time) error {
	sum := sha256.Sum256([]byte(body))
	return v4.NewSigner().SignHTTP(request.Context(), credentials, request, hex.EncodeToString(sum[:]), service, region, at)
}

// Outcome returns what the response shows. A response to HEAD has no body: there, a 401
// or 403 of the backend looks like one from API Gateway.
func (r Response) Outcome() Outcome {
	is := func(status int, body string) bool {
		return r.Status == status && (r.method == http.MethodHead || strings.TrimSpace(r.Body) == body)
	}
	switch {
	case is(http.StatusForbidden, forbidden), is(http.StatusUnauthorized, unauthorized):
		return Deny
	case r.Status == http.StatusTooManyRequests || r.Status >= http.StatusInternalServerError:
		return Failed
	}
	return Allow
}
