package iam_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// conditionTest is a condition, a context, and whether the condition holds. It is
// tried on an Allow, and on a Deny in a policy that allows everything.
type conditionTest struct {
	rule      string
	condition string
	context   string // pairs for given, with semicolons between
	holds     bool
}

const (
	yes = true
	no  = false
)

// negations are operators and those that hold exactly when they do not.
var negations = map[string]string{
	"StringEquals": "StringNotEquals", "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase", "StringLike": "StringNotLike",
	"IpAddress": "NotIpAddress", "ArnEquals": "ArnNotEquals", "ArnLike": "ArnNotLike",
}

func runConditions(t *testing.T, tests []conditionTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			test.run(t)
			name, rest, _ := strings.Cut(test.condition[1:], `"`)
			if negated := negations[name]; negated != "" && strings.Count(rest, `":`) == 1 { // it has one key
				test.condition, test.holds = `"`+negated+`"`+rest, !test.holds
				test.run(t)
			}
		})
	}
}

func (test conditionTest) run(t *testing.T) {
	t.Helper()
	var context map[string][]string
	if test.context != "" {
		context = given(strings.Split(test.context, "; ")...)
	}
	onAllow, err := vector{identity: allowIf(test.condition), context: context}.decide(t)
	require.NoError(t, err)
	assert.Equal(t, test.holds, onAllow.Allowed(), onAllow.Reason())
	onDeny, err := vector{identity: []string{allow("*"), deny("*", when(test.condition))}, context: context}.decide(t)
	require.NoError(t, err)
	assert.Equal(t, !test.holds, onDeny.Allowed(), onDeny.Reason())
}

func TestStringConditions(t *testing.T) {
	ann := "aws:username=ann"
	runConditions(t, []conditionTest{
		{"StringEquals, equal", `"StringEquals":{"aws:username":"ann"}`, ann, yes},
		{"StringEquals, other", `"StringEquals":{"aws:username":"bob"}`, ann, no},
		{"StringEquals has its case", `"StringEquals":{"aws:username":"Ann"}`, ann, no},
		{"StringEquals takes * literally", `"StringEquals":{"aws:username":"an*"}`, ann, no},
		{"StringEquals, * against *", `"StringEquals":{"aws:username":"an*"}`, "aws:username=an*", yes},
		{"StringEquals takes ? literally", `"StringEquals":{"aws:username":"an?"}`, ann, no},
		{"StringEquals, one of the values", `"StringEquals":{"aws:username":["bob","ann"]}`, ann, yes},
		{"StringEquals, none of the values", `"StringEquals":{"aws:username":["bob","cy"]}`, ann, no},
		{"StringEquals, absent", `"StringEquals":{"aws:username":"ann"}`, "", no},
		{"StringEquals, empty", `"StringEquals":{"aws:username":""}`, "aws:username=", yes},
		{"StringEquals, a number as text", `"StringEquals":{"s3:max-keys":10}`, "s3:max-keys=10", yes},
		{"StringEquals, a boolean as text", `"StringEquals":{"aws:SecureTransport":true}`, "aws:SecureTransport=true", yes},
		{"keys in any case", `"StringEquals":{"AWS:UserName":"ann"}`, ann, yes},
		{"keys in any case, in the request", `"StringEquals":{"aws:username":"ann"}`, "Aws:USERNAME=ann", yes},
		{"tag keys in any case", `"StringEquals":{"aws:PrincipalTag/Team":"shop"}`, "aws:principaltag/team=shop", yes},
		{"StringEqualsIgnoreCase", `"StringEqualsIgnoreCase":{"aws:username":"ANN"}`, ann, yes},
		{"StringEqualsIgnoreCase takes * literally", `"StringEqualsIgnoreCase":{"aws:username":"A*"}`, ann, no},
		{"StringEqualsIgnoreCase, absent", `"StringEqualsIgnoreCase":{"aws:username":"ANN"}`, "", no},
		{"StringLike, *", `"StringLike":{"aws:username":"a*"}`, ann, yes},
		{"StringLike, * for nothing", `"StringLike":{"aws:username":"ann*"}`, ann, yes},
		{"StringLike, * crosses slashes and colons", `"StringLike":{"aws:PrincipalArn":"arn:*/ann"}`,
			"aws:PrincipalArn=" + ourIAM + "user/team/ann", yes},
		{"StringLike, ?", `"StringLike":{"aws:username":"?nn"}`, ann, yes},
		{"StringLike, ? is never a part of a character", `"StringLike":{"aws:username":"*??bx"}`, "aws:username=€bx", no},
		{"StringLike has its case", `"StringLike":{"aws:username":"A*"}`, ann, no},
		{"StringLike, as a whole", `"StringLike":{"aws:username":"nn"}`, ann, no},
		{"StringLike, empty matches empty", `"StringLike":{"s3:prefix":["","home/"]}`, "s3:prefix=", yes},
		{"StringLike, absent", `"StringLike":{"aws:username":"*"}`, "", no},
		{"operators AND", `"StringEquals":{"aws:username":"ann"},"StringLike":{"aws:userid":"AIDA*"}`, "aws:username=ann; aws:userid=AROA1", no},
		{"keys AND", `"StringEquals":{"aws:username":"ann","aws:userid":"AIDA1"}`, "aws:username=ann; aws:userid=AIDA1", yes},
		{"keys AND, one absent", `"StringEquals":{"aws:username":"ann","aws:userid":"AIDA1"}`, ann, no},
		{"an operator without keys requires nothing", `"StringEquals":{}`, "", yes},
	})
}

// TestOrderConditions has the operators of numbers and dates, and for each the values
// in a request for which it holds, compared with the listed value.
func TestOrderConditions(t *testing.T) {
	values := map[string]map[string]string{
		"Numeric": {"listed": "10", "less": "9", "equal": "10.0", "greater": "10.5"},
		"Date": {"listed": "2026-01-15T12:00:00Z", "less": "2026-01-15", "equal": "2026-01-15T13:00:00+01:00",
			"greater": "2026-01-15T12:00:00.5Z"},
	}
	for operator, holds := range map[string]string{
		"Equals": "equal", "NotEquals": "less greater absent", "LessThan": "less", "LessThanEquals": "less equal",
		"GreaterThan": "greater", "GreaterThanEquals": "equal greater", "LessThanIfExists": "less absent",
	} {
		var tests []conditionTest
		for kind, value := range values {
			for _, given := range []string{"less", "equal", "greater", "absent"} {
				context := "x:key=" + value[given]
				if given == "absent" {
					context = ""
				}
				condition := `"` + kind + operator + `":{"x:key":"` + value["listed"] + `"}`
				tests = append(tests, conditionTest{kind + operator + ", " + given, condition, context, strings.Contains(holds, given)})
			}
		}
		runConditions(t, tests)
	}
}

func TestNumericConditions(t *testing.T) {
	ten := "s3:max-keys=10"
	runConditions(t, []conditionTest{
		{"a JSON number", `"NumericEquals":{"s3:max-keys":10}`, ten, yes},
		{"one of the values", `"NumericEquals":{"s3:max-keys":[9,"10"]}`, ten, yes},
		{"one of the values, negated", `"NumericNotEquals":{"s3:max-keys":["9","10"]}`, ten, no},
		{"less than one of the values", `"NumericLessThan":{"s3:max-keys":["5","20"]}`, ten, yes},
		{"negative numbers", `"NumericLessThan":{"s3:max-keys":"-1"}`, "s3:max-keys=-2", yes},
	})
}

func TestDateConditions(t *testing.T) {
	noon := "aws:CurrentTime=2026-01-15T12:00:00Z"
	runConditions(t, []conditionTest{
		{"seconds since 1970", `"DateEquals":{"aws:CurrentTime":"1768478400"}`, noon, yes},
		{"a JSON number", `"DateEquals":{"aws:CurrentTime":1768478400}`, noon, yes},
		{"without seconds", `"DateEquals":{"aws:CurrentTime":"2026-01-15T12:00Z"}`, noon, yes},
		{"a day is its beginning", `"DateLessThan":{"aws:CurrentTime":"2026-01-15"}`, noon, no},
		{"a month is its beginning", `"DateLessThan":{"aws:CurrentTime":"2026-01"}`, noon, no},
		{"a month is its beginning, earlier", `"DateLessThan":{"aws:CurrentTime":"2026-02"}`, noon, yes},
		{"a year is its beginning", `"DateEquals":{"aws:CurrentTime":"2026"}`, "aws:CurrentTime=2026-01-01T00:00:00Z", yes},
		{"a year in the request", `"DateLessThan":{"aws:CurrentTime":"2026-01-02"}`, "aws:CurrentTime=2026", yes},
		{"aws:EpochTime with a date", `"DateGreaterThan":{"aws:EpochTime":"2026-01-15T11:59:59Z"}`, "aws:EpochTime=1768478400", yes},
		{"aws:EpochTime with a number", `"NumericLessThan":{"aws:EpochTime":"1768478400"}`, "aws:EpochTime=1768478400", no},
		{"two keys of one operator", `"DateGreaterThan":{"aws:CurrentTime":"2026-01-01","aws:TokenIssueTime":"2026-01-15"}`,
			"aws:CurrentTime=2026-01-15T12:00:00Z; aws:TokenIssueTime=2026-01-14T12:00:00Z", no},
	})
}

func TestBoolAndBinaryConditions(t *testing.T) {
	runConditions(t, []conditionTest{
		{"Bool true", `"Bool":{"aws:MultiFactorAuthPresent":"true"}`, "aws:MultiFactorAuthPresent=true", yes},
		{"Bool, a JSON boolean", `"Bool":{"aws:MultiFactorAuthPresent":true}`, "aws:MultiFactorAuthPresent=true", yes},
		{"Bool true, false given", `"Bool":{"aws:MultiFactorAuthPresent":"true"}`, "aws:MultiFactorAuthPresent=false", no},
		{"Bool false", `"Bool":{"aws:SecureTransport":"false"}`, "aws:SecureTransport=false", yes},
		{"Bool false, absent: a Deny lets access keys through", `"Bool":{"aws:MultiFactorAuthPresent":"false"}`, "", no},
		{"BoolIfExists false, absent: a Deny denies access keys", `"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`, "", yes},
		{"BoolIfExists true, absent: an Allow lets access keys through", `"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}`, "", yes},
		{"Bool in any case", `"Bool":{"aws:SecureTransport":"False"}`, "aws:SecureTransport=false", yes},
		{"Bool in any case, other", `"Bool":{"aws:SecureTransport":"FALSE"}`, "aws:SecureTransport=True", no},
		{"Bool true, absent", `"Bool":{"aws:MultiFactorAuthPresent":"true"}`, "", no},
		{"BinaryEquals", `"BinaryEquals":{"kms:Key":"AQID"}`, "kms:Key=AQID", yes},
		{"BinaryEquals, other", `"BinaryEquals":{"kms:Key":"AQID"}`, "kms:Key=AQIE", no},
		{"BinaryEquals, absent", `"BinaryEquals":{"kms:Key":"AQID"}`, "", no},
	})
}

func TestAddressConditions(t *testing.T) {
	runConditions(t, []conditionTest{
		{"IpAddress, first of the range", `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "aws:SourceIp=203.0.113.0", yes},
		{"IpAddress, last of the range", `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "aws:SourceIp=203.0.113.255", yes},
		{"IpAddress, past the range", `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "aws:SourceIp=203.0.114.0", no},
		{"IpAddress, range with host bits", `"IpAddress":{"aws:SourceIp":"203.0.113.9/24"}`, "aws:SourceIp=203.0.113.200", yes},
		{"IpAddress, one address", `"IpAddress":{"aws:SourceIp":"203.0.113.9"}`, "aws:SourceIp=203.0.113.9", yes},
		{"IpAddress, one address is /32", `"IpAddress":{"aws:SourceIp":"203.0.113.9"}`, "aws:SourceIp=203.0.113.10", no},
		{"IpAddress, one of the ranges", `"IpAddress":{"aws:SourceIp":["198.51.100.0/24","203.0.113.0/24"]}`, "aws:SourceIp=203.0.113.9", yes},
		{"IpAddress, IPv6", `"IpAddress":{"aws:SourceIp":"2001:DB8:1234::/48"}`, "aws:SourceIp=2001:db8:1234:5678::1", yes},
		{"IpAddress, IPv6, past the range", `"IpAddress":{"aws:SourceIp":"2001:db8:1234::/48"}`, "aws:SourceIp=2001:db8:1235::1", no},
		{"IpAddress, IPv4 in no range of IPv6", `"IpAddress":{"aws:SourceIp":"::/0"}`, "aws:SourceIp=203.0.113.9", no},
		{"IpAddress, IPv6 in no range of IPv4", `"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}`, "aws:SourceIp=2001:db8::1", no},
		{"IpAddress, absent", `"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}`, "", no},
		{"NotIpAddressIfExists, absent", `"NotIpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"}`, "", yes},
		{"IpAddressIfExists, absent", `"IpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"}`, "", yes},
		{"IpAddressIfExists, outside", `"IpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"}`, "aws:SourceIp=198.51.100.1", no},
	})
}

func TestArnConditions(t *testing.T) {
	reads := "aws:PrincipalArn=" + reader
	finance := "aws:SourceArn=arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"
	runConditions(t, []conditionTest{
		{"ArnEquals", `"ArnEquals":{"aws:PrincipalArn":"` + reader + `"}`, reads, yes},
		{"ArnEquals takes wildcards", `"ArnEquals":{"aws:PrincipalArn":"` + ourIAM + `role/*"}`, reads, yes},
		{"ArnLike", `"ArnLike":{"aws:PrincipalArn":"arn:*:iam::*:role/team/read?r"}`, reads, yes},
		{"ArnLike, other", `"ArnLike":{"aws:PrincipalArn":"` + ourIAM + `user/*"}`, reads, no},
		{"ArnLike has its case", `"ArnLike":{"aws:PrincipalArn":"` + ourIAM + `role/Team/*"}`, reads, no},
		{"ArnLike, field by field", `"ArnLike":{"aws:SourceArn":"arn:aws:someservice:*:111122223333:finance/*"}`, finance, no},
		{"StringLike, across the fields", `"StringLike":{"aws:SourceArn":"arn:aws:someservice:*:111122223333:finance/*"}`, finance, yes},
		{"ArnLike, the last field holds colons", `"ArnLike":{"aws:SourceArn":"arn:aws:someservice:us-east-2:*:store/*"}`, finance, yes},
		{"ArnLike, a wildcard in the service", `"ArnLike":{"aws:SourceArn":"arn:aws:some*:*:*:*"}`, finance, yes},
		{"ArnLike, one of the values", `"ArnLike":{"aws:PrincipalArn":["` + ourIAM + `user/*","` + ourIAM + `role/*"]}`, reads, yes},
		{"ArnLike, absent", `"ArnLike":{"aws:PrincipalArn":"arn:*:*:*:*:*"}`, "", no},
		{"ArnLikeIfExists, absent", `"ArnLikeIfExists":{"aws:SourceArn":"arn:aws:s3:::x"}`, "", yes},
	})
}

func TestExistenceConditions(t *testing.T) {
	runConditions(t, []conditionTest{
		{"Null true, absent", `"Null":{"aws:TokenIssueTime":"true"}`, "", yes},
		{"Null true, present", `"Null":{"aws:TokenIssueTime":"true"}`, "aws:TokenIssueTime=2026-01-01", no},
		{"Null false, present", `"Null":{"aws:TokenIssueTime":"false"}`, "aws:TokenIssueTime=2026-01-01", yes},
		{"Null false, absent", `"Null":{"aws:TokenIssueTime":"false"}`, "", no},
		{"Null, a JSON boolean", `"Null":{"aws:TokenIssueTime":true}`, "", yes},
		{"Null of several values", `"Null":{"aws:TagKeys":"false"}`, "aws:TagKeys=a|b", yes},
		{"Null of an empty list", `"Null":{"aws:TagKeys":"true"}`, "aws:TagKeys=|", yes},
		{"Null of an empty text", `"Null":{"aws:PrincipalTag/team":"false"}`, "aws:PrincipalTag/team=", no}, // "its value is not null"
		{"Null true of an empty text", `"Null":{"aws:TagKeys":"true"}`, "aws:TagKeys=", yes},
		{"Null and ForAllValues of an empty text", `"ForAllValues:StringEquals":{"aws:TagKeys":["a"]},"Null":{"aws:TagKeys":"false"}`, "aws:TagKeys=", no},
		{"Null of an empty text among others", `"Null":{"aws:TagKeys":"false"}`, "aws:TagKeys=|a", yes},
		{"Null in any case", `"Null":{"aws:TokenIssueTime":"False"}`, "aws:TokenIssueTime=2026-01-01", yes},
		{"an empty list is absent", `"StringNotEquals":{"aws:TagKeys":"a"}`, "aws:TagKeys=|", yes},
		{"IfExists, absent", `"StringEqualsIfExists":{"aws:username":"ann"}`, "", yes},
		{"IfExists, equal", `"StringEqualsIfExists":{"aws:username":"ann"}`, "aws:username=ann", yes},
		{"IfExists, other", `"StringEqualsIfExists":{"aws:username":"ann"}`, "aws:username=bob", no},
		{"IfExists, negated, absent", `"StringNotEqualsIfExists":{"aws:username":"ann"}`, "", yes},
		{"IfExists, negated, equal", `"StringNotEqualsIfExists":{"aws:username":"ann"}`, "aws:username=ann", no},
		{"StringLikeIfExists, present and unlike", `"StringLikeIfExists":{"ec2:InstanceType":"t2.*"}`, "ec2:InstanceType=m5.large", no},
		{"BinaryEqualsIfExists, absent", `"BinaryEqualsIfExists":{"kms:Key":"AQID"}`, "", yes},
	})
}

func TestSetConditions(t *testing.T) {
	ab, empty := "aws:TagKeys=a|b", "aws:TagKeys="
	runConditions(t, []conditionTest{
		{"ForAllValues, all listed", `"ForAllValues:StringEquals":{"aws:TagKeys":["a","b","c"]}`, ab, yes},
		{"ForAllValues, one not listed", `"ForAllValues:StringEquals":{"aws:TagKeys":["a","c"]}`, ab, no},
		{"ForAllValues, one value", `"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`, "aws:TagKeys=a", yes},
		{"ForAllValues, absent", `"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`, "", yes},
		{"ForAllValues, an empty list", `"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`, "aws:TagKeys=|", yes},
		{"ForAllValues, an empty text", `"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`, empty, yes},
		{"ForAllValues, an empty text among others", `"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`, "aws:TagKeys=a|", no},
		{"ForAllValues:StringLike", `"ForAllValues:StringLike":{"aws:TagKeys":["a*","?"]}`, ab, yes},
		{"ForAllValues:StringNotEquals, none listed", `"ForAllValues:StringNotEquals":{"aws:TagKeys":["c","d"]}`, ab, yes},
		{"ForAllValues:StringNotEquals, one listed", `"ForAllValues:StringNotEquals":{"aws:TagKeys":["b","c"]}`, ab, no},
		{"ForAllValues:StringNotLike, absent", `"ForAllValues:StringNotLike":{"aws:TagKeys":"key1*"}`, "", yes},
		{"ForAllValues:StringEqualsIfExists, absent", `"ForAllValues:StringEqualsIfExists":{"aws:TagKeys":"a"}`, "", yes},
		{"ForAnyValue, one listed", `"ForAnyValue:StringEquals":{"aws:TagKeys":["b","c"]}`, ab, yes},
		{"ForAnyValue, none listed", `"ForAnyValue:StringEquals":{"aws:TagKeys":["c","d"]}`, ab, no},
		{"ForAnyValue, absent", `"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}`, "", no},
		{"ForAnyValue, an empty text", `"ForAnyValue:StringLike":{"aws:TagKeys":"*"}`, empty, no},
		{"ForAnyValue:StringNotEquals, one not listed", `"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}`, ab, yes},
		{"ForAnyValue:StringNotEquals, all listed", `"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a","b"]}`, ab, no},
		{"ForAnyValue:StringNotEquals, absent", `"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}`, "", no},
		{"ForAnyValue:StringEqualsIfExists, listed", `"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}`, ab, yes},
		{"ForAnyValue:StringEqualsIfExists, not listed", `"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"c"}`, ab, no},
		{"ForAnyValue:StringLike, organization paths", `"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/r-1/*"}`,
			"aws:PrincipalOrgPaths=o-1/r-1/ou-1/", yes},
		{"ForAllValues:IpAddress", `"ForAllValues:IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, "aws:SourceIp=203.0.113.1|198.51.100.1", no},
		{"ForAnyValue:ArnLike", `"ForAnyValue:ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}`,
			"aws:SourceArn=arn:aws:sns:us-east-1:111122223333:t|arn:aws:s3:::b", yes},
		{"ForAnyValue:NumericGreaterThan", `"ForAnyValue:NumericGreaterThan":{"x:n":"5"}`, "x:n=1|6", yes},
		{"ForAllValues:Bool", `"ForAllValues:Bool":{"x:flags":"true"}`, "x:flags=true|false", no},
	})
}

func TestVariableConditions(t *testing.T) {
	ann := "aws:username=ann; sts:RoleSessionName=ann"
	tags := "aws:PrincipalTag/team=shop; aws:ResourceTag/team=shop"
	runConditions(t, []conditionTest{
		{"a variable is the key's value", `"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`, ann, yes},
		{"a variable, another value", `"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`,
			"aws:username=ann; sts:RoleSessionName=bob", no},
		{"a variable in any case", `"StringEquals":{"sts:RoleSessionName":"${AWS:UserName}"}`, ann, yes},
		{"a variable within a text", `"StringLike":{"s3:prefix":"home/${aws:username}/*"}`, "aws:username=ann; s3:prefix=home/ann/x", yes},
		{"two variables", `"StringEquals":{"s3:prefix":"${aws:username}-${aws:userid}"}`,
			"aws:username=ann; aws:userid=AIDA1; s3:prefix=ann-AIDA1", yes},
		{"a tag as a variable", `"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}`, tags, yes},
		{"a tag's key with a space", `"StringEquals":{"aws:ResourceTag/x":"${aws:PrincipalTag/cost center}"}`,
			"aws:PrincipalTag/cost center=7; aws:ResourceTag/x=7", yes},
		{"without a value it equals nothing", `"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`, "sts:RoleSessionName=ann", no},
		{"without a value it equals not even an empty text", `"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`,
			"sts:RoleSessionName=", no},
		{"without a value it is like nothing", `"StringLike":{"sts:RoleSessionName":"*${aws:username}*"}`, "sts:RoleSessionName=ann", no},
		{"without a value another listed one counts", `"StringEquals":{"sts:RoleSessionName":["${aws:username}","ann"]}`,
			"sts:RoleSessionName=ann", yes},
		{"a default", `"StringEquals":{"sts:RoleSessionName":"${aws:username, 'nobody'}"}`, "sts:RoleSessionName=nobody", yes},
		{"a value comes before the default", `"StringEquals":{"sts:RoleSessionName":"${aws:username, 'nobody'}"}`, ann, yes},
		{"an empty default", `"StringEquals":{"s3:prefix":"x${aws:username, ''}"}`, "s3:prefix=x", yes},
		{"${*} is an asterisk", `"StringLike":{"s3:prefix":"a${*}"}`, "s3:prefix=a*", yes},
		{"${*} is not a wildcard", `"StringLike":{"s3:prefix":"a${*}"}`, "s3:prefix=ab", no},
		{"${?} is a question mark", `"StringLike":{"s3:prefix":"a${?}"}`, "s3:prefix=a?", yes},
		{"${?} is not a wildcard", `"StringLike":{"s3:prefix":"a${?}"}`, "s3:prefix=ab", no},
		{"${$} is a dollar sign", `"StringEquals":{"s3:prefix":"${$}{aws:username}"}`, "s3:prefix=${aws:username}; aws:username=ann", yes},
		{"$ alone is itself", `"StringEquals":{"s3:prefix":"$5"}`, "s3:prefix=$5", yes},
		{"a value's * is not a wildcard", `"StringLike":{"s3:prefix":"${aws:UserAgent}"}`, "s3:prefix=abc; aws:UserAgent=a*", no},
		{"StringEqualsIgnoreCase with a variable", `"StringEqualsIgnoreCase":{"sts:RoleSessionName":"${aws:username}"}`,
			"aws:username=ANN; sts:RoleSessionName=ann", yes},
		{"a variable within an ARN, without a value", `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::${aws:PrincipalAccount}:role/*"}`, "aws:PrincipalArn=" + reader, no},
		{"a variable within an ARN", `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::${aws:PrincipalAccount}:role/*"}`,
			"aws:PrincipalArn=" + reader + "; aws:PrincipalAccount=111122223333", yes},
		{"a variable that is an ARN", `"ArnEquals":{"aws:SourceArn":"${aws:PrincipalArn}"}`,
			"aws:PrincipalArn=" + reader + "; aws:SourceArn=" + reader, yes},
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
		{rule: "a variable in Resource, another's path", identity: allowing(own), context: ann,
			resource: executionArn + "/prod/GET/users/bob/x", want: "implicitDeny"},
		{rule: "a variable in Resource, in its case", identity: allowing(own), context: given("aws:username=Ann"),
			resource: annsPath, want: "implicitDeny"},
		{rule: "a variable in Resource without a value", identity: allowing(own), resource: annsPath, want: "implicitDeny"},
		{rule: "a variable without a value matches not itself", identity: allowing(own), resource: literally, want: "implicitDeny"},
		{rule: "a variable without a value on a Deny", identity: []string{allow("*"), deny(own)}, resource: annsPath, want: "allow"},
		{rule: "a variable without a value with a literal", identity: append(allowing(own), allow(annsPath)), resource: annsPath, want: "allow"},
		{rule: "a default in Resource", identity: allowing(executionArn + "/prod/GET/users/${aws:username, 'ann'}/*"),
			resource: annsPath, want: "allow"},
		{rule: "${*} in Resource", identity: allowing(executionArn + "/prod/GET/${*}"), resource: executionArn + "/prod/GET/*", want: "allow"},
		{rule: "${*} in Resource is not a wildcard", identity: allowing(executionArn + "/prod/GET/${*}"), want: "implicitDeny"},
		{rule: "a variable's * in Resource is not a wildcard", identity: allowing(executionArn + "/prod/GET/${aws:UserAgent}"), context: given("aws:UserAgent=*"), want: "implicitDeny"},
		{rule: "2008-10-17 has no variables", identity: old(`"Version":"2008-10-17",`), context: ann, resource: annsPath, want: "implicitDeny"},
		{rule: "2008-10-17 takes them literally", identity: old(`"Version":"2008-10-17",`), context: ann, resource: literally, want: "allow"},
		{rule: "2008-10-17 takes them literally in conditions", identity: []string{`{"Statement":` + rule("Allow", "*", "*", when(`"StringEquals":{"s3:prefix":"${aws:username}"}`)) + `}`}, context: given("aws:username=ann", "s3:prefix=${aws:username}"), want: "allow"},
		{rule: "no Version is 2008-10-17", identity: old(``), context: ann, resource: annsPath, want: "implicitDeny"},
		{rule: "2012-10-17 has variables", identity: old(`"Version":"2012-10-17",`), context: ann, resource: annsPath, want: "allow"},
		{rule: "NotResource with a variable", identity: exceptOwn, context: ann, resource: annsPath, want: "allow"},
		{rule: "NotResource with a variable, another's path", identity: exceptOwn, context: ann, want: "explicitDeny"},
		{rule: "NotResource with a variable without a value denies nothing", identity: exceptOwn, resource: annsPath, want: "allow"},
		{rule: "NotResource with a variable without a value denies nothing else", identity: exceptOwn, want: "allow"},
		{rule: "NotResource with a variable without a value allows nothing",
			identity: []string{list("Allow", `"Action":"*","NotResource":["`+own+`","arn:aws:s3:::b/*"]`)}, want: "implicitDeny"},
		{rule: "NotResource with a variable of another service without a value",
			identity: []string{list("Allow", `"Action":"*","NotResource":"arn:aws:s3:::${aws:username}"`)}, want: "implicitDeny"},
		{rule: "NotResource with a variable with several values is unknown", identity: exceptOwn, context: given("aws:username=ann|bob"), resource: annsPath, want: "error"},
		{rule: "NotResource with a variable with several values, of another service", context: given("aws:username=ann|bob"),
			identity: []string{list("Allow", `"Action":"*","NotResource":"arn:aws:s3:::${aws:username}"`)}, want: "allow"},
		{rule: "a variable with several values is unknown", identity: allowing(own),
			context: given("aws:username=ann|bob"), resource: annsPath, want: "error"},
		{rule: "several values do not matter where another field settles it", identity: allowing("arn:aws:execute-api:eu-west-1:111122223333:abc123/${aws:username}"), context: given("aws:username=ann|bob"), resource: annsPath, want: "implicitDeny"},
	})
}
