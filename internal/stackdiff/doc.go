// Package stackdiff reads stack config files and compares them: it reports, as text
// and as data, which principals gain or lose access if one file replaces another. It
// needs no engine, no credentials and no network.
package stackdiff
