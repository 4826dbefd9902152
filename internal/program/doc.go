// Package program is the Pulumi program. [Parse] checks the stack's configuration and
// computes a [Plan] from it. [Deploy] creates the plan's components and exports the
// stack's outputs.
package program
