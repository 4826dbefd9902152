package gateway

import (
	"encoding/json"
	"regexp"
	"strconv"
	"time"
)

var reVariable = regexp.MustCompile(`\$context\.[A-Za-z0-9]+(\.[A-Za-z0-9]+)*`)

// log writes the call's line into the stage's access log, where it has one. A
// variable without a value, or that the sandbox does not know, is a hyphen.
func (c *call) log(w *counter) {
	settings := c.stage.AccessLog
	if settings == nil {
		return
	}
	values := c.logged(w)
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
	c.gateway.cloud.DeliverLog(settings.DestinationARN, line)
}

// escaped keeps what callers choose from being taken for parts of the line.
func escaped(value string) string {
	quoted, err := json.Marshal(value)
	if err != nil {
		return "-" // cannot happen: strings can be encoded
	}
	return string(quoted[1 : len(quoted)-1])
}

// logged are the values of the variables, by their names without $context.
func (c *call) logged(w *counter) map[string]string {
	now := c.gateway.options.Now()
	values := map[string]string{
		"requestId": c.id, "extendedRequestId": c.id,
		"requestTime": c.start.UTC().Format(timeFormat), "requestTimeEpoch": strconv.FormatInt(c.start.UnixMilli(), 10),
		"accountId": c.gateway.account, "apiId": c.gateway.api, "stage": c.stage.StageName,
		"httpMethod": c.request.Method, "path": c.request.URL.EscapedPath(), "protocol": c.request.Proto, "routeKey": c.route.RouteKey,
		"domainName": c.request.Host, "domainPrefix": c.gateway.api,
		"status": strconv.Itoa(w.status), "responseLength": strconv.Itoa(w.bytes), "responseLatency": milliseconds(now.Sub(c.start)),
		"identity.sourceIp": c.sourceIP(), "identity.userAgent": c.header("User-Agent"),
		// Whether AWS fills these for a call that it refuses is not documented.
		"identity.accountId": c.caller.Account, "identity.userArn": c.caller.ARN,
		"identity.caller": c.caller.UserID, "identity.user": c.caller.UserID,
	}
	if refusal := c.outcome.refusal; refusal != nil {
		values["error.message"], values["error.messageString"] = refusal.message, strconv.Quote(refusal.message)
		values["error.responseType"] = refusal.kind
		if refusal.kind == "ACCESS_DENIED" {
			values["authorizer.error"] = refusal.reason
		}
	}
	if c.outcome.invoked {
		values["integrationStatus"] = strconv.Itoa(c.outcome.integrationStatus)
		values["integration.status"] = values["integrationStatus"]
		values["integrationLatency"] = milliseconds(c.outcome.integrationLatency)
		values["integration.latency"] = values["integrationLatency"]
	}
	values["integrationErrorMessage"], values["integration.error"] = c.outcome.integrationError, c.outcome.integrationError
	return values
}

// timeFormat is CLF's.
const timeFormat = "02/Jan/2006:15:04:05 -0700"

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
