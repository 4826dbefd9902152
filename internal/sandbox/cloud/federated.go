package cloud

import (
	"regexp"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

var (
	reOIDCProviderARN = regexp.MustCompile(`^arn:aws:iam::(\d{12}):oidc-provider/(.+)$`)
	reSAMLProviderARN = regexp.MustCompile(`^arn:aws:iam::\d{12}:saml-provider/[\w.-]+$`)
	reDomain          = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)
)

// sentinel is the issuer of Microsoft Sentinel. It is shared, like the issuers of
// [access.RequiredClaim], but its tenants differ in the session name, not in a claim.
const sentinel = "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d"

// checkFederated rejects an identity provider that a role of the account cannot trust.
// AWS does not document whether the OpenID Connect provider that a role trusts must
// exist. The sandbox requires it. Otherwise, a stack that creates the role first could
// pass here and fail on AWS.
func (s *state) checkFederated(a *account, p string) error {
	m := reOIDCProviderARN.FindStringSubmatch(p)
	switch {
	case slices.Contains(iam.BuiltInProviders, p):
		return nil
	case reSAMLProviderARN.MatchString(p), reDomain.MatchString(p):
		return notModelled("the identity provider " + p + " in a trust policy")
	case m == nil || checkIssuer("https://"+m[2]) != nil:
		return malformed("Federated principals must be valid domain names or SAML metadata ARNs")
	case m[1] != a.ID:
		return notModelled("identity providers of another account in a trust policy: " + p)
	case a.OIDCProviders[p] == nil && !s.Open:
		return malformed("invalid principal in policy: %q:%q", "FEDERATED", p)
	}
	return nil
}

// checkSharedIssuers rejects a statement that trusts a shared issuer without a
// condition on the claim that distinguishes its tenants.
func checkSharedIssuers(statement map[string]any) error {
	kinds, _ := statement["Principal"].(map[string]any)
	providers, _ := stringList(kinds["Federated"])
	if statement["Effect"] != "Allow" {
		return nil
	}
	for _, p := range providers {
		if p == access.IdentityPoolPrincipal && statement["Condition"] == nil {
			return malformed("A condition block must be present for the Cognito provider")
		}
		issuer := p
		if m := reOIDCProviderARN.FindStringSubmatch(p); m != nil {
			issuer = m[2]
		}
		if key := requiredKey(issuer); key != "" && !evaluates(statement["Condition"], key) {
			return malformed("the trust policy must evaluate %s, as %s is shared: with StringEquals or StringLike, not only a wildcard",
				key, issuer)
		}
	}
	return nil
}

// requiredKey returns the condition key that a trust policy must evaluate for an
// issuer. It is empty for an issuer that is not shared.
func requiredKey(issuer string) string {
	name := strings.TrimSuffix(issuer, "/")
	if claim, shared := access.RequiredClaim(name); shared {
		return issuer + ":" + claim
	}
	if name == sentinel {
		return "sts:RoleSessionName"
	}
	return ""
}

// comparing lists the operators that count as a condition on a claim. AWS does not
// document which ones IAM accepts. Negated operators, and operators that are true without
// a value, do not count here.
var comparing = []string{"StringEquals", "StringEqualsIgnoreCase", "StringLike"}

// evaluates reports whether a Condition element compares a key with values that do not
// consist of wildcards only.
func evaluates(condition any, key string) bool {
	operators, _ := condition.(map[string]any)
	for operator, keys := range operators {
		operator = strings.TrimPrefix(operator, "ForAnyValue:")
		if !slices.Contains(comparing, operator) {
			continue
		}
		keys, _ := keys.(map[string]any)
		for name, list := range keys {
			values, _ := stringList(list)
			if strings.EqualFold(name, key) && len(values) > 0 && !slices.ContainsFunc(values, onlyWildcards) {
				return true
			}
		}
	}
	return false
}

func onlyWildcards(value string) bool { return strings.Trim(value, "*?") == "" }
