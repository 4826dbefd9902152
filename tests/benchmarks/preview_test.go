//go:build bench && unix

// Package benchmarks_test compares the program with one that declares the same resources
// with the plain SDK, in turn, on simulated AWS:
//
//	go test -tags bench -run '^$' -bench . -benchtime 5x ./tests/benchmarks
//
// With `-tags bench,cli`, and a `pulumi` on PATH, it also compares them through the
// Pulumi CLI, which takes minutes.
//
// "cpu-ms" is CPU time, without the garbage collector of this process. It depends little
// on other work on the machine. Through the CLI, it is the sum of the CLI, which runs the
// engine, and this process, which runs the program and simulated AWS. "x-cpu" is the program's CPU
// time divided by the plain one's, "x-cpu-bare" divided by that of the plain one with the
// same components, and "x-cpu-components" that one's by the plain one's. "x-alloc-bare"
// compares allocated memory. "peak-MB" is the peak memory of a process so far.
package benchmarks_test

import (
	"context"
	"encoding/json"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	pulumiengine "github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/tests/harness"
)

// BenchmarkSandbox measures the sandbox stack.
func BenchmarkSandbox(b *testing.B) { both(b, openInProcess, harness.Config(b)) }

// BenchmarkLarge measures a stack of 300 routes and 1,000 users.
func BenchmarkLarge(b *testing.B) { both(b, openInProcess, largeConfig(b)) }

// opener opens a stack.
type opener func(b *testing.B, config map[string]any, declare pulumi.RunFunc) stackRun

// both previews and deploys the stack of a configuration, as the program declares
// it, plainly, and plainly with components.
func both(b *testing.B, open opener, config map[string]any) {
	s := stackOf(b, config)
	declare := map[string]pulumi.RunFunc{"": deploy(b, config), "plain-": s.plain, "bare-": s.bare}
	declared := open(b, config, declare[""]).declared(b)
	for name, other := range declare {
		if !slices.Equal(declared, open(b, config, other).declared(b)) {
			b.Fatalf("%s: not the same resources: the program declares %d", name, len(declared))
		}
	}
	b.Run("preview", func(b *testing.B) {
		compare(b, func(name string) stackRun { return open(b, config, declare[name]) })
		partsOf(b, config)
	})
	b.Run("up", func(b *testing.B) {
		ours := open(b, config, declare[""])
		var spent spent
		for b.Loop() {
			spent.add(func() { ours.up(b) })
			ours.destroy(b)
		}
		spent.report(b, "")
	})
	b.Run("unchanged preview", func(b *testing.B) {
		compare(b, func(name string) stackRun {
			run := open(b, config, declare[name])
			run.up(b)
			return run
		})
	})
}

// spent is CPU time, elapsed time and allocated memory.
type spent struct {
	cpu, clock time.Duration
	bytes      uint64
}

// add runs f without the garbage collector, which takes the longer the more other
// stacks hold. The allocated memory says how much work it would have.
func (s *spent) add(f func()) {
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	cpu, clock, bytes := cpuTime(), time.Now(), allocated()
	f()
	s.cpu, s.clock, s.bytes = s.cpu+cpuTime()-cpu, s.clock+time.Since(clock), s.bytes+allocated()-bytes
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

// report reports the time of b.N runs.
func (s *spent) report(b *testing.B, of string) {
	per := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) / float64(b.N) }
	b.ReportMetric(per(s.cpu), of+"cpu-ms")
	b.ReportMetric(per(s.clock), of+"clock-ms")
	b.ReportMetric(peakMemory(), "peak-MB")
	b.ReportMetric(0, "ns/op") // the sum of all is meaningless
}

// compare previews a stack of the program, of the plain one, and of the plain one
// with components.
func compare(b *testing.B, open func(name string) stackRun) {
	cpu, bytes := map[string]float64{}, map[string]float64{}
	for _, name := range []string{"", "plain-", "bare-"} {
		run := open(name)
		var spent spent
		for range b.N {
			spent.add(func() { run.preview(b) })
		}
		spent.report(b, name)
		cpu[name], bytes[name] = float64(spent.cpu), float64(spent.bytes)
	}
	b.ReportMetric(cpu[""]/cpu["plain-"], "x-cpu")
	b.ReportMetric(cpu[""]/cpu["bare-"], "x-cpu-bare")
	b.ReportMetric(cpu["bare-"]/cpu["plain-"], "x-cpu-components")
	b.ReportMetric(bytes[""]/bytes["bare-"], "x-alloc-bare")
}

// deploy returns the program, with the settings of a configuration. Pulumi's
// Automation API does not pass on the keys that config.Load requires.
func deploy(b *testing.B, configuration map[string]any) pulumi.RunFunc {
	settings := settingsOf(b, configuration)
	return func(ctx *pulumi.Context) error {
		plan, err := program.Parse(settings)
		if err != nil {
			return err
		}
		return plan.Deploy(ctx)
	}
}

// settingsOf returns the project's settings in a configuration.
func settingsOf(b *testing.B, configuration map[string]any) config.Settings {
	settings := config.Settings{Values: map[string]string{}}
	for key, value := range configuration {
		if strings.Contains(key, ":") {
			continue // another provider's
		}
		text, isText := value.(string)
		if !isText {
			data, err := json.Marshal(value)
			if err != nil {
				b.Fatal(err)
			}
			text = string(data)
		}
		settings.Values[key] = text
	}
	return settings
}

// partsOf reports the CPU time of the program's plan, which includes the matrix.
func partsOf(b *testing.B, configuration map[string]any) {
	settings := settingsOf(b, configuration)
	var parse spent
	parse.add(func() {
		if _, err := program.Parse(settings); err != nil {
			b.Fatal(err)
		}
	})
	b.ReportMetric(float64(parse.cpu)/float64(time.Millisecond), "parse-cpu-ms")
}

// stackRun is a stack of a program on its own Cloud.
type stackRun interface {
	preview(testing.TB)
	up(testing.TB)
	destroy(testing.TB)
	// declared returns the types and names of the resources without components.
	declared(testing.TB) []string
}

// inProcess runs Pulumi's engine in this process.
type inProcess struct{ *engine.Stack }

func openInProcess(b *testing.B, config map[string]any, declare pulumi.RunFunc) stackRun {
	stack, err := engine.Open(cloud.New(), engine.Project{
		File: harness.ProjectFile(b), Stack: "benchmark", Config: config, Program: declare,
	})
	if err != nil {
		b.Fatal(err)
	}
	return inProcess{stack}
}

func (s inProcess) must(t testing.TB, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

func (s inProcess) preview(t testing.TB) {
	s.must(t, s.Preview(context.Background(), engine.Options{Output: io.Discard}))
}
func (s inProcess) up(t testing.TB) {
	s.must(t, s.Up(context.Background(), engine.Options{Output: io.Discard}))
}
func (s inProcess) destroy(t testing.TB) {
	s.must(t, s.Destroy(context.Background(), engine.Options{Output: io.Discard}))
}

func (s inProcess) declared(t testing.TB) (resources []string) {
	s.must(t, s.Preview(context.Background(), engine.Options{Event: func(event pulumiengine.Event) {
		if step, is := event.Payload().(pulumiengine.ResourcePreEventPayload); is && strings.HasPrefix(string(step.Metadata.Type), "aws:") {
			resources = append(resources, string(step.Metadata.Type)+" "+step.Metadata.URN.Name())
		}
	}}))
	slices.Sort(resources)
	return resources
}
