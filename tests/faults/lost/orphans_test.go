package lost_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/faults"
	"iam-secured-api/tests/harness"
)

// creation is a call that creates something with an id of its own.
type creation struct {
	action, target string
	resource       string // what the program calls it
	component      string // what it is a child of
}

func (c creation) call() faults.Call { return faults.Call{Action: c.action, Target: c.target, Nth: 1} }

// taken are those whose name is then taken: the next up is refused.
var taken = []creation{
	{"CreateUser", "john-readonly", "john-readonly-user", "john-readonly"},
	{"CreateGroup", "Admin-Group", "Admin-Group-group", "Admin-Group"},
	{"CreateRole", "api-gateway-executor-role", "api-gateway-executor-role-role", "api-gateway-executor-role"},
	{"CreateInstanceProfile", "products-reader", "products-reader-profile", "products-reader"},
	{"CreateRoute", "(api)/GET /products", "api-GET /products", "api"},
	{"CreateStage", "(api)/prod", "api-stage", "api"},
}

// again are those of which the next up makes another.
var again = []creation{
	{action: "CreatePolicy", target: "readOnly-invoke"},
	{action: "CreateLogGroup", target: "/aws/vendedlogs/api-"},
	{action: "CreateApi", target: "ProductAPI"},
	{action: "CreateIntegration", target: "(api)"},
	{action: "CreateAccessKey", target: "jane-admin"},
	{action: "CreateTable", target: "products-table"},
	{action: "CreateLogGroup", target: "/aws/lambda/products-"},
	{action: "CreatePolicy", target: "products-service"},
	{action: "CreateRole", target: "products-role"},
	{action: "CreateFunction", target: "products-function"},
	{action: "AddPermission", target: "products-function/api-permission"},
}

func TestCreations(t *testing.T) {
	fresh := harness.New(t, harness.Config(t))
	want := upWant(t, fresh)
	for _, c := range taken {
		t.Run(c.action+" deleted", func(t *testing.T) {
			t.Parallel()
			run := loseCreation(t, fresh, c)
			require.Error(t, faults.Up.Run(run))
			assert.Regexp(t, `(EntityAlreadyExists|ConflictException): `, run.Printed())
			faults.FindOrphan(t, run).Delete(t, run)
			run.Up(t)
			check(t, run, want)
		})
		t.Run(c.action+" adopted", func(t *testing.T) {
			t.Parallel()
			run := loseCreation(t, fresh, c)
			faults.FindOrphan(t, run).Adopt(t, run, c.resource, c.component)
			run.Up(t)
			check(t, run, want)
		})
	}
	for _, c := range again {
		t.Run(c.call().String()+" deleted", func(t *testing.T) {
			t.Parallel()
			makeTwo(t, fresh, want, c)
		})
	}
}

// makeTwo loses a creation and deletes by hand, after the next up, what then
// exists twice.
func makeTwo(t *testing.T, start *harness.Run, want string, c creation) {
	run := loseCreation(t, start, c)
	run.Up(t)
	assert.NotEqual(t, want, run.Cloud.Describe(), "there are two")
	faults.FindOrphan(t, run).Delete(t, run)
	check(t, run, want)
}

// TestReplacement loses the reply to the second half of a replacement, that of
// something which is deleted first.
func TestReplacement(t *testing.T) {
	edited, want := faults.Edited(t)
	run := loseCreation(t, edited, creation{action: "CreateStage", target: "(api)/live"})
	require.Error(t, faults.Up.Run(run))
	assert.Contains(t, run.Printed(), "ConflictException: ")
	faults.FindOrphan(t, run).Delete(t, run)
	run.Up(t)
	check(t, run, want)
}

// TestNewCode loses the replies to what replaces a function, which is deleted
// last.
func TestNewCode(t *testing.T) {
	changed, want := faults.NewCode(t)
	for _, c := range []creation{
		{action: "CreateFunction", target: "products-function"},
		{action: "AddPermission", target: "products-function/api-permission"},
	} {
		t.Run(c.action, func(t *testing.T) {
			t.Parallel()
			makeTwo(t, changed, want, c)
		})
	}
	runAgain(t, changed, faults.Up, want,
		faults.Call{Action: "RemovePermission", Target: "products-function/api-permission"},
		faults.Call{Action: "DeleteFunction", Target: "products-function"},
	)
}

func loseCreation(t *testing.T, start *harness.Run, c creation) *harness.Run {
	run := faults.Branch(t, start)
	lose(t, run, faults.Up, c.call())
	return run
}

// check tells whether the run is where it would be without the fault.
func check(t *testing.T, run *harness.Run, want string) {
	assert.Equal(t, want, run.Cloud.Describe())
	assert.Empty(t, run.Preview(t))
	faults.CheckNoSecret(t, run.Printed(), faults.Secrets(t, run.Cloud))
}
