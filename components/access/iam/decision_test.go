package iam_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
)

// TestReason checks that a reason names the statement that decides, or what is
// missing.
func TestReason(t *testing.T) {
	named := func(sid string) string { return `"Sid":"` + sid + `"` }
	office := allow(products, named("Office"), when(fromOffice))
	assume := func(v vector) vector { v.action, v.resource = "sts:AssumeRole", executor; return v }
	for name, test := range map[string]struct {
		vector vector
		says   []string
	}{
		"an Allow": {vector{identity: []string{deny(executionArn), doc(rule("Allow", "s3:*", "*"), rule("Allow", "*", "*", named("All")))}},
			[]string{`statement 1 "All" of identity[1] allows execute-api:Invoke on ` + products}},
		"an Allow without Sid": {vector{identity: allowing("*")}, []string{"statement 0 of identity[0] allows"}},
		"an Allow within limits": {vector{identity: allowing("*"), boundary: allow("*"), session: allow("*")},
			[]string{"identity[0] allows", "boundary", "session"}},
		"a Deny": {vector{identity: []string{allow("*"), deny("*", named("No"))}}, []string{`statement 0 "No" of identity[1] denies`}},
		"a boundary's Deny": {vector{identity: allowing("*"), boundary: doc(rule("Allow", "*", "*"), rule("Deny", "*", products))},
			[]string{"statement 1 of boundary denies"}},
		"a session policy's Deny": {vector{session: deny("*")}, []string{"statement 0 of session denies"}},
		"a trust document's Deny": {assume(vector{trust: doc(trustRule("Deny", `"*"`, named("Out")))}),
			[]string{`statement 0 "Out" of trust denies`}},
		"no documents": {vector{}, []string{"0 identity documents", "allows execute-api:Invoke on " + products}},
		"no statement": {vector{identity: allowing(executionArn)}, []string{"identity document", products}},
		"a condition, absent": {vector{identity: []string{allow(executionArn), office}},
			[]string{`statement 0 "Office" of identity[1] would`, "IpAddress aws:SourceIp 203.0.113.0/24", "no aws:SourceIp"}},
		"a condition, not met": {vector{identity: []string{office}, context: given("aws:sourceip=198.51.100.1")},
			[]string{"Office", "IpAddress aws:SourceIp", `"198.51.100.1"`}},
		"a condition, the second": {vector{identity: []string{allow("*", when(withMFA+","+fromOffice))}, context: given("aws:MultiFactorAuthPresent=true")},
			[]string{"no aws:SourceIp"}},
		"a variable without a value": {vector{identity: allowing(executionArn + "/prod/GET/${aws:username}")},
			[]string{"statement 0 of identity[0] would", "/prod/GET/${aws:username}"}},
		"the boundary": {vector{identity: allowing("*"), boundary: allow("*", when(withMFA))},
			[]string{"boundary", "no aws:MultiFactorAuthPresent"}},
		"the session policy": {vector{identity: allowing("*"), boundary: allow("*"), session: allow(executionArn)}, []string{"session policy"}},
		"another account":    {vector{identity: allowing("*"), principal: theirUser}, []string{"111122223333", theirUser}},
		"another partition": {vector{identity: allowing("*"), principal: "arn:aws-cn:iam::111122223333:user/john"},
			[]string{"partition", "aws-cn"}},
		"no trust document": {assume(vector{identity: mayAssume}), []string{"no trust document", executor}},
		"trust in others":   {assume(vector{identity: mayAssume, trust: trusting(aws(theirUser))}), []string{"trust document", john, executor}},
		"trust with a condition": {assume(vector{identity: mayAssume, trust: trusting(aws(john), named("Him"), when(withID))}),
			[]string{`statement 0 "Him" of trust would`, "StringEquals sts:ExternalId shop-42", "no sts:ExternalId"}},
		"trust that needs identity": {assume(vector{trust: trusting(aws("111122223333"))}),
			[]string{"0 identity documents", "sts:AssumeRole on " + executor}},
		"trust that needs a boundary": {assume(vector{principal: session, boundary: allow("*"), trust: trusting(aws(reader))}), []string{"boundary"}},
		"trust alone": {assume(vector{trust: trusting(aws(john), named("Him"))}),
			[]string{`statement 0 "Him" of trust allows sts:AssumeRole on ` + executor}},
		"trust and identity": {assume(vector{identity: mayAssume, principal: theirUser, trust: trusting(aws(otherAccount), named("Them"))}),
			[]string{"statement 0 of identity[0] allows", `statement 0 "Them" of trust`}},
	} {
		t.Run(name, func(t *testing.T) {
			decision, err := test.vector.decide(t)
			require.NoError(t, err)
			for _, words := range test.says {
				assert.Contains(t, decision.Reason(), words)
			}
		})
	}
}

// TestReasonNamesNoOther has statements that would not allow the request in any
// case. A reason must not name them.
func TestReasonNamesNoOther(t *testing.T) {
	for name, v := range map[string]vector{
		"a Deny whose condition is not met":    {identity: []string{deny("*", when(withMFA))}},
		"a boundary":                           {boundary: allow("*", when(withMFA))},
		"a condition on another resource":      {identity: []string{allow(executionArn, when(withMFA))}},
		"a variable of another service":        {identity: []string{doc(rule("Allow", "*", "arn:aws:s3:::shop/${aws:username}"))}},
		"a variable of another account's API":  {identity: allowing("arn:aws:execute-api:us-east-1:444455556666:abc123/prod/GET/${aws:username}")},
		"a variable of another path":           {identity: allowing(executionArn + "/prod/GET/users/${aws:username}")},
		"a variable of another path, at begin": {identity: allowing(executionArn + "/prod/${aws:username}/users")},
	} {
		decision, err := v.decide(t)
		require.NoError(t, err)
		assert.NotContains(t, decision.Reason(), "would", name)
	}
}

// TestReasonOfAnAllow checks that a reason names the other documents that had to
// allow the request, and only those.
func TestReasonOfAnAllow(t *testing.T) {
	const begin = "statement 0 of identity[0] allows execute-api:Invoke on " + products
	for end, v := range map[string]vector{
		"":                                       {},
		", and so does the session policy":       {session: allow("*")},
		", and so does the permissions boundary": {boundary: allow("*")},
		", and so do the permissions boundary and the session policy": {boundary: allow("*"), session: allow("*")},
	} {
		v.identity = allowing("*")
		decision, err := v.decide(t)
		require.NoError(t, err)
		assert.Equal(t, begin+end, decision.Reason())
	}
}

func TestReasonIsOneLine(t *testing.T) {
	condition := when(`"StringEquals":{"aws:UserAgent":"a\nb"}`)
	decision, err := vector{resource: products + "\nx\x7f", identity: []string{allow("*", condition)}, context: given("aws:UserAgent=c\rd")}.decide(t)
	require.NoError(t, err)
	assert.NotRegexp(t, control, decision.Reason())
	assert.Contains(t, decision.Reason(), "aws:UserAgent")
}

func TestReasonOfNothing(t *testing.T) {
	var decision iam.Decision
	assert.False(t, decision.Allowed())
	assert.Equal(t, iam.EffectImplicitDeny, decision.Effect())
	assert.NotEmpty(t, decision.Reason())
}

// TestErrorsNameTheStatement checks that an error says what cannot be judged.
func TestErrorsNameTheStatement(t *testing.T) {
	for name, test := range map[string]struct {
		vector vector
		says   []string
	}{
		"an identity document": {vector{identity: []string{deny(executionArn), allow("*", `"Sid":"Office"`, when(fromOffice))}, context: given("aws:SourceIp=x")},
			[]string{"identity[1]", `statement 0 "Office"`, "aws:SourceIp", `"x"`}},
		"the boundary": {vector{identity: allowing("*"), boundary: deny("*", when(fromOffice)), context: given("aws:SourceIp=x")}, []string{"boundary: statement 0"}},
		"the trust document": {vector{action: "sts:AssumeRole", resource: executor, trust: trusting(`"*"`, when(fromOffice)), context: given("aws:SourceIp=x")},
			[]string{"trust: statement 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.vector.decide(t)
			for _, words := range test.says {
				assert.ErrorContains(t, err, words)
			}
		})
	}
}

func TestDecisionStatement(t *testing.T) {
	denied, err := vector{identity: []string{allow("*"), doc(rule("Allow", "*", "*"), rule("Deny", "*", "*", `"Sid":"No"`, when(`"Null":{"aws:username":"true"}`)))}}.decide(t)
	require.NoError(t, err)
	match, found := denied.Statement()
	assert.True(t, found)
	assert.Equal(t, iam.Match{Document: iam.IdentityDocument, Index: 1, Statement: 1, Sid: "No", Deny: true,
		Conditions: []iam.Condition{{Operator: "Null", Key: "aws:username", Values: []string{"true"}}}}, match)
	missing, err := vector{}.decide(t)
	require.NoError(t, err)
	_, found = missing.Statement()
	assert.False(t, found)
}

func TestDecisionTrusting(t *testing.T) {
	for _, test := range []struct {
		trusted string
		found   bool // the account is trusted, so an identity policy must allow it, too
	}{{"111122223333", true}, {john, false}} {
		v := vector{action: "sts:AssumeRole", resource: executor, identity: mayAssume, trust: trusting(aws(test.trusted), `"Sid":"Them"`)}
		decision, err := v.decide(t)
		require.NoError(t, err)
		trusting, found := decision.Trusting()
		assert.Equal(t, test.found, found)
		if found {
			assert.Equal(t, iam.Match{Document: iam.TrustDocument, Sid: "Them"}, trusting)
		}
	}
}

func (v vector) matches(t *testing.T) ([]iam.Match, error) {
	t.Helper()
	request, err := iam.NewRequest(v.input())
	require.NoError(t, err)
	return v.policies(t).Matches(request)
}

// TestMatches has the statements that a decision depends on, without a context.
func TestMatches(t *testing.T) {
	conditional := iam.Condition{Operator: "IpAddress", Key: "aws:SourceIp", Values: []string{"203.0.113.0/24"}}
	v := vector{
		identity: []string{
			doc(rule("Allow", "*", "*", `"Sid":"Office"`, when(fromOffice)), rule("Deny", "*", executionArn)),
			doc(rule("Deny", "s3:*", "*"), rule("Deny", "execute-api:*", "*", when(fromOffice))),
		},
		boundary: allow("*"), session: allow(executionArn), trust: trusting(`"*"`),
	}
	matches, err := v.matches(t)
	require.NoError(t, err)
	assert.Equal(t, []iam.Match{
		{Document: iam.IdentityDocument, Index: 0, Statement: 0, Sid: "Office", Conditions: []iam.Condition{conditional}},
		{Document: iam.IdentityDocument, Index: 1, Statement: 1, Deny: true, Conditions: []iam.Condition{conditional}},
		{Document: iam.BoundaryDocument},
	}, matches)
	assert.Equal(t, "IpAddress aws:SourceIp 203.0.113.0/24", matches[0].Conditions[0].String())
	assert.Equal(t, "identity", matches[0].Document.String())
}

func TestMatchesOfTrust(t *testing.T) {
	v := vector{action: "sts:AssumeRole", resource: executor,
		trust: doc(trustRule("Allow", aws(theirUser)), trustRule("Deny", aws(john)), trustRule("Allow", `"*"`))}
	matches, err := v.matches(t)
	require.NoError(t, err)
	assert.ElementsMatch(t, []iam.Match{
		{Document: iam.TrustDocument, Statement: 2},
		{Document: iam.TrustDocument, Statement: 1, Deny: true},
	}, matches)
}

func TestMatchesOfTheUnknown(t *testing.T) {
	for _, elements := range []string{
		`"Action":"*","NotResource":"` + executionArn + `/${aws:username}"`,
		`"Action":"*","Resource":"` + executionArn + `/*/${aws:username}"`,
		`"Action":"*","Resource":"` + executionArn + `/${username}"`,
	} {
		_, err := vector{identity: []string{list("Deny", elements)}}.matches(t)
		assert.ErrorContains(t, err, "statement 0 of identity[0]")
	}
}
