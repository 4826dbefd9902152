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

var reVariable = regexp.MustCompile(`\$context\.(authorizer\.claims\.[A-Za-z0-9_]+|[A-Za-z0-9]+(\.[A-Za-z0-9]+)*)`)

// variables returns the values of the variables of $context that the sandbox supports.
var variables = map[string]func(*exchange) string{
	"requestId":          func(e *exchange) string { return e.id },
	"extendedRequestId":  func(e *exchange) string { return e.id },
	"requestTime":        func(e *exchange) string { return e.start.UTC().Format(timeFormat) },
	"requestTimeEpoch":   func(e *exchange) string { return strconv.FormatInt(e.start.UnixMilli(), 10) },
	"accountId":          func(e *exchange) string { return e.gateway.account },
	"apiId":              func(e *exchange) string { return e.gateway.api },
	"domainPrefix":       (*exchange).domainPrefix,
	"domainName":         func(e *exchange) string { return e.request.Host },
	"stage":              func(e *exchange) string { return e.stage.StageName },
	"httpMethod":         func(e *exchange) string { return e.request.Method },
	"path":               func(e *exchange) string { return e.request.URL.EscapedPath() },
	"protocol":           func(e *exchange) string { return e.request.Proto },
	"routeKey":           func(e *exchange) string { return e.route.RouteKey },
	"status":             func(e *exchange) string { return strconv.Itoa(e.response.status) },
	"responseLength":     func(e *exchange) string { return strconv.Itoa(e.response.bytes) },
	"responseLatency":    func(e *exchange) string { return milliseconds(e.gateway.options.Now().Sub(e.start)) },
	"identity.sourceIp":  (*exchange).sourceIP,
	"identity.userAgent": func(e *exchange) string { return e.header("User-Agent") },
	// Whether AWS fills these for a request that it denies is not documented.
	"identity.accountId": func(e *exchange) string { return e.caller.Account },
	"identity.userArn":   func(e *exchange) string { return e.caller.ARN },
	"identity.caller":    func(e *exchange) string { return e.caller.UserID },
	"identity.user":      func(e *exchange) string { return e.caller.UserID },

	"error.message":       func(e *exchange) string { return e.refused().message },
	messageString:         (*exchange).quotedMessage,
	"error.responseType":  func(e *exchange) string { return e.refused().kind },
	"authorizer.error":    (*exchange).authorizerError,
	"integrationStatus":   (*exchange).integrationStatus,
	"integration.status":  (*exchange).integrationStatus,
	"integrationLatency":  (*exchange).integrationLatency,
	"integration.latency": (*exchange).integrationLatency,

	"integrationErrorMessage": func(e *exchange) string { return e.outcome.integrationError },
	"integration.error":       func(e *exchange) string { return e.outcome.integrationError },
}

// messageString is the variable whose value has its own quotation marks.
const messageString = "error.messageString"

// refused returns the gateway's own response, which is empty if the backend
// responded.
func (e *exchange) refused() refusal {
	if e.outcome.refusal == nil {
		return refusal{}
	}
	return *e.outcome.refusal
}

func (e *exchange) quotedMessage() string {
	if e.outcome.refusal == nil {
		return ""
	}
	return strconv.Quote(e.outcome.refusal.message)
}

func (e *exchange) authorizerError() string {
	if r := e.refused(); r.kind == "ACCESS_DENIED" || r.kind == "UNAUTHORIZED" {
		return r.reason
	}
	return ""
}

func (e *exchange) integrationStatus() string {
	if !e.outcome.invoked {
		return ""
	}
	return strconv.Itoa(e.outcome.integrationStatus)
}

func (e *exchange) integrationLatency() string {
	if !e.outcome.invoked {
		return ""
	}
	return milliseconds(e.outcome.integrationLatency)
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// logPart is a part of an access log's format: text, and the variable after it. The
// last part has none.
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
// variable that has no value, or that the sandbox does not support, is a hyphen.
func (e *exchange) log() {
	settings := e.stage.AccessLog
	if settings == nil {
		return
	}
	var line strings.Builder
	line.Grow(2 * len(settings.Format))
	for _, part := range e.gateway.logFormat(settings.Format) {
		line.WriteString(part.text)
		if part.variable != "" {
			line.WriteString(e.logged(part.variable))
		}
	}
	e.gateway.cloud.DeliverLog(settings.DestinationARN, e.gateway.options.Now(), line.String())
}

// variable returns the value of a variable of $context, and reports whether the sandbox
// supports the variable.
func (e *exchange) variable(name string) (value string, known bool) {
	if get := variables[name]; get != nil {
		return get(e), true
	}
	claim, known := strings.CutPrefix(name, "authorizer.claims.")
	return e.claims[claim], known
}

// logged returns the value of a variable as it is written. It is escaped, so that a
// text of the client cannot look like other parts of the line.
func (e *exchange) logged(variable string) string {
	value, _ := e.variable(variable)
	special := func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\<>&`, r) }
	switch {
	case value == "":
		return "-"
	case variable == messageString || !strings.ContainsFunc(value, special):
		return value
	}
	quoted, err := json.Marshal(value)
	if err != nil {
		return "-" // cannot happen: strings can be encoded
	}
	return string(quoted[1 : len(quoted)-1])
}
