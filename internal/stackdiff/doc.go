// Package stackdiff reads stack config files and says, in words and as data, who
// gains and who loses what when one takes the place of another. It needs no
// engine, no credential and no network.
package stackdiff
