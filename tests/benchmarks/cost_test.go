//go:build bench && unix

package benchmarks_test

import (
	"syscall"
	"time"
)

// cpuTime returns the user and system time of this process and of its ended children.
func cpuTime() time.Duration {
	var sum time.Duration
	for _, u := range usages() {
		sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return sum
}

// peakMemory returns the peak memory, in MB, of this process or of an ended child,
// whichever is larger.
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
			panic(err) // cannot fail
		}
	}
	return usages
}
