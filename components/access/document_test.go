package access_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

const (
	executionArn = "arn:aws:execute-api:us-east-1:111122223333:abc123"
	ourRole      = "arn:aws:iam::111122223333:role/executor"
)

// documentText is the character set of IAM's policyDocumentType, on one line.
var documentText = regexp.MustCompile(`^[\x20-\xFF]+$`)

// decodedStatement is a statement of a policy document in JSON.
type decodedStatement struct {
	Sid, Effect string
	Principal   map[string]oneOrMore
	Action      oneOrMore
	Resource    oneOrMore
	Condition   map[string]map[string]oneOrMore
}

// oneOrMore is a string or a list of strings.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

// statements renders a document, and decodes its statements strictly.
func statements(t testing.TB, document *access.Document) []decodedStatement {
	t.Helper()
	text, err := access.Render(document)
	require.NoError(t, err)
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	var d struct {
		Version   string
		Statement []decodedStatement
	}
	require.NoError(t, decoder.Decode(&d), text)
	require.Equal(t, "2012-10-17", d.Version)
	return d.Statement
}

// statement returns the only statement of a document.
func statement(t testing.TB, document *access.Document) decodedStatement {
	t.Helper()
	all := statements(t, document)
	require.Len(t, all, 1)
	return all[0]
}

func TestInvokeDocument(t *testing.T) {
	invokes := []access.Invoke{{Method: "GET", Path: "/"}, {Method: "POST", Path: "/products/*/reviews"}, {Method: "*", Path: "*"}}
	for _, stage := range []string{
		executionArn + "/prod", executionArn + "/$default", "arn:aws-cn:execute-api:cn-north-1:111122223333:abc123/prod",
	} {
		arn, name, _ := strings.Cut(stage, "/")
		assert.Equal(t, decodedStatement{
			Sid:      "InvokeApi",
			Effect:   "Allow",
			Action:   oneOrMore{"execute-api:Invoke"},
			Resource: oneOrMore{stage + "/GET/", stage + "/POST/products/*/reviews", stage + "/*"},
		}, statement(t, access.InvokeDocument(arn, name, invokes, access.Conditions{})))
	}
}

func TestServiceDocument(t *testing.T) {
	const table, logs = "arn:aws-cn:dynamodb:cn-north-1:111122223333:table/a.b_c-d", "arn:aws-cn:logs:cn-north-1:111122223333:log-group:a/b#c"
	assert.Equal(t, []decodedStatement{{
		Sid:      "KeepProducts",
		Effect:   "Allow",
		Action:   oneOrMore{"dynamodb:PutItem", "dynamodb:Scan"},
		Resource: oneOrMore{table}, // not its indexes
	}, {
		Sid:      "WriteLog",
		Effect:   "Allow",
		Action:   oneOrMore{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resource: oneOrMore{logs + ":*"}, // the group's streams
	}}, statements(t, access.ServiceDocument(table, logs)))
}

func TestCallerDocument(t *testing.T) {
	const other = "arn:aws-us-gov:iam::111122223333:role/team/writer"
	assert.Equal(t, decodedStatement{
		Sid:      "AssumeApiRole",
		Effect:   "Allow",
		Action:   oneOrMore{"sts:AssumeRole"},
		Resource: oneOrMore{other, ourRole},
	}, statement(t, access.CallerDocument(access.AccountTrust{}.Actions(), ourRole, other)), "sorted")
	tagging := access.AccountTrust{SessionTags: true, SourceIdentity: true}
	assert.Equal(t, oneOrMore{"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"},
		statement(t, access.CallerDocument(tagging.Actions(), ourRole)).Action, "the caller's policy allows what the trust policy does")
}

// documents returns a document of each kind, with all characters that IAM accepts.
func documents() map[string]*access.Document {
	const path = "!\"#$%&'()+,-./09:;<=>@AZ[\\]^_`az{|}~"
	return map[string]*access.Document{
		"invoke": access.InvokeDocument(executionArn, "$default", []access.Invoke{{Method: "GET", Path: "/a.b/*/c:d"}}, access.Conditions{
			SourceCIDRs: []string{"203.0.113.0/24", "2001:db8::/32"},
			NotBefore:   instant(8), NotAfter: instant(9),
			RequireMFA: true, SecureTransport: true,
			PrincipalOrgID: "o-a1b2c3d4e5",
			PrincipalTags:  map[string]string{"team": "shop", "a_.:/=+-@ é": "b_.:/=+-@ ÿ", "empty": ""},
		}),
		"account": access.AccountTrust{
			AccountID:  otherAccount,
			Principals: []string{"user/" + path + "/a+b=c,d.e@f-g_h", "role/a", `user/a&b<c>\u0026/d`},
			ExternalID: "a_+=,.@:/-Z", RequireMFA: true,
		}.Document(executionArn),
		"organization": access.OrganizationTrust{ID: "o-a1b2c3d4e5"}.Document(executionArn),
		"oidc":         githubTrust(map[string][]string{"sub": {"repo:a/b:*", "repo:a@1/b@2:ÿ<&>"}, "ref": {"refs/heads/main"}}).Document(executionArn),
		"podIdentity":  podTrust.Document(executionArn),
		"identityPool": poolTrust.Document(executionArn),
		"instances":    access.ServiceTrust{Service: "ec2"}.Document(executionArn),
		"service": access.ServiceDocument("arn:aws:dynamodb:us-east-1:111122223333:table/a.b_c-d",
			"arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/a.b_c-d#e"),
		"caller": access.CallerDocument([]string{access.ActionAssumeRole}, "arn:aws:iam::111122223333:role/a+b=c,d.e@f-g_h", ourRole),
	}
}

func TestRender(t *testing.T) {
	first := documents()
	for name, document := range first {
		t.Run(name, func(t *testing.T) {
			text, err := access.Render(document)
			require.NoError(t, err)
			assert.Regexp(t, documentText, text)
			assert.NotContains(t, strings.ReplaceAll(text, `\\u`, ""), `\u`, "characters of HTML are not escaped")
			assert.Equal(t, strings.TrimSpace(text), text)
			var read access.Document
			require.NoError(t, json.Unmarshal([]byte(text), &read))
			assert.True(t, document.Equal(&read), text)
			sids := map[string]bool{}
			for _, statement := range statements(t, document) {
				assert.Regexp(t, `^[A-Za-z0-9]+$`, statement.Sid)
				assert.Equal(t, "Allow", statement.Effect)
				assert.False(t, sids[statement.Sid], "a Sid is unique in a document")
				sids[statement.Sid] = true
			}
			for range 20 { // the order of maps changes
				again, err := access.Render(documents()[name])
				require.NoError(t, err)
				require.Equal(t, text, again)
			}
		})
	}
}

// TestRenderOfOthers renders documents that were read from JSON: with numbers and
// booleans, and with single statements and lists as they were.
func TestRenderOfOthers(t *testing.T) {
	for _, text := range []string{
		`{"Id":"x","Statement":{"Action":"*","Effect":"Deny","Resource":"*"},"Version":"2012-10-17"}`,
		`{"Statement":[{"Action":["a:B","c:D"],"Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":3600}},"Effect":"Allow",` +
			`"Resource":["*"]},{"Effect":"Allow","NotAction":"a:*","NotResource":"<&>"}],"Version":"2012-10-17"}`,
		`{"Statement":[{"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}},"Effect":"Allow",` +
			`"Principal":"*"}],"Version":"2008-10-17"}`,
	} {
		var document access.Document
		require.NoError(t, json.Unmarshal([]byte(text), &document))
		rendered, err := access.Render(&document)
		require.NoError(t, err)
		assert.Equal(t, text, rendered)
	}
}

func TestCheckExecutionArn(t *testing.T) {
	for arn, accepted := range map[string]bool{
		executionArn: true,
		"arn:aws-us-gov:execute-api:us-gov-west-1:111122223333:abc123": true,
		access.LongestExecutionArn:                                     true,
		access.PlaceholderExecutionArn:                                 true,
		"arn:aws-iso-b:iam::111122223333:role/a":                       false,
		"arn::execute-api:us-east-1:111122223333:abc123":               false,
		"arn:aws:execute-api:us-east-1:me:abc123":                      false,
		" " + executionArn:                                             false,
		"arn:aws":                                                      false,
		"":                                                             false,
	} {
		err := access.CheckExecutionArn(arn)
		assert.Equal(t, accepted, err == nil, "%q", arn)
		if err != nil {
			assertOneLine(t, err)
		}
	}
}

// TestDocumentsAllowWhatTheyAreFor decides by the documents with the evaluator.
func TestDocumentsAllowWhatTheyAreFor(t *testing.T) {
	invoke := access.InvokeDocument(executionArn, "prod", []access.Invoke{{Method: "GET", Path: "/products"}}, access.Conditions{})
	theirs := access.AccountTrust{AccountID: otherAccount, Principals: []string{"user/my-user"}, ExternalID: "shop-42"}
	shown := map[string][]string{"sts:ExternalId": {"shop-42"}}
	inOrganization := map[string][]string{"aws:PrincipalOrgID": {"o-a1b2c3d4e5"}}
	for name, test := range map[string]struct {
		identity, trust *access.Document
		request         iam.RequestInput
	}{
		"InvokeDocument": {identity: invoke, request: iam.RequestInput{
			Principal: "arn:aws:iam::111122223333:user/john", Action: access.ActionInvoke, Resource: executionArn + "/prod/GET/products",
		}},
		"ServiceTrust": {trust: access.ServiceTrust{Service: access.EC2}.Document(executionArn), request: iam.RequestInput{
			Principal: "ec2.amazonaws.com", Action: access.ActionAssumeRole, Resource: ourRole,
		}},
		"OrganizationTrust and CallerDocument": {identity: access.CallerDocument([]string{access.ActionAssumeRole}, ourRole),
			trust: access.OrganizationTrust{ID: "o-a1b2c3d4e5"}.Document(executionArn), request: iam.RequestInput{
				Principal: otherIAM + "user/my-user", Action: access.ActionAssumeRole, Resource: ourRole, Context: inOrganization,
			}},
		// "Policy evaluation for requests within a single account": no identity policy.
		"OrganizationTrust of the API's own account": {trust: access.OrganizationTrust{ID: "o-a1b2c3d4e5"}.Document(executionArn),
			request: iam.RequestInput{
				Principal: "arn:aws:iam::111122223333:user/john", Action: access.ActionAssumeRole, Resource: ourRole, Context: inOrganization,
			}},
		"OidcTrust": {
			trust:   githubTrust(map[string][]string{"sub": {"repo:acme/*"}}).Document(executionArn),
			request: githubToken("sts.amazonaws.com", "repo:acme/shop:ref:refs/heads/main"),
		},
		"PodIdentityTrust": {trust: podTrust.Document(executionArn), request: iam.RequestInput{
			Principal: podTrust.Principal(), Action: access.ActionAssumeRole, Resource: ourRole, Context: map[string][]string{
				"aws:RequestTag/eks-cluster-name": {"main"}, "aws:RequestTag/kubernetes-namespace": {"shop"},
				"aws:RequestTag/kubernetes-service-account": {"reader"},
			},
		}},
		"AccountTrust and CallerDocument": {identity: access.CallerDocument(theirs.Actions(), ourRole), trust: theirs.Document(executionArn), request: iam.RequestInput{
			Principal: otherIAM + "user/my-user", Action: access.ActionAssumeRole, Resource: ourRole, Context: shown,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			decision := decide(t, test.identity, test.trust, test.request)
			assert.True(t, decision.Allowed(), decision.Reason())
		})
	}
}

// decide decides a request by an identity policy and a trust policy, each of which may
// be nil.
func decide(t *testing.T, identity, trust *access.Document, input iam.RequestInput) iam.Decision {
	t.Helper()
	var policies iam.Policies
	if identity != nil {
		text, err := access.Render(identity)
		require.NoError(t, err)
		compiled, err := iam.CompileIdentity(text)
		require.NoError(t, err)
		policies.Identity = []*iam.IdentityPolicy{compiled}
	}
	if trust != nil {
		text, err := access.Render(trust)
		require.NoError(t, err)
		policies.Trust, err = iam.CompileTrust(text)
		require.NoError(t, err)
	}
	request, err := iam.NewRequest(input)
	require.NoError(t, err)
	decision, err := policies.Decide(request)
	require.NoError(t, err)
	return decision
}
