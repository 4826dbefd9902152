// Package config holds the tests of the stack's configuration through the whole
// program: what is refused, with which message and with nothing registered, and
// what is accepted.
package config
