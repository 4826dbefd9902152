// Package second_test fails each call of the second half of those of an up that
// creates, updates, replaces and deletes.
package second_test

import (
	"testing"

	"iam-secured-api/tests/faults"
)

func TestEveryCallOfAnUpdate(t *testing.T) {
	every := faults.EveryCallOfAnUpdate(t)
	every.Part, every.Of = 1, 2
	every.Test(t)
}
