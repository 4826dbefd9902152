package sts_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/oidc"
	"iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/internal/sandbox/sts"
)

const (
	githubHost = "token.actions.githubusercontent.com"
	github     = "https://" + githubHost
	workflow   = "repo:acme@1/shop@2:ref:refs/heads/main"
	eksHost    = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE"
	eks        = "https://" + eksHost
	podAccount = "system:serviceaccount:shop:reader"
	cognito    = "cognito-identity.amazonaws.com"
	pool       = "us-east-1:11111111-2222-3333-4444-555555555555"
	identityID = "us-east-1:66666666-7777-8888-9999-000000000000"

	anyAction = `"sts:*"`
)

// trustWeb returns the trust policy of a role for users of a provider.
func trustWeb(provider string, conditions ...string) string {
	return sandboxtest.TrustFederated(provider, "{"+strings.Join(conditions, ",")+"}")
}

func is(key string, values ...string) string {
	return fmt.Sprintf(`"StringEquals":{%q:["%s"]}`, key, strings.Join(values, `","`))
}

func (d *endpoint) provider(issuer string, audiences ...string) string {
	return sandboxtest.Must(d.api().CreateOpenIDConnectProvider(cloud.CreateOpenIDConnectProviderInput{URL: issuer, ClientIDList: audiences})).ARN
}

func (d *endpoint) role(name, trust string) {
	sandboxtest.Must(d.api().CreateRole(cloud.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trust}))
}

// openWeb is like open, and adds providers and roles for their users.
func openWeb(t testing.TB) *endpoint {
	d := open(t)
	ofGithub, ofEKS := d.provider(github, "sts.amazonaws.com", "shop"), d.provider(eks, "sts.amazonaws.com")
	d.role("workflow", trustWeb(ofGithub, is(githubHost+":sub", workflow), `"StringLike":{"`+githubHost+`:aud":"sts.*"}`))
	d.role("by-id", trustWeb(ofGithub, `"StringLike":{"`+githubHost+`:sub":"repo:acme*"}`, is(githubHost+":repository_id", "2")))
	d.role("tagged", strings.Replace(trustWeb(ofGithub, is(githubHost+":sub", workflow)), "AssumeRoleWithWebIdentity", "*", 1))
	d.role("no-clients", trustWeb(d.provider("https://issuer.example.com"), is("issuer.example.com:sub", workflow)))
	d.role("pod", trustWeb(ofEKS, is(eksHost+":sub", podAccount)))
	d.role("shopper", trustWeb(cognito, is(cognito+":aud", pool), `"ForAnyValue:StringLike":{"`+cognito+`:amr":"authenticated"}`))
	d.role("guest", trustWeb(cognito, is(cognito+":aud", pool), `"ForAnyValue:StringLike":{"`+cognito+`:amr":"unauthenticated"}`))
	return d
}

func nameOf(role string) string { return "arn:aws:iam::111122223333:role/" + role }

// claims returns the claims of a token for the role workflow, with changes. A claim that
// is nil is left out.
func claims(changes ...any) map[string]any {
	all := map[string]any{"sub": workflow, "aud": "sts.amazonaws.com"}
	for i := 0; i < len(changes); i += 2 {
		all[changes[i].(string)] = changes[i+1]
	}
	return all
}

func (d *endpoint) token(issuer string, claims map[string]any) string {
	return sandboxtest.Must(d.tokens.Token(issuer, claims))
}

// anonymous returns a client without credentials.
func (d *endpoint) anonymous() *awssts.Client {
	return awssts.New(awssts.Options{
		BaseEndpoint: &d.server.URL, Region: region, HTTPClient: d.server.Client(), Retryer: aws.NopRetryer{},
	})
}

func (d *endpoint) exchange(role, token string, change ...func(*awssts.AssumeRoleWithWebIdentityInput)) (*awssts.AssumeRoleWithWebIdentityOutput, error) {
	in := &awssts.AssumeRoleWithWebIdentityInput{
		RoleArn: aws.String(nameOf(role)), RoleSessionName: aws.String("a-session"), WebIdentityToken: &token,
	}
	for _, c := range change {
		c(in)
	}
	return d.anonymous().AssumeRoleWithWebIdentity(context.Background(), in)
}

func (d *endpoint) caller(accessKeyID string) cloud.Caller {
	return sandboxtest.Must(d.cloud.Caller(accessKeyID, d.clock.Now()))
}

func TestAssumeRoleWithWebIdentity(t *testing.T) {
	d := openWeb(t)
	out, err := d.exchange("workflow", d.token(github, claims("actor", "jane", "email", "jane@example.com")))
	require.NoError(t, err)
	assert.Equal(t, workflow, *out.SubjectFromWebIdentityToken)
	assert.Equal(t, "sts.amazonaws.com", *out.Audience)
	assert.Equal(t, github, *out.Provider)
	assert.Equal(t, "arn:aws:sts::111122223333:assumed-role/workflow/a-session", *out.AssumedRoleUser.Arn)
	assert.Regexp(t, `^AROA\w{17}:a-session$`, *out.AssumedRoleUser.AssumedRoleId)
	assert.Nil(t, out.SourceIdentity)
	assert.WithinDuration(t, d.clock.Now().Add(time.Hour), *out.Credentials.Expiration, time.Second)

	who, err := d.session(out.Credentials).GetCallerIdentity(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, *out.AssumedRoleUser.Arn, *who.Arn)

	caller := d.caller(*out.Credentials.AccessKeyId)
	assert.Equal(t, []string{workflow}, caller.Context[githubHost+":sub"])
	assert.Equal(t, []string{"sts.amazonaws.com"}, caller.Context[githubHost+":aud"])
	assert.Contains(t, caller.Context["aws:FederatedProvider"], "arn:aws:iam::111122223333:oidc-provider/"+githubHost)
	assert.NotContains(t, caller.Context, githubHost+":actor", "STS offers it in the trust policy alone")
	assert.Empty(t, caller.CognitoIdentityID)

	d.clock.Forward(time.Hour)
	_, err = d.session(out.Credentials).GetCallerIdentity(t.Context(), nil)
	requireCode(t, "ExpiredToken", http.StatusForbidden, err)
}

// TestTokens assumes roles with tokens of several issuers. The tests of package oidc try
// more tokens that the verifier rejects.
func TestTokens(t *testing.T) {
	d := openWeb(t)
	forged := d.token("https://evil.example.com", claims("iss", github))
	d.tokens.Token(github, nil) // its keys exist
	now := d.clock.Now().Unix()
	ofPool := func(amr ...string) map[string]any { return claims("sub", identityID, "aud", pool, "amr", amr) }
	for name, test := range map[string]struct {
		role, token string
		code        string // empty if the role is assumed
	}{
		"several values of aud, azp":      {"workflow", d.token(github, claims("aud", []string{"a", "b"}, "azp", "sts.amazonaws.com")), ""},
		"another audience of the client":  {"tagged", d.token(github, claims("aud", "shop")), ""},
		"another audience than the trust": {"workflow", d.token(github, claims("aud", "shop")), "AccessDenied"},
		"another audience":                {"workflow", d.token(github, claims("aud", "sts.evil.com")), "InvalidIdentityToken"},
		"another azp":                     {"workflow", d.token(github, claims("azp", "evil")), "InvalidIdentityToken"},
		"azp is not a string":             {"workflow", d.token(github, claims("azp", map[string]any{})), "InvalidIdentityToken"},
		"several audiences":               {"workflow", d.token(github, claims("aud", []string{"sts.amazonaws.com", "shop"})), "NotModelled"},
		"a provider without audiences":    {"no-clients", d.token("https://issuer.example.com", claims()), "InvalidIdentityToken"},
		"an audience of numbers":          {"workflow", d.token(github, claims("aud", []int{1})), "InvalidIdentityToken"},
		"another subject":                 {"workflow", d.token(github, claims("sub", "repo:evil@3/shop@4:ref:refs/heads/main")), "AccessDenied"},
		"a subject that is not a string":  {"workflow", d.token(github, claims("sub", []string{workflow})), "InvalidIdentityToken"},
		"a long subject":                  {"workflow", d.token(github, claims("sub", strings.Repeat("x", 256))), "InvalidIdentityToken"},
		"an id as a number":               {"by-id", d.token(github, claims("repository_id", 2)), ""},
		"another id":                      {"by-id", d.token(github, claims("repository_id", "3")), "AccessDenied"},
		"no id":                           {"by-id", d.token(github, claims()), "AccessDenied"},

		"expired":                           {"workflow", d.token(github, claims("exp", now-1)), "ExpiredTokenException"},
		"signed by another issuer":          {"workflow", forged, "InvalidIdentityToken"},
		"an issuer without provider":        {"workflow", d.token("https://evil.example.com", claims()), "InvalidIdentityToken"},
		"an issuer without scheme":          {"workflow", d.token(github, claims("iss", githubHost)), "InvalidIdentityToken"},
		"another issuer's":                  {"workflow", d.token(eks, claims()), "AccessDenied"},
		"another issuer's, on the other":    {"pod", d.token(github, claims("sub", podAccount)), "AccessDenied"},
		"another issuer's, right claims":    {"pod", d.token(eks, claims("sub", podAccount, "aud", []string{"sts.amazonaws.com"})), ""},
		"Google's":                          {"workflow", d.token("https://accounts.google.com", claims()), "NotModelled"},
		"no token":                          {"workflow", "x.y.z", "InvalidIdentityToken"},
		"no role":                           {"missing", d.token(github, claims()), "AccessDenied"},
		"a role for an account":             {"executor", d.token(github, claims()), "AccessDenied"},
		"a pool's user":                     {"shopper", d.token("https://"+cognito, ofPool("authenticated", "graph.facebook.com")), ""},
		"a pool's guest":                    {"guest", d.token("https://"+cognito, ofPool("unauthenticated")), ""},
		"a pool's guest as a user":          {"shopper", d.token("https://"+cognito, ofPool("unauthenticated")), "AccessDenied"},
		"another pool's user":               {"shopper", d.token("https://"+cognito, claims("sub", identityID, "aud", "us-east-1:x", "amr", []string{"authenticated"})), "AccessDenied"},
		"another issuer's on a pool's role": {"shopper", d.token(github, ofPool("authenticated")), "InvalidIdentityToken"},

		"tags":                             {"tagged", d.token(github, claims(tagsClaim, tagsOf(`{"principal_tags":{"team":["shop"]},"transitive_tag_keys":["Team"]}`))), ""},
		"tags without permission":          {"workflow", d.token(github, claims(tagsClaim, tagsOf(`{"principal_tags":{"team":["shop"]}}`))), "AccessDenied"},
		"tags, empty":                      {"workflow", d.token(github, claims(tagsClaim, tagsOf(`{}`))), ""},
		"a tag with two values":            {"tagged", d.token(github, claims(tagsClaim, tagsOf(`{"principal_tags":{"team":["a","b"]}}`))), "InvalidIdentityToken"},
		"a tag without a value":            {"tagged", d.token(github, claims(tagsClaim, tagsOf(`{"principal_tags":{"team":[]}}`))), "InvalidIdentityToken"},
		"a tag that is not a list":         {"tagged", d.token(github, claims(tagsClaim, tagsOf(`{"principal_tags":{"team":"shop"}}`))), "InvalidIdentityToken"},
		"tags that are not an object":      {"tagged", d.token(github, claims(tagsClaim, "x")), "InvalidIdentityToken"},
		"tags in another form":             {"tagged", d.token(github, claims(tagsClaim+"/principal_tags/team", []string{"x"})), "NotModelled"},
		"a reserved tag":                   {"tagged", d.token(github, claims(tagsClaim, tagsOf(`{"principal_tags":{"AWS:team":["x"]}}`))), "InvalidParameterValue"},
		"transitive but not there":         {"tagged", d.token(github, claims(tagsClaim, tagsOf(`{"transitive_tag_keys":["team"]}`))), "InvalidParameterValue"},
		"a source identity":                {"tagged", d.token(github, claims(identityClaim, "jane")), ""},
		"a source identity, no permission": {"workflow", d.token(github, claims(identityClaim, "jane")), "AccessDenied"},
		"a source identity's characters":   {"tagged", d.token(github, claims(identityClaim, "jane doe")), "ValidationError"},
		"a source identity that is a list": {"tagged", d.token(github, claims(identityClaim, []string{"jane"})), "InvalidIdentityToken"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.exchange(test.role, test.token)
			if test.code == "" {
				require.NoError(t, err)
				return
			}
			status := http.StatusBadRequest
			if test.code == "AccessDenied" {
				status = http.StatusForbidden
			}
			requireCode(t, test.code, status, err)
			assert.NotContains(t, err.Error(), test.token, "the token is not shown")
		})
	}
}

const (
	tagsClaim     = "https://aws.amazon.com/tags"
	identityClaim = "https://aws.amazon.com/source_identity"
)

// TestMessagesOfWebIdentities checks error messages that users search for.
func TestMessagesOfWebIdentities(t *testing.T) {
	d := openWeb(t)
	for text, token := range map[string]string{
		"No OpenIDConnect provider found in your account for":     d.token("https://evil.example.com", claims()),
		"Incorrect token audience":                                d.token(github, claims("aud", "x")),
		"Not authorized to perform sts:AssumeRoleWithWebIdentity": d.token(github, claims("sub", "x")),
		"Not authorized to perform sts:TagSession":                d.token(github, claims(tagsClaim, tagsOf(`{"principal_tags":{"a":["b"]}}`))),
	} {
		_, err := d.exchange("workflow", token)
		assert.ErrorContains(t, err, text)
	}
}

func TestParametersOfWebIdentities(t *testing.T) {
	d := openWeb(t)
	token := d.token(github, claims())
	for name, test := range map[string]struct {
		code   string
		change func(*awssts.AssumeRoleWithWebIdentityInput)
	}{
		"a session policy":      {"", func(in *awssts.AssumeRoleWithWebIdentityInput) { in.Policy = &allowAll }},
		"15 minutes":            {"", func(in *awssts.AssumeRoleWithWebIdentityInput) { in.DurationSeconds = aws.Int32(900) }},
		"longer than the role":  {"ValidationError", func(in *awssts.AssumeRoleWithWebIdentityInput) { in.DurationSeconds = aws.Int32(3601) }},
		"no role":               {"ValidationError", func(in *awssts.AssumeRoleWithWebIdentityInput) { in.RoleArn = aws.String(userARN) }},
		"an OAuth 2.0 provider": {"NotModelled", func(in *awssts.AssumeRoleWithWebIdentityInput) { in.ProviderId = aws.String("www.amazon.com") }},
		"a role of another account": {"InvalidIdentityToken", func(in *awssts.AssumeRoleWithWebIdentityInput) {
			in.RoleArn = aws.String(strings.Replace(nameOf("workflow"), "111122223333", "444455556666", 1))
		}},
		"a role of an unknown account": {"InvalidIdentityToken", func(in *awssts.AssumeRoleWithWebIdentityInput) {
			in.RoleArn = aws.String(strings.Replace(nameOf("workflow"), "111122223333", "999999999999", 1))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var in awssts.AssumeRoleWithWebIdentityInput
			test.change(&in)
			out, err := d.exchange("workflow", token, test.change)
			if test.code == "" {
				require.NoError(t, err)
				caller := d.caller(*out.Credentials.AccessKeyId)
				assert.Equal(t, in.Policy != nil, caller.Policies.Session != nil)
				return
			}
			requireCode(t, test.code, http.StatusBadRequest, err)
		})
	}
	_, err := d.exchange("shopper", d.token("https://"+cognito, claims("sub", identityID, "aud", pool, "amr", []string{"authenticated"})),
		func(in *awssts.AssumeRoleWithWebIdentityInput) {
			in.RoleArn = aws.String("arn:aws:iam::999999999999:role/x")
		})
	requireCode(t, "AccessDenied", http.StatusForbidden, err)
}

// TestChainFromAWebIdentity checks that the next session inherits a token's tags and
// source identity.
func TestChainFromAWebIdentity(t *testing.T) {
	d := openWeb(t)
	out, err := d.exchange("tagged", d.token(github, claims(identityClaim, "jane",
		tagsClaim, tagsOf(`{"principal_tags":{"team":["shop"],"env":["dev"]},"transitive_tag_keys":["team"]}`))))
	require.NoError(t, err)
	assert.Equal(t, "jane", *out.SourceIdentity)
	assert.Positive(t, *out.PackedPolicySize)
	caller := d.caller(*out.Credentials.AccessKeyId)
	assert.Equal(t, []string{"shop"}, caller.Context["aws:PrincipalTag/team"])
	assert.Equal(t, []string{"dev"}, caller.Context["aws:PrincipalTag/env"])
	assert.Equal(t, []string{"jane"}, caller.Context["aws:SourceIdentity"])

	sandboxtest.OK(d.api().RolePolicies().Put("tagged", sandboxtest.Allow("chain", "sts:*", "*")))
	trust := strings.Replace(sandboxtest.TrustAWS(nameOf("tagged")), `"sts:AssumeRole"`, anyAction, 1)
	sandboxtest.OK(d.api().UpdateAssumeRolePolicy("executor", trust))
	next, err := d.session(out.Credentials).AssumeRole(t.Context(), assume())
	require.NoError(t, err)
	assert.Equal(t, "jane", *next.SourceIdentity)
	caller = d.caller(*next.Credentials.AccessKeyId)
	assert.Equal(t, []string{"shop"}, caller.Context["aws:PrincipalTag/team"])
	assert.NotContains(t, caller.Context, "aws:PrincipalTag/env", "it is not transitive")
	assert.NotContains(t, caller.Context, "aws:FederatedProvider", "as others observed")
}

// TestProviderOfASession checks aws:FederatedProvider. AWS documents that it is the
// provider's ARN, but others observed the issuer. A policy that compares it is not
// evaluated; one that only tests whether it exists is.
func TestProviderOfASession(t *testing.T) {
	d := openWeb(t)
	out, err := d.exchange("tagged", d.token(github, claims()))
	require.NoError(t, err)
	for condition, status := range map[string]int{
		`"Null":{"aws:FederatedProvider":"false"}`: http.StatusOK, `"Null":{"aws:FederatedProvider":"true"}`: http.StatusForbidden,
		is("aws:FederatedProvider", githubHost): http.StatusInternalServerError,
	} {
		sandboxtest.OK(d.api().UpdateAssumeRolePolicy("executor", trustWithCondition(nameOf("tagged"), condition)))
		call := form(values())
		c := out.Credentials
		call.key = &aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken}
		assert.Equal(t, status, d.do(call).Code, condition)
	}
}

// TestKeysThatAreMissing sends a token of an issuer that does not respond, and one to an
// endpoint without a verifier.
func TestKeysThatAreMissing(t *testing.T) {
	d := openWeb(t)
	token := d.token(github, claims())
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()
	for code, tokens := range map[string]*oidc.Verifier{
		"IDPCommunicationError": oidc.NewVerifier(nobody.URL, oidc.Options{Now: d.clock.Now}), "NotModelled": nil,
	} {
		d.server.Config.Handler = sts.New(d.cloud, region, tokens, d.clock.Now)
		_, err := d.exchange("workflow", token)
		requireCode(t, code, http.StatusBadRequest, err)
	}
}
