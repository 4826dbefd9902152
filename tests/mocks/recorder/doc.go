// Package recorder runs Pulumi programs on mocks and records what they register
// and export, for assertions once the run is over.
package recorder
