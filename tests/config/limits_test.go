package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestBadThrottlesAreRefused(t *testing.T) {
	for name, fields := range map[string]string{
		"no burst":          `rateLimit: 100`,
		"no rate":           `burstLimit: 200`,
		"neither":           ``,
		"no rate at all":    `rateLimit: 0, burstLimit: 200`,
		"no burst at all":   `rateLimit: 100, burstLimit: 0`,
		"a negative rate":   `rateLimit: -1, burstLimit: 200`,
		"a negative burst":  `rateLimit: 100, burstLimit: -200`,
		"a rate too large":  `rateLimit: 1000001, burstLimit: 200`,
		"a burst too large": `rateLimit: 100, burstLimit: 1000001`,
		"a rate of 1e300":   `rateLimit: 1.0e+300, burstLimit: 200`,
	} {
		refuse(t, []row{{name, `throttle: {` + fields + `}`, []problem{{"throttle", "{", "must set both limits: the rate above 0, the burst 1 or more, each at most 1000000"}}}})
	}
	refuse(t, []row{
		{"nothing", `throttle:`, []problem{{"throttle", "null", "must set both limits"}}},
		{"no number", `throttle: {rateLimit: "NaN", burstLimit: 200}`, []problem{{"throttle.rateLimit", `"NaN"`, "must be a number"}}},
		{"an endless burst", `throttle: {rateLimit: 100, burstLimit: "Infinity"}`, []problem{{"throttle.burstLimit", `"Infinity"`, "must be a whole number"}}},
		{"a burst too large for a computer", `throttle: {rateLimit: 100, burstLimit: 99999999999999999999}`, []problem{{"throttle.burstLimit", `100000000000000000000`, "must be a whole number"}}},
	})
}

func TestBadRetentionsAreRefused(t *testing.T) {
	for _, days := range []string{"0", "-1", "2", "8", "366", "3654", "100000"} {
		refuse(t, []row{{days, `accessLog: {retentionDays: ` + days + `}`,
			[]problem{{"accessLog.retentionDays", days, "must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653 days"}}}})
	}
}

func TestBadTagsAreRefused(t *testing.T) {
	var many []string
	for i := range 51 {
		many = append(many, fmt.Sprintf("t%d: x", i))
	}
	refuse(t, []row{
		{"too many", `tags: {` + strings.Join(many, ", ") + `}`, []problem{{"tags", "has 51 tags", "at most 50"}}},
		{"a long key", `tags: {` + strings.Repeat("k", 129) + `: x}`, []problem{{"tags", "kkk", "a key of 1 to 128 characters"}}},
		{"a long value", `tags: {k: ` + strings.Repeat("v", 257) + `}`, []problem{{"tags", `"k"`, "a value of up to 256 characters"}}},
		{"a reserved key", `tags: {"aws:team": x}`, []problem{{"tags", `"aws:team"`, `not beginning with "aws:"`}}},
		{"a reserved key, in capitals", `tags: {"AWS:team": x}`, []problem{{"tags", `"AWS:team"`, `not beginning with "aws:"`}}},
		{"a bad character in a key", `tags: {"a;b": x}`, []problem{{"tags", `"a;b"`, `"_.:/=+-@"`}}},
		{"a bad character in a value", `tags: {k: "a;b"}`, []problem{{"tags", `not "a;b"`, `"_.:/=+-@"`}}},
		{"a line break in a value", `tags: {k: "a\nb"}`, []problem{{"tags", `not "a\nb"`, `"_.:/=+-@"`}}},
	})
}

func TestBadBoundariesAreRefused(t *testing.T) {
	for _, arn := range []string{
		"boundary", "arn:aws:iam::111122223333:role/boundary", "arn:aws:iam::11112222333:policy/boundary",
		"arn:aws:iam::111122223333:policy/", "arn:gcp:iam::111122223333:policy/boundary", "arn:aws:iam:us-east-1:111122223333:policy/x",
		"arn:aws:iam::111122223333:policy/*",
	} {
		refuse(t, []row{{arn, fmt.Sprintf("permissionsBoundary: %q", arn), []problem{{"permissionsBoundary", fmt.Sprintf("%q", arn), "must be the ARN of a managed policy"}}}})
	}
}

func TestQuotasOfIamAreKept(t *testing.T) {
	var policies, groups, names []string
	for i := range 11 {
		name := fmt.Sprintf("n%d", i)
		names = append(names, name)
		policies = append(policies, name+`: {allow: [GET /products]}`)
		groups = append(groups, name+`: {}`)
	}
	eleven := `[` + strings.Join(names, ", ") + `]`
	declared := `policies: {` + strings.Join(policies, ", ") + `}` + "\n"
	refuse(t, []row{
		{"policies of a group", declared + `groups: {G: {policies: ` + eleven + `}}`, []problem{{"groups.G.policies", `["n0","n1"`, "at most 10 policies"}}},
		{"policies of an instance role", declared + `roles: {r: {trust: {service: ec2}, policies: ` + eleven + `}}`, []problem{{"roles.r.policies", `["n0","n1"`, "at most 10 policies"}}},
		{"policies of a cross-account role", declared + partner(`principals: [user/x]`, `policies: `+eleven), []problem{{"roles.partner.policies", `["n0","n1"`, "at most 10 policies"}}},
		{"groups of a user", `groups: {` + strings.Join(groups, ", ") + `}` + "\n" + `users: {ann: {groups: ` + eleven + `}}`, []problem{{"users.ann.groups", `["n0","n1"`, "at most 10 groups"}}},
	})
}
