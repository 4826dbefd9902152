package provider_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const tokenProvider = "pulumi:providers:aws"

func TestConfigRefusals(t *testing.T) {
	for name, row := range map[string]struct {
		config   props
		property string
	}{
		"no region":         {props{}, "region"},
		"empty region":      {props{"region": ""}, "region"},
		"no such region":    {props{"region": "moon-1"}, "region"},
		"China":             {props{"region": "cn-north-1"}, "region"},
		"GovCloud":          {props{"region": "us-gov-west-1"}, "region"},
		"default tags":      {props{"region": Region, "defaultTags": `{"tags":{"a":"b"}}`}, "defaultTags"},
		"no role":           {props{"region": Region, "assumeRole": `{"externalId":"x1"}`}, "assumeRole"},
		"a role's policies": {props{"region": Region, "assumeRole": `{"roleArn":"x","policyArns":["y"]}`}, "assumeRole"},
		"a role for days":   {props{"region": Region, "assumeRole": `{"roleArn":"x","duration":"2 days"}`}, "assumeRole"},
		"endpoints":         {props{"region": Region, "endpoints": `[{"iam":"http://localhost"}]`}, "endpoints"},
		"allowed accounts":  {props{"region": Region, "allowedAccountIds": `111122223333`}, "allowedAccountIds"},
		"both lists": {props{"region": Region, "allowedAccountIds": `["111122223333"]`, "forbiddenAccountIds": `["444455556666"]`},
			"forbiddenAccountIds"},
		"an unknown option": {props{"region": Region, "regoin": "x"}, "regoin"},
	} {
		t.Run(name, func(t *testing.T) {
			e := dial(t, cloud.New())
			resp, err := e.rpc.CheckConfig(context.Background(), &pulumirpc.CheckRequest{Urn: urn(tokenProvider), News: e.encode(row.config)})
			require.NoError(t, err)
			require.Len(t, resp.GetFailures(), 1)
			assert.Equal(t, row.property, resp.GetFailures()[0].GetProperty())
			assert.Contains(t, resp.GetFailures()[0].GetReason(), row.property)
			assert.Equal(t, codes.InvalidArgument, status.Code(e.configure(row.config)))
			_, err = e.readRPC(tokenUser, "x")
			assert.Equal(t, codes.FailedPrecondition, status.Code(err), "a rejected configuration sets nothing")
		})
	}
}

func TestAcceptedConfig(t *testing.T) {
	config := props{"region": "eu-central-1", "accessKey": cloud.APIOperatorKey, "secretKey": "x", "token": "y", "version": "6.83.2",
		"skipCredentialsValidation": "true", "skipMetadataApiCheck": "true", "defaultTags": ""}
	e := dial(t, cloud.New())
	resp, err := e.rpc.CheckConfig(context.Background(), &pulumirpc.CheckRequest{Urn: urn(tokenProvider), News: e.encode(config)})
	require.NoError(t, err)
	require.Empty(t, resp.GetFailures())
	assert.Equal(t, config, e.decode(resp.GetInputs()))
	require.NoError(t, e.configure(config))
	e.create(tokenLogGroup, props{"name": "calls"})
	_, err = e.account.Region("eu-central-1").DescribeLogGroup("calls")
	require.NoError(t, err)
	resp, err = e.rpc.CheckConfig(context.Background(), &pulumirpc.CheckRequest{Urn: urn(tokenProvider), News: e.encode(props{"region": unknown})})
	require.NoError(t, err)
	assert.Empty(t, resp.GetFailures())
}

func TestAccessKeySelectsTheAccount(t *testing.T) {
	c := cloud.New()
	caller := Must(c.Account(cloud.CallerAccount).ListAccessKeys(cloud.CallerUser))[0].AccessKeyID
	for key, account := range map[string]string{
		"":                      cloud.APIAccount,
		cloud.APIOperatorKey:    cloud.APIAccount,
		cloud.CallerOperatorKey: cloud.CallerAccount,
		caller:                  cloud.CallerAccount,
	} {
		e := dial(t, c)
		require.NoError(t, e.configure(props{"region": Region, "accessKey": key, "secretKey": "hidden"}))
		g := e.create(tokenGroup, props{"name": "g" + key})
		assert.Contains(t, g.state["arn"], account)
	}
	e := dial(t, c)
	err := e.configure(props{"region": Region, "accessKey": "AKIAXXXXXXXXXXXXXXXX", "secretKey": "hidden"})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "InvalidClientTokenId")
	assert.Contains(t, err.Error(), "AKIAXXXXXXXXXXXXXXXX")
	assert.NotContains(t, err.Error(), "hidden")
}

func TestConnectionsAreIndependent(t *testing.T) {
	c := cloud.New()
	server, err := provider.Serve(context.Background(), c)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	first, second, third := connect(t, c, server), connect(t, c, server), connect(t, c, server)
	require.NoError(t, first.configure(props{"region": Region}))
	require.NoError(t, second.configure(props{"region": "eu-west-1", "accessKey": cloud.CallerOperatorKey}))
	for i := range 3 {
		name := fmt.Sprintf("g%d", i)
		assert.Contains(t, first.create(tokenGroup, props{"name": name}).state["arn"], cloud.APIAccount)
		assert.Contains(t, second.create(tokenGroup, props{"name": name}).state["arn"], cloud.CallerAccount)
		assert.Contains(t, second.create(tokenLogGroup, props{"name": name}).state["arn"], "eu-west-1")
	}
	_, err = third.tryCreate(tokenGroup, props{"name": "x"})
	assert.Equal(t, codes.FailedPrecondition, status.Code(err))
}

func TestDiffConfig(t *testing.T) {
	e := dial(t, cloud.New())
	diff := func(old, now props) *pulumirpc.DiffResponse {
		return Must(e.rpc.DiffConfig(context.Background(), &pulumirpc.DiffRequest{
			Urn: urn(tokenProvider), OldInputs: e.encode(old), Olds: e.encode(old), News: e.encode(now)}))
	}
	base := props{"region": Region, "secretKey": "a"}
	assert.Equal(t, none, diff(base, base).GetChanges())
	d := diff(base, with(base, "secretKey", "b"))
	assert.Equal(t, some, d.GetChanges())
	assert.Empty(t, d.GetReplaces())
	assert.Equal(t, []string{"region"}, diff(base, with(base, "region", "eu-west-1")).GetReplaces())
}

func TestHandshake(t *testing.T) {
	e := dial(t, cloud.New())
	ctx := context.Background()
	h := Must(e.rpc.Handshake(ctx, &pulumirpc.ProviderHandshakeRequest{}))
	assert.True(t, h.GetAcceptSecrets())
	assert.True(t, h.GetSupportsAutonamingConfiguration())
	assert.False(t, h.GetAcceptOutputs())
	assert.False(t, h.GetAcceptResources())
	assert.Equal(t, "6.83.2", Must(e.rpc.GetPluginInfo(ctx, &emptypb.Empty{})).GetVersion())
	Must(e.rpc.Attach(ctx, &pulumirpc.PluginAttach{Address: "127.0.0.1:1"}))
	Must(e.rpc.Cancel(ctx, &emptypb.Empty{}))
}

func TestUnmodelledRequests(t *testing.T) {
	e := start(t)
	ctx := context.Background()
	const function = "aws:iam/getPolicy:getPolicy"
	_, err := e.rpc.Invoke(ctx, &pulumirpc.InvokeRequest{Tok: function})
	require.ErrorContains(t, err, function)
	_, err = e.rpc.Call(ctx, &pulumirpc.CallRequest{Tok: function})
	require.ErrorContains(t, err, function)
	_, err = e.rpc.Construct(ctx, &pulumirpc.ConstructRequest{Type: "aws:x:Y"})
	require.ErrorContains(t, err, "aws:x:Y")
	_, err = e.rpc.GetSchema(ctx, &pulumirpc.GetSchemaRequest{})
	assert.Equal(t, codes.Unimplemented, status.Code(err))
}

func TestServerListensOnLoopbackAndStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	server, err := provider.Serve(ctx, cloud.New())
	require.NoError(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", server.Port())
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	for _, a := range Must(net.InterfaceAddrs()) {
		ip, _, err := net.ParseCIDR(a.String())
		if err != nil || ip.IsLoopback() {
			continue
		}
		_, err = net.Dial("tcp", net.JoinHostPort(ip.String(), fmt.Sprint(server.Port())))
		assert.Error(t, err, "reachable at %s", ip)
	}
	cancel()
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil && strings.Contains(err.Error(), "refused")
	}, longest, tick)
	require.NoError(t, server.Close())
}
