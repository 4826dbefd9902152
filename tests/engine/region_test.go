package engine_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/tests/harness"
)

// TestRegionAndBack shows that a change of the region fails, as users, groups and roles
// have the same name in every region, and that the way back fails once. It must go on
// then: a resource that was created in the other region and is not replaced on the way
// back would be updated in the region where it does not exist. How many steps run before
// the first failure depends on their order, so something may be left in the other region.
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
	_, err = run.TryUp(engine.Options{ContinueOnError: true})
	require.ErrorContains(t, err, "EntityAlreadyExists")
	run.Up(t, engine.Options{Refresh: true})
	require.Empty(t, run.Preview(t))
	left := regexp.MustCompile(`(?ms)^  region eu-central-1\n.*?^  (region|role)`)
	assert.Equal(t, before, left.ReplaceAllString(run.Cloud.Describe(), "  $1"))
	assert.NotEqual(t, products.TableName, table(t, run).TableName, "the table is a new one")
}
