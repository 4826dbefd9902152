// Package bundle makes and checks the archives that Lambda runs Go functions
// from: a zip file with the executable `bootstrap` at its root, a program for
// Linux on arm64 (runtimes provided.al2023 and newer).
//
// [Build] is reproducible. The same sources and the same Go toolchain give the
// same bytes, whatever the folder, the user and the user's Go settings, so that a
// preview without a change shows none. What changes the bytes is a change of the
// program, of a module that it uses, of the module's own name, or of the
// toolchain: an update of Go shows once, as a new function that takes the old
// one's place. Everybody who deploys a stack should therefore have one version of
// Go, or deploy an archive made once.
package bundle
