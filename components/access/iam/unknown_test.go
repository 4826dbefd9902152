package iam_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
)

// TestUnknown has what is not known in a document: Unknown returns it, and it is an
// error of Decide only if the decision depends on it.
func TestUnknown(t *testing.T) {
	const object = "arn:aws:s3:::b/x"
	context := given("aws:username=ann", "s3:max-keys=1", "aws:CurrentTime=2026-01-01", "aws:SecureTransport=true", "kms:Key=AQID",
		"aws:SourceIp=203.0.113.9", "aws:SourceArn="+object)
	resource := func(text string) string { return `"Resource":"` + text + `"` }
	condition := func(text string) string { return `"Resource":"*",` + when(text) }
	for name, test := range map[string]struct{ elements, names string }{
		"a Resource with fields missing":       {resource("arn:aws:s3"), "six fields"},
		"a variable in the account":            {resource("arn:aws:s3::${aws:PrincipalAccount}:b/*"), "fifth colon"},
		"a variable in the region":             {resource("arn:aws:s3:${aws:RequestedRegion}::b/*"), "fifth colon"},
		"a variable not closed":                {resource("arn:aws:s3:::b/${aws:username"), "aws:username"},
		"a variable without key":               {resource("arn:aws:s3:::b/${}"), "variable"},
		"a variable that is not a key":         {resource("arn:aws:s3:::b/${username}"), "username"},
		"a variable within a variable":         {resource("arn:aws:s3:::b/${aws:${aws:x}}"), "variable"},
		"a default without quotes":             {resource("arn:aws:s3:::b/${aws:username, nobody}"), "default"},
		"a default with a quote in it":         {resource("arn:aws:s3:::b/${aws:username, 'a'b'}"), "default"},
		"a default without a space":            {resource("arn:aws:s3:::b/${aws:username,'a'}"), "variable"},
		"an unknown operator":                  {condition(`"StringMatches":{"aws:username":"x"}`), "StringMatches"},
		"an operator in another case":          {condition(`"stringequals":{"aws:username":"x"}`), "stringequals"},
		"an unknown set operator":              {condition(`"ForSomeValues:StringEquals":{"aws:username":"x"}`), "ForSomeValues"},
		"two set operators":                    {condition(`"ForAllValues:ForAnyValue:StringEquals":{"aws:username":"x"}`), "ForAnyValue"},
		"IfExists twice":                       {condition(`"StringEqualsIfExistsIfExists":{"aws:username":"x"}`), "IfExists"},
		"NullIfExists":                         {condition(`"NullIfExists":{"aws:username":"true"}`), "NullIfExists"},
		"Null of a set":                        {condition(`"ForAllValues:Null":{"aws:username":"true"}`), "Null"},
		"a key without prefix":                 {condition(`"StringEquals":{"username":"x"}`), "username"},
		"a key without name":                   {condition(`"StringEquals":{"aws:":"x"}`), "aws:"},
		"a key that begins with a dot":         {condition(`"StringEquals":{".google.com:aud":"x"}`), ".google.com"},
		"a key with a wildcard prefix":         {condition(`"StringEquals":{"*:username":"x"}`), "*:username"},
		"a key with a variable":                {condition(`"StringEquals":{"aws:PrincipalTag/${aws:username}":"x"}`), "PrincipalTag"},
		"not a number":                         {condition(`"NumericEquals":{"s3:max-keys":"many"}`), "many"},
		"a number with an exponent":            {condition(`"NumericEquals":{"s3:max-keys":1e3}`), "1e3"},
		"a number with too many digits":        {condition(`"NumericEquals":{"s3:max-keys":"9007199254740993"}`), "digits"},
		"a number without fraction":            {condition(`"NumericEquals":{"s3:max-keys":"1."}`), "1."},
		"a number with a variable":             {condition(`"NumericEquals":{"s3:max-keys":"${aws:x}"}`), "aws:x"},
		"not a date":                           {condition(`"DateEquals":{"aws:CurrentTime":"today"}`), "today"},
		"a date with a wildcard":               {condition(`"DateEquals":{"aws:CurrentTime":"2026-*"}`), "2026-*"},
		"a date and time without zone":         {condition(`"DateEquals":{"aws:CurrentTime":"2026-01-01T00:00:00"}`), "2026-01-01T00:00:00"},
		"a date with a comma":                  {condition(`"DateEquals":{"aws:CurrentTime":"2026-01-01T00:00:00,5Z"}`), ",5Z"},
		"not a boolean":                        {condition(`"Bool":{"aws:SecureTransport":"yes"}`), "yes"},
		"a Null that is not a boolean":         {condition(`"Null":{"aws:SecureTransport":"1"}`), `"1"`},
		"a Bool with a variable":               {condition(`"Bool":{"aws:SecureTransport":"${aws:x}"}`), "aws:x"},
		"not base64":                           {condition(`"BinaryEquals":{"kms:Key":"AQI"}`), "base64"},
		"not a range":                          {condition(`"IpAddress":{"aws:SourceIp":"203.0.113.0/33"}`), "203.0.113.0/33"},
		"a range with a wildcard":              {condition(`"IpAddress":{"aws:SourceIp":"203.0.113.*"}`), "203.0.113.*"},
		"a range of IPv4 written as IPv6":      {condition(`"IpAddress":{"aws:SourceIp":"::ffff:203.0.113.0/120"}`), "::ffff"},
		"an address of IPv4 written as IPv6":   {condition(`"IpAddress":{"aws:SourceIp":"::ffff:203.0.113.9"}`), "::ffff"},
		"not an ARN":                           {condition(`"ArnLike":{"aws:SourceArn":"*"}`), "six fields"},
		"six fields that are not an ARN":       {condition(`"ArnEquals":{"aws:SourceArn":"a:b:c:d:e:f"}`), "six fields"},
		"a variable of an ARN not closed":      {condition(`"ArnLike":{"aws:SourceArn":"arn:aws:s3:::${aws:x"}`), "aws:x"},
		"a variable of a string without a key": {condition(`"StringLike":{"aws:username":"${x}"}`), "${x}"},
	} {
		t.Run(name, func(t *testing.T) {
			document := list("Deny", `"Action":"s3:GetObject",`+test.elements)
			unknown := compiled(t, document).Unknown()
			require.ErrorContains(t, unknown, test.names)
			assertOneLine(t, unknown)
			v := vector{identity: []string{doc(rule("Allow", "*", "*")), document}, context: context, action: "s3:GetObject", resource: object}
			_, err := v.decide(t)
			assert.ErrorContains(t, err, test.names)
			assert.ErrorContains(t, err, "identity[1]: statement 0")
			assertOneLine(t, err)
			v.action = "s3:PutObject"
			decision, err := v.decide(t)
			require.NoError(t, err, "the statement is not about the request")
			assert.True(t, decision.Allowed(), decision.Reason())
		})
	}
	assert.NoError(t, compiled(t, allow("arn:aws:s3:::${aws:username}", when(fromOffice))).Unknown())
}

// TestUnknownPrincipals has principals of a trust policy that are not known. Others
// next to them are.
func TestUnknownPrincipals(t *testing.T) {
	for name, test := range map[string]struct{ element, names string }{
		"a NotPrincipal":             {`"NotPrincipal":` + aws(theirUser), "NotPrincipal"},
		"CanonicalUser":              {`"Principal":{"CanonicalUser":"79a59df900b949e5"}`, "CanonicalUser"},
		"a short account id":         {`"Principal":` + aws("44445555"), "44445555"},
		"a group":                    {`"Principal":` + aws(otherIAM+"group/g"), "group/g"},
		"a wildcard in an ARN":       {`"Principal":` + aws(otherIAM+"user/*"), "user/*"},
		"a wildcard for the account": {`"Principal":` + aws("arn:aws:iam::*:root"), "root"},
		"all sessions":               {`"Principal":` + aws("arn:aws:sts::444455556666:assumed-role/r/*"), "assumed-role"},
		"a variable":                 {`"Principal":` + aws(otherIAM+"user/${aws:username}*"), "aws:username"},
		"all federated users":        {`"Principal":` + aws("arn:aws:sts::111122223333:federated-user/*"), "federated-user"},
		"a service under AWS":        {`"Principal":` + aws("ec2.amazonaws.com"), "ec2"},
		"an account under Service":   {`"Principal":` + service(otherAccount), otherAccount},
		"* under Service":            {`"Principal":` + service("*"), "service"},
	} {
		t.Run(name, func(t *testing.T) {
			statement := func(effect string) string {
				return `{"Effect":"` + effect + `","Action":"sts:AssumeRole",` + test.element + `}`
			}
			trust, err := iam.CompileTrust(doc(statement("Allow")))
			require.NoError(t, err)
			require.ErrorContains(t, trust.Unknown(), test.names)
			assertOneLine(t, trust.Unknown())

			v := vector{action: "sts:AssumeRole", resource: executor, trust: doc(statement("Allow"))}
			_, err = v.decide(t)
			assert.ErrorContains(t, err, test.names)
			assert.ErrorContains(t, err, "trust: statement 0")
			_, err = v.matches(t)
			assert.ErrorContains(t, err, test.names)

			v.trust = doc(statement("Allow"), trustRule("Allow", aws(john)))
			decision, err := v.decide(t)
			require.NoError(t, err)
			assert.True(t, decision.Allowed(), "an Allow that is known is enough")

			v.trust = doc(statement("Deny"), trustRule("Allow", aws(john)))
			_, err = v.decide(t)
			assert.ErrorContains(t, err, test.names)
		})
	}
	trust, err := iam.CompileTrust(trusting(`"*"`, when(`"Like":{"a:b":"c"}`)))
	require.NoError(t, err)
	assert.ErrorIs(t, trust.Unknown(), iam.ErrOperator)
}

// TestUnknownNextToTheKnown has documents in which what is not known has no effect on
// the decision, and some in which it has.
func TestUnknownNextToTheKnown(t *testing.T) {
	const like = `"Like":{"aws:username":"ann"}`
	unknown := when(like)
	runVectors(t, []vector{
		{rule: "a condition next to one that fails", identity: allowIf(like + "," + withMFA), want: "implicitDeny"},
		{rule: "a condition next to one that holds", identity: allowIf(like + `,"Null":{"aws:userid":"true"}`), want: "error"},
		{rule: "an Allow of another action", identity: []string{allow("*"), doc(rule("Allow", "s3:*", "*", unknown))},
			want: "allow"},
		{rule: "a Deny of another resource", identity: []string{allow("*"), deny(executionArn+"/dev/*", unknown)}, want: "allow"},
		{rule: "an Allow after another", identity: []string{allow("*"), allow("*", unknown)}, want: "allow"},
		{rule: "an Allow before another", identity: []string{allow("*", unknown), allow("*")}, want: "allow"},
		{rule: "an Allow with a Deny", identity: []string{allow("*", unknown), deny("*")}, want: "explicitDeny"},
		{rule: "an Allow alone", identity: []string{allow("*", unknown)}, want: "error"},
		{rule: "an Allow that the boundary does not share", identity: []string{allow("*", unknown)},
			boundary: allow(executionArn), want: "implicitDeny"},
		{rule: "an Allow, and a Deny that may apply", identity: []string{allow("*"), deny("*", unknown)}, want: "error"},
		{rule: "a Deny next to one that applies", identity: []string{deny("*", unknown), deny("*")}, want: "explicitDeny"},
		{rule: "an action of any service", identity: []string{doc(rule("Allow", "*:Inv*", "*"))}, want: "error"},
		{rule: "every action of any service", identity: []string{doc(rule("Allow", "*:*", "*"))}, want: "error"},
		{rule: "another action of any service", identity: []string{doc(rule("Allow", "*:Get*", "*"))}, want: "implicitDeny"},
		{rule: "an action of any service and every action",
			identity: []string{list("Allow", `"Action":["*:*","*"],"Resource":"*"`)}, want: "allow"},
		{rule: "an action of any service on another resource",
			identity: []string{doc(rule("Allow", "*:*", "arn:aws:s3:::*"))}, want: "implicitDeny"},
		{rule: "all but another action of any service",
			identity: []string{list("Allow", `"NotAction":"*:Get*","Resource":"*"`)}, want: "allow"},
		{rule: "all but an action of any service", identity: []string{list("Allow", `"NotAction":"*:Inv*","Resource":"*"`)},
			want: "error"},
		{rule: "a malformed variable in another resource",
			identity: []string{allow("*"), deny("arn:aws:s3:::b/${username}")}, want: "allow"},
		{rule: "a listed value next to one that matches", identity: allowIf(`"NumericEquals":{"s3:max-keys":["many",1]}`),
			context: given("s3:max-keys=1"), want: "allow"},
		{rule: "a listed value next to others", identity: allowIf(`"NumericEquals":{"s3:max-keys":["many",1]}`),
			context: given("s3:max-keys=2"), want: "error"},
		{rule: "a listed value, negated", identity: allowIf(`"NumericNotEquals":{"s3:max-keys":["many",1]}`),
			context: given("s3:max-keys=1"), want: "implicitDeny"},
		{rule: "a listed value without the key", identity: allowIf(`"NumericEquals":{"s3:max-keys":"many"}`),
			want: "implicitDeny"},
		{rule: "a listed ARN next to one that matches", identity: allowIf(`"ArnLike":{"aws:SourceArn":["*","arn:aws:s3:::*"]}`),
			context: given("aws:SourceArn=arn:aws:s3:::b"), want: "allow"},
		{rule: "a listed variable next to one that matches", identity: allowIf(`"StringEquals":{"aws:userid":["${x}","ann"]}`),
			context: given("aws:userid=ann"), want: "allow"},
	})
}

// TestProviderKeys has context keys and policy variables whose prefix is the address
// of an identity provider (IAM User Guide, "Available keys for AWS OIDC federation").
func TestProviderKeys(t *testing.T) {
	for _, key := range []string{
		"cognito-identity.amazonaws.com:sub", "www.amazon.com:user_id", "graph.facebook.com:id", "accounts.google.com:aud",
		"token.actions.githubusercontent.com:sub", "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633:sub",
		"cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEf:aud", "tenant.auth0.com/:sub",
	} {
		is, has := `"StringEquals":{"`+key+`":"us-east-1:x"}`, given(key+"=us-east-1:x")
		own := executionArn + "/prod/GET/users/${" + key + "}"
		runVectors(t, []vector{
			{rule: key + ", equal", identity: allowIf(is), context: has, want: "allow"},
			{rule: key + ", other", identity: allowIf(is), context: given(key + "=y"), want: "implicitDeny"},
			{rule: key + ", absent", identity: allowIf(is), want: "implicitDeny"},
			{rule: key + ", of no effect", identity: allowing("*"), context: has, want: "allow"},
			{rule: key + ", as a variable", identity: allowing(own), resource: executionArn + "/prod/GET/users/us-east-1:x",
				context: has, want: "allow"},
			{rule: key + ", as a variable without a value", identity: allowing(own),
				resource: executionArn + "/prod/GET/users/us-east-1:x", want: "implicitDeny"},
			{rule: key + ", as a listed variable", identity: allowIf(`"ForAnyValue:StringEquals":{"aws:TagKeys":"${` + key + `}"}`),
				context: given(key+"=x", "aws:TagKeys=x|y"), want: "allow"},
			{rule: key + ", in a statement about another service",
				identity: []string{allow("*"), doc(rule("Deny", "s3:*", "arn:aws:s3:::b/${"+key+"}/*", when(is)))}, want: "allow"},
			{rule: key + ", in a trust policy", action: "sts:AssumeRole", resource: executor,
				trust: trusting(aws(john), when(is)), context: has, want: "allow"},
		})
	}
}
