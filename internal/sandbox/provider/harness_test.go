package provider_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// props are a resource's inputs or outputs in plain Go.
type props = map[string]any

// engine talks to a provider as Pulumi's engine does.
type engine struct {
	t       *testing.T
	rpc     pulumirpc.ResourceProviderClient
	cloud   *cloud.Cloud
	account *cloud.Account
	region  *cloud.Region
}

// dial connects to a provider of the Cloud without configuring it.
func dial(t *testing.T, c *cloud.Cloud) *engine {
	t.Helper()
	server, err := provider.Serve(context.Background(), c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return connect(t, c, server)
}

func connect(t *testing.T, c *cloud.Cloud, server *provider.Server) *engine {
	t.Helper()
	conn, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", server.Port()), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	a := c.Account(cloud.APIAccount)
	return &engine{t: t, rpc: pulumirpc.NewResourceProviderClient(conn), cloud: c, account: a, region: a.Region(Region)}
}

// start returns an engine with a new Cloud, configured for the API's account.
func start(t *testing.T) *engine {
	t.Helper()
	e := dial(t, cloud.New())
	require.NoError(t, e.configure(props{"region": Region}))
	return e
}

func (e *engine) configure(config props) error {
	_, err := e.rpc.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: e.encode(config), AcceptSecrets: true})
	return err
}

var keepAll = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true}

func (e *engine) encode(p props) *structpb.Struct {
	e.t.Helper()
	if p == nil {
		return nil
	}
	return e.marshal(resource.NewPropertyMapFromMap(p))
}

func (e *engine) marshal(m resource.PropertyMap) *structpb.Struct {
	e.t.Helper()
	s, err := plugin.MarshalProperties(m, keepAll)
	require.NoError(e.t, err)
	return s
}

func (e *engine) unmarshal(s *structpb.Struct) resource.PropertyMap {
	e.t.Helper()
	m, err := plugin.UnmarshalProperties(s, keepAll)
	require.NoError(e.t, err)
	return m
}

// decode returns properties in plain Go, with the values of secrets.
func (e *engine) decode(s *structpb.Struct) props {
	e.t.Helper()
	if s == nil {
		return nil
	}
	m, err := plugin.UnmarshalProperties(s, plugin.MarshalOptions{KeepUnknowns: true})
	require.NoError(e.t, err)
	return m.Mappable()
}

// unknown is a value that is not known yet.
var unknown = resource.MakeComputed(resource.NewProperty(""))

func urn(token string) string {
	return fmt.Sprintf("urn:pulumi:dev::shop::%s::thing", token)
}

// res is a resource as the engine remembers it.
type res struct {
	token  string
	id     string
	inputs props
	state  props
}

func (e *engine) checkRPC(token string, olds, news props) (*pulumirpc.CheckResponse, error) {
	e.t.Helper()
	return e.rpc.Check(context.Background(), &pulumirpc.CheckRequest{
		Urn: urn(token), Olds: e.encode(olds), News: e.encode(news), RandomSeed: []byte("12345678901234567890123456789012"),
	})
}

// check returns the checked inputs and requires that there is no failure.
func (e *engine) check(token string, olds, news props) props {
	e.t.Helper()
	resp, err := e.checkRPC(token, olds, news)
	require.NoError(e.t, err)
	require.Empty(e.t, resp.GetFailures())
	return e.decode(resp.GetInputs())
}

// create checks and creates a resource and requires success.
func (e *engine) create(token string, in props) res {
	e.t.Helper()
	r, err := e.tryCreate(token, in)
	require.NoError(e.t, err)
	return r
}

// tryCreate returns, with an error, what the engine would keep.
func (e *engine) tryCreate(token string, in props) (res, error) {
	e.t.Helper()
	r := res{token: token, inputs: e.check(token, nil, in)}
	resp, err := e.rpc.Create(context.Background(), createRequest(e, token, r.inputs))
	if err != nil {
		kept := e.partial(err)
		r.id, r.state = kept.GetId(), e.decode(kept.GetProperties())
		return r, err
	}
	r.id, r.state = resp.GetId(), e.decode(resp.GetProperties())
	return r, nil
}

func createRequest(e *engine, token string, checked props) *pulumirpc.CreateRequest {
	return &pulumirpc.CreateRequest{Urn: urn(token), Properties: e.encode(checked)}
}

// partial returns the part of a resource that an error says was created, or
// nil.
func (e *engine) partial(err error) *pulumirpc.ErrorResourceInitFailed {
	for _, d := range status.Convert(err).Details() {
		if f, ok := d.(*pulumirpc.ErrorResourceInitFailed); ok {
			require.NotEmpty(e.t, f.GetReasons())
			return f
		}
	}
	return nil
}

func (e *engine) diff(r res, news props) *pulumirpc.DiffResponse {
	e.t.Helper()
	resp, err := e.rpc.Diff(context.Background(), &pulumirpc.DiffRequest{
		Urn: urn(r.token), Id: r.id, OldInputs: e.encode(r.inputs), Olds: e.encode(r.state), News: e.encode(news),
	})
	require.NoError(e.t, err)
	return resp
}

// update checks and updates a resource and requires success.
func (e *engine) update(r res, in props) res {
	e.t.Helper()
	out, err := e.tryUpdate(r, in)
	require.NoError(e.t, err)
	return out
}

func (e *engine) tryUpdate(r res, in props) (res, error) {
	e.t.Helper()
	out := res{token: r.token, id: r.id, inputs: e.check(r.token, r.inputs, in)}
	resp, err := e.rpc.Update(context.Background(), &pulumirpc.UpdateRequest{
		Urn: urn(r.token), Id: r.id, OldInputs: e.encode(r.inputs), Olds: e.encode(r.state), News: e.encode(out.inputs),
	})
	if err != nil {
		kept := e.partial(err)
		if kept == nil {
			return r, err
		}
		out.state = e.decode(kept.GetProperties())
		return out, err
	}
	out.state = e.decode(resp.GetProperties())
	return out, nil
}

// refresh reads a resource again, and reports whether it exists.
func (e *engine) refresh(r res) (res, bool) {
	e.t.Helper()
	resp, err := e.rpc.Read(context.Background(), &pulumirpc.ReadRequest{
		Urn: urn(r.token), Id: r.id, Properties: e.encode(r.state), Inputs: e.encode(r.inputs),
	})
	require.NoError(e.t, err)
	if resp.GetId() == "" {
		return res{}, false
	}
	return res{token: r.token, id: resp.GetId(), inputs: e.decode(resp.GetInputs()), state: e.decode(resp.GetProperties())}, true
}

func (e *engine) readRPC(token, id string) (*pulumirpc.ReadResponse, error) {
	return e.rpc.Read(context.Background(), &pulumirpc.ReadRequest{Urn: urn(token), Id: id})
}

// adopt imports a resource and requires that it exists.
func (e *engine) adopt(token, importID string) res {
	e.t.Helper()
	resp, err := e.readRPC(token, importID)
	require.NoError(e.t, err)
	require.NotEmpty(e.t, resp.GetId())
	return res{token: token, id: resp.GetId(), inputs: e.decode(resp.GetInputs()), state: e.decode(resp.GetProperties())}
}

func (e *engine) tryDelete(r res) error {
	_, err := e.rpc.Delete(context.Background(), &pulumirpc.DeleteRequest{
		Urn: urn(r.token), Id: r.id, Properties: e.encode(r.state), OldInputs: e.encode(r.inputs),
	})
	return err
}

func (e *engine) delete(r res) {
	e.t.Helper()
	require.NoError(e.t, e.tryDelete(r))
}

// failNth makes the nth mutation from now on fail before it takes effect.
func (e *engine) failNth(n int) {
	e.cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
		if m.Seq == n {
			return cloud.FailBefore
		}
		return cloud.NoFault
	})
}

// with returns a copy of p with the key set, or removed if v is nil.
func with(p props, key string, v any) props {
	out := props{}
	for k, x := range p {
		out[k] = x
	}
	out[key] = v
	if v == nil {
		delete(out, key)
	}
	return out
}
