package gateway

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// timeFormat is CLF's.
const timeFormat = "02/Jan/2006:15:04:05 -0700"

var reVariable = regexp.MustCompile(`\$context\.[A-Za-z0-9]+(\.[A-Za-z0-9]+)*`)

// logPart is a part of an access log's format: text, and the name of the variable
// after it, without $context. The last part has none.
type logPart struct{ text, variable string }

// logFormat returns the parts of a format.
func (g *Gateway) logFormat(format string) []logPart {
	g.mu.Lock()
	defer g.mu.Unlock()
	parts, known := g.formats[format]
	if !known {
		end := 0
		for _, at := range reVariable.FindAllStringIndex(format, -1) {
			parts = append(parts, logPart{format[end:at[0]], format[at[0]+len("$context.") : at[1]]})
			end = at[1]
		}
		parts = append(parts, logPart{text: format[end:]})
		g.formats[format] = parts
	}
	return parts
}

// log writes the line of the request to the stage's access log, if it has one. A
// variable that has no value, or that the sandbox does not know, is a hyphen.
func (e *exchange) log(w *counter) {
	settings := e.stage.AccessLog
	if settings == nil {
		return
	}
	var line strings.Builder
	for _, part := range e.gateway.logFormat(settings.Format) {
		line.WriteString(part.text)
		if part.variable == "" {
			continue
		}
		switch value := e.logged(part.variable, w); {
		case value == "":
			line.WriteByte('-')
		case part.variable == "error.messageString": // has its quotation marks
			line.WriteString(value)
		default:
			line.WriteString(escaped(value))
		}
	}
	e.gateway.cloud.DeliverLog(settings.DestinationARN, line.String())
}

// escaped escapes a text of the client, so that it cannot look like other parts of
// the line.
func escaped(value string) string {
	special := func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\<>&`, r) }
	if !strings.ContainsFunc(value, special) {
		return value
	}
	quoted, err := json.Marshal(value)
	if err != nil {
		return "-" // cannot happen: strings can be encoded
	}
	return string(quoted[1 : len(quoted)-1])
}

// logged returns the value of a variable.
func (e *exchange) logged(variable string, w *counter) string {
	switch variable {
	case "requestId", "extendedRequestId":
		return e.id
	case "requestTime":
		return e.start.UTC().Format(timeFormat)
	case "requestTimeEpoch":
		return strconv.FormatInt(e.start.UnixMilli(), 10)
	case "accountId":
		return e.gateway.account
	case "apiId", "domainPrefix":
		return e.gateway.api
	case "stage":
		return e.stage.StageName
	case "httpMethod":
		return e.request.Method
	case "path":
		return e.request.URL.EscapedPath()
	case "protocol":
		return e.request.Proto
	case "routeKey":
		return e.route.RouteKey
	case "domainName":
		return e.request.Host
	case "status":
		return strconv.Itoa(w.status)
	case "responseLength":
		return strconv.Itoa(w.bytes)
	case "responseLatency":
		return milliseconds(e.gateway.options.Now().Sub(e.start))
	case "identity.sourceIp":
		return e.sourceIP()
	case "identity.userAgent":
		return e.header("User-Agent")
	// Whether AWS fills these for a request that it denies is not documented.
	case "identity.accountId":
		return e.caller.Account
	case "identity.userArn":
		return e.caller.ARN
	case "identity.caller", "identity.user":
		return e.caller.UserID
	}
	if value := e.outcome.loggedRefusal(variable); value != "" {
		return value
	}
	return e.outcome.loggedIntegration(variable)
}

func (o outcome) loggedRefusal(variable string) string {
	switch refusal := o.refusal; {
	case refusal == nil:
		return ""
	case variable == "error.message":
		return refusal.message
	case variable == "error.messageString":
		return strconv.Quote(refusal.message)
	case variable == "error.responseType":
		return refusal.kind
	case variable == "authorizer.error" && refusal.kind == "ACCESS_DENIED":
		return refusal.reason
	}
	return ""
}

func (o outcome) loggedIntegration(variable string) string {
	switch variable {
	case "integrationErrorMessage", "integration.error":
		return o.integrationError
	case "integrationStatus", "integration.status":
		if o.invoked {
			return strconv.Itoa(o.integrationStatus)
		}
	case "integrationLatency", "integration.latency":
		if o.invoked {
			return milliseconds(o.integrationLatency)
		}
	}
	return ""
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
