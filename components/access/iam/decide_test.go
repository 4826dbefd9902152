package iam_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
)

// What the vectors are about unless they say otherwise.
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

// vector is a request, the documents it is judged by, and what comes of it by
// the rule that it stands for.
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
	request, err := iam.NewRequest(v.call())
	if err != nil {
		return iam.Decision{}, err
	}
	return v.policies(t).Decide(request)
}

func (v vector) call() iam.Call {
	call := iam.Call{Principal: v.principal, Action: v.action, Resource: v.resource, ResourceAccount: v.owner, Context: v.context}
	if call.Principal == "" {
		call.Principal = john
	}
	if call.Action == "" {
		call.Action = invoke
	}
	if call.Resource == "" {
		call.Resource = products
	}
	return call
}

func (v vector) policies(t *testing.T) *iam.Policies {
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

func compiled(t *testing.T, document string) *iam.IdentityPolicy {
	t.Helper()
	if document == "" {
		return nil
	}
	policy, err := iam.CompileIdentity(document)
	require.NoError(t, err)
	return policy
}

// doc is a document of these statements.
func doc(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// rule is a statement on a resource; the extra members, if any, come last.
func rule(effect, action, resource string, more ...string) string {
	members := append([]string{`"Effect":"` + effect + `"`, `"Action":"` + action + `"`, `"Resource":"` + resource + `"`}, more...)
	return "{" + strings.Join(members, ",") + "}"
}

// allow and deny are documents of one statement about invoking a resource.
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

// trusting is a trust document with one Allow for these principals, JSON as in
// the element Principal.
func trusting(principal string, more ...string) string {
	return doc(trustRule("Allow", principal, more...))
}

func trustRule(effect, principal string, more ...string) string {
	members := append([]string{`"Effect":"` + effect + `"`, `"Action":"sts:AssumeRole"`, `"Principal":` + principal}, more...)
	return "{" + strings.Join(members, ",") + "}"
}

func aws(principal string) string     { return `{"AWS":"` + principal + `"}` }
func service(principal string) string { return `{"Service":"` + principal + `"}` }
func when(condition string) string    { return `"Condition":{` + condition + `}` }

// given is a context: "key=value", "key=value|value", and "key=|" for a key with
// an empty list.
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
