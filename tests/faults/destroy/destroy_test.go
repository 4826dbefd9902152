// Package destroy_test fails each call of a destroy.
package destroy_test

import (
	"testing"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/faults"
	"iam-secured-api/tests/harness"
)

func TestEveryCallOfADestroy(t *testing.T) {
	base := harness.New(t, harness.Config(t))
	base.Up(t)
	faults.EveryCall{Start: base, Command: faults.Destroy, Want: cloud.New().Describe()}.Test(t)
}
