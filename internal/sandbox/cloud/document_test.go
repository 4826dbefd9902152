package cloud_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// identity returns an identity policy with additional elements in its
// statement.
func identity(inside string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"` + inside + `}]}`
}

// TestIdentityDocuments has a few examples of the grammar, which the tests of
// package iam cover, and what the cloud checks in addition: conditions, the
// partition and the size.
func TestIdentityDocuments(t *testing.T) {
	statement := func(body string) string { return `{"Version":"2012-10-17","Statement":[` + body + `]}` }
	for name, row := range map[string]struct {
		document, code string // no code: accepted
	}{
		"plain":                      {allowInvoke, ""},
		"statement without a list":   {`{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":"iam:*","NotResource":"arn:aws:s3:::b"}}`, ""},
		"old version":                {`{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]}]}`, ""},
		"numbers":                    {identity(`,"Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":300}}`), ""},
		"condition":                  {identity(`,"Condition":{"IpAddress":{"aws:SourceIp":["203.0.113.0/24"]},"Null":{"aws:TokenIssueTime":true}}`), ""},
		"set operator":               {identity(`,"Condition":{"ForAnyValue:StringLikeIfExists":{"a:b":"c"}}`), ""},
		"largest":                    {identity(`,"Sid":"` + long(6144-len(identity(`,"Sid":""`))) + `"`), ""},
		"white space is not counted": {identity(strings.Repeat(" \n\t", 3000)), ""},

		"empty":                  {``, cloud.CodeMalformedPolicy},
		"not JSON":               {`{`, cloud.CodeMalformedPolicy},
		"null":                   {`null`, cloud.CodeMalformedPolicy},
		"id":                     {identity(``)[:len(identity(``))-1] + `,"Id":"x"}`, cloud.CodeMalformedPolicy},
		"name twice":             {identity(`,"Effect":"Allow"`), cloud.CodeMalformedPolicy},
		"no statements":          {statement(``), cloud.CodeMalformedPolicy},
		"statement that is text": {statement(`"x"`), cloud.CodeMalformedPolicy},
		"unknown element":        {identity(`,"Actions":"*"`), cloud.CodeMalformedPolicy},
		"principal":              {identity(`,"Principal":"*"`), cloud.CodeMalformedPolicy},
		"other partition":        {statement(`{"Effect":"Allow","Action":"*","Resource":"arn:aws-cn:s3:::b"}`), cloud.CodeMalformedPolicy},
		"condition that is text": {identity(`,"Condition":"x"`), cloud.CodeMalformedPolicy},
		"condition operator":     {identity(`,"Condition":{"StringIs":{"a":"b"}}`), cloud.CodeMalformedPolicy},
		"null if exists":         {identity(`,"Condition":{"NullIfExists":{"a":"true"}}`), cloud.CodeMalformedPolicy},
		"condition keys":         {identity(`,"Condition":{"Bool":"x"}`), cloud.CodeMalformedPolicy},
		"condition value":        {identity(`,"Condition":{"Bool":{"a":{"b":"c"}}}`), cloud.CodeMalformedPolicy},
		"too large":              {identity(`,"Sid":"` + long(6145-len(identity(`,"Sid":""`))) + `"`), cloud.CodeLimitExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			_, a := account()
			err := failed(a.CreatePolicy(cloud.CreatePolicyInput{PolicyName: "p", PolicyDocument: row.document}))
			arn := newPolicy(a, "q").ARN
			updateErr := failed(a.CreatePolicyVersion(arn, row.document, true))
			if row.code == "" {
				require.NoError(t, err)
				require.NoError(t, updateErr)
				assert.Equal(t, row.document, Must(a.GetPolicyVersion(arn, "v2")).Document)
				return
			}
			WantCode(t, row.code, err)
			WantCode(t, row.code, updateErr)
		})
	}
}

// TestTrustDocuments shows which principals the cloud accepts. The tests of
// package iam cover the grammar.
func TestTrustDocuments(t *testing.T) {
	const user = "arn:aws:iam::444455556666:user/my-user"
	trust := func(principal string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":` + principal + `}]}`
	}
	for name, row := range map[string]struct{ document, code string }{
		"service":                 {trustEC2, ""},
		"account":                 {TrustAWS("444455556666"), ""},
		"root":                    {TrustAWS("arn:aws:iam::444455556666:root"), ""},
		"user of another account": {TrustAWS(user), ""},
		"role":                    {TrustAWS("arn:aws:iam::111122223333:role/r"), ""},
		"anyone":                  {trust(`"*"`), ""},
		"any account":             {TrustAWS("*"), ""},
		"several":                 {trust(`{"AWS":["444455556666","` + user + `"],"Service":["lambda.amazonaws.com"]}`), ""},

		"missing user":            {TrustAWS("arn:aws:iam::444455556666:user/nobody"), cloud.CodeMalformedPolicy},
		"user by the wrong path":  {TrustAWS("arn:aws:iam::444455556666:user/x/my-user"), cloud.CodeMalformedPolicy},
		"missing role":            {TrustAWS("arn:aws:iam::111122223333:role/nothing"), cloud.CodeMalformedPolicy},
		"missing account":         {TrustAWS("999999999999"), cloud.CodeMalformedPolicy},
		"root of missing account": {TrustAWS("arn:aws:iam::999999999999:root"), cloud.CodeMalformedPolicy},
		"group":                   {TrustAWS("arn:aws:iam::444455556666:group/g"), cloud.CodeMalformedPolicy},
		"wildcard in an ARN":      {TrustAWS("arn:aws:iam::444455556666:user/*"), cloud.CodeMalformedPolicy},
		"other partition":         {TrustAWS("arn:aws-cn:iam::444455556666:root"), cloud.CodeMalformedPolicy},
		"unknown unique id":       {TrustAWS("AIDAAAAAAAAAAAAAAAAAA"), cloud.CodeMalformedPolicy},
		"pod identity":            {strings.Replace(trust(`{"Service":"pods.eks.amazonaws.com"}`), `"sts:AssumeRole"`, `["sts:AssumeRole","sts:TagSession"]`, 1), ""},
		"unknown service":         {trust(`{"Service":"example.amazonaws.com"}`), "NotModelled"},
		"regional service":        {trust(`{"Service":"states.us-east-1.amazonaws.com"}`), "NotModelled"},
		"service in China":        {trust(`{"Service":"ec2.amazonaws.com.cn"}`), "NotModelled"},
		"malformed service":       {trust(`{"Service":"ec2"}`), cloud.CodeMalformedPolicy},
		"service in capitals":     {trust(`{"Service":"EC2.amazonaws.com"}`), cloud.CodeMalformedPolicy},
		"unknown kind":            {trust(`{"Aws":"*"}`), cloud.CodeMalformedPolicy},
		"resource":                {strings.Replace(trustEC2, `"Action"`, `"Resource":"*","Action"`, 1), cloud.CodeMalformedPolicy},
		"too large":               {strings.Replace(trustEC2, `"Effect"`, `"Sid":"`+long(2048)+`","Effect"`, 1), cloud.CodeLimitExceeded},
		"session":                 {TrustAWS("arn:aws:sts::444455556666:assumed-role/r/s"), "NotModelled"},
		"escapes":                 {TrustAWSIf("444455556666", `{"StringEquals":{"a:b":"\u20ac"}}`), "NotModelled"},
		"not principal":           {strings.Replace(trustEC2, "Principal", "NotPrincipal", 1), "NotModelled"},
	} {
		t.Run(name, func(t *testing.T) {
			_, a := account()
			newRole(a, "r", trustEC2)
			err := a.UpdateAssumeRolePolicy("r", row.document)
			createErr := failed(a.CreateRole(cloud.CreateRoleInput{RoleName: "s", AssumeRolePolicyDocument: row.document}))
			if row.code == "" {
				require.NoError(t, err)
				require.NoError(t, createErr)
				assert.True(t, cloud.EquivalentDocuments(row.document, Must(a.GetRole("r")).AssumeRolePolicyDocument))
				return
			}
			WantCode(t, row.code, err)
			WantCode(t, row.code, createErr)
		})
	}
}

func TestTrustPolicyStoresUniqueIDs(t *testing.T) {
	c, a := account()
	b := c.Account(cloud.CallerAccount)
	was := Must(b.GetUser(cloud.CallerUser))
	newRole(a, "r", TrustAWS(was.ARN))

	OK(b.UpdateUser(cloud.CallerUser, "renamed", ""))
	assert.JSONEq(t, trustListed("arn:aws:iam::444455556666:user/renamed"), Must(a.GetRole("r")).AssumeRolePolicyDocument)

	for _, k := range Must(b.ListAccessKeys("renamed")) {
		OK(b.DeleteAccessKey("renamed", k.AccessKeyID))
	}
	OK(b.DeleteUser("renamed"))
	assert.JSONEq(t, trustListed(was.UserID), Must(a.GetRole("r")).AssumeRolePolicyDocument)

	newUser(b, cloud.CallerUser)
	assert.JSONEq(t, trustListed(was.UserID), Must(a.GetRole("r")).AssumeRolePolicyDocument, "the new user has another unique id")
	WantCode(t, cloud.CodeMalformedPolicy, a.UpdateAssumeRolePolicy("r", TrustAWS(was.UserID)))
	OK(a.UpdateAssumeRolePolicy("r", TrustAWS(was.ARN)))
	assert.Equal(t, TrustAWS(was.ARN), Must(a.GetRole("r")).AssumeRolePolicyDocument)
}

func trustListed(principal string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":[%q]},"Action":"sts:AssumeRole"}]}`, principal)
}

func TestEquivalentDocuments(t *testing.T) {
	const base = `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["b:B","a:A"],"Resource":["*"],"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}},{"Effect":"Deny","Action":"*","Resource":"*"}]}`
	for name, same := range map[string]string{
		"order":          `{"Statement":[{"Resource":"*","Effect":"Deny","Action":["*"]},{"Condition":{"Bool":{"aws:MultiFactorAuthPresent":["true"]}},"Resource":"*","Action":["a:A","b:B"],"Effect":"Allow","Sid":"A"}],"Version":"2012-10-17"}`,
		"boolean":        strings.Replace(base, `"true"`, `true`, 1),
		"empty sid":      strings.Replace(base, `{"Effect":"Deny"`, `{"Sid":"","Effect":"Deny"`, 1),
		"repeated value": strings.Replace(base, `["b:B","a:A"]`, `["b:B","a:A","b:B"]`, 1),
	} {
		assert.True(t, cloud.EquivalentDocuments(base, same), name)
	}
	for name, other := range map[string]string{
		"effect":    strings.Replace(base, "Deny", "Allow", 1),
		"action":    strings.Replace(base, "b:B", "b:C", 1),
		"sid":       strings.Replace(base, `"A"`, `"B"`, 1),
		"version":   strings.Replace(base, "2012", "2008", 1),
		"condition": strings.Replace(base, `"true"`, `"false"`, 1),
		"no JSON":   "{",
		"null":      "null",
	} {
		assert.False(t, cloud.EquivalentDocuments(base, other), name)
	}
	assert.True(t, cloud.EquivalentDocuments(TrustAWS("444455556666"), TrustAWS("arn:aws:iam::444455556666:root")))
	assert.False(t, cloud.EquivalentDocuments(TrustAWS("444455556666"), TrustAWS("111122223333")))
}
