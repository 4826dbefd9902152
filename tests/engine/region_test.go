package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/harness"
)

// TestRegionAndBack shows that a change of the region fails, as users, groups and
// roles have the same name in every region, and that the way back fails once.
func TestRegionAndBack(t *testing.T) {
	t.Parallel()
	config := harness.Config(t)
	run := harness.New(t, config)
	run.Up(t)
	before, products := run.Cloud.Describe(), table(t, run)

	run.Configure(t, harness.Merge(t, config, `{aws:region: eu-central-1}`))
	_, err := run.TryUp()
	require.ErrorContains(t, err, "EntityAlreadyExists")

	run.Configure(t, config)
	_, err = run.TryUp()
	require.ErrorContains(t, err, "EntityAlreadyExists")
	run.Up(t)
	require.Empty(t, run.Preview(t))
	assert.Equal(t, before, run.Cloud.Describe())
	assert.NotEqual(t, products.TableName, table(t, run).TableName, "the table is a new one")
}
