package harness

import (
	"testing"

	"iam-secured-api/tests/archive"
)

// Archive makes a product service's program that Lambda would take, though it
// does nothing, in no time. Its bytes differ with the version alone.
func Archive(t testing.TB, version string) string { return archive.Make(t, version) }
