package engine_test

import (
	"iam-secured-api/tests/harness"
)

var (
	readOnly = harness.Changes{"update iam/policy:Policy readOnly-invoke"}
	admin    = harness.Changes{"update iam/policy:Policy admin-invoke"}
)

// readOnlyWith adds conditions to the policy readOnly.
func readOnlyWith(conditions string) string {
	return `{policies: {readOnly: {conditions: {` + conditions + `}}}}`
}

var conditionEdits = []harness.Edit{
	{Name: "add conditions, change each and drop them", Previews: true, Steps: []harness.Step{
		{Patch: readOnlyWith(`sourceCidrs: [203.0.113.0/24]`), Changes: readOnly},
		{Patch: readOnlyWith(`sourceCidrs: [203.0.113.0/24, 198.51.100.7]`), Changes: readOnly},
		{Patch: readOnlyWith(`notBefore: "2026-01-31T08:00:00Z", notAfter: "2030-01-31T08:00:00Z"`), Changes: readOnly},
		{Patch: readOnlyWith(`notBefore: "2026-01-31T08:00:00Z"`), Changes: readOnly},
		{Patch: readOnlyWith(`secureTransport: true, principalOrgId: o-exampleorg1`), Changes: readOnly},
		{Patch: readOnlyWith(`principalTags: {team: shop}`), Changes: readOnly},
		{Patch: readOnlyWith(`principalTags: {team: shop, phase: trial}`), Changes: readOnly},
		{Changes: readOnly},
	}},
	{Name: "write conditions in other words", Steps: []harness.Step{
		{Patch: readOnlyWith(`sourceCidrs: [203.0.113.0/24, 198.51.100.7]`), Changes: readOnly},
		{Patch: readOnlyWith(`sourceCidrs: [198.51.100.7/32, 203.0.113.0/24], requireMfa: false`), Changes: harness.Changes{}},
		{Patch: readOnlyWith(`sourceCidrs: [203.0.113.0/24, 198.51.100.7], notAfter: "2030-01-31T08:00:00Z"`), Changes: readOnly},
		{Patch: readOnlyWith(`sourceCidrs: [203.0.113.0/24, 198.51.100.7], notAfter: 2030-01-31T08:00:00Z`), Changes: harness.Changes{}},
	}},
	{Name: "require MFA and stop requiring it", Steps: []harness.Step{
		{Patch: `{policies: {admin: {conditions: {requireMfa: true}}}}`, Changes: admin},
		{Changes: admin},
	}},
	{Name: "change routes and conditions at once", Steps: []harness.Step{
		{Patch: `{policies: {readOnly: {allow: [GET *, POST *], conditions: {secureTransport: true}}}}`, Changes: readOnly},
		{Changes: readOnly},
	}},
}
