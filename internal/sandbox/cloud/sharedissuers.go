package cloud

import "strings"

// sharedIssuers are the issuers that many organizations share, with the condition
// key that IAM requires a trust policy to evaluate. A key without a colon is a
// claim of the issuer. The list is that of the IAM user guide, "Identity-provider
// controls for shared OIDC providers", as public tools transcribe it. IBM
// Turbonomic, whose URL changes, is not in it. An issuer of a single tenant, such as
// oidc.vercel.com/TEAM, is not shared.
var sharedIssuers = map[string]string{
	"agent.buildkite.com":            "sub",
	"api.pulumi.com/oidc":            "aud",
	"app.terraform.io":               "sub",
	"cognito-identity.amazonaws.com": "aud",
	"gitlab.com":                     "sub",
	"oidc-configuration.audit-log.githubusercontent.com": "sub",
	"oidc.codefresh.io":                     "sub",
	"oidc.vercel.com":                       "aud",
	"proidc.upbound.io":                     "sub",
	"sandboxes.cloud":                       "aud",
	"scalr.io":                              "sub",
	"studio.datachain.ai/api":               "sub",
	"token.actions.githubusercontent.com":   "sub",
	"tokens.cloud.shisho.dev":               "sub",
	"vstoken.actions.githubusercontent.com": "sub",
	// Microsoft Sentinel
	"sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d": "sts:RoleSessionName",
}

// requiredKey returns the condition key that a trust policy must evaluate for an
// issuer. It is empty for an issuer that is not shared.
func requiredKey(issuer string) string {
	key := sharedIssuers[strings.TrimSuffix(issuer, "/")]
	if key == "" || strings.Contains(key, ":") {
		return key
	}
	return issuer + ":" + key
}
