package engine_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/harness"
)

// cells are the cells of an access matrix that change, "OLD => NEW" each, by
// "PRINCIPAL: ROUTE KEY". OLD or NEW is empty for a cell that is added or
// removed.
type cells map[string]string

const (
	given = "deny => allow"
	taken = "allow => deny"
	both  = `[GET /products, POST /products]`
)

// TestPreviewShowsAccess previews changes of a deployed stack. The outputs, in
// events and on the screen, show exactly the cells that change.
func TestPreviewShowsAccess(t *testing.T) {
	t.Parallel()
	run := harness.New(t, harness.Config(t)).Logged()
	run.Up(t)
	for _, test := range []struct {
		name, patch string
		want        cells
	}{
		{"nothing", `{}`, cells{}},
		{"in other words", `{policies: {readOnly: {allow: [GET *]}}}`, cells{}},
		{"wider", `{policies: {readOnly: {allow: ` + both + `}}}`, cells{
			"user/john-readonly: POST /products": given, "role/products-reader: POST /products": given,
			"role/api-gateway-executor-role: POST /products": given,
		}},
		{"narrower", `{policies: {admin: {allow: [GET /products]}}}`, cells{"user/jane-admin: POST /products": taken}},
		{"swapped", `{users: {john-readonly: {groups: [Admin-Group]}, jane-admin: {groups: [ReadOnly-Group]}}}`, cells{
			"user/john-readonly: POST /products": given, "user/jane-admin: POST /products": taken,
		}},
		{"under conditions", `{policies: {readOnly: {conditions: {sourceCidrs: [203.0.113.0/24]}}}}`, cells{
			"user/john-readonly: GET /products": "allow => allow if from 203.0.113.0/24", "role/products-reader: GET /products": "allow => allow if from 203.0.113.0/24",
			"role/api-gateway-executor-role: GET /products": "allow => allow if from 203.0.113.0/24",
		}},
		{"a route more", `{routes: {"GET /orders/{id}": {}}, policies: {readOnly: {allow: [GET /products, "GET /orders/{id}"]}}}`, cells{
			"user/john-readonly: GET /orders/{id}": " => allow", "user/jane-admin: GET /orders/{id}": " => allow", "anyone: GET /orders/{id}": " => deny",
			"role/products-reader: GET /orders/{id}": " => allow", "role/api-gateway-executor-role: GET /orders/{id}": " => allow",
		}},
		{"a route for anyone", `{routes: {"GET /products": {authorization: none}}}`, cells{"anyone: GET /products": given}},
		{"a route less", `{routes: {"POST /products": null}}`, cells{
			"user/john-readonly: POST /products": "deny => ", "user/jane-admin: POST /products": "allow => ", "anyone: POST /products": "deny => ",
			"role/products-reader: POST /products": "deny => ", "role/api-gateway-executor-role: POST /products": "deny => ",
		}},
		{"one user for another", `{users: {joe: {groups: [Admin-Group]}, john-readonly: null}}`, cells{
			"user/joe: GET /products": " => allow", "user/joe: POST /products": " => allow",
			"user/john-readonly: GET /products": "allow => ", "user/john-readonly: POST /products": "deny => ",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			run.Configure(t, harness.Merge(t, harness.Config(t), test.patch))
			old, matrix, screen := previewMatrix(t, run)
			assert.Equal(t, test.want, diff(old, matrix), "by the engine's events")
			assert.Equal(t, test.want, readDiff(t, screen), "on the screen:\n%s", screen)
		})
	}
}

// TestFirstPreviewShowsAccess previews a stack before its first deployment.
func TestFirstPreviewShowsAccess(t *testing.T) {
	t.Parallel()
	run := harness.New(t, harness.Merge(t, harness.Config(t), `
routes: {"GET /health": {authorization: none}, "ANY /orders/{id}": {}}
policies:
  orders: {allow: ["GET /orders/{id}"], conditions: {requireMfa: true, notAfter: "2030-01-31T08:00:00Z"}}
groups: {ReadOnly-Group: {policies: [readOnly, orders]}}`)).Logged()
	old, matrix, _ := previewMatrix(t, run)
	assert.Empty(t, old)
	read := map[string]string{"ANY /orders/{id}": "deny", "GET /health": "allow", "GET /products": "allow", "POST /products": "deny"}
	want := map[string]map[string]string{
		"anyone":                         {"ANY /orders/{id}": "deny", "GET /health": "allow", "GET /products": "deny", "POST /products": "deny"},
		"user/jane-admin":                {"ANY /orders/{id}": "allow", "GET /health": "allow", "GET /products": "allow", "POST /products": "allow"},
		"user/john-readonly":             {"ANY /orders/{id}": "allow if the method is GET and until 2030-01-31T08:00:00Z, with MFA", "GET /health": "allow", "GET /products": "allow", "POST /products": "deny"},
		"role/products-reader":           read,
		"role/api-gateway-executor-role": read,
	}
	assert.Equal(t, want, matrix)
	assert.Contains(t, lastStackEvent(t, run.Printed()).New.Outputs["executionArn"], unknown, "which only an update learns")

	run.Up(t)
	deployed, after, _ := previewMatrix(t, run)
	assert.Equal(t, want, deployed, "an update changes nothing about it")
	assert.Equal(t, want, after)
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

// unknown is the value in the engine's events for what a preview does not know.
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

// previewMatrix previews and returns the matrix before and after, and the
// printed text.
func previewMatrix(t *testing.T, run *harness.Run) (old, matrix map[string]map[string]string, screen string) {
	printed := len(run.Printed())
	run.Preview(t)
	screen = run.Printed()[printed:]
	event := lastStackEvent(t, screen)
	if event.Old != nil {
		old = matrixOf(t, event.Old.Outputs)
	}
	return old, matrixOf(t, event.New.Outputs), screen
}

// lastStackEvent returns the last event about the stack itself, which has the
// outputs.
func lastStackEvent(t *testing.T, printed string) (last apitype.StepEventMetadata) {
	lines := bufio.NewScanner(strings.NewReader(printed))
	lines.Buffer(nil, len(printed)+1)
	for lines.Scan() {
		_, text, found := strings.Cut(lines.Text(), `{"sequence":`)
		var event apitype.EngineEvent
		if !found || json.Unmarshal([]byte(`{"sequence":`+text), &event) != nil {
			continue
		}
		if outputs := event.ResOutputsEvent; outputs != nil && outputs.Metadata.Type == "pulumi:pulumi:Stack" {
			last = outputs.Metadata
		}
	}
	require.NotNil(t, last.New, "no event about the stack in:\n%s", printed)
	return last
}

// matrixOf reads the output, which holds nothing but the words of cells.
func matrixOf(t *testing.T, outputs map[string]any) map[string]map[string]string {
	text, err := json.Marshal(outputs["accessMatrix"])
	require.NoError(t, err)
	require.NotContains(t, string(text), unknown)
	var matrix map[string]map[string]string
	require.NoError(t, json.Unmarshal(text, &matrix))
	return matrix
}

func diff(old, matrix map[string]map[string]string) cells {
	changed := cells{}
	for _, rows := range []map[string]map[string]string{old, matrix} {
		for principal, row := range rows {
			for key := range row {
				if before, after := old[principal][key], matrix[principal][key]; before != after {
					changed[principal+": "+key] = before + " => " + after
				}
			}
		}
	}
	return changed
}

// Lines of the screen's part on the matrix: of a principal, and of a cell.
var (
	rowLine  = regexp.MustCompile(`^      ([~+-]) (\S+) *: \{$`)
	cellLine = regexp.MustCompile(`^          ([~+-]) (.+?) *: "([^"]*)"(?: => "([^"]*)")?$`)
)

// readDiff reads the changed cells from the screen.
func readDiff(t *testing.T, screen string) cells {
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
			changed[principal+": "+cell[2]] = shownChange(cell)
		}
	}
	return changed
}

func shownChange(cell []string) string {
	switch cell[1] {
	case "+":
		return " => " + cell[3]
	case "-":
		return cell[3] + " => "
	}
	return fmt.Sprintf("%s => %s", cell[3], cell[4])
}
