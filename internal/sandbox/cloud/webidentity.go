package cloud

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

const (
	// Claims for STS itself begin with this prefix.
	awsClaims      = "https://aws.amazon.com/"
	tagsClaim      = awsClaims + "tags"
	identityClaim  = awsClaims + "source_identity"
	maxSubject     = 255
	federatedByKey = "aws:FederatedProvider"
)

// IdentityProvider is an issuer whose tokens a role's account accepts.
type IdentityProvider struct {
	Principal string   // in trust policies: the provider's ARN, or the domain of a built-in provider
	Issuer    string   // the iss claim of its tokens
	ClientIDs []string // accepted audiences; a built-in provider accepts any
}

// name is the prefix of the provider's condition keys.
func (p IdentityProvider) name() string { return strings.TrimPrefix(p.Issuer, "https://") }

// IdentityProvider returns an issuer's provider for a request to assume a role. It also
// checks the parameters of the request. Every account has the provider of Cognito
// identity pools.
func (c *Cloud) IdentityProvider(in AssumeRoleInput, issuer string) (IdentityProvider, error) {
	if err := in.check(); err != nil {
		return IdentityProvider{}, err
	}
	name, isHTTPS := strings.CutPrefix(issuer, "https://")
	switch {
	case name == access.IdentityPoolPrincipal && isHTTPS:
		return IdentityProvider{Principal: name, Issuer: issuer}, nil
	case isHTTPS && slices.Contains(iam.BuiltInProviders, name):
		return IdentityProvider{}, notModelled("tokens of " + name)
	}
	account := accountOfRole(in.RoleARN)
	p, err := c.Account(account).GetOpenIDConnectProvider("arn:aws:iam::" + account + ":oidc-provider/" + name)
	if err != nil || !isHTTPS {
		return IdentityProvider{}, invalidToken("No OpenIDConnect provider found in your account for %.255q", issuer)
	}
	return IdentityProvider{p.ARN, issuer, p.ClientIDList}, nil
}

func invalidToken(format string, args ...any) error {
	return errorf(CodeInvalidIdentityToken, format, args...)
}

// WebIdentity is the user that a token names, and the session settings from the token.
type WebIdentity struct {
	Provider IdentityProvider
	Subject  string
	Audience string
	SessionSettings
	keys map[string][]string // condition keys of the request
}

// NewWebIdentity reads the claims of a token whose signature, issuer and times were
// verified. The audience is the azp claim if the token has one. AWS does not document
// which of several audiences counts without azp.
func NewWebIdentity(provider IdentityProvider, claims map[string]any) (WebIdentity, error) {
	w := WebIdentity{Provider: provider}
	w.Subject, _ = claims["sub"].(string)
	if n := utf8.RuneCountInString(w.Subject); n < 1 || n > maxSubject {
		return w, invalidToken("the claim sub has %d characters, must have 1 to %d", n, maxSubject)
	}
	audiences := claimTexts(claims["aud"])
	if azp, present := claims["azp"]; present {
		audiences = claimTexts(azp)
	}
	if len(audiences) > 1 {
		return w, notModelled("tokens with several audiences and without azp")
	}
	if len(audiences) == 1 {
		w.Audience = audiences[0]
	}
	isBuiltIn := slices.Contains(iam.BuiltInProviders, provider.Principal)
	if w.Audience == "" || !isBuiltIn && !slices.Contains(provider.ClientIDs, w.Audience) {
		return w, invalidToken("Incorrect token audience")
	}
	w.setKeys(claims)
	return w, w.readSettings(claims)
}

// setKeys sets the condition keys of the request. For a provider with an ARN, AWS
// documents that aws:FederatedProvider is the ARN, but others observed the issuer. The
// key has both values, so that a policy which compares it is not decided by a guess.
func (w *WebIdentity) setKeys(claims map[string]any) {
	name := w.Provider.name()
	w.keys = map[string][]string{
		name + ":aud": {w.Audience}, name + ":sub": {w.Subject},
		federatedByKey: slices.Compact([]string{w.Provider.Principal, name}),
	}
	for _, claim := range append([]string{"amr"}, access.ShownClaims(name)...) {
		if texts := claimTexts(claims[claim]); len(texts) > 0 {
			w.keys[name+":"+claim] = texts
		}
	}
}

// readSettings reads the claims with session tags and a source identity (IAM user
// guide, the pages named at [SessionSettings]).
func (w *WebIdentity) readSettings(claims map[string]any) error {
	for _, name := range sortedKeys(claims) {
		if strings.HasPrefix(name, awsClaims) && name != tagsClaim && name != identityClaim {
			return notModelled("the claim " + strconv.Quote(name))
		}
	}
	if claim, present := claims[identityClaim]; present {
		if w.SourceIdentity, _ = claim.(string); w.SourceIdentity == "" {
			return invalidToken("the claim %s must be a string", identityClaim)
		}
	}
	claim, present := claims[tagsClaim]
	if !present {
		return w.SessionSettings.check()
	}
	var tags struct {
		PrincipalTags     map[string][]string `json:"principal_tags"`
		TransitiveTagKeys []string            `json:"transitive_tag_keys"`
	}
	text, err := json.Marshal(claim)
	if err != nil || json.Unmarshal(text, &tags) != nil {
		return invalidToken("the claim %s must have principal_tags, each a list of one string, and transitive_tag_keys", tagsClaim)
	}
	w.Tags, w.TransitiveTagKeys = map[string]string{}, tags.TransitiveTagKeys
	for key, values := range tags.PrincipalTags {
		if len(values) != 1 {
			return invalidToken("the session tag %.128q has %d values, must have one", key, len(values))
		}
		w.Tags[key] = values[0]
	}
	return w.SessionSettings.check()
}

// claimTexts returns a claim as the values of a condition key. It returns nil unless the
// claim is a string, a number, a boolean or a list of strings.
func claimTexts(claim any) []string {
	switch claim := claim.(type) {
	case string:
		return []string{claim}
	case bool:
		return []string{strconv.FormatBool(claim)}
	case float64:
		return []string{strconv.FormatFloat(claim, 'f', -1, 64)}
	case []any:
		texts := make([]string, len(claim))
		for i, item := range claim {
			text, ok := item.(string)
			if !ok {
				return nil
			}
			texts[i] = text
		}
		return texts
	}
	return nil
}

// AssumeRoleWithWebIdentity returns temporary credentials of a role for a user of an
// identity provider if the role's trust policy allows it. The context holds the condition
// keys of the request. It ignores the input's external id, MFA device and settings,
// because the request does not have them. Cognito calls this the basic flow, in which AWS
// does not add a session policy for guests.
func (c *Cloud) AssumeRoleWithWebIdentity(
	w WebIdentity, in AssumeRoleInput, context map[string][]string, at time.Time,
) (Session, error) {
	in.ExternalID, in.SerialNumber, in.TokenCode, in.SessionSettings = "", "", "", w.SessionSettings
	if err := in.check(); err != nil {
		return Session{}, err
	}
	context = in.addTo(context)
	maps.Copy(context, w.keys)
	return c.Account(accountOfRole(in.RoleARN)).startSession(sessionRequest{
		RequestInput: iam.RequestInput{
			Principal: w.Provider.Principal, Action: access.ActionAssumeRoleWithWebIdentity, Resource: in.RoleARN, Context: context,
		},
		input: in,
		keys:  w.sessionKeys(),
		denied: func(action string) error {
			return errorf(CodeAccessDeniedSTS, "Not authorized to perform %s", action)
		},
	}, at)
}

// sessionKeys returns the condition keys of later requests of the session (IAM user
// guide, "Available keys for AWS OIDC federation").
func (w WebIdentity) sessionKeys() map[string][]string {
	name, keys := w.Provider.name(), map[string][]string{}
	for _, key := range []string{name + ":aud", name + ":sub", name + ":amr", federatedByKey} {
		if values := w.keys[key]; values != nil {
			keys[key] = values
		}
	}
	return keys
}
