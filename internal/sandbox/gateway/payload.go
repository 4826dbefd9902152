package gateway

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"iam-secured-api/internal/sandbox/sigv4"
)

const headerTraceID = "x-amzn-trace-id"

// payload returns the request in payload format 2.0. It fails for a path that API
// Gateway cannot decode.
func (e *exchange) payload() (events.APIGatewayV2HTTPRequest, error) {
	r := e.request
	path, err := decodedPath(e.fullPath())
	if err != nil {
		return events.APIGatewayV2HTTPRequest{}, &refusal{http.StatusBadRequest, "Bad Request", "BAD_REQUEST", err.Error()}
	}
	query, _ := sigv4.ParseQuery(r.URL.RawQuery) // without what cannot be read
	text := isText(r.Header.Get("Content-Type")) && utf8.Valid(e.body)
	event := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: e.route.RouteKey, RawPath: path, RawQueryString: validUTF8(r.URL.RawQuery),
		Headers: e.headers(), QueryStringParameters: joined(query), PathParameters: e.values,
		StageVariables: maps.Clone(e.stage.StageVariables), Body: string(e.body), IsBase64Encoded: len(e.body) > 0 && !text,
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			AccountID: e.gateway.account, APIID: e.gateway.api, RequestID: e.id, RouteKey: e.route.RouteKey, Stage: e.stage.StageName,
			DomainName: r.Host, DomainPrefix: e.domainPrefix(), Time: e.start.UTC().Format(timeFormat), TimeEpoch: e.start.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: r.Method, Path: path, Protocol: r.Proto, SourceIP: e.sourceIP(), UserAgent: e.header("User-Agent"),
			},
		},
	}
	event.RequestContext.Authentication = e.authentication()
	for _, cookie := range r.Header.Values("Cookie") {
		event.Cookies = append(event.Cookies, strings.Split(cookie, "; ")...)
	}
	if event.IsBase64Encoded {
		event.Body = base64.StdEncoding.EncodeToString(e.body)
	}
	if e.claims != nil {
		event.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
			JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: e.claims, Scopes: e.scopes},
		}
	}
	if e.caller.ARN != "" {
		event.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
			IAM: &events.APIGatewayV2HTTPRequestContextAuthorizerIAMDescription{
				AccessKey: e.caller.Key.AccessKeyID, AccountID: e.caller.Account, CallerID: e.caller.UserID,
				UserARN: e.caller.ARN, UserID: e.caller.UserID,
				CognitoIdentity: events.APIGatewayV2HTTPRequestContextAuthorizerCognitoIdentity{
					AMR: e.caller.CognitoAMR, IdentityID: e.caller.CognitoIdentityID, IdentityPoolID: e.caller.CognitoIdentityPoolID,
				},
			},
		}
	}
	return event, nil
}

// decodedPath returns a path as functions get it. API Gateway decodes it, cuts it at a
// question mark, and decodes it again: recorded on AWS in ingress-paths.json of
// github.com/hotsock/voker.
func decodedPath(path string) (string, error) {
	once, err := url.PathUnescape(path)
	if err != nil {
		return "", err
	}
	once, _, _ = strings.Cut(once, "?")
	twice, err := url.PathUnescape(once)
	return validUTF8(twice), err
}

// headers returns the request's, in lower case and without cookies, and those that
// API Gateway adds.
func (e *exchange) headers() map[string]string {
	headers := make(map[string]string, len(e.request.Header)+6)
	for name := range e.request.Header {
		if name != "Cookie" {
			headers[strings.ToLower(name)] = e.header(name)
		}
	}
	headers["host"] = e.request.Host
	headers["content-length"] = strconv.Itoa(len(e.body))
	headers["x-forwarded-for"] = strings.TrimPrefix(headers["x-forwarded-for"]+", "+e.sourceIP(), ", ")
	headers["x-forwarded-port"], headers["x-forwarded-proto"] = "443", "https"
	if headers[headerTraceID] == "" {
		headers[headerTraceID] = newTraceID(e.start)
	}
	return headers
}

// newTraceID returns the id of a trace that begins now, in the form of AWS X-Ray:
// Root=1-5e6b67ad-2d4a5560cf6fb7a02780c3a0.
func newTraceID(now time.Time) string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	binary.BigEndian.PutUint32(id[:], uint32(now.Unix()))
	digits := hex.EncodeToString(id[:])
	return "Root=1-" + digits[:8] + "-" + digits[8:]
}

// validUTF8 replaces invalid bytes, as their encoding in JSON would.
func validUTF8(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

func joined(values map[string][]string) map[string]string {
	out := map[string]string{}
	for name, list := range values {
		out[validUTF8(name)] = validUTF8(strings.Join(list, ","))
	}
	return out
}

// isText reports whether bodies of a content type are passed on as they are. All
// others are in base64, those without a type too. AWS does not list the types. These
// were tried on AWS in github.com/ministackorg/ministack, pull request 766.
func isText(contentType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	switch kind = strings.TrimSpace(kind); kind {
	case "application/json", "application/xml", "application/javascript":
		return true
	}
	return strings.HasPrefix(kind, "text/")
}

// respond writes a function's response. Payload format 2.0 has no multiValueHeaders:
// API Gateway ignores the field, and cookies have several values.
func respond(w http.ResponseWriter, response events.APIGatewayV2HTTPResponse) (status int, err error) {
	body := response.Body
	if response.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			return 0, fmt.Errorf("malformed response of the function: body is not base64: %w", err)
		}
		body = string(decoded)
	}
	if status = response.StatusCode; status == 0 {
		status = http.StatusOK
	}
	if status < http.StatusOK || status > 599 {
		return 0, fmt.Errorf("malformed response of the function: status is %d", status)
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	for name, value := range response.Headers {
		header.Set(name, value)
	}
	for _, cookie := range response.Cookies {
		header.Add("Set-Cookie", cookie)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // a write error means that the client is gone
	return status, nil
}
