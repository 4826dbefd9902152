package components

import (
	"slices"
	"strings"
)

// AccessLogFormat is the access log format of a stage: one JSON object per request,
// with the principal and the reason of a refusal, and without any credential. API
// Gateway accepts up to 1,024 characters.
var AccessLogFormat = accessLogFormat(logFields)

// TokenLogFormat is the access log format of a stage with authorizers. It also has the
// claims that say who called with a token.
var TokenLogFormat = accessLogFormat(append(slices.Clone(logFields), [][2]string{
	{"sub", "authorizer.claims.sub"},
	{"clientId", "authorizer.claims.client_id"},
}...))

var logFields = [][2]string{
	{"requestId", "requestId"},
	{"time", "requestTime"},
	{"method", "httpMethod"},
	{"routeKey", "routeKey"},
	{"path", "path"},
	{"stage", "stage"},
	{"status", "status"},
	{"sourceIp", "identity.sourceIp"},
	{"accountId", "identity.accountId"},
	{"caller", "identity.caller"},
	{"user", "identity.user"},
	{"userArn", "identity.userArn"},
	{"principalOrgId", "identity.principalOrgId"},
	{"authorizerError", "authorizer.error"},
	{"error", "error.message"},
	{"errorType", "error.responseType"},
	{"integrationError", "integrationErrorMessage"},
	{"integrationStatus", "integrationStatus"},
	{"integrationLatencyMs", "integrationLatency"},
	{"latencyMs", "responseLatency"},
	{"bytes", "responseLength"},
}

// accessLogFormat pairs each key with a $context variable.
func accessLogFormat(fields [][2]string) string {
	pairs := make([]string, len(fields))
	for i, field := range fields {
		pairs[i] = `"` + field[0] + `":"$context.` + field[1] + `"`
	}
	return "{" + strings.Join(pairs, ",") + "}"
}
