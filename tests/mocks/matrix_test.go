package mocks

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/mocks/recorder"
)

// devMatrix is the output accessMatrix of the dev stack.
var devMatrix = object{
	"anyone":               object{"GET /products": "deny", "POST /products": "deny"},
	"role/products-reader": object{"GET /products": "allow", "POST /products": "deny"},
	"user/jane-admin":      object{"GET /products": "allow", "POST /products": "allow"},
	"user/john-readonly":   object{"GET /products": "allow", "POST /products": "deny"},
}

// sandboxMatrix is the sandbox stack's.
var sandboxMatrix = with(devMatrix, object{
	"role/api-gateway-executor-role": object{"GET /products": "allow", "POST /products": "deny"},
})

// everyKindMatrix is the matrix of the stack with a role of each kind.
var everyKindMatrix = func() object {
	reads, all := devMatrix["role/products-reader"], devMatrix["user/jane-admin"]
	return with(devMatrix, object{
		"role/checkout": all, "role/partner": reads, "role/sisters": reads, "role/ci": all, "role/catalog": reads,
		"role/shoppers": reads, "role/task": all,
	})
}()

// richMatrix is the rich stack's, whose users and roles have a permissions boundary.
var richMatrix = func() object {
	const bounded = "the permissions boundary " + boundaryArn + " allows it"
	const allow = "allow if " + bounded
	const files = "until 2027-01-01T00:00:00Z, tagged team=shop and " + bounded
	const orders = "from 2001:db8::/32 or 203.0.113.0/24, with MFA and " + bounded
	deny := object{"GET /catalog": "deny", "ANY /orders/{id}": "deny", "GET /files/{file+}": "deny", "GET /health": "allow", "GET /products": "deny", "POST /products": "deny"}
	return object{
		"anyone":          deny,
		"user/cat":        deny,
		"role/idle":       deny,
		"token/customers": with(deny, object{"GET /catalog": "allow if the token has scope catalog or catalog.read"}),
		"user/bob": with(deny, object{
			"GET /products": allow, "GET /files/{file+}": "allow if " + files, "ANY /orders/{id}": "allow if the method is GET and " + bounded,
		}),
		"user/ann": with(deny, object{
			"GET /products": allow, "GET /files/{file+}": "allow if " + files,
			"ANY /orders/{id}": "allow if the method is DELETE or HEAD or OPTIONS or PATCH or POST or PUT and " + orders + "; or if the method is GET and " + bounded,
		}),
		"role/reports": with(deny, object{
			"GET /products": allow, "GET /files/{file+}": allow, "ANY /orders/{id}": "allow if the method is GET and " + bounded,
		}),
		"role/partner": with(deny, object{"GET /products": allow, "ANY /orders/{id}": "allow if the method is GET and " + bounded}),
		"role/task": with(deny, object{ // its boundary is not the stack's
			"GET /products": "allow", "POST /products": "allow", "ANY /orders/{id}": "allow if the method is GET",
		}),
		"role/sister": with(deny, object{"GET /products": allow, "POST /products": allow, "GET /files/{file+}": allow, "ANY /orders/{id}": allow}),
	}
}()

// TestMatrixOfTheStacks requires that a first preview, which knows no document yet,
// has the same complete matrix as an update.
func TestMatrixOfTheStacks(t *testing.T) {
	for name, row := range map[string]struct {
		settings recorder.Settings
		want     object
	}{
		"dev":        {stack(t, "dev"), devMatrix},
		"sandbox":    {stack(t, "sandbox"), sandboxMatrix},
		"rich":       {rich(t), richMatrix},
		"every kind": {everyKind(t), everyKindMatrix},
		"of nobody": {
			recorder.ParseStack(t, "config: {routes: {GET /x: {}, GET /y: {authorization: none}}, backend: {url: https://backend.example.com}}"),
			object{"anyone": object{"GET /x": "deny", "GET /y": "allow"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			recorder.Both(t, func(t *testing.T, run recorder.Run) {
				recording := deployStack(t, run, row.settings)
				require.Equal(t, row.want, recording.Output("accessMatrix"))
				require.Equal(t, run.Preview, recording.Output("apiId") == recorder.Unknown)
			})
		})
	}
}

// TestMatrixShowsChanges changes one thing at a time. The preview's matrix differs
// in the cells that the change concerns, and in no other.
func TestMatrixShowsChanges(t *testing.T) {
	for config, cells := range map[string][]string{
		`policies: {readOnly: {allow: ["GET *"]}, admin: {allow: ["*"]}}`:                                             nil,
		`policies: {readOnly: {allow: ["GET /products", "POST /products"]}, admin: {allow: ["*"]}}`:                   {"role/api-gateway-executor-role POST /products allow", "role/products-reader POST /products allow", "user/john-readonly POST /products allow"},
		`policies: {readOnly: {allow: ["GET /products"]}, admin: {allow: ["POST *"]}}`:                                {"user/jane-admin GET /products deny"},
		`policies: {readOnly: {allow: ["GET /products"]}, admin: {allow: ["*"], conditions: {requireMfa: true}}}`:     {"user/jane-admin GET /products allow if with MFA", "user/jane-admin POST /products allow if with MFA"},
		`routes: {GET /products: {authorization: none}, POST /products: {}}`:                                          {"anyone GET /products allow"},
		`roles: {products-reader: {trust: {service: ec2}, policies: [readOnly, admin]}}`:                              {"role/products-reader POST /products allow"},
		`groups: {ReadOnly-Group: {policies: []}, Admin-Group: {policies: [admin]}}`:                                  {"user/john-readonly GET /products deny"},
		`users: {john-readonly: {groups: [ReadOnly-Group, Admin-Group]}, jane-admin: {groups: [Admin-Group]}}`:        {"user/john-readonly POST /products allow"},
		`roles: {api-gateway-executor-role: {trust: {account: "444455556666", principals: [user/my-user]}}}`:          {"role/api-gateway-executor-role GET /products deny"},
		`permissionsBoundary: arn:aws:iam::aws:policy/B`:                                                              boundedCells("arn:aws:iam::aws:policy/B"),
		`policies: {readOnly: {allow: ["GET /products"], conditions: {notAfter: 2026-06-30}}, admin: {allow: ["*"]}}`: {"role/api-gateway-executor-role GET /products allow if until 2026-06-30T00:00:00Z", "role/products-reader GET /products allow if until 2026-06-30T00:00:00Z", "user/john-readonly GET /products allow if until 2026-06-30T00:00:00Z"},
	} {
		t.Run(config, func(t *testing.T) {
			changed := stack(t, "sandbox").With(recorder.ParseStack(t, "config:\n  "+config))
			require.ElementsMatch(t, cells, changedCells(deployStack(t, recorder.Run{Preview: true}, changed)))
		})
	}
}

// boundedCells returns the sandbox stack's cells that allow something, bounded.
func boundedCells(boundary string) []string {
	var cells []string
	for name, row := range sandboxMatrix {
		for key, cell := range row.(object) {
			if cell == "allow" {
				cells = append(cells, name+" "+key+" allow if the permissions boundary "+boundary+" allows it")
			}
		}
	}
	return cells
}

// changedCells returns the cells that differ from the sandbox stack's.
func changedCells(recording recorder.Recording) []string {
	var changed []string
	for name, row := range recording.Output("accessMatrix").(object) {
		before, _ := sandboxMatrix[name].(object)
		for key, cell := range row.(object) {
			if before[key] != cell {
				changed = append(changed, fmt.Sprintf("%s %s %s", name, key, cell))
			}
		}
	}
	return changed
}

// TestMatrixOfManyPrincipalsIsFolded compares 100 principals with 101. The tests of
// package access check the form of folded names.
func TestMatrixOfManyPrincipalsIsFolded(t *testing.T) {
	matrix := func(run recorder.Run, principals int) object {
		var all []string
		for i := range principals - 2 { // the others are the two roles
			all = append(all, fmt.Sprintf("u%03d: {groups: [%s]}", i, []string{"ReadOnly-Group", "Admin-Group"}[i%2]))
		}
		users := recorder.ParseStack(t, "config: {users: {"+strings.Join(all, ", ")+"}}")
		return deployStack(t, run, stack(t, "sandbox").With(users)).Output("accessMatrix").(object)
	}
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		unfolded := matrix(run, 100)
		require.Len(t, unfolded, 101, "and anyone")
		require.Equal(t, sandboxMatrix["user/jane-admin"], unfolded["user/u097"])

		folded := matrix(run, 101)
		names := slices.Sorted(maps.Keys(folded))
		require.Len(t, names, 3)
		for i, principal := range []string{"anyone", "user/john-readonly", "user/jane-admin"} {
			require.Equal(t, sandboxMatrix[principal], folded[names[i]], names[i])
		}
	})
}
