package gateway

import (
	"encoding/json"
	"regexp"
	"strconv"
	"time"
)

var reVariable = regexp.MustCompile(`\$context\.[A-Za-z0-9]+(\.[A-Za-z0-9]+)*`)

// log writes the line of the request to the stage's access log, if it has one. A
// variable that has no value, or that the sandbox does not know, is a hyphen.
func (e *exchange) log(w *counter) {
	settings := e.stage.AccessLog
	if settings == nil {
		return
	}
	values := e.logged(w)
	line := reVariable.ReplaceAllStringFunc(settings.Format, func(variable string) string {
		name := variable[len("$context."):]
		switch value := values[name]; {
		case value == "":
			return "-"
		case name == "error.messageString": // has its quotation marks
			return value
		default:
			return escaped(value)
		}
	})
	e.gateway.cloud.DeliverLog(settings.DestinationARN, line)
}

// escaped escapes a text of the client, so that it cannot look like other parts of
// the line.
func escaped(value string) string {
	quoted, err := json.Marshal(value)
	if err != nil {
		return "-" // cannot happen: strings can be encoded
	}
	return string(quoted[1 : len(quoted)-1])
}

// logged are the values of the variables, by their names without $context.
func (e *exchange) logged(w *counter) map[string]string {
	now := e.gateway.options.Now()
	values := map[string]string{
		"requestId": e.id, "extendedRequestId": e.id,
		"requestTime": e.start.UTC().Format(timeFormat), "requestTimeEpoch": strconv.FormatInt(e.start.UnixMilli(), 10),
		"accountId": e.gateway.account, "apiId": e.gateway.api, "stage": e.stage.StageName,
		"httpMethod": e.request.Method, "path": e.request.URL.EscapedPath(), "protocol": e.request.Proto, "routeKey": e.route.RouteKey,
		"domainName": e.request.Host, "domainPrefix": e.gateway.api,
		"status": strconv.Itoa(w.status), "responseLength": strconv.Itoa(w.bytes), "responseLatency": milliseconds(now.Sub(e.start)),
		"identity.sourceIp": e.sourceIP(), "identity.userAgent": e.header("User-Agent"),
		// Whether AWS fills these for a request that it denies is not documented.
		"identity.accountId": e.caller.Account, "identity.userArn": e.caller.ARN,
		"identity.caller": e.caller.UserID, "identity.user": e.caller.UserID,
	}
	if refusal := e.outcome.refusal; refusal != nil {
		values["error.message"], values["error.messageString"] = refusal.message, strconv.Quote(refusal.message)
		values["error.responseType"] = refusal.kind
		if refusal.kind == "ACCESS_DENIED" {
			values["authorizer.error"] = refusal.reason
		}
	}
	if e.outcome.invoked {
		values["integrationStatus"] = strconv.Itoa(e.outcome.integrationStatus)
		values["integration.status"] = values["integrationStatus"]
		values["integrationLatency"] = milliseconds(e.outcome.integrationLatency)
		values["integration.latency"] = values["integrationLatency"]
	}
	values["integrationErrorMessage"], values["integration.error"] = e.outcome.integrationError, e.outcome.integrationError
	return values
}

// timeFormat is CLF's.
const timeFormat = "02/Jan/2006:15:04:05 -0700"

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
