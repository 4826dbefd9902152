package access

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/micahhausler/aws-iam-policy/policy"
)

// OidcTrust lets programs and people with a token of an OpenID Connect issuer assume a
// role, such as a job of GitHub Actions or a pod of a Kubernetes service account (IAM
// user guide, "Create a role for OpenID Connect federation"). The account must have an
// [OidcProvider] for the issuer.
//
// Others get tokens of the same issuer, such as other repositories or other pods of the
// cluster. So a claim that names the owner is required, and Check rejects values that
// another owner can have. The table in issuers.go has the rules of known issuers. For
// every other issuer, the claim sub is required.
//
// The trust policy does not allow session tags or a source identity, so STS denies
// tokens that carry them (IAM user guide, "Pass session tags in AWS STS").
type OidcTrust struct {
	// Issuer is the issuer, as in the claim iss of its tokens; see CheckIssuer.
	Issuer string
	// Audiences are the accepted values of the claim aud. At least one is required.
	Audiences []string
	// Claims are the accepted values of other claims. All of the claims are required. A
	// value may have the wildcards "*" and "?".
	Claims map[string][]string
}

// Check implements [Trust].
func (t OidcTrust) Check() []error {
	var errs fieldErrors
	errs.add(CheckIssuer(t.Issuer), t.Issuer, "issuer")
	rule := ruleOf(t.Issuer)
	if len(t.Audiences) == 0 {
		errs.add(errors.New(`must be at least one audience, such as "sts.amazonaws.com"`), t.Audiences, "audiences")
	}
	for i, err := range checkAudiences(t.Audiences) {
		if err == nil && rule.claim == "aud" {
			err = rule.checkOwner(t.Audiences[i])
		}
		errs.add(err, t.Audiences[i], "audiences", i)
	}
	if _, has := t.Claims[rule.claim]; !has && rule.claim != "aud" {
		reason := "or everyone with a token of the issuer could assume the role"
		if rule.shared {
			reason = "which AWS requires for this issuer, as several organizations share it"
		}
		errs.add(fmt.Errorf("must be a map with the claim %s, %s", rule.claim, reason), t.Claims, "claims")
	}
	for _, claim := range sortedKeys(t.Claims) {
		t.checkClaim(&errs, rule, claim)
	}
	return errs
}

// checkAudiences returns an error or nil for each audience.
func checkAudiences(audiences []string) []error {
	errs := make([]error, len(audiences))
	for i, audience := range audiences {
		switch err := checkOidcText(audience); {
		case err != nil:
			errs[i] = err
		case strings.ContainsAny(audience, wildcards):
			errs[i] = errors.New("must have no wildcards, as audiences are compared literally")
		case slices.Contains(audiences[:i], audience):
			errs[i] = errors.New("appears twice; list each audience once")
		}
	}
	return errs
}

func (t OidcTrust) checkClaim(errs *fieldErrors, rule issuerRule, claim string) {
	values := t.Claims[claim]
	known := append([]string{"sub"}, rule.claims...)
	switch {
	case claim == "aud":
		errs.add(errors.New("must be written under audiences"), values, "claims", claim)
		return
	case !slices.Contains(known, claim):
		errs.add(fmt.Errorf("must be under a claim that STS shows for this issuer: %s", strings.Join(known, ", ")), values, "claims", claim)
		return
	case len(values) == 0:
		errs.add(errors.New("must be at least one value"), values, "claims", claim)
	}
	for i, value := range values {
		err := checkOidcText(value)
		switch {
		case err != nil:
		case slices.Contains(values[:i], value):
			err = errors.New("appears twice; list each value once")
		case claim == rule.claim:
			err = rule.checkOwner(value)
		case strings.ContainsAny(value[:1], wildcards):
			err = errors.New("must not begin with a wildcard, or strangers could have such a claim")
		}
		errs.add(err, value, "claims", claim, i)
	}
}

// checkOidcText accepts what can be the value of a claim in a policy document.
func checkOidcText(text string) error {
	printable := func(c rune) bool { return c >= ' ' && c <= '\u00FF' && (c < '\x7f' || c > '\u00A0') }
	switch {
	case text == "" || len(text) > maxOidcText:
		return fmt.Errorf("must be 1 to %d characters", maxOidcText)
	case strings.ContainsFunc(text, func(c rune) bool { return !printable(c) }):
		return errors.New("must be of printable characters up to U+00FF, as IAM accepts no others in a policy")
	case strings.Contains(text, "${"):
		return errors.New("must have no policy variables")
	}
	return nil
}

// Clone implements [Trust].
func (t OidcTrust) Clone() Trust {
	claims := map[string][]string{}
	for claim, values := range t.Claims {
		claims[claim] = slices.Clone(values)
	}
	t.Audiences, t.Claims = slices.Clone(t.Audiences), claims
	return t
}

// name is the issuer as it is in ARNs and in condition keys.
func (t OidcTrust) name() string { return strings.TrimPrefix(t.Issuer, "https://") }

// Document implements [Trust].
func (t OidcTrust) Document(executionArn string) *Document {
	condition := conditionBlock{}
	condition.add("StringEquals", t.name()+":aud", slices.Sorted(slices.Values(t.Audiences))...)
	for claim, values := range t.Claims {
		operator := "StringEquals"
		if strings.ContainsAny(strings.Join(values, ""), wildcards) {
			operator = "StringLike"
		}
		condition.add(operator, t.name()+":"+claim, slices.Sorted(slices.Values(values))...)
	}
	provider := iamPrefix(executionArn, arnField(executionArn, 4)) + "oidc-provider/" + t.name()
	return trustDocument("AssumeWithToken", policy.NewFederatedPrincipal(provider), condition, ActionAssumeRoleWithWebIdentity)
}

// Terms implements [Trust].
func (t OidcTrust) Terms() Terms {
	terms := Terms{Source: t.String(), Required: []Term{{Name: "the audience", Values: slices.Sorted(slices.Values(t.Audiences))}}}
	for _, claim := range sortedKeys(t.Claims) {
		terms.Required = append(terms.Required, Term{Name: "the claim " + claim, Values: slices.Sorted(slices.Values(t.Claims[claim]))})
	}
	return terms
}

// String implements [Trust].
func (t OidcTrust) String() string { return "tokens of " + t.Issuer }
