package iam_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
)

// Parts of the vectors. Some are the defaults of a vector.
const (
	invoke       = "execute-api:Invoke"
	executionArn = "arn:aws:execute-api:us-east-1:111122223333:abc123"
	products     = executionArn + "/prod/GET/products"
	ourIAM       = "arn:aws:iam::111122223333:"
	john         = ourIAM + "user/john"
	reader       = ourIAM + "role/team/reader"
	session      = "arn:aws:sts::111122223333:assumed-role/reader/i-0abc"
	executor     = ourIAM + "role/executor"
	otherAccount = "444455556666"
	otherIAM     = "arn:aws:iam::" + otherAccount + ":"
	theirUser    = otherIAM + "user/my-user"
)

var control = regexp.MustCompile(`[\x00-\x1f\x7f]`)

func assertOneLine(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		assert.NotEmpty(t, err.Error())
		assert.NotRegexp(t, control, err.Error())
	}
}

// vector is a request, the documents that decide it, and the outcome that a rule
// requires.
type vector struct {
	rule      string
	identity  []string // documents
	boundary  string
	session   string
	trust     string
	principal string // john, if empty
	action    string // execute-api:Invoke, if empty
	resource  string // GET /products, if empty
	owner     string
	context   map[string][]string
	want      string // allow, implicitDeny, explicitDeny or error
}

func runVectors(t *testing.T, vectors []vector) {
	t.Helper()
	for _, v := range vectors {
		t.Run(v.rule, func(t *testing.T) {
			decision, err := v.decide(t)
			if v.want == "error" {
				require.Error(t, err)
				assertOneLine(t, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, v.want, decision.Effect().String(), decision.Reason())
			assert.Equal(t, v.want == "allow", decision.Allowed())
			assert.NotEmpty(t, decision.Reason())
			assert.NotRegexp(t, control, decision.Reason())
		})
	}
}

func (v vector) decide(t *testing.T) (iam.Decision, error) {
	t.Helper()
	request, err := iam.NewRequest(v.input())
	if err != nil {
		return iam.Decision{}, err
	}
	return v.policies(t).Decide(request)
}

func (v vector) input() iam.RequestInput {
	input := iam.RequestInput{Principal: v.principal, Action: v.action, Resource: v.resource, ResourceAccount: v.owner, Context: v.context}
	if input.Principal == "" {
		input.Principal = john
	}
	if input.Action == "" {
		input.Action = invoke
	}
	if input.Resource == "" {
		input.Resource = products
	}
	return input
}

func (v vector) policies(t testing.TB) *iam.Policies {
	t.Helper()
	policies := &iam.Policies{Boundary: compiled(t, v.boundary), Session: compiled(t, v.session)}
	for _, document := range v.identity {
		policies.Identity = append(policies.Identity, compiled(t, document))
	}
	if v.trust != "" {
		trust, err := iam.CompileTrust(v.trust)
		require.NoError(t, err)
		policies.Trust = trust
	}
	return policies
}

func compiled(t testing.TB, document string) *iam.IdentityPolicy {
	t.Helper()
	if document == "" {
		return nil
	}
	policy, err := iam.CompileIdentity(document)
	require.NoError(t, err)
	return policy
}

// doc returns a document with the statements.
func doc(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// rule returns a statement on a resource. Other members come last.
func rule(effect, action, resource string, more ...string) string {
	members := append([]string{`"Effect":"` + effect + `"`, `"Action":"` + action + `"`, `"Resource":"` + resource + `"`}, more...)
	return "{" + strings.Join(members, ",") + "}"
}

// allow and deny return documents with one statement about invoking a resource.
func allow(resource string, more ...string) string {
	return doc(rule("Allow", invoke, resource, more...))
}

func deny(resource string, more ...string) string {
	return doc(rule("Deny", invoke, resource, more...))
}

func allowing(resources ...string) []string {
	documents := make([]string, len(resources))
	for i, resource := range resources {
		documents[i] = allow(resource)
	}
	return documents
}

// allowIf returns a document that allows everything under a condition.
func allowIf(condition string) []string { return []string{allow("*", when(condition))} }

// trusting returns a trust document with one Allow for principals, in JSON as in the
// element Principal.
func trusting(principal string, more ...string) string {
	return doc(trustRule("Allow", principal, more...))
}

func trustRule(effect, principal string, more ...string) string {
	return trustActions(effect, `"sts:AssumeRole"`, principal, more...)
}

// trustActions returns a statement of a trust document about actions, in JSON.
func trustActions(effect, actions, principal string, more ...string) string {
	members := append([]string{`"Effect":"` + effect + `"`, `"Action":` + actions, `"Principal":` + principal}, more...)
	return "{" + strings.Join(members, ",") + "}"
}

func aws(principal string) string      { return `{"AWS":"` + principal + `"}` }
func service(principal string) string  { return `{"Service":"` + principal + `"}` }
func federated(provider string) string { return `{"Federated":"` + provider + `"}` }
func when(condition string) string     { return `"Condition":{` + condition + `}` }

// given returns a context: "key=value", "key=value|value", and "key=|" for a key
// with an empty list.
func given(pairs ...string) map[string][]string {
	context := map[string][]string{}
	for _, pair := range pairs {
		key, values, _ := strings.Cut(pair, "=")
		context[key] = strings.Split(values, "|")
		if values == "|" {
			context[key] = []string{}
		}
	}
	return context
}

var mayAssume = []string{doc(rule("Allow", "sts:AssumeRole", executor))}

const (
	fromOffice = `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`
	inWindow   = `"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2026-02-01T00:00:00Z"}`
	withMFA    = `"Bool":{"aws:MultiFactorAuthPresent":"true"}`
	withID     = `"StringEquals":{"sts:ExternalId":"shop-42"}`
)

// TestGuideVectors has the principals of AWS's guides, who call an API.
func TestGuideVectors(t *testing.T) {
	readOnly := allowing(products)
	post := executionArn + "/prod/POST/products"
	readWrite := []string{doc(rule("Allow", invoke, products), rule("Allow", invoke, post))}
	runVectors(t, []vector{
		{rule: "john reads", identity: readOnly, want: "allow"},
		{rule: "john does not write", identity: readOnly, resource: post, want: "implicitDeny"},
		{rule: "john, another stage", identity: readOnly, resource: executionArn + "/dev/GET/products", want: "implicitDeny"},
		{rule: "john, slash at the end", identity: readOnly, resource: executionArn + "/prod/GET/products/", want: "implicitDeny"},
		{rule: "john, path below", identity: readOnly, resource: executionArn + "/prod/GET/products/1", want: "implicitDeny"},
		{rule: "john, method in lower case", identity: readOnly, resource: executionArn + "/prod/get/products", want: "implicitDeny"},
		{rule: "jane reads", identity: readWrite, want: "allow"},
		{rule: "jane writes", identity: readWrite, resource: post, want: "allow"},
		{rule: "EC2 role reads", identity: readOnly, principal: session, want: "allow"},
		{rule: "EC2 role does not write", identity: readOnly, principal: session, resource: post, want: "implicitDeny"},
		{rule: "the resulting session reads", identity: readOnly,
			principal: "arn:aws:sts::111122223333:assumed-role/executor/my-user", want: "allow"},
		{rule: "a user of another account", identity: readOnly, principal: theirUser, want: "implicitDeny"},
	})
}

func TestLayerVectors(t *testing.T) {
	all, post := doc(rule("Allow", "*", "*")), executionArn+"/prod/POST/products"
	runVectors(t, []vector{
		{rule: "no documents", want: "implicitDeny"},
		{rule: "any document may allow", identity: []string{allow(post), allow(products)}, want: "allow"},
		{rule: "any statement may allow",
			identity: []string{doc(rule("Allow", "s3:*", "*"), rule("Allow", "execute-api:*", "*"))}, want: "allow"},
		{rule: "a single statement is a list of one",
			identity: []string{`{"Version":"2012-10-17","Statement":` + rule("Allow", "*", "*") + `}`}, want: "allow"},
		{rule: "Deny wins across documents", identity: []string{all, deny(products)}, want: "explicitDeny"},
		{rule: "Deny without any Allow is explicit", identity: []string{deny(products)}, want: "explicitDeny"},
		{rule: "Deny of another resource", identity: []string{all, deny(post)}, want: "allow"},
		{rule: "Deny whose condition fails", identity: []string{all, deny("*", when(withMFA))}, want: "allow"},
		{rule: "boundary and identity allow", identity: []string{all}, boundary: allow(products), want: "allow"},
		{rule: "boundary grants nothing", boundary: all, want: "implicitDeny"},
		{rule: "boundary denies", identity: []string{all},
			boundary: doc(rule("Allow", "*", "*"), rule("Deny", "*", products)), want: "explicitDeny"},
		{rule: "boundary of Denies alone allows nothing", identity: []string{all}, boundary: deny(post), want: "implicitDeny"},
		{rule: "boundary with a condition, met", identity: []string{all}, boundary: allow("*", when(withMFA)),
			context: given("aws:MultiFactorAuthPresent=true"), want: "allow"},
		{rule: "boundary with a condition, not met", identity: []string{all}, boundary: allow("*", when(withMFA)), want: "implicitDeny"},
		{rule: "boundary with a variable", identity: []string{all}, boundary: allow(executionArn + "/prod/GET/${aws:username}"), context: given("aws:username=products"), want: "allow"},
		{rule: "session and identity allow", identity: []string{all}, session: allow(products), principal: session, want: "allow"},
		{rule: "session grants nothing", session: all, principal: session, want: "implicitDeny"},
		{rule: "session denies", identity: []string{all}, session: deny("*"), principal: session, want: "explicitDeny"},
		{rule: "session narrows a user as well", identity: []string{all}, session: allow(post), want: "implicitDeny"},
		{rule: "all three allow", identity: []string{all}, boundary: all, session: all, principal: session, want: "allow"},
		{rule: "boundary does not make up for session", identity: []string{all}, boundary: all, session: allow(post),
			principal: session, want: "implicitDeny"},
		{rule: "a role's ARN is decided as its sessions", identity: []string{all}, principal: reader, want: "allow"},
		{rule: "a trust document is nothing to other requests", identity: []string{all},
			trust: doc(`{"Effect":"Deny","NotAction":"sts:TagSession","Principal":"*"}`), want: "allow"},
		{rule: "a trust document's NotAction", identity: []string{all}, action: "sts:AssumeRole", resource: executor, trust: doc(trustRule("Allow", `"*"`), `{"Effect":"Deny","NotAction":"sts:TagSession","Principal":"*"}`), want: "explicitDeny"},
	})
}

func TestAccountVectors(t *testing.T) {
	bucket := "arn:aws:s3:::shop/x"
	all := doc(rule("Allow", "*", "*"))
	runVectors(t, []vector{
		{rule: "another account's API", identity: []string{all}, principal: theirUser, want: "implicitDeny"},
		{rule: "another account's API, its role", identity: []string{all}, principal: otherIAM + "role/caller", want: "implicitDeny"},
		{rule: "another account's API, a session", identity: []string{all},
			principal: "arn:aws:sts::444455556666:assumed-role/caller/s", want: "implicitDeny"},
		{rule: "another account's API, with a Deny", identity: []string{deny("*")}, principal: theirUser, want: "explicitDeny"},
		{rule: "a resource without account is the caller's", identity: []string{all}, action: "s3:GetObject", resource: bucket, want: "allow"},
		{rule: "a resource without account, said to be ours", identity: []string{all}, action: "s3:GetObject",
			resource: bucket, owner: "111122223333", want: "allow"},
		{rule: "a resource without account, said to be theirs", identity: []string{all}, action: "s3:GetObject",
			resource: bucket, owner: "444455556666", want: "implicitDeny"},
		{rule: "resourceAccount that agrees with the ARN", identity: []string{all}, owner: "111122223333", want: "allow"},
		{rule: "resourceAccount that contradicts the ARN", identity: []string{all}, owner: "444455556666", want: "error"},
		{rule: "AWS's own resources are the caller's", identity: []string{all}, action: "iam:GetPolicy",
			resource: "arn:aws:iam::aws:policy/ReadOnlyAccess", want: "allow"},
		{rule: "another partition's API", identity: []string{all},
			resource: "arn:aws-cn:execute-api:cn-north-1:111122223333:abc123/prod/GET/products", want: "implicitDeny"},
		{rule: "its own partition's API", identity: []string{all}, principal: "arn:aws-us-gov:iam::111122223333:user/john", resource: "arn:aws-us-gov:execute-api:us-gov-west-1:111122223333:abc123/prod/GET/products", want: "allow"},
		{rule: "no resource, no partition", identity: []string{all}, principal: "arn:aws-cn:iam::111122223333:user/john",
			action: "s3:ListAllMyBuckets", resource: "*", want: "allow"},
	})
}

// TestUnknownVectors has conditions and variables that cannot be judged. They are an
// error if the decision depends on them, and have no effect otherwise.
func TestUnknownVectors(t *testing.T) {
	several := given("aws:username=ann|bob", "aws:SourceIp=nowhere")
	byName := when(`"StringEquals":{"aws:username":"ann"}`)
	byAddress := when(fromOffice)
	one := func(condition, context string) vector {
		return vector{identity: allowIf(condition), context: given(context), want: "error"}
	}
	named := func(rule string, v vector) vector { v.rule = rule; return v }
	runVectors(t, []vector{
		named("several values without a set operator", one(`"StringEquals":{"aws:TagKeys":"a"}`, "aws:TagKeys=a|b")),
		named("several values, negated", one(`"StringNotEquals":{"aws:TagKeys":"a"}`, "aws:TagKeys=b|c")),
		named("several values, IfExists", one(`"StringEqualsIfExists":{"aws:TagKeys":"a"}`, "aws:TagKeys=a|b")),
		named("not a number", one(`"NumericEquals":{"s3:max-keys":"1"}`, "s3:max-keys=many")),
		named("not a number, negated", one(`"NumericNotEquals":{"s3:max-keys":"1"}`, "s3:max-keys=many")),
		named("a number with an exponent", one(`"NumericEquals":{"s3:max-keys":"1000"}`, "s3:max-keys=1e3")),
		named("a number with too many digits", one(`"NumericEquals":{"s3:max-keys":"1"}`, "s3:max-keys=9007199254740993")),
		named("not a date", one(`"DateLessThan":{"aws:CurrentTime":"2026-01-01"}`, "aws:CurrentTime=soon")),
		named("not a boolean", one(`"Bool":{"aws:SecureTransport":"true"}`, "aws:SecureTransport=yes")),
		named("ForAnyValue with IfExists, absent", one(`"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}`, "x:n=1")),
		named("ForAnyValue with IfExists, an empty text", one(`"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":"*"}`, "aws:TagKeys=")),
		named("not base64", one(`"BinaryEquals":{"kms:Key":"AQID"}`, "kms:Key=!")),
		named("not an address", one(fromOffice, "aws:SourceIp=nowhere")),
		named("a range for an address", one(fromOffice, "aws:SourceIp=203.0.113.0/24")),
		named("an address of IPv4 written as IPv6", one(fromOffice, "aws:SourceIp=::ffff:203.0.113.9")),
		named("an address with a zone", one(fromOffice, "aws:SourceIp=fe80::1%eth0")),
		named("not an ARN", one(`"ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}`, "aws:SourceArn=s3")),
		named("six fields that are not an ARN", one(`"ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}`, "aws:SourceArn=a:b:c:d:e:f")),
		{rule: "a variable that does not make an ARN", identity: allowIf(`"ArnLike":{"aws:SourceArn":"${aws:userid}"}`),
			context: given("aws:SourceArn=arn:aws:s3:::x", "aws:userid=x"), want: "error"},
		named("ForAllValues with one of another type", one(`"ForAllValues:NumericEquals":{"x:n":"1"}`, "x:n=1|many")),
		named("ForAnyValue with one of another type", one(`"ForAnyValue:NumericEquals":{"x:n":"1"}`, "x:n=2|many")),
		{rule: "ForAllValues, settled by another value", identity: allowIf(`"ForAllValues:NumericEquals":{"x:n":"1"}`),
			context: given("x:n=many|2"), want: "implicitDeny"},
		{rule: "ForAnyValue, settled by another value", identity: allowIf(`"ForAnyValue:NumericEquals":{"x:n":"1"}`),
			context: given("x:n=many|1"), want: "allow"},
		{rule: "settled by another Allow", identity: []string{allow("*", byName), allow("*")}, context: several, want: "allow"},
		{rule: "settled by an Allow before", identity: []string{allow("*"), allow("*", byName)}, context: several, want: "allow"},
		{rule: "settled by another condition", identity: allowIf(`"StringEquals":{"aws:username":"ann","aws:userid":"x"}`), context: several, want: "implicitDeny"},
		{rule: "settled by another listed value", identity: allowIf(`"StringEquals":{"aws:userid":["${aws:username}","x"]}`), context: given("aws:username=ann|bob", "aws:userid=x"), want: "allow"},
		{rule: "settled by a boundary that does not allow", identity: []string{allow("*", byName)},
			boundary: allow(executionArn), context: several, want: "implicitDeny"},
		{rule: "settled by identity that does not allow", identity: []string{allow(executionArn)},
			boundary: allow("*", byName), context: several, want: "implicitDeny"},
		{rule: "settled by another Deny", identity: []string{deny("*", byName), deny("*")}, context: several, want: "explicitDeny"},
		{rule: "settled by a boundary's Deny", identity: []string{deny("*", byName)}, boundary: deny("*"),
			context: several, want: "explicitDeny"},
		{rule: "settled by a Deny over an unknown Allow", identity: []string{allow("*", byAddress), deny("*")},
			context: several, want: "explicitDeny"},
		{rule: "not about the request", identity: []string{allow("*"), deny(executionArn, byName)}, context: several, want: "allow"},
		{rule: "a Deny that may apply with an Allow", identity: []string{allow("*"), deny("*", byName)}, context: several, want: "error"},
		{rule: "a Deny that may apply with nothing else", identity: []string{deny("*", byName)}, context: several, want: "error"},
		{rule: "a boundary that may allow", identity: []string{allow("*")}, boundary: allow("*", byName), context: several, want: "error"},
		{rule: "a session policy that may allow", identity: []string{allow("*")}, session: allow("*", byName), context: several, want: "error"},
		{rule: "a trust document that may allow", identity: mayAssume, trust: trusting(aws("111122223333"), byName),
			action: "sts:AssumeRole", resource: executor, context: several, want: "error"},
		{rule: "a trust document that may deny", identity: mayAssume, trust: doc(trustRule("Allow", `"*"`), trustRule("Deny", `"*"`, byName)), action: "sts:AssumeRole", resource: executor, context: several, want: "error"},
		{rule: "a trust document that may allow what identity does not", trust: trusting(aws("111122223333"), byName),
			action: "sts:AssumeRole", resource: executor, context: several, want: "implicitDeny"},
		{rule: "a trust document's Deny about others", identity: mayAssume, trust: doc(trustRule("Allow", `"*"`), trustRule("Deny", aws(theirUser), byName)), action: "sts:AssumeRole", resource: executor, context: several, want: "allow"},
	})
}
