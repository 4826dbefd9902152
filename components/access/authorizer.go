package access

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The configuration's words for IAM and Open. An authorizer cannot have these names.
const (
	AuthorizationIAM  = "iam"
	AuthorizationNone = "none"
)

// Authorizer is a JWT authorizer of an API. It accepts tokens of an OpenID Connect
// issuer on the routes that name it ("Control access to HTTP APIs with JWT authorizers"
// in the developer guide of API Gateway).
type Authorizer struct {
	// Issuer is the issuer, as in the claim iss of its tokens; see CheckTokenIssuer.
	Issuer string
	// Audiences are the accepted values of the claim aud, or of client_id in tokens that
	// have no aud: 1 to MaxAuthorizerAudiences.
	Audiences []string
}

// Check returns every problem, each as a FieldError. It rejects issuers from which
// strangers get tokens for any audience, because API Gateway does not compare the claim
// that names a token's owner.
func (a Authorizer) Check() []error {
	var errs fieldErrors
	rule := ruleOf(a.Issuer)
	err := CheckTokenIssuer(a.Issuer)
	if err == nil && rule.shared && rule.claim != "aud" {
		err = fmt.Errorf("must be an issuer of your own, as strangers get tokens of this one for any audience, "+
			"and API Gateway does not compare the claim %s; let such tokens assume a role", rule.claim)
	}
	errs.add(err, a.Issuer, "issuer")
	if len(a.Audiences) == 0 || len(a.Audiences) > MaxAuthorizerAudiences {
		errs.add(fmt.Errorf("must be 1 to %d audiences", MaxAuthorizerAudiences), a.Audiences, "audiences")
	}
	for i, err := range checkAudiences(a.Audiences) {
		if err == nil && rule.shared && rule.claim == "aud" {
			err = rule.checkOwner(a.Audiences[i])
		}
		errs.add(err, a.Audiences[i], "audiences", i)
	}
	return errs
}

// CheckAuthorizers returns the problems of an API's authorizers by name, each as a
// FieldError: those that Check returns, and audiences that authorizers of the same
// issuer share. With these, a token for one could call the routes of the other.
func CheckAuthorizers(authorizers map[string]Authorizer) map[string][]error {
	problems := map[string][]error{}
	taken := map[[2]string]string{} // issuer and audience -> name
	for _, name := range sortedKeys(authorizers) {
		a := authorizers[name]
		errs := fieldErrors(a.Check())
		for i, audience := range a.Audiences {
			key := [2]string{a.Issuer, audience}
			if other, is := taken[key]; is && other != name {
				errs.add(fmt.Errorf("must not be an audience of %q, too, which has the same issuer; "+
					"distinguish the routes by scopes, or by other audiences", other), audience, "audiences", i)
			}
			taken[key] = name
		}
		if len(errs) > 0 {
			problems[name] = errs
		}
	}
	return problems
}

var authorizerName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// CheckAuthorizerName accepts the name of an authorizer. API Gateway requires 1 to 128
// characters (CreateAuthorizer, Name). They are those of a plain logical name here.
func CheckAuthorizerName(name string) error {
	switch {
	case strings.EqualFold(name, AuthorizationIAM) || strings.EqualFold(name, AuthorizationNone):
		return fmt.Errorf("must not be %q or %q, which are authorizations without an authorizer",
			AuthorizationIAM, AuthorizationNone)
	case !authorizerName.MatchString(name):
		return errors.New(`must be 1 to 128 letters, digits and "._-"`)
	}
	return nil
}

// Check returns every problem, each as a FieldError. It does not check that the
// authorizer is declared.
func (a RouteArgs) Check() []error {
	var errs fieldErrors
	token := a.Authorization == Token
	switch {
	case a.Authorization != "" && a.Authorization != IAM && a.Authorization != Open && !token:
		errs.add(fmt.Errorf("must be %s, %s or %s", IAM, Open, Token), string(a.Authorization), "authorization")
	case token && a.Authorizer == "":
		errs.add(fmt.Errorf("must be the name of an authorizer, which %s requires", Token), a.Authorizer, "authorizer")
	case !token && a.Authorizer != "":
		errs.add(fmt.Errorf("must be left out, or the authorization %s", Token), a.Authorizer, "authorizer")
	case !token && len(a.Scopes) > 0:
		errs.add(errors.New("must be left out: only tokens have scopes, and the route's authorization names no authorizer"),
			a.Scopes, "scopes")
	}
	if len(a.Scopes) > MaxScopes {
		errs.add(fmt.Errorf("must be at most %d scopes, API Gateway's quota of a route", MaxScopes), a.Scopes, "scopes")
	}
	for i, scope := range a.Scopes {
		err := checkScope(scope)
		if err == nil && slices.Contains(a.Scopes[:i], scope) {
			err = errors.New("appears twice; list each scope once")
		}
		errs.add(err, scope, "scopes", i)
	}
	return errs
}

// scopeToken is the form of a scope (RFC 6749, section 3.3), with the length that
// CreateRoute takes (AuthorizationScopes).
var scopeToken = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]{1,64}$`)

func checkScope(scope string) error {
	if !scopeToken.MatchString(scope) {
		return errors.New("must be one scope: 1 to 64 characters of ASCII without spaces, quotes and backslashes, " +
			`such as "catalog.read"`)
	}
	return nil
}
