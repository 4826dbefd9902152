//go:build bench && cli && unix

package benchmarks_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"gopkg.in/yaml.v3"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
	"iam-secured-api/tests/harness"
)

// BenchmarkSandboxCLI measures the sandbox stack through the CLI.
func BenchmarkSandboxCLI(b *testing.B) { both(b, openCLI, harness.Config(b)) }

// BenchmarkLargeCLI measures a stack of 300 routes and 1,000 users through the CLI.
func BenchmarkLargeCLI(b *testing.B) { both(b, openCLI, largeConfig(b)) }

// throughCLI runs the `pulumi` on PATH, which keeps its state in a folder.
type throughCLI struct{ auto.Stack }

func openCLI(b *testing.B, config map[string]any, declare pulumi.RunFunc) stackRun {
	server, err := provider.Serve(context.Background(), cloud.New())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Close() })
	dir, state := b.TempDir(), b.TempDir()
	project, err := os.ReadFile(harness.ProjectFile(b))
	if err != nil {
		b.Fatal(err)
	}
	text, err := yaml.Marshal(map[string]any{"config": config})
	if err != nil {
		b.Fatal(err)
	}
	for name, content := range map[string][]byte{"Pulumi.yaml": project, "Pulumi.benchmark.yaml": text} {
		if err := os.WriteFile(dir+"/"+name, content, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	stack, err := auto.UpsertStackInlineSource(context.Background(), "benchmark", "iam-secured-api", declare, auto.WorkDir(dir),
		auto.EnvVars(map[string]string{
			"PULUMI_HOME": b.TempDir(), "PULUMI_BACKEND_URL": "file://" + state, "PULUMI_CONFIG_PASSPHRASE": "benchmark",
			"PULUMI_DEBUG_PROVIDERS": fmt.Sprintf("aws:%d", server.Port()), "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true", "PULUMI_SKIP_UPDATE_CHECK": "true",
			// Otherwise the CLI writes the whole state after each step, which takes most of the time.
			"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true",
		}))
	if err != nil {
		b.Fatal(err)
	}
	return throughCLI{stack}
}

func (s throughCLI) preview(t testing.TB) { s.previewTo(t) }

func (s throughCLI) previewTo(t testing.TB, opts ...optpreview.Option) {
	if _, err := s.Preview(context.Background(), append(opts, optpreview.ProgressStreams(io.Discard))...); err != nil {
		t.Fatal(err)
	}
}

func (s throughCLI) up(t testing.TB) {
	if _, err := s.Up(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func (s throughCLI) destroy(t testing.TB) {
	if _, err := s.Destroy(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func (s throughCLI) declared(t testing.TB) []string {
	stream, list := make(chan events.EngineEvent), make(chan []string)
	go func() {
		var resources []string
		for event := range stream {
			if step := event.ResourcePreEvent; step != nil && strings.HasPrefix(step.Metadata.Type, "aws:") {
				resources = append(resources, step.Metadata.Type+" "+step.Metadata.URN[strings.LastIndex(step.Metadata.URN, "::")+2:])
			}
		}
		slices.Sort(resources)
		list <- resources
	}()
	s.previewTo(t, optpreview.EventStreams(stream))
	return <-list
}
