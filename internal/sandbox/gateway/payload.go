package gateway

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// payload is the call in payload format 2.0.
func (c *call) payload() events.APIGatewayV2HTTPRequest {
	r := c.request
	text := isText(r.Header.Get("Content-Type")) && utf8.Valid(c.body)
	event := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: c.route.RouteKey, RawPath: r.URL.EscapedPath(), RawQueryString: r.URL.RawQuery,
		Headers: c.headers(), QueryStringParameters: joined(r.URL.Query()), PathParameters: c.values,
		StageVariables: maps.Clone(c.stage.StageVariables), Body: string(c.body), IsBase64Encoded: len(c.body) > 0 && !text,
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			AccountID: c.gateway.account, APIID: c.gateway.api, RequestID: c.id, RouteKey: c.route.RouteKey, Stage: c.stage.StageName,
			DomainName: r.Host, DomainPrefix: c.gateway.api, Time: c.start.UTC().Format(timeFormat), TimeEpoch: c.start.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: r.Method, Path: r.URL.EscapedPath(), Protocol: r.Proto, SourceIP: c.sourceIP(), UserAgent: c.header("User-Agent"),
			},
		},
	}
	for _, cookie := range r.Header.Values("Cookie") {
		event.Cookies = append(event.Cookies, strings.Split(cookie, "; ")...)
	}
	if event.IsBase64Encoded {
		event.Body = base64.StdEncoding.EncodeToString(c.body)
	}
	if c.caller.ARN != "" {
		event.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
			IAM: &events.APIGatewayV2HTTPRequestContextAuthorizerIAMDescription{
				AccessKey: c.caller.Key.AccessKeyID, AccountID: c.caller.Account, CallerID: c.caller.UserID,
				UserARN: c.caller.ARN, UserID: c.caller.UserID,
			},
		}
	}
	return event
}

// headers are the request's, in lower case and without cookies, and those that
// API Gateway adds.
func (c *call) headers() map[string]string {
	headers := map[string]string{}
	for name := range c.request.Header {
		if name != "Cookie" {
			headers[strings.ToLower(name)] = c.header(name)
		}
	}
	headers["host"] = c.request.Host
	headers["content-length"] = fmt.Sprint(len(c.body))
	headers["x-forwarded-for"] = strings.TrimPrefix(headers["x-forwarded-for"]+", "+c.sourceIP(), ", ")
	headers["x-forwarded-port"], headers["x-forwarded-proto"] = "443", "https"
	return headers
}

func joined(values map[string][]string) map[string]string {
	out := map[string]string{}
	for name, list := range values {
		out[name] = strings.Join(list, ",")
	}
	return out
}

// isText reports whether bodies of a content type are passed on as they are; others
// are in base64.
func isText(contentType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(contentType)), ";")
	return kind == "" || strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+json") || strings.HasSuffix(kind, "+xml") ||
		slices.Contains([]string{"application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded"}, strings.TrimSpace(kind))
}

// respond writes a function's response, which is in payload format 2.0.
func respond(w http.ResponseWriter, reply []byte) (status int, err error) {
	var response events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(reply, &response); err != nil {
		return 0, fmt.Errorf("malformed response of the function: %w", err)
	}
	body := []byte(response.Body)
	if response.IsBase64Encoded {
		if body, err = base64.StdEncoding.DecodeString(response.Body); err != nil {
			return 0, fmt.Errorf("malformed response of the function: body is not base64: %w", err)
		}
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
	for name, values := range response.MultiValueHeaders {
		header[http.CanonicalHeaderKey(name)] = values
	}
	for _, cookie := range response.Cookies {
		header.Add("Set-Cookie", cookie)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a write error means that the client is gone
	return status, nil
}
