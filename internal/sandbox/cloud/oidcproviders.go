package cloud

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	maxOIDCProviders = 100 // of an account
	maxClientIDs     = 100 // of a provider
	maxThumbprints   = 5
)

var reThumbprint = regexp.MustCompile(`^[0-9A-Fa-f]{40}$`)

// OIDCProvider is an OpenID Connect provider. Roles can trust its tokens.
type OIDCProvider struct {
	ARN            string `state:"-"`
	URL            string `state:",title"` // as AWS returns it: without https://
	ClientIDList   []string
	ThumbprintList []string
	CreateDate     time.Time
	Tags           map[string]string
}

func (p *OIDCProvider) view(*state) OIDCProvider { return *p }

var oidcProviders = &shelf[*account, *OIDCProvider, OIDCProvider]{
	things:  func(a *account) *map[string]*OIDCProvider { return &a.OIDCProviders },
	missing: missing[*account](CodeNoSuchEntity, "OpenIDConnect Provider not found for arn %s"),
	taken:   refusal{CodeEntityAlreadyExists, "provider with url of %s already exists"},
	quota:   quota{maxOIDCProviders, CodeLimitExceeded, "OpenIdConnectProvidersPerAccount"},
	tags:    func(p *OIDCProvider) *map[string]string { return &p.Tags },
}

// reIssuerHost matches host names. AWS does not document whether IAM keeps capitals.
var reIssuerHost = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// checkIssuer applies IAM's rules for the URL of a provider (IAM API reference,
// CreateOpenIDConnectProvider). Paths are compared exactly: URLs with and without a
// trailing slash are two providers.
func checkIssuer(text string) error {
	u, err := url.Parse(text)
	switch {
	case len(text) < 1 || len(text) > 255:
		return errorf(CodeValidation, "url has %d characters, must have 1 to 255", len(text))
	case err != nil || u.Scheme == "" || u.Host == "":
		return errorf(CodeValidation, "Invalid Open ID Connect Provider URL: %q", text)
	case !strings.HasPrefix(text, "https://"):
		return errorf(CodeInvalidInput, "Invalid Open ID Connect Provider URL %q. The URL must begin with https://.", text)
	case u.User != nil || u.Port() != "" || strings.ContainsAny(text, "?#"):
		return errorf(CodeInvalidInput, "Invalid Open ID Connect Provider URL %q: it must be https://HOST/PATH", text)
	case !reIssuerHost.MatchString(u.Host):
		return notModelled(fmt.Sprintf("the host in the provider URL %q: letters in lower case, digits, - and .", text))
	}
	return nil
}

func checkClientIDs(list []string) error {
	if len(list) > maxClientIDs {
		return errorf(CodeLimitExceeded, "cannot exceed quota for ClientIdsPerOpenIdConnectProvider: %d", maxClientIDs)
	}
	for _, id := range list {
		if len(id) < 1 || len(id) > 255 {
			return errorf(CodeValidation, "client id %q has %d characters, must have 1 to 255", id, len(id))
		}
	}
	return nil
}

func checkThumbprints(list []string) error {
	if len(list) > maxThumbprints {
		return errorf(CodeInvalidInput, "the list of thumbprints has %d, must have at most %d", len(list), maxThumbprints)
	}
	for _, t := range list {
		if !reThumbprint.MatchString(t) {
			return errorf(CodeValidation, "thumbprint %q is invalid: 40 hex digits", t)
		}
	}
	return nil
}

// lowered returns thumbprints as IAM stores them, in lower case.
func lowered(thumbprints []string) []string {
	out := make([]string, 0, len(thumbprints))
	for _, t := range thumbprints {
		out = append(out, strings.ToLower(t))
	}
	return out
}

// CreateOpenIDConnectProviderInput describes a provider to create. If it has no
// thumbprints, AWS reads the issuer's.
type CreateOpenIDConnectProviderInput struct {
	URL            string
	ClientIDList   []string
	ThumbprintList []string
	Tags           map[string]string
}

// CreateOpenIDConnectProvider creates an OpenID Connect provider.
func (a *Account) CreateOpenIDConnectProvider(in CreateOpenIDConnectProviderInput) (OIDCProvider, error) {
	return oidcProviders.create(a, "CreateOpenIDConnectProvider", in.URL, func(*account) (string, *OIDCProvider, error) {
		err := cmp.Or(checkIssuer(in.URL), checkClientIDs(in.ClientIDList), checkThumbprints(in.ThumbprintList), checkTags(in.Tags))
		if err != nil {
			return "", nil, err
		}
		name := strings.TrimPrefix(in.URL, "https://")
		in.ThumbprintList = lowered(in.ThumbprintList)
		if len(in.ThumbprintList) == 0 {
			in.ThumbprintList = []string{strings.Repeat("0", 40)}
		}
		arn := fmt.Sprintf("arn:aws:iam::%s:oidc-provider/%s", a.id, name)
		return arn, &OIDCProvider{
			ARN: arn, URL: name, ClientIDList: in.ClientIDList, ThumbprintList: in.ThumbprintList, CreateDate: now(), Tags: in.Tags,
		}, nil
	})
}

// GetOpenIDConnectProvider returns a provider.
func (a *Account) GetOpenIDConnectProvider(arn string) (OIDCProvider, error) {
	return oidcProviders.get(a, arn)
}

// ListOpenIDConnectProviders returns the account's providers, by ARN.
func (a *Account) ListOpenIDConnectProviders() ([]OIDCProvider, error) {
	return oidcProviders.list(a, nil)
}

// AddClientIDToOpenIDConnectProvider adds a client id. Adding one again changes
// nothing.
func (a *Account) AddClientIDToOpenIDConnectProvider(arn, clientID string) error {
	return oidcProviders.change(a, "AddClientIDToOpenIDConnectProvider", arn, func(_ *account, p *OIDCProvider) error {
		if slices.Contains(p.ClientIDList, clientID) {
			return nil
		}
		list := append(slices.Clone(p.ClientIDList), clientID)
		if err := checkClientIDs(list); err != nil {
			return err
		}
		p.ClientIDList = list
		return nil
	})
}

// RemoveClientIDFromOpenIDConnectProvider removes a client id.
func (a *Account) RemoveClientIDFromOpenIDConnectProvider(arn, clientID string) error {
	return oidcProviders.change(a, "RemoveClientIDFromOpenIDConnectProvider", arn, func(_ *account, p *OIDCProvider) error {
		p.ClientIDList = without(p.ClientIDList, clientID)
		return nil
	})
}

// UpdateOpenIDConnectProviderThumbprint replaces the thumbprints.
func (a *Account) UpdateOpenIDConnectProviderThumbprint(arn string, thumbprints []string) error {
	return oidcProviders.change(a, "UpdateOpenIDConnectProviderThumbprint", arn, func(_ *account, p *OIDCProvider) error {
		if len(thumbprints) == 0 {
			return errorf(CodeInvalidInput, "the list of thumbprints is empty, must have 1 to %d", maxThumbprints)
		}
		if err := checkThumbprints(thumbprints); err != nil {
			return err
		}
		p.ThumbprintList = lowered(thumbprints)
		return nil
	})
}

// DeleteOpenIDConnectProvider deletes a provider, even if roles trust it.
func (a *Account) DeleteOpenIDConnectProvider(arn string) error {
	return oidcProviders.remove(a, "DeleteOpenIDConnectProvider", arn, nil)
}
