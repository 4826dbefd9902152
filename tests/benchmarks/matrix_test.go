//go:build bench && unix

package benchmarks_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
)

// shape is the size of a configuration.
type shape struct {
	routes, users, groups, policies int
	statements                      int // grants of each policy
	conditions                      bool
}

// largest is the largest configuration within the default quotas of AWS.
var largest = shape{routes: 300, users: 5000, groups: 20, policies: 20, statements: 150}

func (s shape) settings(b *testing.B) config.Settings {
	type object = map[string]any
	routes, policies, groups, users := object{}, object{}, object{}, object{}
	var keys []string
	for i := range s.routes {
		keys = append(keys, fmt.Sprintf("%s /area-%02d/things-%03d/{id}", []string{"GET", "POST", "PUT"}[i%3], i%20, i))
		routes[keys[i]] = object{}
	}
	for i := range s.policies {
		var allow []string
		for j := range s.statements {
			allow = append(allow, keys[(i*7+j)%s.routes])
		}
		policy := object{"allow": allow}
		if s.conditions {
			policy["conditions"] = object{"sourceCidrs": []string{fmt.Sprintf("203.0.113.%d/32", i)}, "secureTransport": true}
		}
		policies[fmt.Sprintf("policy-%02d", i)] = policy
	}
	for i := range s.groups {
		groups[fmt.Sprintf("group-%02d", i)] = object{"policies": []string{fmt.Sprintf("policy-%02d", i%s.policies)}}
	}
	for i := range s.users {
		in := []string{fmt.Sprintf("group-%02d", i%s.groups)}
		if other := i / s.groups % s.groups; other != i%s.groups {
			in = append(in, fmt.Sprintf("group-%02d", other))
		}
		users[fmt.Sprintf("user-%04d", i)] = object{"groups": in}
	}
	values := map[string]string{}
	for key, value := range map[string]object{"routes": routes, "policies": policies, "groups": groups, "users": users} {
		text, err := json.Marshal(value)
		if err != nil {
			b.Fatal(err)
		}
		values[key] = string(text)
	}
	return config.Settings{Values: values}
}

// measure measures the computation of the shape's plan, which a preview does first.
func measure(b *testing.B, s shape) {
	settings := s.settings(b)
	var found *program.Plan
	var err error
	b.ReportAllocs()
	before, start := live(), cpuTime()
	for b.Loop() {
		if found, err = program.Parse(settings); err != nil {
			b.Fatal(err)
		}
	}
	cpu := cpuTime() - start
	b.ReportMetric(milliseconds(cpu)/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(live()-before)/1e6, "live-MB")
	if len(found.Matrix) != s.users+1 {
		b.Fatalf("%d rows", len(found.Matrix))
	}
	runtime.KeepAlive(settings)
}

// live returns the heap in use, in bytes.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// BenchmarkLargest is 300 routes by 5,000 users in 20 groups.
func BenchmarkLargest(b *testing.B) { measure(b, largest) }

// BenchmarkFolded folds the largest matrix for the output, and reports its rows and its
// size as JSON.
func BenchmarkFolded(b *testing.B) {
	found, err := program.Parse(largest.settings(b))
	if err != nil {
		b.Fatal(err)
	}
	matrix := found.Matrix
	var folded map[string]map[string]string
	b.ReportAllocs()
	for b.Loop() {
		folded = matrix.Folded()
	}
	unfolded := map[string]map[string]access.Cell{}
	for name, row := range matrix {
		unfolded[name] = row.Cells
	}
	whole, err := json.Marshal(unfolded)
	if err != nil {
		b.Fatal(err)
	}
	text, err := json.Marshal(folded)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(folded)), "rows")
	b.ReportMetric(float64(len(text))/1e6, "MB")
	b.ReportMetric(float64(len(whole))/1e6, "MB-unfolded")
}

// BenchmarkGrowth changes one thing at a time.
func BenchmarkGrowth(b *testing.B) {
	base := shape{routes: 100, users: 1000, groups: 20, policies: 20, statements: 50}
	for _, growth := range []struct {
		what   string
		counts []int
		set    func(*shape, int)
	}{
		{"statements", []int{1, 10, 50, 100}, func(s *shape, n int) { s.statements = n }},
		{"conditions", []int{1, 10, 50, 100}, func(s *shape, n int) { s.statements, s.conditions = n, true }},
		{"routes", []int{50, 100, 200, 300}, func(s *shape, n int) { s.routes = n }},
		{"policies", []int{5, 20, 80}, func(s *shape, n int) { s.policies, s.groups = n, n }},
		{"principals", []int{10, 100, 1000, 5000}, func(s *shape, n int) { s.users = n }},
	} {
		for _, n := range growth.counts {
			s := base
			growth.set(&s, n)
			b.Run(fmt.Sprintf("%s=%d", growth.what, n), func(b *testing.B) { measure(b, s) })
		}
	}
}
