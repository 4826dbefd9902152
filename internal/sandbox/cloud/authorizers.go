package cloud

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	authorizerJWT = "JWT"
	// tokenSource is the identity source of authorizers: where a request has its token.
	tokenSource = "$request.header.Authorization"
)

// AuthorizerSettings are the settings that CreateAuthorizer and UpdateAuthorizer
// take.
type AuthorizerSettings struct {
	Name           string `state:",name"`
	AuthorizerType string // JWT
	IdentitySource []string
	JWT            *JWTConfiguration
}

// JWTConfiguration says which tokens an authorizer accepts.
type JWTConfiguration struct {
	Issuer   string
	Audience []string // a token must have one of them
}

// Authorizer is an authorizer of an API.
type Authorizer struct {
	AuthorizerSettings
	AuthorizerID string `state:",id"`
}

// checkAuthorizer applies the rules for the authorizer with an id, which is empty for a
// new one. AWS also fetches the issuer's discovery document and rejects an issuer without
// one. The sandbox only checks the issuer's URL: its issuers are created with their first
// token, after the deployment.
func (a *api) checkAuthorizer(id string, in AuthorizerSettings) error {
	switch in.AuthorizerType {
	case authorizerJWT:
	case "REQUEST":
		return notModelled("authorizers of type REQUEST")
	default:
		return errorf(CodeBadRequest, "invalid authorizer type %q: JWT or REQUEST", in.AuthorizerType)
	}
	if n := utf8.RuneCountInString(in.Name); n < 1 || n > 128 {
		return errorf(CodeBadRequest, "authorizer name %q has %d characters, must have 1 to 128", in.Name, n)
	}
	for other, taken := range a.Authorizers {
		if other != id && taken.Name == in.Name {
			return errorf(CodeBadRequest, "Authorizer name must be unique. Authorizer %s already exists in this API", in.Name)
		}
	}
	if err := checkIdentitySource(in.IdentitySource); err != nil {
		return err
	}
	if in.JWT == nil {
		return errorf(CodeBadRequest, "a JWT authorizer must have a JWT configuration")
	}
	return in.JWT.check()
}

func checkIdentitySource(list []string) error {
	if len(list) != 1 {
		return errorf(CodeBadRequest, "a JWT authorizer must have one identity source, has %d", len(list))
	}
	source := list[0]
	switch {
	case source == tokenSource:
		return nil
	case strings.HasPrefix(source, "$request.header.") || strings.HasPrefix(source, "$request.querystring."):
		return notModelled("the identity source " + source + ": only " + tokenSource)
	}
	return errorf(CodeBadRequest, "invalid identity source %q: $request.header.NAME or $request.querystring.NAME", source)
}

func (c JWTConfiguration) check() error {
	u, err := url.Parse(c.Issuer)
	switch {
	case c.Issuer == "":
		return errorf(CodeBadRequest, "Invalid issuer: Issuer can not be empty for JWT Authorizer.")
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(c.Issuer, "?#"),
		len(c.Issuer) > maxARN:
		return errorf(CodeBadRequest,
			"Invalid issuer: Issuer is not a valid URL for JWT Authorizer: %q must be https://HOST/PATH", c.Issuer)
	}
	if n := len(c.Audience); n < 1 || n > maxAudiences {
		return errorf(CodeBadRequest, "a JWT authorizer has %d audiences, must have 1 to %d", n, maxAudiences)
	}
	if slices.Contains(c.Audience, "") {
		return errorf(CodeBadRequest, "an audience must not be empty")
	}
	return nil
}

func (a *Authorizer) view(*state) Authorizer { return *a }

var authorizers = &shelf[*api, *Authorizer, Authorizer]{
	things:  func(a *api) *map[string]*Authorizer { return &a.Authorizers },
	missing: missing[*api](CodeNotFound, "unable to find authorizer with id %s"),
	quota:   quota{maxAuthorizers, CodeTooManyRequests, "authorizers of an API"},
	changed: (*api).redeploy,
}

// CreateAuthorizer adds an authorizer to an API.
func (r *Region) CreateAuthorizer(apiID string, in AuthorizerSettings) (Authorizer, error) {
	return authorizers.create(r.in(apiID), "CreateAuthorizer", in.Name, func(a *api) (string, *Authorizer, error) {
		if err := a.checkAuthorizer("", in); err != nil {
			return "", nil, err
		}
		id := authorizerID()
		return id, &Authorizer{AuthorizerSettings: in, AuthorizerID: id}, nil
	})
}

// GetAuthorizer returns one authorizer of an API.
func (r *Region) GetAuthorizer(apiID, id string) (Authorizer, error) {
	return authorizers.get(r.in(apiID), id)
}

// GetAuthorizers returns the authorizers of an API, by id.
func (r *Region) GetAuthorizers(apiID string) ([]Authorizer, error) {
	return authorizers.list(r.in(apiID), nil)
}

// UpdateAuthorizer replaces an authorizer's settings.
func (r *Region) UpdateAuthorizer(apiID, id string, in AuthorizerSettings) error {
	return authorizers.change(r.in(apiID), "UpdateAuthorizer", id, func(a *api, old *Authorizer) error {
		if err := a.checkAuthorizer(id, in); err != nil {
			return err
		}
		old.AuthorizerSettings = clone(in)
		return nil
	})
}

// DeleteAuthorizer deletes an authorizer that no route uses.
func (r *Region) DeleteAuthorizer(apiID, id string) error {
	return authorizers.remove(r.in(apiID), "DeleteAuthorizer", id, func(a *api, old *Authorizer) error {
		for _, route := range sortedKeys(a.Routes) {
			if a.Routes[route].AuthorizerID == id {
				return errorf(CodeConflict,
					"Cannot delete authorizer '%s', is referenced in route: %s", old.Name, a.Routes[route].RouteKey)
			}
		}
		return nil
	})
}
