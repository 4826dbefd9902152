package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

const (
	protected = `{backend: {deletionProtection: true}}`
	released  = `{backend: {deletionProtection: false}}`
	toURL     = `{backend: {archive: null, url: "https://backend.example.com"}}`
	refusal   = "deleting aws:dynamodb/table:Table products-table: ValidationException: Resource cannot be deleted as it is currently protected against deletion"
)

// TestProtectedTable shows that a protected table and its products are never
// deleted. After the protection is disabled, in the configuration or by hand,
// the same command succeeds.
func TestProtectedTable(t *testing.T) {
	t.Parallel()
	empty := harness.New(t, harness.Config(t))
	base := empty.Branch()
	base.Configure(t, harness.Merge(t, harness.Config(t), protected))
	base.Up(t)
	sent := empty.Branch()
	sent.Configure(t, harness.Merge(t, harness.Config(t), toURL))
	sent.Up(t)
	for name, test := range map[string]struct {
		away func(testing.TB, *harness.Run) error // what would delete the table
		want string                               // the Cloud afterwards
	}{
		"calls go to a URL": {away: sendToURL, want: sent.Cloud.Describe()},
		"destroyed":         {away: destroy, want: empty.Cloud.Describe()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testReleased(t, base.Branch(), test.away, test.want)
		})
		t.Run(name+", released by hand", func(t *testing.T) {
			t.Parallel()
			testReleasedByHand(t, base.Branch(), test.away, test.want)
		})
	}
}

func sendToURL(t testing.TB, run *harness.Run) error {
	config := harness.Merge(t, harness.Config(t), toURL)
	run.Configure(t, config)
	defer serves(t, run.Cloud, config)()
	_, err := run.TryUp()
	return err
}

func destroy(_ testing.TB, run *harness.Run) error {
	_, err := run.TryDestroy()
	return err
}

func testReleased(t *testing.T, run *harness.Run, away func(testing.TB, *harness.Run) error, want string) {
	before := table(t, run)
	require.ErrorContains(t, away(t, run), refusal)
	assert.Equal(t, before, table(t, run))

	config := harness.Merge(t, harness.Config(t), released)
	run.Configure(t, config)
	assert.Contains(t, run.Up(t), "update dynamodb/table:Table products-table")
	fresh := harness.New(t, config)
	fresh.Up(t)
	assert.Equal(t, fresh.Cloud.Describe(), run.Cloud.Describe(), "the service is back")
	require.Empty(t, run.Preview(t))
	before.DeletionProtectionEnabled = false
	assert.Equal(t, before, table(t, run), "with the products that it had")

	require.NoError(t, away(t, run))
	assert.Equal(t, want, run.Cloud.Describe())
}

func testReleasedByHand(t *testing.T, run *harness.Run, away func(testing.TB, *harness.Run) error, want string) {
	require.ErrorContains(t, away(t, run), refusal)
	require.ErrorContains(t, away(t, run), refusal, "it does not wear off")
	require.NoError(t, region(run).UpdateTable(table(t, run).TableName, cloud.BillingPerRequest, false))
	require.NoError(t, away(t, run))
	assert.Equal(t, want, run.Cloud.Describe())
}

func region(run *harness.Run) *cloud.Region {
	return run.Cloud.Account(cloud.APIAccount).Region("us-east-1")
}

func table(t *testing.T, run *harness.Run) cloud.Table {
	tables := Must(region(run).ListTables())
	require.Len(t, tables, 1)
	return Must(region(run).DescribeTable(tables[0]))
}
