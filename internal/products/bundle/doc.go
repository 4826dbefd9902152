// Package bundle builds and checks archives of Lambda functions in Go: a zip file with
// the executable `bootstrap` at its root, a program for Linux on arm64 (runtimes
// provided.al2023 and newer).
//
// [Build] is reproducible. The same sources and the same Go toolchain result in the
// same bytes, in any folder and with any Go settings of the user. So a preview without
// a change shows none. A change of the program, of a module that it uses, of the
// module's own name, or of the toolchain changes the bytes. After an update of Go, the
// next preview replaces the function's code once. Therefore everybody who deploys a
// stack should have the same version of Go, or deploy an archive that was built once.
package bundle
