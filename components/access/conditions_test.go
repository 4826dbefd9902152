package access_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// instant is a time on 2026-01-31.
func instant(hour int) time.Time { return time.Date(2026, 1, 31, hour, 0, 0, 0, time.UTC) }

func underConditions(conditions access.Conditions) *access.Document {
	return access.InvokeDocument(executionArn, "prod", []access.Invoke{{Method: "GET", Path: "/a"}}, conditions)
}

// TestConditions has what a document and a text say for conditions.
func TestConditions(t *testing.T) {
	type block = map[string]map[string]oneOrMore
	for name, test := range map[string]struct {
		conditions access.Conditions
		block      block
		text       string
	}{
		"none": {},
		"an address": {
			access.Conditions{SourceCIDRs: []string{"203.0.113.9"}},
			block{"IpAddress": {"aws:SourceIp": {"203.0.113.9/32"}}}, "from 203.0.113.9/32",
		},
		"networks, sorted": {
			access.Conditions{SourceCIDRs: []string{"203.0.113.0/24", "2001:DB8:0::1", "198.51.100.0/24"}},
			block{"IpAddress": {"aws:SourceIp": {"198.51.100.0/24", "2001:db8::1/128", "203.0.113.0/24"}}},
			"from 198.51.100.0/24 or 2001:db8::1/128 or 203.0.113.0/24",
		},
		"a start": {
			access.Conditions{NotBefore: instant(8)},
			block{"DateGreaterThanEquals": {"aws:CurrentTime": {"2026-01-31T08:00:00Z"}}}, "not before 2026-01-31T08:00:00Z",
		},
		"an end, in UTC": {
			access.Conditions{NotAfter: instant(9).In(time.FixedZone("", 7200))},
			block{"DateLessThan": {"aws:CurrentTime": {"2026-01-31T09:00:00Z"}}}, "until 2026-01-31T09:00:00Z",
		},
		"tags": {
			access.Conditions{PrincipalTags: map[string]string{"b": "", "a=b": "c d"}},
			block{"StringEquals": {"aws:PrincipalTag/a=b": {"c d"}, "aws:PrincipalTag/b": {""}}}, `tagged "a=b"="c d" and b=""`,
		},
		"all": {
			access.Conditions{
				SourceCIDRs: []string{"203.0.113.0/24"}, NotBefore: instant(8), NotAfter: instant(9), RequireMFA: true,
				SecureTransport: true, PrincipalOrgID: "o-a1b2c3d4e5", PrincipalTags: map[string]string{"team": "shop"},
			},
			block{
				"IpAddress":             {"aws:SourceIp": {"203.0.113.0/24"}},
				"DateGreaterThanEquals": {"aws:CurrentTime": {"2026-01-31T08:00:00Z"}},
				"DateLessThan":          {"aws:CurrentTime": {"2026-01-31T09:00:00Z"}},
				"Bool":                  {"aws:MultiFactorAuthPresent": {"true"}, "aws:SecureTransport": {"true"}},
				"StringEquals":          {"aws:PrincipalOrgID": {"o-a1b2c3d4e5"}, "aws:PrincipalTag/team": {"shop"}},
			},
			"from 203.0.113.0/24, not before 2026-01-31T08:00:00Z, until 2026-01-31T09:00:00Z, with MFA, over TLS, " +
				"in organization o-a1b2c3d4e5, tagged team=shop",
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, test.conditions.Check())
			given := slices.Clone(test.conditions.SourceCIDRs)
			assert.Equal(t, test.block, statement(t, underConditions(test.conditions)).Condition)
			assert.Equal(t, given, test.conditions.SourceCIDRs)
			for range 5 { // the order of maps changes
				assert.Equal(t, test.text, test.conditions.String())
			}
		})
	}
}

// A list of no networks, which Check rejects, must not allow every network: the
// document names the key without a value, which IAM rejects.
func TestNoNetworksAllowNothing(t *testing.T) {
	conditions := access.Conditions{SourceCIDRs: []string{}}
	text, err := access.Render(underConditions(conditions))
	require.NoError(t, err)
	assert.Contains(t, text, `"Condition":{"IpAddress":{"aws:SourceIp":null}}`)
	assert.Equal(t, "from no networks", conditions.String())
}

func TestMostNetworksTakeLessThanHalfOfAPolicy(t *testing.T) {
	var conditions access.Conditions
	for i := range access.MaxSourceCIDRs {
		conditions.SourceCIDRs = append(conditions.SourceCIDRs, fmt.Sprintf("2001:db80:ffff:ffff:ffff:ffff:ffff:%x", 0xf000+i))
	}
	require.Empty(t, conditions.Check())
	with, without := sizeOf(t, underConditions(conditions)), sizeOf(t, underConditions(access.Conditions{}))
	assert.Less(t, with-without, access.MaxPolicyCharacters/2)
}

func TestConditionsStringFoldsLongLists(t *testing.T) {
	networks := []string{"198.51.100.0/24", "203.0.113.1", "203.0.113.2", "203.0.113.3"}
	text := access.Conditions{SourceCIDRs: networks}.String()
	assert.Regexp(t, `^from 4 networks \(#[0-9a-f]{12}\)$`, text)
	slices.Reverse(networks)
	assert.Equal(t, text, access.Conditions{SourceCIDRs: networks}.String(), "the order has no effect")
	networks[3] = "203.0.113.4"
	assert.NotEqual(t, text, access.Conditions{SourceCIDRs: networks}.String())

	tags := map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"}
	text = access.Conditions{PrincipalTags: tags}.String()
	assert.Regexp(t, `^tagged 4 tags \(#[0-9a-f]{12}\)$`, text)
	tags["d"] = "5"
	assert.NotEqual(t, text, access.Conditions{PrincipalTags: tags}.String())
}

func TestConditionsForRole(t *testing.T) {
	conditions := access.Conditions{SourceCIDRs: []string{"203.0.113.0/24"}, PrincipalTags: map[string]string{"a": "b"}, SecureTransport: true}
	assert.NoError(t, conditions.CheckForRole())
	conditions.RequireMFA = true
	err := conditions.CheckForRole()
	require.Error(t, err)
	assertOneLine(t, err)
}

// withEach returns conditions of one kind. No two of them mean the same.
func withEach(t *testing.T, kind access.ConditionKind) []access.Conditions {
	t.Helper()
	var all []access.Conditions
	add := func(set func(field any)) {
		var c access.Conditions
		set(kind.Field(&c))
		all = append(all, c)
	}
	switch field := kind.Field(&access.Conditions{}).(type) {
	case *bool:
		add(func(field any) { *field.(*bool) = true })
	case *time.Time:
		for _, value := range []time.Time{instant(0), instant(1), instant(2), instant(3), time.Unix(0, 0).UTC()} {
			add(func(field any) { *field.(*time.Time) = value })
		}
	case *string:
		for _, text := range []string{"o-a1b2c3d4e5", "o-a1b2c3d4e6", "a", "A", "*"} {
			add(func(field any) { *field.(*string) = text })
		}
	case *[]string:
		var items []string
		for i := range 6 {
			items = append(items, fmt.Sprintf("203.0.%d.0/24", 113+i))
			add(func(field any) { *field.(*[]string) = slices.Clone(items) })
			add(func(field any) { *field.(*[]string) = []string{fmt.Sprintf("198.51.100.%d", i)} })
		}
	case *map[string]string:
		entries := map[string]string{}
		add(func(field any) { *field.(*map[string]string) = map[string]string{"a": "b, c=d"} })
		for i, key := range []string{"a", "b", "a=b", "Cost Center", "e"} {
			entries[key] = fmt.Sprint(i)
			add(func(field any) { *field.(*map[string]string) = maps.Clone(entries) })
			add(func(field any) { *field.(*map[string]string) = map[string]string{key: ""} })
		}
	default:
		t.Fatalf("%s has a %T", kind.Key, field)
	}
	return all
}

// TestConditionsAreReadAsWritten writes each kind of condition into a document and
// reads it from there. Different values are different in the document, in the text
// and in comparisons.
func TestConditionsAreReadAsWritten(t *testing.T) {
	a := api(t, "GET /products")
	for _, kind := range access.ConditionKinds() {
		t.Run(kind.Key, func(t *testing.T) {
			all := withEach(t, kind)
			texts, cells := map[string]bool{}, make([]access.Cell, len(all))
			for i, conditions := range all {
				grants, document := granting(t, a, conditions, "GET /products")
				texts[conditions.String()] = true
				for j, other := range all {
					errs := a.CheckDocuments(grants, other, []string{document})
					assert.Equal(t, i == j, len(errs) == 0, "%q for %q: %v", conditions, other, errs)
				}
				cells[i] = rowOf(t, a, document)["GET /products"]
				assert.Equal(t, "allow if "+conditions.String(), cells[i].String())
				assert.True(t, cells[i].Equal(access.AllowIf(access.Alternative{Conditions: conditions})), conditions)
			}
			assert.Len(t, texts, len(all))
			for i, cell := range cells {
				assert.True(t, cell.Within(access.Allow()))
				assert.False(t, access.Allow().Within(cell), cell)
				for j, other := range cells {
					assert.Equal(t, i == j, cell.Within(other) && other.Within(cell), "%s, %s", cell, other)
				}
			}
		})
	}
}

// TestCloneOfConditions changes conditions after they were cloned.
func TestCloneOfConditions(t *testing.T) {
	for _, kind := range access.ConditionKinds() {
		for _, conditions := range withEach(t, kind) {
			text, clone := conditions.String(), conditions.Clone()
			switch field := kind.Field(&conditions).(type) {
			case *[]string:
				clear(*field)
			case *map[string]string:
				clear(*field)
			}
			assert.Equal(t, text, clone.String())
		}
	}
}

func TestEveryFieldOfConditionsHasARow(t *testing.T) {
	fields, set := reflect.TypeFor[access.Conditions](), map[string]bool{}
	for _, kind := range access.ConditionKinds() {
		conditions := reflect.ValueOf(withEach(t, kind)[0])
		for i := range fields.NumField() {
			if !conditions.Field(i).IsZero() {
				assert.False(t, set[fields.Field(i).Name], fields.Field(i).Name)
				set[fields.Field(i).Name] = true
			}
		}
	}
	assert.Len(t, set, fields.NumField())
}

// TestConditionsOutsideTheTable has conditions that this package does not write.
// They count, and are shown as they are written.
func TestConditionsOutsideTheTable(t *testing.T) {
	a := api(t, "GET /products")
	required := access.Conditions{RequireMFA: true}
	grants, _ := granting(t, a, required, "GET /products")
	const mfa = `"Bool":{"aws:MultiFactorAuthPresent":"true"}`
	for condition, want := range map[string]string{
		mfa: "with MFA",
		`"Bool":{"aws:MultiFactorAuthPresent":"true","aws:ViaAWSService":"false"}`: "with MFA and Bool aws:ViaAWSService false",
		`"Bool":{"aws:MultiFactorAuthPresent":"false"}`:                            "Bool aws:MultiFactorAuthPresent false",
		`"Bool":{"aws:MultiFactorAuthPresent":["true","true"]}`:                    "Bool aws:MultiFactorAuthPresent true, true",
		`"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}`:                     "BoolIfExists aws:MultiFactorAuthPresent true",
		`"DateLessThan":{"aws:CurrentTime":"2026-01-31"},` + mfa:                   "with MFA and DateLessThan aws:CurrentTime 2026-01-31",
		`"DateLessThan":{"aws:CurrentTime":"2026-01-31T08:00:00.5Z"}`:              "DateLessThan aws:CurrentTime 2026-01-31T08:00:00.5Z",
		`"StringEquals":{"aws:PrincipalOrgID":""}`:                                 "StringEquals aws:PrincipalOrgID ",
		`"StringEquals":{"aws:PrincipalTag/team":["a","b"]}`:                       "StringEquals aws:PrincipalTag/team a, b",
		`"IpAddress":{"aws:SourceIp/x":"203.0.113.0/24"}`:                          "IpAddress aws:SourceIp/x 203.0.113.0/24",
	} {
		document := documentOn(a, "/prod/GET/products", condition)
		cell := rowOf(t, a, document)["GET /products"]
		assert.Equal(t, "allow if "+want, cell.String())
		assert.Equal(t, condition == mfa, len(a.CheckDocuments(grants, required, []string{document})) == 0, condition)
		assert.True(t, cell.Within(cell))
		withMFA := access.AllowIf(access.Alternative{Conditions: required})
		assert.Equal(t, strings.HasPrefix(want, "with MFA"), cell.Within(withMFA), condition)
	}
}
