package service_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/faults"
	"iam-secured-api/tests/harness"
)

// TestAProtectedTable runs what would delete the table, is refused and recovers
// as the README says.
func TestAProtectedTable(t *testing.T) {
	unprotected := faults.Alone(t)
	protected := harness.Merge(t, unprotected, "backend: {deletionProtection: true}")
	url := harness.Merge(t, unprotected, faults.URL)
	base, want := faults.Change(t, protected, url)
	table := theTable(t, base)
	byConfiguration := func(t testing.TB, run *harness.Run) {
		run.Configure(t, unprotected)
		run.Up(t)
	}
	byHand := func(t testing.TB, run *harness.Run) {
		region := run.Cloud.Account(cloud.APIAccount).Region("us-east-1")
		require.NoError(t, region.UpdateTable(table, cloud.BillingPerRequest, false))
	}
	for _, test := range []struct {
		name      string
		command   faults.Command
		config    map[string]any
		unprotect func(testing.TB, *harness.Run)
		want      string
	}{
		{"destroy, by configuration", faults.Destroy, protected, byConfiguration, cloud.New().Describe()},
		{"destroy, by hand", faults.Destroy, protected, byHand, cloud.New().Describe()},
		{"switch, by configuration", faults.Up, url, byConfiguration, want},
		{"switch, by hand", faults.Up, url, byHand, want},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			run := faults.Branch(t, base)
			run.Configure(t, test.config)
			require.ErrorContains(t, test.command.Run(run),
				"deleting aws:dynamodb/table:Table products-table: ValidationException: Resource cannot be deleted as it is currently protected")
			test.unprotect(t, run)
			assert.Equal(t, table, theTable(t, run), "it is the same")
			run.Configure(t, test.config)
			require.NoError(t, test.command.Run(run))
			assert.Equal(t, test.want, run.Cloud.Describe())
			test.command.Settled(t, run)
		})
	}
}

// theTable is the name of the one table that there is.
func theTable(t testing.TB, run *harness.Run) string {
	tables, err := run.Cloud.Account(cloud.APIAccount).Region("us-east-1").ListTables()
	require.NoError(t, err)
	require.Len(t, tables, 1)
	return tables[0]
}
