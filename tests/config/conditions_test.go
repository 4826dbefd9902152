package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

// under is a policy with these fields under conditions.
func under(fields string) string {
	return `policies: {p: {allow: [GET /products], conditions: {` + fields + `}}}`
}

const below = "policies.p.conditions"

func TestBadConditionsAreRefused(t *testing.T) {
	const keys = "notAfter, notBefore, principalOrgId, principalTags, requireMfa, secureTransport, sourceCidrs"
	refuse(t, []row{
		{"a list", `policies: {p: {allow: [GET /products], conditions: [requireMfa]}}`, []problem{{below, `["requireMfa"]`, "must be a map with " + keys}}},
		{"a text", `policies: {p: {allow: [GET /products], conditions: requireMfa}}`, []problem{{below, `"requireMfa"`, "must be a map with " + keys}}},
		{"beside no grants", `policies: {p: {conditions: {requireMfa: 1}}}`, []problem{{"policies.p", "{", "must have the key allow"}, {below + ".requireMfa", "1", "true or false"}}},
		{"an unknown key", under(`colour: red`), []problem{{below + ".colour", `"red"`, "accepted are " + keys}}},
		{"a misspelt key", under(`requireMFA: true`), []problem{{below + ".requireMFA", "true", "(did you mean requireMfa?)"}}},
		{"a misspelt network", under(`sourceCidr: [203.0.113.0/24]`), []problem{{below + ".sourceCidr", "[", "(did you mean sourceCidrs?)"}}},

		{"requireMfa: text", under(`requireMfa: "true"`), []problem{{below + ".requireMfa", `"true"`, "true or false"}}},
		{"requireMfa: nothing", under(`requireMfa: `), []problem{{below + ".requireMfa", "null", "true or false"}}},
		{"secureTransport: number", under(`secureTransport: 1`), []problem{{below + ".secureTransport", "1", "true or false"}}},
		{"secureTransport: list", under(`secureTransport: [true]`), []problem{{below + ".secureTransport", "[true]", "true or false"}}},

		{"principalOrgId: number", under(`principalOrgId: 12345`), []problem{{below + ".principalOrgId", "12345", `"o-" and 10 to 32`}}},
		{"principalOrgId: empty", under(`principalOrgId: ""`), []problem{{below + ".principalOrgId", `""`, `"o-" and 10 to 32`}}},
		{"principalOrgId: short", under(`principalOrgId: o-123456789`), []problem{{below + ".principalOrgId", `"o-123456789"`, `"o-" and 10 to 32`}}},
		{"principalOrgId: long", under(`principalOrgId: o-` + strings.Repeat("a", 33)), []problem{{below + ".principalOrgId", `"o-aaa`, `"o-" and 10 to 32`}}},
		{"principalOrgId: an account", under(`principalOrgId: "444455556666"`), []problem{{below + ".principalOrgId", `"444455556666"`, `"o-" and 10 to 32`}}},
		{"principalOrgId: a wildcard", under(`principalOrgId: o-*`), []problem{{below + ".principalOrgId", `"o-*"`, `"o-" and 10 to 32`}}},

		{"principalTags: list", under(`principalTags: [team]`), []problem{{below + ".principalTags", `["team"]`, "must be a map of tags"}}},
		{"principalTags: text", under(`principalTags: team`), []problem{{below + ".principalTags", `"team"`, "must be a map of tags"}}},
		{"principalTags: nothing", under(`principalTags: `), []problem{{below + ".principalTags", "{}", "at least one tag"}}},
		{"principalTags: empty", under(`principalTags: {}`), []problem{{below + ".principalTags", "{}", "at least one tag"}}},
		{"tag: number", under(`principalTags: {team: 7}`), []problem{{below + ".principalTags.team", "7", "must be a string"}}},
		{"tag: a wildcard", under(`principalTags: {team: "shop*"}`), []problem{{below + ".principalTags", `"shop*"`, "out of letters, digits"}}},
		{"tag: a policy variable", under(`principalTags: {team: "${aws:username}"}`), []problem{{below + ".principalTags", `"${aws:username}"`, "out of letters, digits"}}},
		{"tag: without a key", under(`principalTags: {"": shop}`), []problem{{below + ".principalTags", `""`, "1 to 128 characters"}}},
		{"tag: reserved", under(`principalTags: {"aws:team": shop}`), []problem{{below + ".principalTags", `"aws:team"`, `not beginning with "aws:"`}}},
		{"tag: a character that policies cannot have", under(`principalTags: {team: "Łódź"}`), []problem{{below + ".principalTags", `"Łódź"`, "up to U+00FF"}}},
		{"tags that are the same", under(`principalTags: {team: a, Team: a}`), []problem{{below + ".principalTags", `"team" differs from "Team"`, "in case only"}}},
	})
}

func TestBadNetworksAreRefused(t *testing.T) {
	const at = below + ".sourceCidrs"
	for network, reason := range map[string]string{
		"10.0.0.0/8":       "private (RFC 1918): an HTTP API sees public addresses only",
		"172.16.5.0/24":    "private (RFC 1918)",
		"192.168.1.1":      "private (RFC 1918)",
		"100.64.0.0/10":    "shared within a provider's network",
		"127.0.0.1/32":     "loopback",
		"169.254.169.254":  "link-local",
		"fd00::/8":         "private (RFC 4193)",
		"::1":              "loopback",
		"0.0.0.0/0":        "takes in every address, which is no condition",
		"::/0":             "takes in every address, which is no condition",
		"203.0.0.0/7":      "must be /8 or narrower",
		"2001::/11":        "must be /12 or narrower",
		"203.0.113.7/24":   `the network is "203.0.113.0/24"`,
		"203.0.113.0/33":   "must be a public network",
		"203.0.113.0/":     "must be a public network",
		"203.0.113":        "must be a public network",
		"office":           "must be a public network",
		"::ffff:203.0.0.1": "must be a public network",
		"203.0.113.*":      "must be a public network",
		"vpc-0a1b2c3d":     "must be a public network",
	} {
		refuse(t, []row{{network, under(fmt.Sprintf("sourceCidrs: [198.51.100.0/24, %q]", network)), []problem{{at + "[1]", fmt.Sprintf("%q", network), reason}}}})
	}
	refuse(t, []row{
		{"text", under(`sourceCidrs: 203.0.113.0/24`), []problem{{at, `"203.0.113.0/24"`, "must be a list of networks"}}},
		{"nothing", under(`sourceCidrs: `), []problem{{at, "null", "must be a list of networks"}}},
		{"none", under(`sourceCidrs: []`), []problem{{at, "[]", "must be 1 to 50 networks, or left out for any"}}},
		{"a number", under(`sourceCidrs: [203]`), []problem{{at + "[0]", "203", "must be a string"}}},
		{"one that stands twice", under(`sourceCidrs: [203.0.113.9, 203.0.113.9]`), []problem{{at + "[1]", `"203.0.113.9"`, "list each once"}}},
		{"one that stands twice, as a network", under(`sourceCidrs: [203.0.113.9, 203.0.113.9/32]`), []problem{{at + "[1]", `"203.0.113.9/32"`, "stands twice, as the network 203.0.113.9/32"}}},
		{"too many", under(`sourceCidrs: ` + networks(51)), []problem{{at, `["203.0.113.0"`, "must be 1 to 50 networks"}}},
	})
}

// networks is a list of addresses.
func networks(count int) string {
	var all []string
	for i := range count {
		all = append(all, fmt.Sprintf("203.0.113.%d", i))
	}
	return `[` + strings.Join(all, ", ") + `]`
}

func TestBadInstantsAreRefused(t *testing.T) {
	for text, reason := range map[string]string{
		`2026-01-31T08:00:00+02:00`:   `must be written in UTC, to the second: "2026-01-31T06:00:00Z"`, // a YAML time stamp
		`"2026-01-31T08:00:00+02:00"`: `must be written in UTC, to the second: "2026-01-31T06:00:00Z"`,
		`"2026-01-31"`:                `must say the time of day too, in UTC: "2026-01-31T00:00:00Z"`,
		`"2026-01-31T08:00:00.5Z"`:    "must be a point in time in UTC, to the second",
		`2026-01-31T08:00:00.5Z`:      "must be a point in time in UTC, to the second", // a YAML time stamp
		`"2026-02-30T08:00:00Z"`:      "must be a point in time in UTC, to the second",
		`"1969-12-31T23:59:59Z"`:      "must be in the years 1970 to 9999",
		`"08:00"`:                     "IAM knows no hours or days that recur",
		`Mon-Fri`:                     "IAM knows no hours or days that recur",
		`"0 8 * * 1-5"`:               "IAM knows no hours or days that recur",
		`1767225600`:                  "must be a point in time in UTC, to the second",
		`""`:                          "must be a point in time in UTC, to the second",
		``:                            "must be a point in time in UTC, to the second",
		`[2026-01-31T08:00:00Z]`:      "must be a point in time in UTC, to the second",
		`"${aws:CurrentTime}"`:        "must be a point in time in UTC, to the second",
	} {
		for _, key := range []string{"notBefore", "notAfter"} {
			refuse(t, []row{{key + " " + text, under(key + ": " + text), []problem{{below + "." + key, "", reason}}}})
		}
	}
	refuse(t, []row{
		{"an end at the start", under(`notBefore: "2026-01-31T08:00:00Z", notAfter: "2026-01-31T08:00:00Z"`), []problem{{below + ".notAfter", `"2026-01-31T08:00:00Z"`, "must be later than notBefore, 2026-01-31T08:00:00Z, or the policy never allows anything"}}},
		{"an end before the start", under(`notBefore: 2026-01-31T08:00:00Z, notAfter: 2026-01-31T07:59:59Z`), []problem{{below + ".notAfter", "2026-01-31", "must be later than notBefore"}}},
	})
}

// TestConditionsThatCannotWorkAreRefused has what one may look for and an HTTP API
// or IAM does not have: the line says why.
func TestConditionsThatCannotWorkAreRefused(t *testing.T) {
	for key, reason := range map[string]string{
		"sourceVpc":            "an HTTP API has no private endpoint",
		"sourceVpce":           "list the public addresses of the VPC's NAT gateways in sourceCidrs",
		"vpcEndpoint":          "an HTTP API has no private endpoint",
		"aws:SourceVpce":       "an HTTP API has no private endpoint",
		"privateCidrs":         "an HTTP API sees public addresses only",
		"vpc_cidrs":            "an HTTP API sees public addresses only",
		"hours":                "IAM compares points in time only and no hours or days that recur",
		"businessHours":        "IAM compares points in time only",
		"weekdays":             "IAM compares points in time only",
		"cron":                 "IAM compares points in time only",
		"resourcePolicy":       "an HTTP API has no resource policy",
		"boolIfExists":         "lets long-lived access keys through",
		"requireMfaIfPresent":  "lets long-lived access keys through",
		"mfa-optional":         "lets long-lived access keys through",
		"MfaIfExists":          "requireMfa: true lets in only those who showed a second factor",
		"resource-based-polic": "accepted are notAfter", // misspelt: unknown as any other
	} {
		path := below + "." + key
		if strings.Contains(key, ":") {
			path = fmt.Sprintf("%s[%q]", below, key)
		}
		refuse(t, []row{{key, under(fmt.Sprintf("%q: [x]", key)), []problem{{path, `["x"]`, reason}}}})
	}
}

// TestRolesCannotShowASecondFactor has a condition that no session of a role
// meets: it goes with groups alone.
func TestRolesCannotShowASecondFactor(t *testing.T) {
	const policies = `policies: {free: {allow: [GET /products]}, mfa: {allow: [GET /products], conditions: {requireMfa: true, secureTransport: true}}}` + "\n"
	const reason = "requires MFA, which a role's session never shows"
	refuse(t, []row{
		{"an instance role", policies + `roles: {r: {trust: {service: ec2}, policies: [free, mfa]}}`, []problem{{"roles.r.policies[1]", `"mfa"`, reason}}},
		{"a cross-account role", policies + partner(`principals: [user/x]`, `policies: [mfa]`), []problem{{"roles.partner.policies[0]", `"mfa"`, reason}}},
		{"one whose trust policy asks for it", policies + partner(`principals: [user/x], requireMfa: true`, `policies: [mfa]`), []problem{{"roles.partner.policies[0]", `"mfa"`, reason}}},
		{"beside other problems", policies + "apiName: a/b\nroles: {r: {trust: {service: ec2}, policies: [mfa, nowhere]}, s: {trust: {service: ec2}, policies: [mfa]}}", []problem{
			{"apiName", `"a/b"`, "1 to 128"},
			{"roles.r.policies[0]", `"mfa"`, reason},
			{"roles.r.policies[1]", `"nowhere"`, "is not declared under policies"},
			{"roles.s.policies[0]", `"mfa"`, reason},
		}},
	})
}

func TestAllProblemsOfConditionsAreReportedTogether(t *testing.T) {
	refuse(t, []row{{"one in each key, in two policies", `
policies:
  p:
    allow: [GET /products]
    conditions:
      sourceCidrs: [10.0.0.0/8, 203.0.113.0/24, office]
      notBefore: tomorrow
      notAfter: 17:00
      requireMfa: maybe
      secureTransport: 1
      principalOrgId: acme
      principalTags: {"a*": "b*", team: 7}
      sourceVpce: vpce-1
      colour: red
  q: {allow: [GET /nowhere], conditions: {notBefore: 2026-02-01T00:00:00Z, notAfter: 2026-01-01T00:00:00Z}}`, []problem{
		{below + ".sourceCidrs[0]", `"10.0.0.0/8"`, "private"},
		{below + ".sourceCidrs[2]", `"office"`, "must be a public network"},
		{below + ".notBefore", `"tomorrow"`, "must be a point in time"},
		{below + ".notAfter", "", "must be a point in time"},
		{below + ".requireMfa", `"maybe"`, "true or false"},
		{below + ".secureTransport", "1", "true or false"},
		{below + ".principalOrgId", `"acme"`, `"o-"`},
		{below + ".principalTags", `"a*"`, "a key of 1 to 128"},
		{below + ".principalTags", `"b*"`, "a value of up to 256"},
		{below + ".principalTags.team", "7", "must be a string"},
		{below + ".sourceVpce", `"vpce-1"`, "no private endpoint"},
		{below + ".colour", `"red"`, "unknown key"},
		{"policies.q.allow", `"GET /nowhere"`, "names no declared route"},
		{"policies.q.conditions.notAfter", "2026-01-01", "must be later than notBefore, 2026-02-01T00:00:00Z"},
	}}})
}

// TestConditionsReachTheDocument has good conditions, which stand on the allow as
// written here, in an update. In a preview the document is not known yet.
func TestConditionsReachTheDocument(t *testing.T) {
	for name, row := range map[string]struct {
		conditions string
		want       map[string]any
	}{
		"nothing":                   {``, nil},
		"no asking":                 {`requireMfa: false, secureTransport: false`, nil},
		"a network":                 {`sourceCidrs: [203.0.113.0/24]`, block("IpAddress", "aws:SourceIp", "203.0.113.0/24")},
		"an address":                {`sourceCidrs: [203.0.113.9]`, block("IpAddress", "aws:SourceIp", "203.0.113.9/32")},
		"networks of both kinds":    {`sourceCidrs: [203.0.113.0/24, "2001:DB8::/32"]`, block("IpAddress", "aws:SourceIp", []any{"2001:db8::/32", "203.0.113.0/24"})},
		"the widest networks":       {`sourceCidrs: [203.0.0.0/8, "2000::/12"]`, block("IpAddress", "aws:SourceIp", []any{"2000::/12", "203.0.0.0/8"})},
		"a start":                   {`notBefore: "2026-01-31T08:00:00Z"`, block("DateGreaterThanEquals", "aws:CurrentTime", "2026-01-31T08:00:00Z")},
		"a start as a time stamp":   {`notBefore: 2026-01-31T08:00:00Z`, block("DateGreaterThanEquals", "aws:CurrentTime", "2026-01-31T08:00:00Z")},
		"an end with a space":       {`notAfter: 2026-01-31 08:00:00`, block("DateLessThan", "aws:CurrentTime", "2026-01-31T08:00:00Z")},
		"an end at a day's begin":   {`notAfter: 2026-01-31`, block("DateLessThan", "aws:CurrentTime", "2026-01-31T00:00:00Z")},
		"the first and last second": {`notBefore: "1970-01-01T00:00:00Z"`, block("DateGreaterThanEquals", "aws:CurrentTime", "1970-01-01T00:00:00Z")},
		"the last second":           {`notAfter: "9999-12-31T23:59:59Z"`, block("DateLessThan", "aws:CurrentTime", "9999-12-31T23:59:59Z")},
		"a second":                  {`notBefore: 2026-01-31T08:00:00Z, notAfter: 2026-01-31T08:00:01Z`, merge(block("DateGreaterThanEquals", "aws:CurrentTime", "2026-01-31T08:00:00Z"), block("DateLessThan", "aws:CurrentTime", "2026-01-31T08:00:01Z"))},
		"a second factor":           {`requireMfa: true`, block("Bool", "aws:MultiFactorAuthPresent", "true")},
		"TLS":                       {`secureTransport: true`, block("Bool", "aws:SecureTransport", "true")},
		"the shortest organization": {`principalOrgId: o-a1b2c3d4e5`, block("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")},
		"the longest organization":  {`principalOrgId: o-` + strings.Repeat("z", 32), block("StringEquals", "aws:PrincipalOrgID", "o-"+strings.Repeat("z", 32))},
		"a tag":                     {`principalTags: {Cost Center: "4711"}`, block("StringEquals", "aws:PrincipalTag/Cost Center", "4711")},
		"a tag without a value":     {`principalTags: {team: ""}`, block("StringEquals", "aws:PrincipalTag/team", "")},
		"a tag up to U+00FF":        {`principalTags: {team: Käufer}`, block("StringEquals", "aws:PrincipalTag/team", "Käufer")},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings(t, under(row.conditions)+"\ngroups: {G: {policies: [p]}}")
			recorder.Both(t, func(t *testing.T, run recorder.Run) {
				run.Config = s.Values
				policy := run.Must(t, program.Deploy).One(t, recorder.Policy)
				if run.Preview {
					require.Equal(t, recorder.Unknown, policy.Input("policy"))
					return
				}
				statement := policy.Document(t, "policy")["Statement"].([]any)[0].(map[string]any)
				require.Equal(t, "Allow", statement["Effect"])
				condition, _ := statement["Condition"].(map[string]any)
				require.Equal(t, row.want, condition)
			})
		})
	}
	t.Run("fifty networks", func(t *testing.T) {
		s := settings(t, under(`sourceCidrs: `+networks(50)))
		recorder.Run{Config: s.Values}.Must(t, program.Deploy)
	})
}

func block(operator, key string, value any) map[string]any {
	return map[string]any{operator: map[string]any{key: value}}
}

func merge(a, b map[string]any) map[string]any {
	for operator, keys := range b {
		a[operator] = keys
	}
	return a
}
