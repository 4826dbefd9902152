package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"iam-secured-api/internal/sandbox/oidc"
)

// authorizeToken verifies the request's token with the route's authorizer. Its errors
// have the descriptions that AWS was seen to send, or the verifier's if AWS's is not
// known.
func (e *exchange) authorizeToken() error {
	tokens := e.gateway.options.Tokens
	if e.authorizer == nil || tokens == nil {
		return failed("the gateway does not verify tokens")
	}
	// Several headers are joined with a comma. The result is not a token.
	token := strings.TrimPrefix(e.header("Authorization"), "Bearer ")
	if token == "" {
		e.response.Header().Set("Www-Authenticate", "Bearer")
		return unauthorized("missing: token not provided")
	}
	claims, err := tokens.Verify(e.request.Context(), e.authorizer.JWT.Issuer, token)
	if err != nil {
		return e.invalidToken(e.describe(err))
	}
	if !intersect(audiencesOf(claims), e.authorizer.JWT.Audience) {
		return e.invalidToken("the token does not have a valid audience")
	}
	if required := e.route.AuthorizationScopes; len(required) > 0 {
		e.scopes = scopesOf(claims)
		if !intersect(e.scopes, required) {
			return forbidden(e.challenge("insufficient_scope", "the token does not contain required scopes"))
		}
	}
	e.claims = map[string]string{}
	for name, value := range claims {
		if value != nil {
			e.claims[name] = claimText(value)
		}
	}
	e.outcome.reason = "the token is valid for the authorizer " + e.authorizer.Name
	return nil
}

func unauthorized(reason string) error {
	return &refusal{http.StatusUnauthorized, "Unauthorized", "UNAUTHORIZED", reason}
}

func (e *exchange) invalidToken(description string) error {
	return unauthorized(e.challenge("invalid_token", description))
}

// challenge sets the header that says why a token was rejected, and returns the reason
// for the log.
func (e *exchange) challenge(code, description string) string {
	e.response.Header().Set("Www-Authenticate", `Bearer scope="`+strings.Join(e.route.AuthorizationScopes, " ")+
		`" error="`+code+`" error_description="`+description+`"`)
	return code + ": " + description
}

// describe returns the description of a verifier's error, without quotation marks. The
// reason why an issuer's keys cannot be fetched is only in the log.
func (e *exchange) describe(err error) string {
	switch {
	case errors.Is(err, oidc.ErrExpired):
		return "the token has expired"
	case errors.Is(err, oidc.ErrUnreachable):
		e.gateway.options.Log.Error("token not verified", "requestId", e.id, "error", err)
		return "OIDC discovery endpoint communication error"
	}
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), oidc.ErrInvalid.Error()+": "), `"`, "'")
}

// audiencesOf returns the audiences of a token: aud, or client_id if aud is absent.
func audiencesOf(claims map[string]any) []string {
	value, exists := claims["aud"]
	if !exists {
		value = claims["client_id"]
	}
	return textsOf(value, func(text string) []string { return []string{text} })
}

// scopesOf returns the scopes of a token, in scope or scp.
func scopesOf(claims map[string]any) []string {
	value, exists := claims["scope"]
	if !exists {
		value = claims["scp"]
	}
	return textsOf(value, strings.Fields)
}

// textsOf returns the strings in a list. It splits a single string with split.
func textsOf(value any, split func(string) []string) []string {
	switch v := value.(type) {
	case string:
		return split(v)
	case []any:
		var texts []string
		for _, element := range v {
			if text, ok := element.(string); ok {
				texts = append(texts, text)
			}
		}
		return texts
	}
	return nil
}

// intersect reports whether two lists have an element in common.
func intersect(a, b []string) bool {
	return slices.ContainsFunc(a, func(element string) bool { return slices.Contains(b, element) })
}

// claimText returns a claim as functions and access logs receive it. A list is "[a b]",
// as recorded on AWS in github.com/floci-io/floci, pull request 2011.
func claimText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		texts := make([]string, 0, len(v))
		for _, element := range v {
			texts = append(texts, claimText(element))
		}
		return "[" + strings.Join(texts, " ") + "]"
	}
	text, _ := json.Marshal(value) // cannot fail: the value was decoded from JSON
	return string(text)
}
