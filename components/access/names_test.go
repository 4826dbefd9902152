package access_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/components/access"
)

// check is a check of a text, with texts that it accepts and rejects.
type check struct {
	check              func(string) error
	accepted, rejected []string
}

func (c check) run(t *testing.T) {
	for _, s := range c.accepted {
		assert.NoError(t, c.check(s), "%q", brief(s))
	}
	for _, s := range c.rejected {
		if err := c.check(s); assert.Error(t, err, "%q", brief(s)) {
			assert.NotContains(t, err.Error(), "\n")
		}
	}
}

func brief(s string) string { return s[:min(len(s), 80)] }

func long(length int) string { return strings.Repeat("x", length) }

func TestChecks(t *testing.T) {
	const number, policy, role = "111122223333", "arn:aws:iam::111122223333:policy/", "arn:aws:iam::111122223333:role/"
	tests := map[string]check{
		"account id": {
			check:    access.CheckAccountID,
			accepted: []string{number, "000000000000", "012345678901"},
			rejected: []string{
				"", number[1:], number + "0", "1111-2222-3333", "11112222333x", " " + number, number + "\n", "\n" + number, "+11122223333",
				"-11122223333", "1.1112222e+11", "１１１１２２２２３３３３", "٠٠٠٠٠٠٠٠٠٠٠٠", "0x1111222233",
			},
		},
		"external id": {
			check:    access.CheckExternalID,
			accepted: []string{"ab", "00", long(1224), "_+=,.@:/-", role + "a", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"},
			rejected: []string{
				"", "a", long(1225), "a b", "ab\n", "\nab", "ab\t", "a*b", "a?b", "a#b", `a\b`, `a"b`, "a'b", "a&b", "a;b", "a(b)",
				"é1", "ab\x00", "${aws:username}",
			},
		},
		"policy ARN": {
			check: access.CheckPolicyArn,
			accepted: []string{
				policy + "boundary", policy + "team/shop/boundary", policy + "_+=,.@-", policy + long(128), policy + long(510) + "/" + long(128),
				"arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
				"arn:aws-cn:iam::111122223333:policy/boundary", "arn:aws-us-gov:iam::aws:policy/ReadOnlyAccess",
			},
			rejected: []string{
				"", "boundary", "policy/boundary", "arn:aws:iam::111122223333:policy", policy, policy + "/boundary", policy + "team/",
				policy + "a*", policy + "a?/b", policy + "a b", policy + long(129), policy + long(511) + "/a", " " + policy + "boundary",
				policy + "boundary\n", "arn:aws:iam::11112222333:policy/boundary", "arn:aws:iam::1111222233334:policy/boundary",
				"arn:aws:iam::amazon:policy/boundary", "arn:aws:iam:::policy/boundary", "arn:aws:iam::*:policy/boundary",
				"arn:aws:iam:us-east-1:111122223333:policy/boundary", "arn:aws:sts::111122223333:policy/boundary", role + "boundary",
				"arn::iam::111122223333:policy/boundary", "arn:AWS:iam::111122223333:policy/b", "arn:other:iam::111122223333:policy/b",
			},
		},
		"role ARN": {
			check: access.CheckRoleArn,
			accepted: []string{
				role + "reader", role + "team/shop/reader", role + "_+=,.@-", role + long(64), role + long(510) + "/" + long(64),
				role + "aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway",
				"arn:aws-cn:iam::111122223333:role/reader", "arn:aws-us-gov:iam::111122223333:role/reader",
			},
			rejected: []string{
				"", "reader", "role/reader", "arn:aws:iam::111122223333:role", role, role + "/reader", role + "team/", role + "*", role + "a?",
				role + "*/reader", role + "${aws:username}", role + long(65), role + long(511) + "/a", role + "reader\n", "\n" + role + "reader",
				"arn:aws:iam::aws:role/reader", "arn:aws:iam::11112222333:role/reader", "arn:aws:iam::*:role/reader",
				"arn:aws:iam::111122223333:user/reader", "arn:aws:iam::111122223333:root", "*",
				"arn:aws:sts::111122223333:assumed-role/reader/session", "arn:aws:iam:us-east-1:111122223333:role/reader",
			},
		},
		"principal": {
			check: access.CheckPrincipal,
			accepted: []string{
				"user/a", "role/a", "user/_+=,.@-", "role/" + long(64), "user/" + long(64), "user/team/a", "role/division/team/a",
				"role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Reader_0123456789abcdef", "user/" + long(510) + "/a",
				"role/!\"#$%&'()+,-.:;<=>@[\\]^_`{|}~/a", "user/user/user", "role/role",
			},
			rejected: []string{
				"", "*", "/", "//", "user", "role", "user/", "role/", "/a", "a", "root", "user//", "user//a", "role//a", "user/a/",
				"user/team//", "group/a", "group/team/a", "User/a", "USER/a", "users/a", "user:a", "assumed-role/a/session",
				"federated-user/a", "instance-profile/a", " user/a", "user /a", "user/a ", "user/ a", "user/a\n", "\nuser/a", "user/a b",
				"user/*", "role/*", "user/a*", "user/?", "user/*/a", "role/te?m/a", "*/a", "us?r/a", "user/" + long(65), "role/" + long(65),
				"user/" + long(511) + "/a", "user/é", "user/é/a", "user/a\x00", "user/a\x00/b", "user/a\x7f/b", "user/te am/a",
				"user/\xff/a", "arn:aws:iam::111122223333:user/a", number, "user/a,user/b/", "user/a:b",
			},
		},
		"organization": {
			check:    access.CheckOrgID,
			accepted: []string{"o-a1b2c3d4e5", "o-0123456789", "o-" + strings.Repeat("z", 32)},
			rejected: []string{
				"", "o-", "a1b2c3d4e5", "o-a1b2c3d4e", "o-" + strings.Repeat("z", 33), "O-a1b2c3d4e5", "o-A1b2c3d4e5", "o_a1b2c3d4e5",
				"r-a1b2c3d4e5", "ou-a1b2-c3d4e5f6", "o-a1b2c3d4e5/r-ab12/", "o-*", "o-a1b2c3d4e5 ", "o-a1b2c3d4e5\n",
				"${aws:PrincipalOrgID}", "o-a1b2c3d4é5", number,
			},
		},
	}
	for kind, longest := range map[string]struct {
		check func(string) error
		is    int
	}{
		"user name": {access.CheckUserName, 64}, "role name": {access.CheckRoleName, 64},
		"group name": {access.CheckGroupName, 128}, "policy name": {access.CheckPolicyName, 96},
	} {
		tests[kind] = check{
			check: longest.check,
			accepted: []string{
				long(longest.is), "a", "A", "0", "_", "-", ".", "@", "=", ",", "+", "_+=,.@-", "ReadOnly-Group", "john.doe@example.com",
			},
			rejected: []string{
				long(longest.is + 1), strings.Repeat("é", longest.is/2), long(100_000), "", " ", "a b", "a/b", "a:b", "a*", "a?", "a\n", "\na",
				"a\t", "a\x00", "a\x7f", `a"b`, "a'b", "a&b", "a<b", "a(b)", "a#b", "a!", "é", "名", "a\u200b", "\xff", "${a}",
			},
		}
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
