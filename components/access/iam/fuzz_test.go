package iam_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/components/access/iam"
)

// FuzzCompile compiles any text as a document of either kind, and decides requests
// by those that compile.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		allow(products), deny("*", when(fromOffice)), doc(rule("Allow", "s3:Get*", "arn:aws:s3:::b/${aws:username, 'x'}/${*}*")),
		doc(`{"Effect":"Allow","NotAction":["a:b"],"NotResource":["arn:*:s3:::${aws:userid}"]}`),
		allow("*", when(`"ForAllValues:StringLikeIfExists":{"aws:TagKeys":["a*","?"]},"Null":{"aws:x":true},"NumericLessThan":{"s3:max-keys":1.5}`)),
		allow("*", when(`"ArnLike":{"aws:SourceArn":"arn:aws:${aws:username}:*:*:*"},"DateLessThan":{"aws:CurrentTime":1768478400},"BinaryEquals":{"a:b":"AQID"}`)),
		trusting(`{"AWS":["*","`+otherAccount+`","`+session+`"],"Service":"ec2.amazonaws.com"}`, when(withID)),
		doc(trustActions("Allow", `["sts:AssumeRoleWithWebIdentity","sts:TagSession"]`, federated(github), when(`"ForAnyValue:StringLike":{"aws:TagKeys":"a*"}`))),
		`{"Version":"2008-10-17","Id":"x","Statement":{"Effect":"Deny","Action":"*","Resource":"${"}}`,
		doc(`{"Effect":"Deny","Action":"*","NotResource":["arn:aws:s3","arn:aws:organizations::*:","arn:aws:s3::${a:b}:x","arn:aws:s3:::${accounts.google.com:aud}"]}`),
		doc(`{"Effect":"Allow","Action":"sts:*","NotPrincipal":"*"}`), trusting(`{"Federated":"accounts.google.com","CanonicalUser":"x"}`, when(`"Like":{"a":"b"}`)),
		allow("*", when(`"\u007f":{}`)), allow("*", when(`"\u007f":{"\u007f:a":"x"}`)), allow("*", when(`"Bool":{"\u007f":[[]]}`)),
		`{"Statement":[[[[[[`, `{"a":1,"a":2}`, "\xff", "null",
	} {
		f.Add(seed)
	}
	var requests []*iam.Request
	for _, v := range []vector{
		{context: given("aws:username=ann|bob", "aws:SourceIp=x", "aws:TagKeys=a|b", "s3:max-keys=1")},
		{principal: session, context: given("aws:userid=*", "aws:SourceArn="+reader, "aws:CurrentTime=2026-01-01")},
		{action: "sts:AssumeRole", resource: executor}, {principal: theirUser, action: "sts:AssumeRole", resource: executor},
		{principal: session, action: "sts:TagSession", resource: executor, context: given("aws:TagKeys=a|b", "aws:FederatedProvider="+cognito)},
	} {
		request, err := iam.NewRequest(v.input())
		assert.NoError(f, err)
		requests = append(requests, request)
	}
	ofProvider, err := iam.NewRequest(vector{principal: github, action: webIdentity, resource: executor}.input())
	assert.NoError(f, err)
	requests = append(requests, ofProvider)
	f.Fuzz(func(t *testing.T, text string) {
		identity, err := iam.CompileIdentity(text)
		trust, errTrust := iam.CompileTrust(text)
		if err != nil && errTrust != nil {
			assertOneLine(t, err, errTrust)
			return
		}
		assert.True(t, json.Valid([]byte(text)))
		assert.NotEqual(t, err == nil, errTrust == nil, "a document is of one kind")
		var unknown error
		policies := &iam.Policies{Trust: trust}
		if identity != nil {
			policies = &iam.Policies{Identity: []*iam.IdentityPolicy{identity}, Boundary: identity, Session: identity}
			unknown = identity.Unknown()
		} else {
			unknown = trust.Unknown()
		}
		for _, request := range requests {
			if identity != nil && request == ofProvider {
				continue // it has no identity documents
			}
			if err := decideOnce(t, policies, request); err != nil && unknown == nil {
				assert.Regexp(t, undecidable, err.Error(), "the document is known")
			}
		}
	})
}

// undecidable matches errors about the values of a request.
var undecidable = regexp.MustCompile(`the context key "|can be read in two ways|is not documented`)

// decideOnce decides a request and checks what holds for every decision.
func decideOnce(t *testing.T, policies *iam.Policies, request *iam.Request) error {
	t.Helper()
	decision, err := policies.Decide(request)
	if err != nil {
		assertOneLine(t, err)
		return err
	}
	assert.NotEmpty(t, decision.Reason())
	assert.NotRegexp(t, control, decision.Reason())
	statement, found := decision.Statement()
	assert.Equal(t, decision.Effect() != iam.EffectImplicitDeny, found)
	assert.Equal(t, decision.Effect() == iam.EffectExplicitDeny, statement.Deny)
	if matches, err := policies.Matches(request); err == nil && found {
		assert.Contains(t, matches, statement)
	}
	return nil
}

// FuzzNewRequest creates requests from any texts, and decides them by documents that
// compare each text.
func FuzzNewRequest(f *testing.F) {
	f.Add(john, "execute-api:Invoke", products, "", "aws:SourceIp", "203.0.113.9", "")
	f.Add(session, "sts:AssumeRole", executor, "111122223333", "aws:username", "ann", "bob")
	f.Add("ec2.amazonaws.com", "STS:assumerole", reader, otherAccount, "AWS:CurrentTime", "1768478400", "*")
	f.Add("arn:aws:iam::1:root", "*", "*", "1", ":", "\xff", "\xfe")
	f.Add(reader, "s3:ListAllMyBuckets", "*", "", "s3:max-keys", "1.5", "-1")
	f.Add(github, webIdentity, executor, "", "token.actions.githubusercontent.com:sub", "repo:a/b", "c")
	f.Add(cognito, "sts:TagSession", executor, "", "aws:RequestTag/a b", "x", "y")
	f.Add(session, "sts:SetSourceIdentity", executor, "", "aws:FederatedProvider", cognito, "")
	limits := compiledFuzz(f, `"IpAddress":{"aws:SourceIp":"::/0"}`, `"NumericLessThan":{"s3:max-keys":9}`, `"DateLessThan":{"aws:CurrentTime":"2026-01-01"}`)
	identity := compiledFuzz(f, `"StringLike":{"aws:username":"*${aws:userid, ''}?"}`, `"ForAllValues:ArnNotLike":{"aws:SourceArn":"arn:*:*:*:*:*"}`, `"Null":{"aws:SourceIp":"true"}`)
	trust := vector{trust: doc(
		trustActions("Allow", `"sts:*"`, `{"AWS":["*","`+reader+`"],"Service":"ec2.amazonaws.com"}`, when(`"BoolIfExists":{"aws:username":"true"}`)),
		trustActions("Allow", `"sts:*"`, federated(github)),
	)}.policies(f).Trust
	f.Fuzz(func(t *testing.T, principal, action, resource, owner, key, value, second string) {
		values := []string{value, second}
		context := map[string][]string{key: values[:1+len(second)%2], "aws:userid": {value}}
		request, err := iam.NewRequest(iam.RequestInput{Principal: principal, Action: action, Resource: resource, ResourceAccount: owner, Context: context})
		if err != nil {
			assert.Nil(t, request)
			assertOneLine(t, err)
			return
		}
		decideOnce(t, &iam.Policies{Identity: []*iam.IdentityPolicy{identity, limits}, Trust: trust}, request)
		decideOnce(t, &iam.Policies{Identity: []*iam.IdentityPolicy{identity}, Boundary: limits, Session: identity, Trust: trust}, request)
		decideOnce(t, &iam.Policies{Trust: trust}, request)
	})
}

// compiledFuzz compiles a document with an Allow and a Deny for each condition.
func compiledFuzz(f *testing.F, conditions ...string) *iam.IdentityPolicy {
	var statements []string
	for _, condition := range conditions {
		statements = append(statements, rule("Allow", "*", "*", when(condition)),
			rule("Deny", "s3:*", "arn:aws:s3:::${aws:userid}*", when(condition)))
	}
	return compiled(f, doc(statements...))
}
