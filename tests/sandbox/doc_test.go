// Package sandbox_test runs cmd/sandbox as a process.
package sandbox_test
