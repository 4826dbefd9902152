package engine_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/harness"
)

// cells are the changed cells of an access matrix, "OLD => NEW" by
// "PRINCIPAL: ROUTE KEY". OLD or NEW is empty for a cell that is added or removed.
type cells map[string]string

// TestPreviewShowsAccess previews changes of a deployed stack. The screen shows exactly
// the cells that change. The tests on mocks check the cells of more changes.
func TestPreviewShowsAccess(t *testing.T) {
	t.Parallel()
	run := harness.New(t, harness.Config(t)).Logged()
	run.Preview(t)
	assert.Regexp(t, `user/john-readonly *: \{\n +\S? *GET /products *: "allow"\n +\S? *POST /products *: "deny"\n`, run.Printed(), "the first preview")
	run.Up(t)
	for _, test := range []struct {
		name, patch string
		want        cells
	}{
		{"nothing", `{}`, cells{}},
		{"in other words", `{policies: {readOnly: {allow: [GET *]}}}`, cells{}},
		{"users are swapped", `{users: {john-readonly: {groups: [Admin-Group]}, jane-admin: {groups: [ReadOnly-Group]}}}`, cells{
			"user/john-readonly: POST /products": "deny => allow", "user/jane-admin: POST /products": "allow => deny",
		}},
		{"under conditions", `{policies: {admin: {conditions: {sourceCidrs: [203.0.113.0/24]}}}}`, cells{
			"user/jane-admin: GET /products":  "allow => allow if from 203.0.113.0/24",
			"user/jane-admin: POST /products": "allow => allow if from 203.0.113.0/24",
		}},
		{"a new route", `{routes: {"GET /orders/{id}": {}}, policies: {readOnly: {allow: [GET /products, "GET /orders/{id}"]}}}`, cells{
			"user/john-readonly: GET /orders/{id}": " => allow", "user/jane-admin: GET /orders/{id}": " => allow", "anyone: GET /orders/{id}": " => deny",
			"role/products-reader: GET /orders/{id}": " => allow", "role/api-gateway-executor-role: GET /orders/{id}": " => allow",
		}},
		{"one user in place of another", `{users: {joe: {groups: [Admin-Group]}, john-readonly: null}}`, cells{
			"user/joe: GET /products": " => allow", "user/joe: POST /products": " => allow",
			"user/john-readonly: GET /products": "allow => ", "user/john-readonly: POST /products": "deny => ",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			run.Configure(t, harness.Merge(t, harness.Config(t), test.patch))
			printed := len(run.Printed())
			run.Preview(t)
			screen := run.Printed()[printed:]
			assert.Equal(t, test.want, readCells(t, screen), "%s", screen)
		})
	}
}

// Lines of the screen's part on the matrix: of a principal, and of a cell.
var (
	rowLine  = regexp.MustCompile(`^      ([~+-]) (\S+) *: \{$`)
	cellLine = regexp.MustCompile(`^          ([~+-]) (.+?) *: "([^"]*)"(?: => "([^"]*)")?$`)
)

// readCells reads the changed cells from the screen.
func readCells(t *testing.T, screen string) cells {
	changed := cells{}
	_, part, found := strings.Cut(screen, "\n  ~ accessMatrix")
	if !found {
		return changed
	}
	part, _, found = strings.Cut(part, "\n    }\n")
	require.True(t, found, screen)
	principal := ""
	for line := range strings.Lines(part) {
		line = strings.TrimRight(line, "\n")
		if row := rowLine.FindStringSubmatch(line); row != nil {
			principal = row[2]
		} else if cell := cellLine.FindStringSubmatch(line); cell != nil {
			old, now := cell[3], cell[4]
			switch cell[1] {
			case "+":
				old, now = "", cell[3]
			case "-":
				now = ""
			}
			changed[principal+": "+cell[2]] = old + " => " + now
		}
	}
	return changed
}

// TestWarnings requires warnings of paths under IAM that anyone may call in part, and of
// keys with another project's prefix, on previews and updates.
func TestWarnings(t *testing.T) {
	t.Parallel()
	config := harness.Merge(t, harness.Config(t), `
old-project:throttle: {rateLimit: 5, burstLimit: 5}
routes: {"GET /{path+}": {authorization: none}, "POST /admin": {}}`)
	run := harness.New(t, config).Logged()
	warned := func(printed string) {
		assert.Contains(t, printed, "warning: anyone may call /admin, a path under IAM, with GET: such requests may end at GET /{path+}")
		assert.Contains(t, printed, `warning: "old-project:throttle" is not read`)
	}
	run.Preview(t)
	previewed := run.Printed()
	warned(previewed)
	run.Up(t)
	warned(run.Printed()[len(previewed):])
}
