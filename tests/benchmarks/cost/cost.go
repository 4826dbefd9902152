//go:build unix

// Package cost measures what benchmarks take of the machine besides time on the
// clock, which says little where others work too.
package cost

import (
	"syscall"
	"time"
)

// CPU is the time that this process, and those that it has started and that have
// ended, have had on processors: their own and the system's on their behalf.
func CPU() time.Duration {
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var usage syscall.Rusage
		if err := syscall.Getrusage(who, &usage); err != nil {
			panic(err) // it has no reason to fail
		}
		sum += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	return sum
}
