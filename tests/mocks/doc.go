// Package mocks holds the tests of the components, each alone, and of the whole
// program on mocks: what is registered, as an update and as a preview.
package mocks
