// Package config reads the configuration of a Pulumi project strictly. It reports
// unknown keys and wrong types at any depth, all in one error. Each line has the key,
// the value and what is accepted.
package config
