//go:build unix

// Package preview_test measures `pulumi preview` of the program beside that of
// the same resources declared with the plain SDK, in one run and in turn, on
// simulated AWS:
//
//	go test -run '^$' -bench . -benchtime 5x ./tests/benchmarks/preview
//
// It takes minutes. The time on processors ("cpu") is that of the CLI, which has
// the engine, and of this process, which has the program and simulated AWS; other
// work on the machine does not lengthen it much. "x-cpu" and "x-clock" are the
// program's share of the plain one's, "parse" and "access" the time that the program
// takes to read its configuration and to find out who can call what, and "%-access"
// the latter's part of the preview.
package preview_test

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/tests/benchmarks/cost"
	"iam-secured-api/tests/harness"
)

// BenchmarkSandbox previews the sandbox's stack.
func BenchmarkSandbox(b *testing.B) { both(b, harness.Config(b)) }

// BenchmarkLarge previews one of 300 routes and 1,000 users.
func BenchmarkLarge(b *testing.B) { both(b, largeConfig(b)) }

// both previews the stack of a configuration, once as the program declares it
// and once plainly, before anything of it is deployed and after.
func both(b *testing.B, config map[string]any) {
	ours, plain := open(b, config, program.Deploy), open(b, config, stackOf(b, config).plain)
	if declared := ours.declared(b); !slices.Equal(declared, plain.declared(b)) {
		b.Fatalf("not the same resources: the program declares %d", len(declared))
	}
	b.Run("first", func(b *testing.B) { compare(b, config, ours, plain) })
	ours.up(b)
	plain.up(b)
	b.Run("unchanged", func(b *testing.B) { compare(b, config, ours, plain) })
}

// spent is time on processors and on the clock.
type spent struct{ cpu, clock time.Duration }

func (s *spent) add(f func()) {
	cpu, clock := cost.CPU(), time.Now()
	f()
	s.cpu, s.clock = s.cpu+cost.CPU()-cpu, s.clock+time.Since(clock)
}

func compare(b *testing.B, config map[string]any, ours, plain stackRun) {
	var with, without spent
	for b.Loop() {
		with.add(func() { ours.preview(b) })
		without.add(func() { plain.preview(b) })
	}
	parse, access := partsOf(b, config)
	per := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) / float64(b.N) }
	b.ReportMetric(per(with.cpu), "cpu-ms")
	b.ReportMetric(per(without.cpu), "plain-cpu-ms")
	b.ReportMetric(float64(with.cpu)/float64(without.cpu), "x-cpu")
	b.ReportMetric(per(with.clock), "clock-ms")
	b.ReportMetric(per(without.clock), "plain-clock-ms")
	b.ReportMetric(float64(with.clock)/float64(without.clock), "x-clock")
	b.ReportMetric(float64(parse.cpu)/float64(time.Millisecond), "parse-cpu-ms")
	b.ReportMetric(float64(access.cpu)/float64(time.Millisecond), "access-cpu-ms")
	b.ReportMetric(100*float64(access.cpu)/(float64(with.cpu)/float64(b.N)), "%-access")
	b.ReportMetric(0, "ns/op") // of both together, which says nothing
}

// partsOf times, in a preview of its own, what the program does before it
// declares anything.
func partsOf(b *testing.B, settings map[string]any) (parse, access spent) {
	open(b, settings, func(ctx *pulumi.Context) (err error) {
		var cfg program.Config
		parse.add(func() {
			var loaded config.Settings
			if loaded, err = config.Load(ctx); err == nil {
				cfg, err = program.Parse(loaded)
			}
		})
		if err == nil {
			access.add(func() { _, err = cfg.Access() })
		}
		return err
	}).preview(b)
	return parse, access
}

// stackRun is a program's stack on a Cloud of its own.
type stackRun struct{ *engine.Stack }

func open(b *testing.B, config map[string]any, declare pulumi.RunFunc) stackRun {
	workspace, err := engine.New(context.Background(), cloud.New(), os.Stderr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := workspace.Close(); err != nil {
			b.Error(err)
		}
	})
	stack, err := workspace.Open(context.Background(), engine.Project{
		File: harness.ProjectFile(b), Stack: "benchmark", Config: config, Program: declare,
	})
	if err != nil {
		b.Fatal(err)
	}
	stack.Workspace().SetEnvVar("PULUMI_EXPERIMENTAL", "true")
	stack.Workspace().SetEnvVar("PULUMI_SKIP_CHECKPOINTS", "true") // which a preview does not write
	return stackRun{stack}
}

func (s stackRun) preview(b *testing.B, opts ...optpreview.Option) {
	if _, err := s.Preview(context.Background(), append(opts, optpreview.ProgressStreams(io.Discard))...); err != nil {
		b.Fatal(err)
	}
}

func (s stackRun) up(b *testing.B) {
	if _, err := s.Up(engine.Bare(context.Background())); err != nil {
		b.Fatal(err)
	}
}

// declared lists the types and names of the resources, components apart.
func (s stackRun) declared(b *testing.B) []string {
	stream, list := make(chan events.EngineEvent), make(chan []string)
	go func() {
		var resources []string
		for event := range stream {
			if step := event.ResourcePreEvent; step != nil && strings.HasPrefix(step.Metadata.Type, "aws:") {
				resources = append(resources, step.Metadata.Type+step.Metadata.URN[strings.LastIndex(step.Metadata.URN, "::"):])
			}
		}
		slices.Sort(resources)
		list <- resources
	}()
	s.preview(b, optpreview.EventStreams(stream))
	return <-list
}
