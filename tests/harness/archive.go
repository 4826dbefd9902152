package harness

import (
	"testing"

	"iam-secured-api/tests/archive"
)

// Archive writes an archive that Lambda would accept in place of the product service,
// with a program that does nothing. Its bytes differ with the version alone.
func Archive(t testing.TB, version string) string { return archive.Make(t, version) }
