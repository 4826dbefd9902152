package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

// under returns a policy with these fields under conditions.
func under(fields string) string {
	return `policies: {p: {allow: [GET /products], conditions: {` + fields + `}}}`
}

const below = "policies.p.conditions"

// TestBadConditionsAreRefused checks that each condition's value is checked. The
// tests of package access list which values each check refuses.
func TestBadConditionsAreRefused(t *testing.T) {
	var kinds []string
	for _, kind := range access.ConditionKinds() {
		kinds = append(kinds, kind.Key)
	}
	slices.Sort(kinds)
	keys := strings.Join(kinds, ", ")
	const cidrs, org, tags = below + ".sourceCidrs", below + ".principalOrgId", below + ".principalTags"
	refuse(t, []row{
		{"a list", `policies: {p: {allow: [GET /products], conditions: [requireMfa]}}`, []problem{{below, `["requireMfa"]`, "must be a map with " + keys}}},
		{"without grants", `policies: {p: {conditions: {requireMfa: 1}}}`, []problem{{"policies.p", "{", "must have the key allow"}, {below + ".requireMfa", "1", "true or false"}}},
		{"a misspelt key", under(`requireMFA: true`), []problem{{below + ".requireMFA", "true", "(did you mean requireMfa?)"}}},
		{"requireMfa: nothing", under(`requireMfa: `), []problem{{below + ".requireMfa", "null", "true or false"}}},
		{"secureTransport: list", under(`secureTransport: [true]`), []problem{{below + ".secureTransport", "[true]", "true or false"}}},
		{"principalOrgId: an account", under(`principalOrgId: "444455556666"`), []problem{{org, `"444455556666"`, `"o-" and 10 to 32`}}},

		{"principalTags: list", under(`principalTags: [team]`), []problem{{tags, `["team"]`, "must be a map of tags"}}},
		{"principalTags: nothing", under(`principalTags: `), []problem{{tags, "{}", "at least one tag"}}},
		{"tag: a policy variable", under(`principalTags: {team: "${aws:username}"}`), []problem{{tags, `"${aws:username}"`, "out of letters, digits"}}},
		{"tag: a character that policies cannot have", under(`principalTags: {team: "Łódź"}`), []problem{{tags, `"Łódź"`, "up to U+00FF"}}},
		{"tags that are the same", under(`principalTags: {team: a, Team: a}`), []problem{{tags, `"team" differs from "Team"`, "in case only"}}},

		{"networks: text", under(`sourceCidrs: 203.0.113.0/24`), []problem{{cidrs, `"203.0.113.0/24"`, "must be a list of networks"}}},
		{"networks: nothing", under(`sourceCidrs: `), []problem{{cidrs, "null", "must be a list of networks"}}},
		{"networks: none", under(`sourceCidrs: []`), []problem{{cidrs, "[]", "must be 1 to 50 networks, or left out for any"}}},
		{"networks: too many", under(`sourceCidrs: ` + networks(51)), []problem{{cidrs, `["203.0.113.0"`, "must be 1 to 50 networks"}}},
		{"network: number", under(`sourceCidrs: [203]`), []problem{{cidrs + "[0]", "203", "must be a string"}}},
		{"network: bits behind the mask", under(`sourceCidrs: [203.0.113.7/24]`), []problem{{cidrs + "[0]", `"203.0.113.7/24"`, `the network is "203.0.113.0/24"`}}},
		{"network: twice", under(`sourceCidrs: [203.0.113.9, 203.0.113.9]`), []problem{{cidrs + "[1]", `"203.0.113.9"`, "list each once"}}},
		{"network: twice, in two forms", under(`sourceCidrs: [203.0.113.9, 203.0.113.9/32]`), []problem{{cidrs + "[1]", `"203.0.113.9/32"`, "appears twice, as the network 203.0.113.9/32"}}},
	})
}

// networks returns a list of addresses.
func networks(count int) string { return "[" + join(count, "203.0.113.%d") + "]" }

// TestBadInstantsAreRefused checks points in time that YAML reads in several ways.
func TestBadInstantsAreRefused(t *testing.T) {
	var rows []row
	for text, reason := range map[string]string{
		`2026-01-31T08:00:00+02:00`:   `must be written in UTC, to the second: "2026-01-31T06:00:00Z"`, // a YAML time stamp
		`"2026-01-31T08:00:00+02:00"`: `must be written in UTC, to the second: "2026-01-31T06:00:00Z"`,
		`"2026-01-31"`:                `must say the time of day too, in UTC: "2026-01-31T00:00:00Z"`,
		`1767225600`:                  "must be a point in time in UTC, to the second",
		``:                            "must be a point in time in UTC, to the second",
		`[2026-01-31T08:00:00Z]`:      "must be a point in time in UTC, to the second",
	} {
		for _, key := range []string{"notBefore", "notAfter"} {
			rows = append(rows, row{key + " " + text, under(key + ": " + text), []problem{{below + "." + key, "", reason}}})
		}
	}
	refuse(t, append(rows, row{"an end at the start", under(`notBefore: "2026-01-31T08:00:00Z", notAfter: "2026-01-31T08:00:00Z"`),
		[]problem{{below + ".notAfter", `"2026-01-31T08:00:00Z"`, "must be later than notBefore, 2026-01-31T08:00:00Z, or the policy never allows anything"}}}))
}

// TestConditionsThatCannotWorkAreRefused requires that a key of AWS that an HTTP API
// does not have is refused with the reason.
func TestConditionsThatCannotWorkAreRefused(t *testing.T) {
	refuse(t, []row{
		{"a key", under(`sourceVpce: [x]`), []problem{{below + ".sourceVpce", `["x"]`, "list the public addresses of the VPC's NAT gateways in sourceCidrs"}}},
		{"a key of AWS", under(`"aws:SourceVpce": [x]`), []problem{{below + `["aws:SourceVpce"]`, `["x"]`, "an HTTP API has no private endpoint"}}},
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

// TestConditionsReachTheDocument checks good conditions in the document's only
// statement.
func TestConditionsReachTheDocument(t *testing.T) {
	const key = "aws:CurrentTime"
	type block = map[string]any
	for name, row := range map[string]struct {
		conditions string
		want       block
	}{
		"nothing":                 {``, nil},
		"no requirement":          {`requireMfa: false, secureTransport: false`, nil},
		"networks of both kinds":  {`sourceCidrs: [203.0.113.0/24, "2001:DB8::/32"]`, block{"IpAddress": block{"aws:SourceIp": []any{"2001:db8::/32", "203.0.113.0/24"}}}},
		"an end with a space":     {`notAfter: 2026-01-31 08:00:00`, block{"DateLessThan": block{key: "2026-01-31T08:00:00Z"}}},
		"an end at a day's begin": {`notAfter: 2026-01-31`, block{"DateLessThan": block{key: "2026-01-31T00:00:00Z"}}},
		"a second": {`notBefore: 2026-01-31T08:00:00Z, notAfter: 2026-01-31T08:00:01Z`, block{
			"DateGreaterThanEquals": block{key: "2026-01-31T08:00:00Z"}, "DateLessThan": block{key: "2026-01-31T08:00:01Z"},
		}},
		"MFA and TLS": {`requireMfa: true, secureTransport: true`, block{
			"Bool": block{"aws:MultiFactorAuthPresent": "true", "aws:SecureTransport": "true"},
		}},
		"an organization": {`principalOrgId: o-` + strings.Repeat("z", 32), block{"StringEquals": block{"aws:PrincipalOrgID": "o-" + strings.Repeat("z", 32)}}},
		"tags": {`principalTags: {Cost Center: "4711", team: ""}`, block{
			"StringEquals": block{"aws:PrincipalTag/Cost Center": "4711", "aws:PrincipalTag/team": ""},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings(t, under(row.conditions)+"\ngroups: {G: {policies: [p]}}")
			policy := recorder.Run{Settings: s}.Must(t, program.Deploy).One(t, recorder.Policy)
			statement := policy.Document(t, "policy")["Statement"].([]any)[0].(map[string]any)
			require.Equal(t, "Allow", statement["Effect"])
			condition, _ := statement["Condition"].(map[string]any)
			require.Equal(t, row.want, condition)
		})
	}
	parse(t, settings(t, under(`sourceCidrs: `+networks(50))).Values)
}
