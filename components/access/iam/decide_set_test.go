package iam_test

import "testing"

func TestExistenceConditions(t *testing.T) {
	runJudgements(t, []judgement{
		{"Null true, absent", `"Null":{"aws:TokenIssueTime":"true"}`, nil, yes},
		{"Null true, present", `"Null":{"aws:TokenIssueTime":"true"}`, given("aws:TokenIssueTime=2026-01-01"), no},
		{"Null false, present", `"Null":{"aws:TokenIssueTime":"false"}`, given("aws:TokenIssueTime=2026-01-01"), yes},
		{"Null false, absent", `"Null":{"aws:TokenIssueTime":"false"}`, nil, no},
		{"Null, a JSON boolean", `"Null":{"aws:TokenIssueTime":true}`, nil, yes},
		{"Null of several values", `"Null":{"aws:TagKeys":"false"}`, given("aws:TagKeys=a|b"), yes},
		{"Null of an empty list", `"Null":{"aws:TagKeys":"true"}`, given("aws:TagKeys=|"), yes},
		{"Null of an empty text", `"Null":{"aws:PrincipalTag/team":"false"}`, given("aws:PrincipalTag/team="), yes},
		{"an empty list is absent", `"StringNotEquals":{"aws:TagKeys":"a"}`, given("aws:TagKeys=|"), yes},
		{"IfExists, absent", `"StringEqualsIfExists":{"aws:username":"ann"}`, nil, yes},
		{"IfExists, equal", `"StringEqualsIfExists":{"aws:username":"ann"}`, given("aws:username=ann"), yes},
		{"IfExists, other", `"StringEqualsIfExists":{"aws:username":"ann"}`, given("aws:username=bob"), no},
		{"IfExists, negated, absent", `"StringNotEqualsIfExists":{"aws:username":"ann"}`, nil, yes},
		{"IfExists, negated, equal", `"StringNotEqualsIfExists":{"aws:username":"ann"}`, given("aws:username=ann"), no},
		{"NumericLessThanIfExists, absent", `"NumericLessThanIfExists":{"s3:max-keys":"1"}`, nil, yes},
		{"DateLessThanIfExists, absent", `"DateLessThanIfExists":{"aws:TokenIssueTime":"2020-01-01"}`, nil, yes},
		{"StringLikeIfExists, present and unlike", `"StringLikeIfExists":{"ec2:InstanceType":"t2.*"}`, given("ec2:InstanceType=m5.large"), no},
		{"BinaryEqualsIfExists, absent", `"BinaryEqualsIfExists":{"kms:Key":"AQID"}`, nil, yes},
	})
}

func TestSetConditions(t *testing.T) {
	ab, empty := given("aws:TagKeys=a|b"), given("aws:TagKeys=")
	runJudgements(t, []judgement{
		{"ForAllValues, all listed", `"ForAllValues:StringEquals":{"aws:TagKeys":["a","b","c"]}`, ab, yes},
		{"ForAllValues, one not listed", `"ForAllValues:StringEquals":{"aws:TagKeys":["a","c"]}`, ab, no},
		{"ForAllValues, one value", `"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`, given("aws:TagKeys=a"), yes},
		{"ForAllValues, absent", `"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`, nil, yes},
		{"ForAllValues, an empty list", `"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`, given("aws:TagKeys=|"), yes},
		{"ForAllValues, an empty text", `"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`, empty, yes},
		{"ForAllValues, an empty text among others", `"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`, given("aws:TagKeys=a|"), no},
		{"ForAllValues:StringLike", `"ForAllValues:StringLike":{"aws:TagKeys":["a*","?"]}`, ab, yes},
		{"ForAllValues:StringNotEquals, none listed", `"ForAllValues:StringNotEquals":{"aws:TagKeys":["c","d"]}`, ab, yes},
		{"ForAllValues:StringNotEquals, one listed", `"ForAllValues:StringNotEquals":{"aws:TagKeys":["b","c"]}`, ab, no},
		{"ForAllValues:StringNotLike, absent", `"ForAllValues:StringNotLike":{"aws:TagKeys":"key1*"}`, nil, yes},
		{"ForAllValues:StringEqualsIfExists, absent", `"ForAllValues:StringEqualsIfExists":{"aws:TagKeys":"a"}`, nil, yes},
		{"ForAnyValue, one listed", `"ForAnyValue:StringEquals":{"aws:TagKeys":["b","c"]}`, ab, yes},
		{"ForAnyValue, none listed", `"ForAnyValue:StringEquals":{"aws:TagKeys":["c","d"]}`, ab, no},
		{"ForAnyValue, absent", `"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}`, nil, no},
		{"ForAnyValue, an empty text", `"ForAnyValue:StringLike":{"aws:TagKeys":"*"}`, empty, no},
		{"ForAnyValue:StringNotEquals, one not listed", `"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}`, ab, yes},
		{"ForAnyValue:StringNotEquals, all listed", `"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a","b"]}`, ab, no},
		{"ForAnyValue:StringNotEquals, absent", `"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}`, nil, no},
		{"ForAnyValue:StringEqualsIfExists, absent", `"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}`, nil, yes},
		{"ForAnyValue:StringLike, organisation paths", `"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/r-1/*"}`, given("aws:PrincipalOrgPaths=o-1/r-1/ou-1/"), yes},
		{"ForAllValues:IpAddress", `"ForAllValues:IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, given("aws:SourceIp=203.0.113.1|198.51.100.1"), no},
		{"ForAnyValue:ArnLike", `"ForAnyValue:ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}`, given("aws:SourceArn=arn:aws:sns:us-east-1:111122223333:t|arn:aws:s3:::b"), yes},
		{"ForAnyValue:NumericGreaterThan", `"ForAnyValue:NumericGreaterThan":{"x:n":"5"}`, given("x:n=1|6"), yes},
		{"ForAllValues:Bool", `"ForAllValues:Bool":{"x:flags":"true"}`, given("x:flags=true|false"), no},
	})
}

func TestVariableConditions(t *testing.T) {
	ann := given("aws:username=ann", "sts:RoleSessionName=ann")
	tags := given("aws:PrincipalTag/team=shop", "aws:ResourceTag/team=shop")
	runJudgements(t, []judgement{
		{"a variable is the key's value", `"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`, ann, yes},
		{"a variable, another value", `"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`, given("aws:username=ann", "sts:RoleSessionName=bob"), no},
		{"a variable in any case", `"StringEquals":{"sts:RoleSessionName":"${AWS:UserName}"}`, ann, yes},
		{"a variable within a text", `"StringLike":{"s3:prefix":"home/${aws:username}/*"}`, given("aws:username=ann", "s3:prefix=home/ann/x"), yes},
		{"two variables", `"StringEquals":{"s3:prefix":"${aws:username}-${aws:userid}"}`, given("aws:username=ann", "aws:userid=AIDA1", "s3:prefix=ann-AIDA1"), yes},
		{"a tag as a variable", `"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}`, tags, yes},
		{"a tag's key with a space", `"StringEquals":{"aws:ResourceTag/x":"${aws:PrincipalTag/cost center}"}`, given("aws:PrincipalTag/cost center=7", "aws:ResourceTag/x=7"), yes},
		{"without a value it equals nothing", `"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`, given("sts:RoleSessionName=ann"), no},
		{"without a value it equals not even an empty text", `"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`, given("sts:RoleSessionName="), no},
		{"without a value it is like nothing", `"StringLike":{"sts:RoleSessionName":"*${aws:username}*"}`, given("sts:RoleSessionName=ann"), no},
		{"without a value a negated operator holds", `"StringNotEquals":{"sts:RoleSessionName":"${aws:username}"}`, given("sts:RoleSessionName=ann"), yes},
		{"without a value another listed one counts", `"StringEquals":{"sts:RoleSessionName":["${aws:username}","ann"]}`, given("sts:RoleSessionName=ann"), yes},
		{"a default", `"StringEquals":{"sts:RoleSessionName":"${aws:username, 'nobody'}"}`, given("sts:RoleSessionName=nobody"), yes},
		{"a default gives way to the value", `"StringEquals":{"sts:RoleSessionName":"${aws:username, 'nobody'}"}`, ann, yes},
		{"an empty default", `"StringEquals":{"s3:prefix":"x${aws:username, ''}"}`, given("s3:prefix=x"), yes},
		{"${*} is an asterisk", `"StringLike":{"s3:prefix":"a${*}"}`, given("s3:prefix=a*"), yes},
		{"${*} is no wildcard", `"StringLike":{"s3:prefix":"a${*}"}`, given("s3:prefix=ab"), no},
		{"${?} is a question mark", `"StringLike":{"s3:prefix":"a${?}"}`, given("s3:prefix=a?"), yes},
		{"${?} is no wildcard", `"StringLike":{"s3:prefix":"a${?}"}`, given("s3:prefix=ab"), no},
		{"${$} is a dollar sign", `"StringEquals":{"s3:prefix":"${$}{aws:username}"}`, given("s3:prefix=${aws:username}", "aws:username=ann"), yes},
		{"$ alone is itself", `"StringEquals":{"s3:prefix":"$5"}`, given("s3:prefix=$5"), yes},
		{"a value's * is no wildcard", `"StringLike":{"s3:prefix":"${aws:UserAgent}"}`, given("s3:prefix=abc", "aws:UserAgent=a*"), no},
		{"StringEqualsIgnoreCase with a variable", `"StringEqualsIgnoreCase":{"sts:RoleSessionName":"${aws:username}"}`, given("aws:username=ANN", "sts:RoleSessionName=ann"), yes},
		{"a variable within an ARN", `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::${aws:PrincipalAccount}:role/*"}`, given("aws:PrincipalArn="+reader, "aws:PrincipalAccount=111122223333"), yes},
		{"a variable that is an ARN", `"ArnEquals":{"aws:SourceArn":"${aws:PrincipalArn}"}`, given("aws:PrincipalArn="+reader, "aws:SourceArn="+reader), yes},
		{"a variable within an ARN, without a value", `"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::${aws:PrincipalAccount}:role/*"}`, given("aws:PrincipalArn=" + reader), yes},
	})
}

func TestVariableVectors(t *testing.T) {
	own := executionArn + "/prod/GET/users/${aws:username}/*"
	ann := given("aws:username=ann")
	old := func(version string) []string {
		return []string{`{` + version + `"Statement":` + rule("Allow", "execute-api:Invoke", own) + `}`}
	}
	annsPath, literally := executionArn+"/prod/GET/users/ann/x", executionArn+"/prod/GET/users/${aws:username}/x"
	exceptOwn := []string{allow("*"), list("Deny", `"Action":"*","NotResource":"`+own+`"`)}
	runVectors(t, []vector{
		{rule: "a variable in Resource", identity: allowing(own), context: ann, resource: annsPath, want: "allow"},
		{rule: "a variable in Resource, another's path", identity: allowing(own), context: ann, resource: executionArn + "/prod/GET/users/bob/x", want: "implicitDeny"},
		{rule: "a variable in Resource, in its case", identity: allowing(own), context: given("aws:username=Ann"), resource: annsPath, want: "implicitDeny"},
		{rule: "a variable in Resource without a value", identity: allowing(own), resource: annsPath, want: "implicitDeny"},
		{rule: "a variable without a value matches not itself", identity: allowing(own), resource: literally, want: "implicitDeny"},
		{rule: "a variable without a value on a Deny", identity: []string{allow("*"), deny(own)}, resource: annsPath, want: "allow"},
		{rule: "a variable without a value beside a literal", identity: append(allowing(own), allow(annsPath)), resource: annsPath, want: "allow"},
		{rule: "a default in Resource", identity: allowing(executionArn + "/prod/GET/users/${aws:username, 'ann'}/*"), resource: annsPath, want: "allow"},
		{rule: "${*} in Resource", identity: allowing(executionArn + "/prod/GET/${*}"), resource: executionArn + "/prod/GET/*", want: "allow"},
		{rule: "${*} in Resource is no wildcard", identity: allowing(executionArn + "/prod/GET/${*}"), want: "implicitDeny"},
		{rule: "a variable's * in Resource is no wildcard", identity: allowing(executionArn + "/prod/GET/${aws:UserAgent}"), context: given("aws:UserAgent=*"), want: "implicitDeny"},
		{rule: "2008-10-17 has no variables", identity: old(`"Version":"2008-10-17",`), context: ann, resource: annsPath, want: "implicitDeny"},
		{rule: "2008-10-17 takes them literally", identity: old(`"Version":"2008-10-17",`), context: ann, resource: literally, want: "allow"},
		{rule: "2008-10-17 takes them literally in conditions", identity: []string{`{"Statement":` + rule("Allow", "*", "*", when(`"StringEquals":{"s3:prefix":"${aws:username}"}`)) + `}`}, context: given("aws:username=ann", "s3:prefix=${aws:username}"), want: "allow"},
		{rule: "no Version is 2008-10-17", identity: old(``), context: ann, resource: annsPath, want: "implicitDeny"},
		{rule: "2012-10-17 has variables", identity: old(`"Version":"2012-10-17",`), context: ann, resource: annsPath, want: "allow"},
		{rule: "NotResource with a variable", identity: exceptOwn, context: ann, resource: annsPath, want: "allow"},
		{rule: "NotResource with a variable, another's path", identity: exceptOwn, context: ann, want: "explicitDeny"},
		{rule: "NotResource with a variable without a value is unknown", identity: exceptOwn, resource: annsPath, want: "error"},
		{rule: "a variable with several values is unknown", identity: allowing(own), context: given("aws:username=ann|bob"), resource: annsPath, want: "error"},
		{rule: "several values do not matter where another field settles it", identity: allowing("arn:aws:execute-api:eu-west-1:111122223333:abc123/${aws:username}"), context: given("aws:username=ann|bob"), resource: annsPath, want: "implicitDeny"},
	})
}
