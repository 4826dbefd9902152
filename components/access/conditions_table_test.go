package access_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// withEach returns conditions of one kind with different values. No two of them mean
// the same.
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

// TestConditionsAreReadAsWritten has each kind of condition stand in a document and
// reads it back from there. Other values are others in the document, in the text and in
// the comparison.
func TestConditionsAreReadAsWritten(t *testing.T) {
	a := api(t, "", "GET /products")
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
				matrix, err := access.NewMatrix(a, map[string][]string{"p": {document}}, []access.Principal{{Name: "user/x", Policies: []string{"p"}}})
				require.NoError(t, err)
				cells[i] = matrix["user/x"].Cells["GET /products"]
				assert.Equal(t, "allow if "+conditions.String(), cells[i].String())
				assert.True(t, cells[i].Equal(access.AllowIf(access.Alternative{Conditions: conditions})), conditions)
			}
			assert.Len(t, texts, len(all), "each reads otherwise")
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

// TestCloneOfConditions means the same, whatever becomes of the original.
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

// TestEveryConditionHasARow of its own in the table.
func TestEveryConditionHasARow(t *testing.T) {
	fields := reflect.TypeFor[access.Conditions]()
	set := map[string]bool{}
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

// TestConditionsOutsideTheTable has a statement with conditions that this package does
// not write: they stay as they are written, and count.
func TestConditionsOutsideTheTable(t *testing.T) {
	a := api(t, "", "GET /products")
	grants, _ := granting(t, a, access.Conditions{RequireMFA: true}, "GET /products")
	const mfa = `"Bool":{"aws:MultiFactorAuthPresent":"true"}`
	for condition, want := range map[string]string{
		mfa: "allow if with MFA",
		`"Bool":{"aws:MultiFactorAuthPresent":"true","aws:ViaAWSService":"false"}`: "allow if with MFA and Bool aws:ViaAWSService false",
		`"Bool":{"aws:MultiFactorAuthPresent":"false"}`:                            "allow if Bool aws:MultiFactorAuthPresent false",
		`"Bool":{"aws:MultiFactorAuthPresent":["true","true"]}`:                    "allow if Bool aws:MultiFactorAuthPresent true, true",
		`"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}`:                     "allow if BoolIfExists aws:MultiFactorAuthPresent true",
		`"DateLessThan":{"aws:CurrentTime":"2026-01-31"},` + mfa:                   "allow if with MFA and DateLessThan aws:CurrentTime 2026-01-31",
		`"DateLessThan":{"aws:CurrentTime":"2026-01-31T08:00:00.5Z"}`:              "allow if DateLessThan aws:CurrentTime 2026-01-31T08:00:00.5Z",
		`"StringEquals":{"aws:PrincipalOrgID":""}`:                                 "allow if StringEquals aws:PrincipalOrgID ",
		`"StringEquals":{"aws:PrincipalTag/team":["a","b"]}`:                       "allow if StringEquals aws:PrincipalTag/team a, b",
	} {
		document := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"%s/prod/GET/products","Condition":{%s}}}`, a.ExecutionArn, condition)
		matrix, err := access.NewMatrix(a, map[string][]string{"p": {document}}, []access.Principal{{Name: "user/x", Policies: []string{"p"}}})
		require.NoError(t, err, condition)
		assert.Equal(t, want, matrix["user/x"].Cells["GET /products"].String())
		assert.Equal(t, condition == mfa, len(a.CheckDocuments(grants, access.Conditions{RequireMFA: true}, []string{document})) == 0, condition)
	}
}
