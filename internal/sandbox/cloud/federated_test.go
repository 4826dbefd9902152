package cloud_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestFederatedTrust checks which identity providers a role can trust, and which claims
// its trust policy must evaluate (IAM user guide, "Identity-provider controls for shared
// OIDC providers").
func TestFederatedTrust(t *testing.T) {
	const (
		arn     = "arn:aws:iam::111122223333:oidc-provider/"
		private = arn + "issuer.example.com/a"
		github  = arn + "token.actions.githubusercontent.com"
		sub     = `"token.actions.githubusercontent.com:sub"`
		repo    = `"repo:acme@1/shop@2:environment:prod"`
	)
	is := func(operator, key, values string) string { return `{"` + operator + `":{` + key + `:` + values + `}}` }
	for name, row := range map[string]struct{ provider, condition, code string }{
		"a private issuer":                {private, "", ""},
		"Google":                          {"accounts.google.com", "", ""},
		"Facebook":                        {"graph.facebook.com", "", ""},
		"Amazon":                          {"www.amazon.com", "", ""},
		"the issuer of another team":      {arn + "oidc.vercel.com/team", "", ""},
		"GitHub":                          {github, is("StringEquals", sub, repo), ""},
		"GitHub, with a pattern":          {github, is("StringLike", sub, `["repo:acme/*","repo:acme2/*"]`), ""},
		"GitHub, in any case":             {github, is("StringEqualsIgnoreCase", strings.ToUpper(sub), repo), ""},
		"GitHub, any value of the claim":  {github, is("ForAnyValue:StringEquals", sub, repo), ""},
		"Cognito":                         {"cognito-identity.amazonaws.com", is("StringEquals", `"cognito-identity.amazonaws.com:aud"`, `"us-east-1:1"`), ""},
		"Vercel, by its audience":         {arn + "oidc.vercel.com", is("StringEquals", `"oidc.vercel.com:aud"`, `"x"`), ""},
		"Sentinel, by the session's name": {arn + sentinel, is("StringEquals", `"sts:RoleSessionName"`, `"MicrosoftSentinel_1"`), ""},

		"GitHub, no condition":       {github, "", cloud.CodeMalformedPolicy},
		"GitHub, the audience alone": {github, is("StringEquals", `"token.actions.githubusercontent.com:aud"`, `"sts.amazonaws.com"`), cloud.CodeMalformedPolicy},
		"GitHub, another issuer":     {github, is("StringEquals", `"gitlab.com:sub"`, repo), cloud.CodeMalformedPolicy},
		"GitHub, only a wildcard":    {github, is("StringLike", sub, `"*"`), cloud.CodeMalformedPolicy},
		"GitHub, or a wildcard":      {github, is("StringLike", sub, `["repo:acme/*","*"]`), cloud.CodeMalformedPolicy},
		"GitHub, an empty value":     {github, is("StringEquals", sub, `""`), cloud.CodeMalformedPolicy},
		"GitHub, negated":            {github, is("StringNotEquals", sub, repo), cloud.CodeMalformedPolicy},
		"GitHub, if it exists":       {github, is("StringEqualsIfExists", sub, repo), cloud.CodeMalformedPolicy},
		"GitHub, for all values":     {github, is("ForAllValues:StringEquals", sub, repo), cloud.CodeMalformedPolicy},
		"GitHub, that it exists":     {github, is("Null", sub, `"false"`), cloud.CodeMalformedPolicy},
		"Cognito, the amr alone": {"cognito-identity.amazonaws.com",
			is("ForAnyValue:StringLike", `"cognito-identity.amazonaws.com:amr"`, `"authenticated"`), cloud.CodeMalformedPolicy},
		"Sentinel, by its subject": {arn + sentinel, is("StringEquals", `"`+sentinel+`:sub"`, `"x"`), cloud.CodeMalformedPolicy},

		"a missing provider":            {arn + "other.example.com", "", cloud.CodeMalformedPolicy},
		"the provider of another path":  {arn + "issuer.example.com", "", cloud.CodeMalformedPolicy},
		"with a slash":                  {private + "/", "", cloud.CodeMalformedPolicy},
		"a provider without an issuer":  {arn, "", cloud.CodeMalformedPolicy},
		"a scheme in the ARN":           {arn + "https://issuer.example.com/a", "", cloud.CodeMalformedPolicy},
		"another partition":             {strings.Replace(private, "aws", "aws-cn", 1), "", cloud.CodeMalformedPolicy},
		"a URL":                         {"https://issuer.example.com/a", "", cloud.CodeMalformedPolicy},
		"everyone":                      {"*", "", cloud.CodeMalformedPolicy},
		"a provider of another account": {strings.Replace(private, "111122223333", "444455556666", 1), "", "NotModelled"},
		"a SAML provider":               {"arn:aws:iam::111122223333:saml-provider/corporate", "", "NotModelled"},
		"a domain that is not built in": {"issuer.example.com", "", "NotModelled"},
	} {
		t.Run(name, func(t *testing.T) {
			c, a := account()
			for _, issuer := range []string{"issuer.example.com/a", "oidc.vercel.com/team", "token.actions.githubusercontent.com",
				"oidc.vercel.com", "api.pulumi.com/oidc", sentinel} {
				newProvider(a, "https://"+issuer)
			}
			newProvider(c.Account(cloud.CallerAccount), "https://issuer.example.com/a")
			newRole(a, "r", trustEC2)
			document := TrustFederated(row.provider, row.condition)
			err := a.UpdateAssumeRolePolicy("r", document)
			createErr := failed(a.CreateRole(cloud.CreateRoleInput{RoleName: "s", AssumeRolePolicyDocument: document}))
			if row.code == "" {
				require.NoError(t, err)
				require.NoError(t, createErr)
				assert.Equal(t, document, Must(a.GetRole("r")).AssumeRolePolicyDocument)
				return
			}
			WantCode(t, row.code, err)
			WantCode(t, row.code, createErr)
		})
	}
}

const sentinel = "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d/"

func newProvider(a *cloud.Account, url string) cloud.OIDCProvider {
	return Must(a.CreateOpenIDConnectProvider(cloud.CreateOpenIDConnectProviderInput{URL: url, ClientIDList: []string{"shop"}}))
}

func TestCognitoWithoutACondition(t *testing.T) {
	_, a := account()
	err := failed(a.CreateRole(cloud.CreateRoleInput{
		RoleName: "r", AssumeRolePolicyDocument: TrustFederated("cognito-identity.amazonaws.com", "")}))
	require.ErrorContains(t, err, "MalformedPolicyDocument: A condition block must be present for the Cognito provider")
}

// TestClaimInAnotherStatement checks that an Allow statement must evaluate the shared
// issuer's claim itself, and that a Deny statement need not.
func TestClaimInAnotherStatement(t *testing.T) {
	_, a := account()
	const condition = `"Condition":{"StringEquals":{"gitlab.com:sub":"project_path:acme/shop:ref_type:branch:ref:main"}},`
	provider := newProvider(a, "https://gitlab.com").ARN
	statements := func(first, second string) string {
		principal := `"Principal":{"Federated":"` + provider + `"},"Action":"sts:AssumeRoleWithWebIdentity"}`
		return `{"Version":"2012-10-17","Statement":[{` + first + principal + `,{` + second + principal + `]}`
	}
	newRole(a, "r", statements(condition+`"Effect":"Allow",`, `"Effect":"Deny",`))
	WantCode(t, cloud.CodeMalformedPolicy, a.UpdateAssumeRolePolicy("r", statements(condition+`"Effect":"Deny",`, `"Effect":"Allow",`)))
	WantCode(t, cloud.CodeMalformedPolicy, a.UpdateAssumeRolePolicy("r", statements(condition+`"Effect":"Allow",`, `"Effect":"Allow",`)))
}

// TestActionsOfATrustPolicy checks that a trust policy accepts only actions that create
// sessions of a role.
func TestActionsOfATrustPolicy(t *testing.T) {
	for action, code := range map[string]string{
		"sts:AssumeRole": "", "sts:AssumeRoleWithWebIdentity": "", "sts:assumerolewithsaml": "", "sts:TagSession": "",
		"sts:SetSourceIdentity": "", "sts:AssumeRole*": "", "sts:*": "",
		"sts:GetCallerIdentity": cloud.CodeMalformedPolicy, "sts:GetSessionToken": cloud.CodeMalformedPolicy,
		"iam:PassRole": cloud.CodeMalformedPolicy,
	} {
		_, a := account()
		document := strings.Replace(trustEC2, "sts:AssumeRole", action, 1)
		err := failed(a.CreateRole(cloud.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: document}))
		if code == "" {
			assert.NoError(t, err, action)
		} else {
			WantCode(t, code, err)
		}
	}
}
