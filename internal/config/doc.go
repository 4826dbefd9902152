// Package config reads a Pulumi project's configuration strictly: unknown keys
// and wrong types at any depth are reported, all of them together, each in a
// line with the key, the value and what is accepted.
package config
