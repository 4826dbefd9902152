package cloud_test

import (
	"fmt"
	"math/rand"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestDocumentsThatCannotBeJudged shows that a document with something that the
// evaluator does not know is refused by every action that takes it.
func TestDocumentsThatCannotBeJudged(t *testing.T) {
	c, a := account()
	newUser(a, "jane")
	Must(a.CreateGroup("readers", ""))
	policy, role := newPolicy(a, "p"), newRole(a, "executor", TrustAWS(cloud.CallerAccount))
	Must(assumes(c, role.ARN))
	for condition, code := range map[string]string{
		`{"BinaryEquals":{"aws:x":"?"}}`:                  "NotModelled",
		`{"NumericEquals":{"s3:max-keys":"many"}}`:        "NotModelled",
		`{"StringEquals":{"username":"x"}}`:               "NotModelled",
		`{"StringEquals":{"aws:username":"${x}"}}`:        "NotModelled",
		`{"StringIs":{"aws:username":"x"}}`:               cloud.CodeMalformedPolicy,
		`{"Bool":{"aws:x":"true","AWS:X":"true"}}`:        cloud.CodeMalformedPolicy,
		`{"Bool":{"aws:x":"true"},"Bool":{"aws:y":true}}`: cloud.CodeMalformedPolicy,
	} {
		odd, oddTrust := DocumentIf(condition, "s3:*", "*"), TrustAWSIf(cloud.CallerAccount, condition)
		in := assumeInput(role.ARN)
		in.Policy = odd
		for action, err := range map[string]error{
			"CreatePolicy":           failed(a.CreatePolicy(cloud.CreatePolicyInput{PolicyName: "q", PolicyDocument: odd})),
			"CreatePolicyVersion":    failed(a.CreatePolicyVersion(policy.ARN, odd, true)),
			"PutUserPolicy":          a.UserPolicies().Put("jane", cloud.InlinePolicy{PolicyName: "odd", PolicyDocument: odd}),
			"PutGroupPolicy":         a.GroupPolicies().Put("readers", cloud.InlinePolicy{PolicyName: "odd", PolicyDocument: odd}),
			"PutRolePolicy":          a.RolePolicies().Put("executor", cloud.InlinePolicy{PolicyName: "odd", PolicyDocument: odd}),
			"AssumeRole":             failed(c.AssumeRole(myUser(c), in, nil, noon)),
			"CreateRole":             failed(a.CreateRole(cloud.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: oddTrust})),
			"UpdateAssumeRolePolicy": a.UpdateAssumeRolePolicy("executor", oddTrust),
		} {
			t.Run(action+" "+condition, func(t *testing.T) { WantCode(t, code, err) })
		}
	}
	_, r := withFunction()
	WantCode(t, "NotModelled", r.AddPermission("worker", invokedBy("api", anyCall+"${x")))
}

// generated returns the texts of documents, valid and broken.
type generated struct{ *rand.Rand }

func (g generated) of(texts ...string) string { return texts[g.Intn(len(texts))] }

// mostly returns the usual text, and now and then one of the others.
func (g generated) mostly(usual string, others ...string) string {
	if g.Intn(12) > 0 {
		return usual
	}
	return g.of(others...)
}

// list returns a text in JSON, or a list of texts.
func (g generated) list(text func() string) string {
	if g.Intn(3) > 0 {
		return text()
	}
	items := make([]string, 1+g.Intn(3))
	for i := range items {
		items[i] = text()
	}
	return "[" + strings.Join(items, ",") + "]"
}

func (g generated) resource() string {
	const api = "arn:aws:execute-api:us-east-1:111122223333:abc/"
	usual := g.of(`"*"`, `"`+api+`prod/*"`, `"`+api+`*/${aws:username}"`, `"`+api+`${accounts.google.com:sub, 'x'}"`, `"arn:aws:s3:::b/${*}"`)
	return g.mostly(usual, `"arn:aws:organizations::*:"`, `"arn:aws:execute-api"`, `"arn:aws:*:::x"`, `"arn:aws-cn:s3:::b"`,
		`"`+api+`${username}"`, `"`+api+`${aws:username"`, `"arn:aws:execute-api:${aws:RequestedRegion}:*:*"`, `"prod/*"`, `1`, `[]`)
}

var contextKeys = []string{"aws:username", "aws:PrincipalTag/a b", "oidc.eks.us-east-1.amazonaws.com/id/X:sub", "aws:TagKeys"}

func (g generated) condition() string {
	operator := g.of("StringEquals", "StringNotLike", "StringEqualsIgnoreCase", "NumericLessThan", "DateGreaterThan", "Bool",
		"BinaryEquals", "IpAddress", "NotIpAddress", "ArnLike", "ArnNotEquals")
	operator = g.of("", "", "ForAllValues:", "ForAnyValue:") + operator + g.of("", "", "IfExists")
	operator = g.mostly(operator, "Null", "NullIfExists", "StringIs", "stringequals")
	key := g.mostly(g.of(contextKeys...), "username", "aws:", "", "*:x", "aws:${x}")
	value := map[string]func() string{
		"Null": func() string { return g.of(`"true"`, `false`, `"False"`) },
		"Stri": func() string {
			return g.of(`"ann"`, `"a*"`, `""`, `"${aws:username}"`, `"${accounts.google.com:sub, 'x'}"`)
		},
		"Nume": func() string { return g.of(`"1"`, `10`, `0.0000001`, `-1.5`) },
		"Date": func() string { return g.of(`"2026"`, `"2026-01"`, `1768478400`, `"2026-01-01T00:00:00Z"`) },
		"Bool": func() string { return g.of(`"TRUE"`, `true`, `"false"`) },
		"Bina": func() string { return g.of(`"AQID"`, `""`) },
		"IpAd": func() string { return g.of(`"203.0.113.0/24"`, `"2001:db8::/32"`) },
		"ArnL": func() string { return g.of(`"arn:aws:iam::*:*"`, `"${aws:PrincipalArn}"`) },
	}
	base := strings.NewReplacer("ForAllValues:", "", "ForAnyValue:", "", "Not", "", "ArnE", "ArnL").Replace(operator) + "    "
	of := value[base[:4]]
	if of == nil {
		of = func() string { return `"x"` }
	}
	values := g.list(func() string {
		return g.mostly(of(), `"many"`, `1e400`, `null`, `{}`, `"${"`, `true`, `"x\u00e9"`, `"\u20ac"`)
	})
	return fmt.Sprintf(`%q:{%q:%s}`, operator, key, g.mostly(values, `[]`, `{}`))
}

// statement returns a statement with the elements that only one kind of document has.
func (g generated) statement(action string, only ...string) string {
	elements := append([]string{g.mostly(`"Effect":"Allow"`, `"Effect":"Deny"`, `"Effect":"Deny"`, `"Effect":"allow"`), action}, only...)
	if g.Intn(2) == 0 {
		conditions := []string{g.condition()}
		if g.Intn(3) == 0 {
			conditions = append(conditions, g.condition())
		}
		all := `"Condition":{` + strings.Join(conditions, ",") + `}`
		elements = append(elements, g.mostly(all, `"Condition":[]`, `"Condition":{}`))
	}
	if g.Intn(8) == 0 {
		elements = append(elements, g.of(`"Sid":"A"`, `"Sid":"a b"`, `"Extra":1`, `"Effect":"Deny"`, `"Principal":"*"`, `"Resource":"*"`))
	}
	return "{" + strings.Join(elements, ",") + "}"
}

func (g generated) document(statement func() string) string {
	version := g.mostly(`"Version":"2012-10-17"`, `"Version":"2008-10-17"`, `"Version":"2020-01-01"`)
	elements := []string{version, `"Statement":` + g.list(statement)}
	if g.Intn(15) == 0 {
		elements = append(elements, g.of(`"Id":"x"`, `"Extra":1`, `"Version":"2012-10-17"`))
	}
	return g.mostly("{"+strings.Join(elements, ",")+"}", "", "null", "{", "{}")
}

func (g generated) identity() string {
	return g.document(func() string {
		action := g.of(`"Action":`, `"Action":`, `"NotAction":`) + g.list(func() string {
			usual := g.of(`"*"`, `"execute-api:*"`, `"execute-api:Invoke"`, `"s3:Get?*"`, `"sts:AssumeRole"`)
			return g.mostly(usual, `"Invoke"`, `"*:x"`, `"a*:x"`, `true`)
		})
		return g.statement(action, g.of(`"Resource":`, `"Resource":`, `"NotResource":`)+g.list(g.resource))
	})
}

func (g generated) trust() string {
	return g.document(func() string {
		principals := g.of(`{"AWS":`, `{"AWS":`, `{"Service":`) + g.list(func() string {
			usual := g.of(`"`+callerARN+`"`, `"444455556666"`, `"*"`, `"lambda.amazonaws.com"`, `"arn:aws:iam::111122223333:role/gone"`)
			return g.mostly(usual, `"arn:aws:iam::444455556666:user/nobody"`, `"arn:aws:iam::444455556666:user/*"`,
				`"new.us-east-1.amazonaws.com"`, `"ec2"`, `1`)
		}) + `}`
		principals = g.mostly(principals, `"*"`, `{"Federated":"accounts.google.com"}`, `{"CanonicalUser":"x"}`, `{"Aws":"*"}`, `{}`)
		action := g.mostly(`"Action":"sts:AssumeRole"`, `"Action":["sts:*","sts:TagSession"]`, `"NotAction":"sts:TagSession"`, `"Action":"*"`)
		return g.statement(action, g.mostly(`"Principal":`, `"NotPrincipal":`)+principals)
	})
}

func (g generated) context() map[string][]string {
	context := map[string][]string{}
	for _, key := range contextKeys {
		value := g.of("absent", "", "ann", "1", "true", "2026-01-01", "AQID", "203.0.113.9", "arn:aws:iam::111122223333:role/r", "ann|bob")
		if value != "absent" {
			context[key] = strings.Split(value, "|")
		}
	}
	return context
}

// undecidable matches the errors of a decision that depends on a value of the request:
// those that package iam documents.
var undecidable = regexp.MustCompile(`the context key "|can be read in two ways|is not documented`)

// judged counts what became of a document: refused, decided or undecidable.
func judged(t *testing.T, seen map[string]int, document string, err error) {
	t.Helper()
	switch {
	case err == nil:
		seen["decided"]++
	case cloud.IsCode(err, cloud.CodeMalformedPolicy, "NotModelled"):
		seen["refused"]++
	case undecidable.MatchString(err.Error()):
		seen["undecidable"]++
	default:
		t.Fatalf("%s: %v", document, err)
	}
}

// TestWhatIsAcceptedIsJudged generates documents. The cloud refuses each of them when
// it is written, or the evaluator decides by it.
func TestWhatIsAcceptedIsJudged(t *testing.T) {
	seen := map[string]int{}
	for seed := range int64(3000) {
		g := generated{rand.New(rand.NewSource(seed))}
		c, a := account()
		key := withKey(a, "jane")
		document := g.identity()
		err := a.UserPolicies().Put("jane", cloud.InlinePolicy{PolicyName: "p", PolicyDocument: document})
		policy, policyErr := a.CreatePolicy(cloud.CreatePolicyInput{PolicyName: "p", PolicyDocument: document})
		require.Equal(t, err == nil, policyErr == nil, document)
		if err != nil {
			judged(t, seen, document, err)
			continue
		}
		OK(a.PutUserPermissionsBoundary("jane", policy.ARN))
		caller := Must(c.Caller(key.AccessKeyID, noon))
		for range 5 {
			input := iam.RequestInput{Principal: caller.ARN, Action: g.of(invoke, "s3:GetObject"), Resource: products, Context: g.context()}
			request, err := iam.NewRequest(input)
			require.NoError(t, err)
			_, err = caller.Policies.Decide(request)
			judged(t, seen, document, err)
		}
	}
	assertReached(t, seen)
}

// TestTrustThatIsAcceptedIsJudged does the same with trust policies. It also deletes a
// role that they name, so that they are rendered with its unique id.
func TestTrustThatIsAcceptedIsJudged(t *testing.T) {
	seen := map[string]int{}
	for seed := range int64(3000) {
		g := generated{rand.New(rand.NewSource(seed))}
		c, a := account()
		newRole(a, "gone", TrustAWS("*"))
		document := g.trust()
		role, err := a.CreateRole(cloud.CreateRoleInput{RoleName: "executor", AssumeRolePolicyDocument: document})
		if err != nil {
			judged(t, seen, document, err)
			continue
		}
		OK(c.Account(cloud.CallerAccount).UserPolicies().Put(cloud.CallerUser, Allow("assume", "sts:AssumeRole", role.ARN)))
		OK(a.DeleteRole("gone"))
		google := cloud.WebIdentity{Provider: cloud.IdentityProvider{Principal: "accounts.google.com", Issuer: "https://accounts.google.com"}}
		for range 5 {
			in := assumeInput(role.ARN)
			if g.Intn(2) == 0 {
				in.SessionSettings = cloud.SessionSettings{Tags: map[string]string{"team": "shop"}, SourceIdentity: "ann"}
			}
			for _, err := range []error{
				failed(c.AssumeRole(myUser(c), in, g.context(), noon)), failed(c.AssumeRoleWithWebIdentity(google, in, g.context(), noon)),
			} {
				if cloud.IsCode(err, cloud.CodeAccessDeniedSTS) {
					err = nil
				}
				judged(t, seen, document, err)
			}
		}
		_, err = a.ServiceCredentials("lambda.amazonaws.com", "executor", "worker", 0, noon)
		if !cloud.IsCode(err, cloud.CodeAssumeRoleUnauthorized) {
			judged(t, seen, document, err)
		}
	}
	assertReached(t, seen)
}

func assertReached(t *testing.T, seen map[string]int) {
	t.Helper()
	t.Log(seen)
	for _, outcome := range []string{"refused", "decided", "undecidable"} {
		assert.Greater(t, seen[outcome], 100, "the trials must reach it: %s", outcome)
	}
}
