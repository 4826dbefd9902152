package access_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/components/access"
)

// check is one of the checks on a string, with what it accepts and refuses.
type check struct {
	check             func(string) error
	accepted, refused []string
}

func (c check) run(t *testing.T) {
	for _, s := range c.accepted {
		assert.NoError(t, c.check(s), "%q", brief(s))
	}
	for _, s := range c.refused {
		if err := c.check(s); assert.Error(t, err, "%q", brief(s)) {
			assert.NotContains(t, err.Error(), "\n")
		}
	}
}

func brief(s string) string { return s[:min(len(s), 80)] }

func long(length int) string { return strings.Repeat("x", length) }

// notNames no IAM name may be, whatever it is of.
var notNames = []string{"", " ", "a b", "a/b", "a:b", "a*", "a?", "a\n", "\na", "a\t", "a\x00", "a\x7f", `a"b`, "a'b", "a&b", "a<b", "a(b)", "a#b", "a!", "é", "名", "a\u200b", "\xff", "${a}"}

func TestNames(t *testing.T) {
	names := []string{"a", "A", "0", "_", "-", ".", "@", "=", ",", "+", "_+=,.@-", "ReadOnly-Group", "john.doe@example.com"}
	for name, test := range map[string]struct {
		check   func(string) error
		longest int
	}{
		"user":   {access.CheckUserName, 64},
		"role":   {access.CheckRoleName, 64},
		"group":  {access.CheckGroupName, 128},
		"policy": {access.CheckPolicyName, 96},
	} {
		t.Run(name, func(t *testing.T) {
			check{
				check:    test.check,
				accepted: append([]string{long(test.longest)}, names...),
				refused:  append([]string{long(test.longest + 1), strings.Repeat("é", test.longest/2), long(100_000)}, notNames...),
			}.run(t)
		})
	}
}

func TestChecks(t *testing.T) {
	const number = "111122223333"
	tests := map[string]check{
		"account id": {
			check:    access.CheckAccountID,
			accepted: []string{number, "000000000000", "012345678901"},
			refused: []string{"", number[1:], number + "0", "1111-2222-3333", "11112222333x", " " + number, number + "\n", "\n" + number,
				"+11122223333", "-11122223333", "1.1112222e+11", "１１１１２２２２３３３３", "٠٠٠٠٠٠٠٠٠٠٠٠", "0x1111222233"},
		},
		"external id": {
			check:    access.CheckExternalID,
			accepted: []string{"ab", "00", long(1224), "_+=,.@:/-", "arn:aws:iam::111122223333:role/a", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"},
			refused: []string{"", "a", long(1225), "a b", "ab\n", "\nab", "ab\t", "a*b", "a?b", "a#b", `a\b`, `a"b`, "a'b", "a&b", "a;b", "a(b)", "é1", "ab\x00",
				"${aws:username}"},
		},
		"policy ARN": {
			check: access.CheckPolicyArn,
			accepted: []string{
				"arn:aws:iam::111122223333:policy/boundary",
				"arn:aws:iam::111122223333:policy/team/shop/boundary",
				"arn:aws:iam::aws:policy/AdministratorAccess",
				"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
				"arn:aws-cn:iam::111122223333:policy/boundary",
				"arn:aws-us-gov:iam::aws:policy/ReadOnlyAccess",
				"arn:aws:iam::111122223333:policy/_+=,.@-",
				"arn:aws:iam::111122223333:policy/" + long(128),
				"arn:aws:iam::111122223333:policy/" + long(510) + "/" + long(128),
			},
			refused: []string{
				"", "boundary", "policy/boundary",
				"arn:aws:iam::111122223333:policy",
				"arn:aws:iam::111122223333:policy/",
				"arn:aws:iam::111122223333:policy//boundary",
				"arn:aws:iam::111122223333:policy/team/",
				"arn:aws:iam::111122223333:policy/a*",
				"arn:aws:iam::111122223333:policy/a?/b",
				"arn:aws:iam::111122223333:policy/a b",
				"arn:aws:iam::111122223333:policy/" + long(129),
				"arn:aws:iam::111122223333:policy/" + long(511) + "/a",
				"arn:aws:iam::11112222333:policy/boundary",
				"arn:aws:iam::1111222233334:policy/boundary",
				"arn:aws:iam::amazon:policy/boundary",
				"arn:aws:iam:::policy/boundary",
				"arn:aws:iam:us-east-1:111122223333:policy/boundary",
				"arn:aws:sts::111122223333:policy/boundary",
				"arn:aws:iam::111122223333:role/boundary",
				"arn::iam::111122223333:policy/boundary",
				"arn:AWS:iam::111122223333:policy/boundary",
				"arn:other:iam::111122223333:policy/boundary",
				" arn:aws:iam::111122223333:policy/boundary",
				"arn:aws:iam::111122223333:policy/boundary\n",
				"arn:aws:iam::*:policy/boundary",
			},
		},
		"role ARN": {
			check: access.CheckRoleArn,
			accepted: []string{
				"arn:aws:iam::111122223333:role/reader",
				"arn:aws:iam::111122223333:role/team/shop/reader",
				"arn:aws:iam::111122223333:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway",
				"arn:aws-cn:iam::111122223333:role/reader",
				"arn:aws-us-gov:iam::111122223333:role/reader",
				"arn:aws:iam::111122223333:role/_+=,.@-",
				"arn:aws:iam::111122223333:role/" + long(64),
				"arn:aws:iam::111122223333:role/" + long(510) + "/" + long(64),
			},
			refused: []string{
				"", "reader", "role/reader",
				"arn:aws:iam::111122223333:role",
				"arn:aws:iam::111122223333:role/",
				"arn:aws:iam::111122223333:role//reader",
				"arn:aws:iam::111122223333:role/team/",
				"arn:aws:iam::111122223333:role/*",
				"arn:aws:iam::111122223333:role/a?",
				"arn:aws:iam::111122223333:role/*/reader",
				"arn:aws:iam::111122223333:role/${aws:username}",
				"arn:aws:iam::111122223333:role/" + long(65),
				"arn:aws:iam::111122223333:role/" + long(511) + "/a",
				"arn:aws:iam::aws:role/reader",
				"arn:aws:iam::11112222333:role/reader",
				"arn:aws:iam::*:role/reader",
				"arn:aws:iam::111122223333:user/reader",
				"arn:aws:iam::111122223333:root",
				"arn:aws:sts::111122223333:assumed-role/reader/session",
				"arn:aws:iam:us-east-1:111122223333:role/reader",
				"arn:aws:iam::111122223333:role/reader\n",
				"\narn:aws:iam::111122223333:role/reader",
				"*",
			},
		},
		"principal": {
			check: access.CheckPrincipal,
			accepted: []string{
				"user/a", "role/a", "user/_+=,.@-", "role/" + long(64), "user/" + long(64),
				"user/team/a", "role/division/team/a", "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Reader_0123456789abcdef",
				"user/" + long(510) + "/a",
				"role/!\"#$%&'()+,-.:;<=>@[\\]^_`{|}~/a",
				"user/user/user", "role/role",
			},
			refused: []string{
				"", "*", "/", "//", "user", "role", "user/", "role/", "/a", "a", "root", "user//", "user//a", "role//a", "user/a/", "user/team//",
				"group/a", "group/team/a", "User/a", "USER/a", "users/a", "user:a", "assumed-role/a/session", "federated-user/a", "instance-profile/a",
				" user/a", "user /a", "user/a ", "user/ a", "user/a\n", "\nuser/a", "user/a b",
				"user/*", "role/*", "user/a*", "user/?", "user/*/a", "role/te?m/a", "*/a", "us?r/a",
				"user/" + long(65), "role/" + long(65), "user/" + long(511) + "/a",
				"user/é", "user/é/a", "user/a\x00", "user/a\x00/b", "user/a\x7f/b", "user/te am/a", "user/\xff/a",
				"arn:aws:iam::111122223333:user/a", "111122223333", "user/a,user/b/", "user/a:b",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, test.run)
	}
}

func TestCheckSessionSeconds(t *testing.T) {
	for seconds, ok := range map[int]bool{
		3600: true, 3601: true, 43199: true, 43200: true,
		3599: false, 43201: false, 0: false, -1: false, -3600: false, 900: false, 1 << 40: false,
	} {
		assert.Equal(t, ok, access.CheckSessionSeconds(seconds) == nil, "%d", seconds)
	}
}

func TestCheckNames(t *testing.T) {
	tests := map[string]struct {
		names []string
		at    []string
	}{
		"none":                       {nil, nil},
		"all right":                  {[]string{"a", "b", "ab"}, nil},
		"malformed":                  {[]string{"a", "", "b c"}, []string{"[1]", "[2]"}},
		"twice":                      {[]string{"a", "b", "a"}, []string{"[2]"}},
		"three times":                {[]string{"a", "a", "a"}, []string{"[1]", "[2]"}},
		"twice, in two cases":        {[]string{"john", "John"}, []string{"[1]"}},
		"malformed twice":            {[]string{"a b", "a b"}, []string{"[0]", "[1]"}},
		"malformed and twice, mixed": {[]string{"x", "a/b", "X"}, []string{"[1]", "[2]"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var at []string
			for _, err := range access.CheckNames(test.names, access.CheckUserName) {
				index, _, _ := strings.Cut(err.Error(), ":")
				at = append(at, index)
			}
			assert.Equal(t, test.at, at)
		})
	}
}
