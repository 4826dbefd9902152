package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// limit is a limit of the configuration: a patch just inside it, and a patch
// just outside with a part of every problem that must be reported.
type limit struct {
	name, inside, outside string
	problems              []string
}

// numbered joins a format applied to 0 to n-1.
func numbered(n int, format string) string {
	var parts []string
	for i := range n {
		parts = append(parts, fmt.Sprintf(format, i))
	}
	return strings.Join(parts, ", ")
}

// routesOf declares n more routes, each of which takes 529 of the 6,144
// characters of a document, and what a policy needs for them.
func routesOf(n int) string {
	return `{routes: {` + numbered(n, `"GET /`+strings.Repeat("p", 450)+`/%03d": {}`) + `}, policies: {readOnly: {allow: [GET *]}}}`
}

func trusting(principals int) string {
	return `{roles: {api-gateway-executor-role: {trust: {principals: [` + numbered(principals, `role/`+strings.Repeat("r", 50)+`%02d`) + `]}}}}`
}

func policiesOf(n int) string {
	return `{policies: {` + numbered(n, `p%d: {allow: [GET /products]}`) + `}, groups: {ReadOnly-Group: {policies: [` + numbered(n, `p%d`) +
		`]}}, roles: {products-reader: {policies: [` + numbered(n, `p%d`) + `]}, api-gateway-executor-role: {policies: [` + numbered(n, `p%d`) + `]}}}`
}

func groupsOf(n int) string {
	return `{groups: {` + numbered(n, `g%d: {}`) + `}, users: {john-readonly: {groups: [` + numbered(n, `g%d`) + `]}}}`
}

func conditionsOf(fields string) string {
	return `{policies: {readOnly: {conditions: {` + fields + `}}}}`
}

const reviews = `routes: {"GET /products/{id}": {}, "GET /products/{id}/reviews": {}}`

var limits = []limit{
	{"a grant's reach", `{` + reviews + `, policies: {readOnly: {allow: ["GET /products/{id}", "GET /products/{id}/reviews"]}}}`,
		`{` + reviews + `, policies: {readOnly: {allow: ["GET /products/{id}"]}}}`,
		[]string{`policies.readOnly.allow: "GET /products/{id}"`}},
	{"routes", `{routes: {` + numbered(298, `"GET /r%d": {}`) + `}}`, `{routes: {` + numbered(299, `"GET /r%d": {}`) + `}}`,
		[]string{"routes: has 301 routes, must be 1 to 300"}},
	{"documents of a policy", routesOf(110), routesOf(111), []string{"policies.readOnly.allow: "}},
	{"characters of a trust policy", trusting(20), trusting(21), []string{"roles.api-gateway-executor-role.trust: "}},
	{"policies of a principal", policiesOf(10), policiesOf(11), []string{
		"groups.ReadOnly-Group.policies: ", "roles.products-reader.policies: ", "roles.api-gateway-executor-role.policies: "}},
	{"groups of a user", groupsOf(10), groupsOf(11), []string{"users.john-readonly.groups: "}},
	{"a user's name", `{users: {` + strings.Repeat("u", 64) + `: {}}}`, `{users: {` + strings.Repeat("u", 65) + `: {}}}`, []string{"users." + strings.Repeat("u", 65) + ": the name"}},
	{"a group's name", `{groups: {` + strings.Repeat("g", 128) + `: {}}}`, `{groups: {` + strings.Repeat("g", 129) + `: {}}}`, []string{"groups." + strings.Repeat("g", 129) + ": the name"}},
	{"a role's name", `{roles: {` + strings.Repeat("r", 64) + `: {trust: {service: ec2}}}}`, `{roles: {` + strings.Repeat("r", 65) + `: {trust: {service: ec2}}}}`, []string{"roles." + strings.Repeat("r", 65) + ": the name"}},
	{"seconds of a session", `{roles: {api-gateway-executor-role: {maxSessionSeconds: 43200}}}`, `{roles: {api-gateway-executor-role: {maxSessionSeconds: 43201}}}`,
		[]string{"roles.api-gateway-executor-role.maxSessionSeconds: 43201"}},
	{"tags", `{tags: {` + numbered(50, `t%d: x`) + `}}`, `{tags: {` + numbered(51, `t%d: x`) + `}}`, []string{"tags: "}},
	{"days of logs", `{accessLog: {retentionDays: 3653}}`, `{accessLog: {retentionDays: 3654}}`, []string{"accessLog.retentionDays: 3654"}},
	{"throttle", `{throttle: {rateLimit: 1000000, burstLimit: 1000000}}`, `{throttle: {rateLimit: 1000001, burstLimit: 1000000}}`, []string{"throttle: "}},
	{"source addresses", conditionsOf(`sourceCidrs: [9.255.255.255, 11.0.0.0/8]`), conditionsOf(`sourceCidrs: [9.255.255.255, 10.0.0.0/8]`), []string{"policies.readOnly.conditions.sourceCidrs[1]: "}},
	{"a time window", conditionsOf(`notBefore: "2030-01-31T08:00:00Z", notAfter: "2030-01-31T08:00:01Z"`), conditionsOf(`notBefore: "2030-01-31T08:00:00Z", notAfter: "2030-01-31T08:00:00Z"`),
		[]string{"policies.readOnly.conditions.notAfter: "}},
	{"MFA", `{policies: {admin: {conditions: {requireMfa: true}}}}`, conditionsOf(`requireMfa: true`),
		[]string{"roles.products-reader.policies[0]: ", "roles.api-gateway-executor-role.policies[0]: "}},
	{"an organization", conditionsOf(`principalOrgId: o-0123456789`), conditionsOf(`principalOrgId: o-012345678`), []string{"policies.readOnly.conditions.principalOrgId: "}},
	{"a principal's tags", conditionsOf(`principalTags: {team: shop}`), conditionsOf(`principalTags: {}`), []string{"policies.readOnly.conditions.principalTags: "}},
	{"what conditions there are", conditionsOf(`secureTransport: true`), conditionsOf(`sourceVpce: vpce-1, businessHours: 9-17, resourcePolicy: {}, boolIfExists: true`), []string{
		"policies.readOnly.conditions.sourceVpce: ", "policies.readOnly.conditions.businessHours: ", "policies.readOnly.conditions.resourcePolicy: ", "policies.readOnly.conditions.boolIfExists: "}},
	{"everything at once", `{}`, `{routes: {"GET /a//b": {}}, users: {"j n": {}}, policies: {readOnly: {conditions: {hours: 9-17}}, admin: {conditions: {sourceCidrs: [192.168.0.0/16]}}}, accessLog: {retentionDays: 2}}`, []string{
		"routes: ", `users["j n"]: `, "policies.readOnly.conditions.hours: ", "policies.admin.conditions.sourceCidrs[0]: ", "accessLog.retentionDays: 2"}},
}

// TestLimits previews a configuration just inside each limit, and previews and
// deploys one just outside. The latter fails with all problems, before anything
// is registered or sent.
func TestLimits(t *testing.T) {
	t.Parallel()
	empty := harness.New(t, harness.Config(t))
	deployed := empty.Branch()
	deployed.Up(t)
	before, state := deployed.Cloud.Describe(), resources(t, deployed)
	deployed.Cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
		t.Errorf("called %s of %s", m.Action, m.Target)
		return cloud.NoFault
	})
	for _, l := range limits {
		t.Run(l.name, func(t *testing.T) {
			empty.Configure(t, harness.Merge(t, harness.Config(t), l.inside))
			assert.NotEmpty(t, empty.Preview(t))

			outside := harness.Merge(t, harness.Config(t), l.outside)
			empty.Configure(t, outside)
			registered, err := empty.TryPreview()
			requireProblems(t, err, l.problems)
			assert.Empty(t, registered)

			deployed.Configure(t, outside)
			changes, err := deployed.TryUp()
			requireProblems(t, err, l.problems)
			assert.Empty(t, changes)
			assert.Equal(t, before, deployed.Cloud.Describe())
		})
	}
	assert.Equal(t, state, resources(t, deployed))
}

// requireProblems asserts that a command fails with exactly the problems that
// begin like these, one per line.
func requireProblems(t *testing.T, err error, problems []string) {
	require.Error(t, err)
	head := fmt.Sprintf("%d problems in the stack's configuration:\n", len(problems))
	if len(problems) == 1 {
		head = "1 problem in the stack's configuration:\n"
	}
	_, list, found := strings.Cut(err.Error(), head)
	require.True(t, found, "%v", err)
	for _, problem := range problems {
		assert.Contains(t, list, "      "+problem)
	}
}
