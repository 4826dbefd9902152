package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/resource/deploy/deploytest"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	environ "github.com/pulumi/pulumi/sdk/v3/go/common/util/env"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
)

// host is the engine's source of plugins. All of them run in this process: the
// simulated AWS provider, and the program as a language runtime.
type host struct {
	plugin.Host
	cloud *cloud.Cloud
	env   provider.Environment

	programs *runtime

	mu          sync.Mutex
	connections []*provider.Connection
	close       func() error // once
}

func newHost(c *cloud.Cloud, env provider.Environment, program pulumi.RunFunc, sink, statusSink diag.Sink) *host {
	h := &host{cloud: c, env: env, programs: &runtime{LanguageRuntime: deploytest.NewLanguageRuntime(nil), program: program}}
	h.programs.ctx, h.programs.stop = context.WithCancel(context.Background())
	h.Host = deploytest.NewPluginHost(sink, statusSink, h.programs)
	h.programs.engine = h.ServerAddr()
	h.close = sync.OnceValue(h.closeAll)
	return h
}

// Provider connects to the provider. Each connection has its own configuration.
func (h *host) Provider(ctx *plugin.Context, descriptor workspace.PluginDescriptor, _ environ.Env) (plugin.Provider, error) {
	if descriptor.Name != "aws" {
		return nil, fmt.Errorf("the sandbox does not model provider %s", descriptor.Name)
	}
	connection, err := provider.Connect(h.cloud, h.env)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	h.connections = append(h.connections, connection)
	h.mu.Unlock()
	p := plugin.NewProviderWithClient(ctx, pulumirpc.NewResourceProviderClient(connection), false)
	_, err = p.Handshake(ctx.Base(), plugin.ProviderHandshakeRequest{
		EngineAddress: h.ServerAddr(), ConfigureWithUrn: true, SupportsViews: true,
		SupportsRefreshBeforeUpdate: true, InvokeWithPreview: true, AcceptsByteString: true,
	})
	return p, err
}

// Close stops the program and ends all connections. The engine calls it unless it
// cannot begin; therefore, the host's creator calls it, too.
func (h *host) Close() error { return h.close() }

func (h *host) closeAll() error {
	h.programs.stop()
	h.programs.running.Wait()
	err := h.Host.Close()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, connection := range h.connections {
		err = errors.Join(err, connection.Close())
	}
	return err
}

// runtime runs the program as the host of a language does, but in this process.
type runtime struct {
	plugin.LanguageRuntime
	program pulumi.RunFunc
	engine  string // its address

	ctx     context.Context // of the program
	stop    context.CancelFunc
	running sync.WaitGroup
}

// Run runs the program until it ends or is stopped. What the program fails with
// becomes the message.
func (r *runtime) Run(_ context.Context, info plugin.RunInfo) (message string, bail bool, err error) {
	r.running.Add(1)
	defer r.running.Done()
	settings := pulumi.RunInfo{
		Project: info.Project, Stack: info.Stack, Organization: info.Organization, RootDirectory: info.Info.RootDirectory(),
		Config: map[string]string{}, Parallel: info.Parallel, DryRun: info.DryRun,
		MonitorAddr: info.MonitorAddress, EngineAddr: r.engine,
	}
	for key, value := range info.Config {
		settings.Config[key.String()] = value
	}
	for _, key := range info.ConfigSecretKeys {
		settings.ConfigSecretKeys = append(settings.ConfigSecretKeys, key.String())
	}
	config.WithKeys(&settings)
	ctx, err := pulumi.NewContext(r.ctx, settings)
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, ctx.Close()) }()
	defer func() {
		if problem := recover(); problem != nil {
			message = fmt.Sprintf("the program panicked: %v", problem)
		}
	}()
	if err := pulumi.RunWithContext(ctx, r.program); err != nil {
		return err.Error(), false, nil
	}
	return "", false, nil
}
