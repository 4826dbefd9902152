// Package service_test fails each call of an up that changes the product
// service in another way than the edit of package update, which deletes it.
package service_test

import (
	"testing"

	"iam-secured-api/tests/faults"
	"iam-secured-api/tests/harness"
)

func TestEveryCallOfASwitchToTheService(t *testing.T) {
	service := faults.Alone(t)
	run, want := faults.Change(t, harness.Merge(t, service, faults.URL), service)
	faults.EveryCall{Start: run, Command: faults.Up, Want: want}.Test(t)
}

func TestEveryCallOfNewCode(t *testing.T) {
	run, want := faults.NewCode(t)
	faults.EveryCall{Start: run, Command: faults.Up, Want: want}.Test(t)
}
