package faults

import (
	"testing"

	"iam-secured-api/tests/harness"
)

// URL has calls go elsewhere, and not to the product service.
const URL = "backend: {archive: null, url: https://shop.example.com}"

// Alone is the configuration of the sandbox stack with the API and its backend
// alone.
func Alone(t testing.TB) map[string]any {
	return harness.Merge(t, harness.Config(t), `
policies: null
groups: null
users: null
instanceRoles: null
crossAccountRoles: null
`)
}

// NewCode is a deployed stack whose product service has since got another
// program, and the Cloud that a fresh deploy makes.
func NewCode(t testing.TB) (run *harness.Run, want string) {
	config := Alone(t)
	return Change(t, config, harness.Merge(t, config, "backend: {archive: "+harness.Archive(t, "2")+"}"))
}
