package engine_test

import (
	"slices"
	"testing"

	"iam-secured-api/tests/harness"
)

// TestEdits edits the configuration of a deployed stack.
func TestEdits(t *testing.T) {
	harness.RunEdits(t, slices.Concat(
		apiEdits, policyEdits, otherEdits, conditionEdits, serviceEdits, groupEdits, userEdits, roleEdits, largeEdits))
}
