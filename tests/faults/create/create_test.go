// Package create_test fails each call of a first up.
package create_test

import (
	"testing"

	"iam-secured-api/tests/faults"
	"iam-secured-api/tests/harness"
)

func TestEveryCallOfAFirstUp(t *testing.T) {
	fresh := harness.New(t, harness.Config(t))
	faultless := faults.Branch(t, fresh)
	faultless.Up(t)
	faults.EveryCall{Start: fresh, Command: faults.Up, Want: faultless.Cloud.Describe()}.Test(t)
}
