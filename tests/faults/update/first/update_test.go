// Package first_test fails each call of the first half of those of an up that
// creates, updates, replaces and deletes.
package first_test

import (
	"testing"

	"iam-secured-api/tests/faults"
)

func TestEveryCallOfAnUpdate(t *testing.T) {
	every := faults.EveryCallOfAnUpdate(t)
	every.Part, every.Of = 0, 2
	every.Test(t)
}
