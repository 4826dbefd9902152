//go:build bench && unix

package benchmarks_test

import (
	"syscall"
	"time"
)

// cpuTime is the time that this process, and those that it has started and that
// have ended, have had on processors: their own and the system's on their behalf.
func cpuTime() time.Duration {
	var sum time.Duration
	for _, u := range usages() {
		sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return sum
}

// peakMemory is the most memory, in MB, that this process has held at a time, or
// one of those that it has started if that is more.
func peakMemory() float64 {
	var most int64
	for _, u := range usages() {
		most = max(most, u.Maxrss)
	}
	return float64(most) / 1024 // Linux counts KiB
}

func usages() [2]syscall.Rusage {
	var usages [2]syscall.Rusage
	for i, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		if err := syscall.Getrusage(who, &usages[i]); err != nil {
			panic(err) // it has no reason to fail
		}
	}
	return usages
}
