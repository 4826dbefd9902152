package access_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/micahhausler/aws-iam-policy/policy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

var (
	// documentText is the character set of IAM's policyDocumentType, on one line.
	documentText = regexp.MustCompile(`^[\x20-\xFF]+$`)
	sid          = regexp.MustCompile(`^[A-Za-z0-9]+$`)
)

// documents are one of each kind, made anew at each call.
func documents() map[string]*access.Document {
	// All that IAM allows in a path but wildcards, characters of HTML among them.
	const path = "!\"#$%&'()+,-./09:;<=>@AZ[\\]^_`az{|}~"
	return map[string]*access.Document{
		"invoke": access.InvokeDocument(executionArn, "prod", []access.Invoke{{Method: "GET", Path: "/a.b/*/c:d"}, {Method: "PUT", Path: "/"}}, access.Conditions{}),
		"stage":  access.InvokeDocument(executionArn, "$default", []access.Invoke{{Method: "*", Path: "*"}}, access.Conditions{}),
		"conditional": access.InvokeDocument(executionArn, "prod", []access.Invoke{{Method: "GET", Path: "/a"}}, access.Conditions{
			SourceCIDRs: []string{"203.0.113.0/24", "2001:db8::/32"},
			NotBefore:   time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC),
			RequireMFA: true, SecureTransport: true,
			PrincipalOrgID: "o-a1b2c3d4e5",
			PrincipalTags:  map[string]string{"team": "shop", "a_.:/=+-@ é": "b_.:/=+-@ ÿ", "empty": ""},
		}),
		"trust": access.TrustDocument("aws", access.Trust{
			AccountID:  otherAccount,
			Principals: []string{"user/" + path + "/a+b=c,d.e@f-g_h", "role/a"},
			ExternalID: "a_+=,.@:/-Z", RequireMFA: true,
		}),
		"account":  access.TrustDocument("aws-cn", access.Trust{AccountID: otherAccount, Principals: []string{"*"}}),
		"instance": access.InstanceTrustDocument(),
		"function": access.FunctionTrustDocument(),
		"service":  access.ServiceDocument("arn:aws:dynamodb:us-east-1:111122223333:table/a.b_c-d", "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/a.b_c-d#e"),
		"caller":   access.CallerDocument("arn:aws:iam::111122223333:role/a+b=c,d.e@f-g_h", "arn:aws:iam::111122223333:role/b"),
	}
}

func TestRender(t *testing.T) {
	first := documents()
	for name, document := range first {
		t.Run(name, func(t *testing.T) {
			text, err := access.Render(document)
			require.NoError(t, err)
			assert.True(t, json.Valid([]byte(text)))
			assert.Regexp(t, documentText, text)
			assert.NotContains(t, text, `\u`, "escaped for HTML")
			assert.Equal(t, strings.TrimSpace(text), text)
			for _, statement := range document.Statements.Values() {
				assert.Regexp(t, sid, statement.Sid)
			}
			var read access.Document
			require.NoError(t, json.Unmarshal([]byte(text), &read))
			assert.True(t, document.Equal(&read), "reads back as what was written: %s", text)
		})
	}
	for range 20 { // conditions are maps, walked in another order each time
		for name, document := range documents() {
			want, err := access.Render(first[name])
			require.NoError(t, err)
			got, err := access.Render(document)
			require.NoError(t, err)
			require.Equal(t, want, got, name)
		}
	}
}

func TestRenderKeepsHTMLAsItIs(t *testing.T) {
	trust := access.Trust{AccountID: otherAccount, Principals: []string{`user/a&b<c>\u0026/d`}}
	require.Empty(t, trust.Check())
	text, err := access.Render(access.TrustDocument("aws", trust))
	require.NoError(t, err)
	assert.Contains(t, text, `:user/a&b<c>\\u0026/d"`)
	assert.Equal(t, oneOrMore{otherIAM + trust.Principals[0]}, statement(t, access.TrustDocument("aws", trust)).Principal["AWS"])
}

// A document of other statements, as read from a file, renders as well: with
// numbers and booleans, single statements and lists as they were.
func TestRenderOfOthers(t *testing.T) {
	for _, text := range []string{
		`{"Id":"x","Statement":{"Action":"*","Effect":"Deny","Resource":"*"},"Version":"2012-10-17"}`,
		`{"Statement":[{"Action":["a:B","c:D"],"Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":3600}},"Effect":"Allow","Resource":["*"]},{"Effect":"Allow","NotAction":"a:*","NotResource":"<&>"}],"Version":"2012-10-17"}`,
		`{"Statement":[{"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}},"Effect":"Allow","Principal":"*"}],"Version":"2008-10-17"}`,
	} {
		var document access.Document
		require.NoError(t, json.Unmarshal([]byte(text), &document))
		rendered, err := access.Render(&document)
		require.NoError(t, err)
		assert.Equal(t, text, rendered)
	}
}

func TestSidsAreOfOneDocument(t *testing.T) {
	for name, document := range documents() {
		seen := map[string]bool{}
		for _, statement := range document.Statements.Values() {
			assert.False(t, seen[statement.Sid], name)
			seen[statement.Sid] = true
			assert.Equal(t, policy.EffectAllow, statement.Effect, name)
		}
	}
}

func TestPartition(t *testing.T) {
	for arn, want := range map[string]string{
		executionArn: "aws",
		"arn:aws-cn:execute-api:cn-north-1:111122223333:abc123":        "aws-cn",
		"arn:aws-us-gov:execute-api:us-gov-west-1:111122223333:abc123": "aws-us-gov",
		"arn:aws-iso-b:iam::111122223333:role/a":                       "aws-iso-b",
		"arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore":         "aws",
		"arn:aws:": "aws",
	} {
		got, err := access.Partition(arn)
		require.NoError(t, err, arn)
		assert.Equal(t, want, got, arn)
	}
	for _, arn := range []string{"", "arn", "arn:", "arn::", "arn::iam", "arn:aws", "aws:arn:iam", "ARN:aws:iam", " arn:aws:iam", ":aws:", "::"} {
		got, err := access.Partition(arn)
		assert.Error(t, err, "%q", arn)
		assert.Empty(t, got, "%q", arn)
	}
}

// TestRenderedDocumentsAllow compiles what this package renders and decides the
// requests that it is rendered for.
func TestRenderedDocumentsAllow(t *testing.T) {
	const (
		account   = "arn:aws:iam::111122223333:"
		role      = account + "role/executor"
		theirUser = otherIAM + "user/my-user"
	)
	invoke := access.InvokeDocument(executionArn, "prod", []access.Invoke{{Method: "GET", Path: "/products"}}, access.Conditions{})
	theirs := access.TrustDocument("aws", access.Trust{AccountID: otherAccount, Principals: []string{"user/my-user"}, ExternalID: "shop-42"})
	tests := map[string]struct {
		identity, trust *access.Document
		call            iam.Call
	}{
		"InvokeDocument": {identity: invoke,
			call: iam.Call{Principal: account + "user/john", Action: access.ActionInvoke, Resource: executionArn + "/prod/GET/products"}},
		"InstanceTrustDocument": {trust: access.InstanceTrustDocument(),
			call: iam.Call{Principal: "ec2.amazonaws.com", Action: access.ActionAssumeRole, Resource: role}},
		"TrustDocument and CallerDocument": {identity: access.CallerDocument(role), trust: theirs,
			call: iam.Call{Principal: theirUser, Action: access.ActionAssumeRole, Resource: role, Context: map[string][]string{"sts:ExternalId": {"shop-42"}}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var policies iam.Policies
			if test.identity != nil {
				text, err := access.Render(test.identity)
				require.NoError(t, err)
				compiled, err := iam.CompileIdentity(text)
				require.NoError(t, err)
				policies.Identity = []*iam.IdentityPolicy{compiled}
			}
			if test.trust != nil {
				text, err := access.Render(test.trust)
				require.NoError(t, err)
				policies.Trust, err = iam.CompileTrust(text)
				require.NoError(t, err)
			}
			request, err := iam.NewRequest(test.call)
			require.NoError(t, err)
			decision, err := policies.Decide(request)
			require.NoError(t, err)
			assert.True(t, decision.Allowed(), decision.Reason())
		})
	}
}
