package engine_test

import (
	"bytes"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

const (
	protected = `{backend: {deletionProtection: true}}`
	released  = `{backend: {deletionProtection: false}}`
	toURL     = `{backend: {archive: null, url: "https://backend.example.com"}}`

	refusedByPulumi = "cannot be deleted\nbecause it is protected"
	refusedByAWS    = "deleting aws:dynamodb/table:Table products-table: ValidationException: Resource cannot be deleted as it is currently protected against deletion"
)

// away is a command that deletes the table unless it is protected.
type away struct {
	config  map[string]any
	preview func(*harness.Run) error
	run     func(testing.TB, *harness.Run) error // without a preview
	want    string                               // the Cloud afterwards
}

// TestProtectedTable shows that a protected table and its products are never deleted,
// and that a preview prevents that the rest is.
func TestProtectedTable(t *testing.T) {
	t.Parallel()
	config := harness.Merge(t, harness.Config(t), protected)
	empty := harness.New(t, config)
	base := empty.Branch()
	base.Up(t)
	sent := empty.Branch()
	configURL := harness.Merge(t, harness.Config(t), toURL)
	sent.Configure(t, configURL)
	sent.Up(t)
	for name, a := range map[string]away{
		"calls go to a URL": {
			config:  configURL,
			preview: func(run *harness.Run) error { _, err := run.TryPreview(); return err },
			run: func(t testing.TB, run *harness.Run) error {
				defer serves(t, run.Cloud, configURL)()
				_, err := run.TryUp()
				return err
			},
			want: sent.Cloud.Describe(),
		},
		"destroyed": {
			config:  config,
			preview: func(run *harness.Run) error { _, err := run.TryDestroy(); return err },
			run: func(_ testing.TB, run *harness.Run) error {
				_, err := run.TryDestroy(engine.Options{SkipPreview: true})
				return err
			},
			want: empty.Cloud.Describe(),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a.testReleased(t, base.Branch())
		})
		t.Run(name+", released by hand", func(t *testing.T) {
			t.Parallel()
			a.testReleasedByHand(t, base.Branch())
		})
	}
	t.Run("another region", func(t *testing.T) {
		t.Parallel()
		run := base.Branch()
		run.Configure(t, harness.Merge(t, config, `{aws:region: eu-central-1}`))
		_, err := run.TryPreview()
		require.ErrorContains(t, err, "currently marked for protection")
	})
	t.Run("by a version that did not protect it in Pulumi", func(t *testing.T) {
		t.Parallel()
		testUnprotectedState(t, base.Branch())
	})
}

func (a away) testReleased(t *testing.T, run *harness.Run) {
	before, kept := run.Cloud.Describe(), table(t, run)
	run.Configure(t, a.config)
	require.ErrorContains(t, a.preview(run), refusedByPulumi)
	require.Equal(t, before, run.Cloud.Describe(), "nothing is deleted")

	require.ErrorContains(t, a.run(t, run), refusedByPulumi)
	assert.Empty(t, Must(region(run).ListFunctions()), "the rest is deleted")
	assert.Equal(t, kept, table(t, run))

	config := harness.Merge(t, harness.Config(t), released)
	run.Configure(t, config)
	assert.Contains(t, run.Up(t), "update "+theTable)
	fresh := harness.New(t, config)
	fresh.Up(t)
	assert.Equal(t, fresh.Cloud.Describe(), run.Cloud.Describe(), "the service is back")
	require.Empty(t, run.Preview(t))
	kept.DeletionProtectionEnabled = false
	assert.Equal(t, kept, table(t, run), "with the products that it had")

	run.Configure(t, a.config)
	a.testDeletes(t, run)
}

// testReleasedByHand shows that both protections must be released.
func (a away) testReleasedByHand(t *testing.T, run *harness.Run) {
	run.Configure(t, a.config)
	onAWS := run.Branch()
	releaseOnAWS(t, onAWS)
	require.ErrorContains(t, a.preview(onAWS), refusedByPulumi)
	unprotect(t, onAWS)
	a.testDeletes(t, onAWS)

	unprotect(t, run)
	require.ErrorContains(t, a.run(t, run), refusedByAWS)
	require.ErrorContains(t, a.run(t, run), refusedByAWS, "it does not wear off")
	releaseOnAWS(t, run)
	a.testDeletes(t, run)
}

func (a away) testDeletes(t *testing.T, run *harness.Run) {
	require.NoError(t, a.preview(run))
	require.NoError(t, a.run(t, run))
	assert.Equal(t, a.want, run.Cloud.Describe())
}

// testUnprotectedState shows that the next up protects the table in Pulumi, and changes
// nothing else.
func testUnprotectedState(t *testing.T, run *harness.Run) {
	unprotect(t, run)
	before := run.Cloud.Describe()
	assert.Empty(t, run.Preview(t))
	assert.Empty(t, run.Up(t))
	_, err := run.TryDestroy()
	require.ErrorContains(t, err, refusedByPulumi)
	assert.Equal(t, before, run.Cloud.Describe())
}

// unprotect does what `pulumi state unprotect` does.
func unprotect(t *testing.T, run *harness.Run) {
	state := run.Stack.State()
	text := bytes.ReplaceAll(state.Deployment, []byte(`"protect":true`), []byte(`"protect":false`))
	require.NotEqual(t, string(state.Deployment), string(text))
	run.Stack.SetState(&apitype.UntypedDeployment{Version: state.Version, Features: state.Features, Deployment: text})
}

func releaseOnAWS(t *testing.T, run *harness.Run) {
	require.NoError(t, region(run).UpdateTable(table(t, run).TableName, cloud.BillingPerRequest, false))
}

func region(run *harness.Run) *cloud.Region {
	return run.Cloud.Account(cloud.APIAccount).Region("us-east-1")
}

func table(t *testing.T, run *harness.Run) cloud.Table {
	tables := Must(region(run).ListTables())
	require.Len(t, tables, 1)
	return Must(region(run).DescribeTable(tables[0]))
}
