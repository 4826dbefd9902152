// Package program is the Pulumi program: it reads the stack's configuration,
// checks all of it, creates the components and exports the stack's outputs. It
// is the only place that reads configuration.
package program
