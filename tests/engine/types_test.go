package engine_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	apiprogram "iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/internal/sandbox/provider"
	"iam-secured-api/tests/harness"
)

// deployed returns the resources of a type in a run's state.
func deployed(t testing.TB, run *harness.Run, token string) []apitype.ResourceV3 {
	state, err := run.Stack.Deployment()
	require.NoError(t, err)
	return slices.DeleteFunc(state.Resources, func(r apitype.ResourceV3) bool { return string(r.Type) != token })
}

// listed returns the resources of a type in the API's account.
func listed(t testing.TB, run *harness.Run, kind provider.Type) []provider.Existing {
	list, err := kind.List(run.Cloud.Account(cloud.APIAccount), "us-east-1")
	require.NoError(t, err)
	return list
}

const typeAuthorizer = "aws:apigatewayv2/authorizer:Authorizer"

// extra are minimal inputs of a resource of each type that the program does not
// use. The authorizer needs the id of an API as well.
var extra = map[string]pulumi.Map{
	typeAuthorizer: {
		"authorizerType": pulumi.String("JWT"), "identitySources": pulumi.ToStringArray([]string{"$request.header.Authorization"}),
		"jwtConfiguration": pulumi.Map{
			"issuer": pulumi.String("https://issuer.example.com"), "audiences": pulumi.ToStringArray([]string{"x"}),
		},
	},
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
		"url": pulumi.String("https://issuer.example.com"), "clientIdLists": pulumi.ToStringArray([]string{"x"}),
	},
}

// TestTypes compares the registry of types with the engine's state, which has a
// resource of every type, and no other: those of the program, and one of each
// extra type.
func TestTypes(t *testing.T) {
	t.Parallel()
	c := cloud.New()
	stack, err := engine.Open(c, engine.Project{
		File: harness.ProjectFile(t), Stack: "sandbox", Config: harness.Merge(t, harness.Config(t), baseConfig),
		Program: func(ctx *pulumi.Context) error {
			api, apiErr := apigatewayv2.NewApi(ctx, "extra", &apigatewayv2.ApiArgs{
				ProtocolType: pulumi.String("HTTP"), Tags: pulumi.StringMap{"team": pulumi.String("shop")},
			})
			if apiErr != nil {
				return apiErr
			}
			err := apiprogram.Deploy(ctx)
			for token, inputs := range extra {
				if token == typeAuthorizer {
					inputs = maps.Clone(inputs)
					inputs["apiId"] = api.ID()
				}
				var r pulumi.CustomResourceState
				err = errors.Join(err, ctx.RegisterResource(token, "extra", inputs, &r))
			}
			return err
		},
	})
	require.NoError(t, err)
	run := &harness.Run{Cloud: c, Stack: stack}
	run.Up(t)
	state, err := run.Stack.Deployment()
	require.NoError(t, err)
	var created, registered []string
	for _, r := range state.Resources {
		if strings.HasPrefix(string(r.Type), "aws:") {
			created = append(created, string(r.Type))
		}
	}
	for _, kind := range provider.Types() {
		registered = append(registered, kind.Token())
	}
	slices.Sort(registered)
	require.Equal(t, registered, slices.Compact(slices.Sorted(slices.Values(created))), "a type that the program does not use belongs in extra")

	for _, kind := range provider.Types() {
		var known, exist []string
		for _, r := range deployed(t, run, kind.Token()) {
			known = append(known, string(r.ID))
			if extra[kind.Token()] == nil {
				assert.Equal(t, kind.TakesTags(), r.Inputs["tags"] != nil, "tags of %s", r.URN)
				assert.Equal(t, kind.Takes("permissionsBoundary"), r.Inputs["permissionsBoundary"] != nil, "boundary of %s", r.URN)
			}
		}
		for _, found := range listed(t, run, kind) {
			exist = append(exist, found.ID)
		}
		if kind.Creates() == "" {
			assert.Empty(t, exist, "%s has no ids of its own", kind.Token())
		} else {
			assert.ElementsMatch(t, known, exist, "list of %s", kind.Token())
		}
	}
}

// testTags changes, adds or removes a tag of one resource of each type with tags
// that the program uses.
func testTags(t *testing.T, run *harness.Run) {
	account := run.Cloud.Account(cloud.APIAccount)
	var changes harness.Changes
	var by []func(hand)
	for i, kind := range provider.Types() {
		if !kind.TakesTags() || extra[kind.Token()] != nil {
			continue
		}
		first := listed(t, run, kind)[0]
		for _, r := range deployed(t, run, kind.Token()) {
			if string(r.ID) == first.ID {
				changes = append(changes, "update "+strings.TrimPrefix(kind.Token(), "aws:")+" "+r.URN.Name())
			}
		}
		by = append(by, func(h hand) {
			switch i % 3 {
			case 0:
				h.do(kind.Tag(account, "us-east-1", first, map[string]string{"team": "mine"}))
			case 1:
				h.do(kind.Tag(account, "us-east-1", first, map[string]string{"owner": "me"}))
			case 2:
				h.do(kind.Untag(account, "us-east-1", first, "team"))
			}
		})
	}
	require.Len(t, changes, len(by))
	drift{by: func(h hand) {
		for _, change := range by {
			change(h)
		}
	}, found: harness.Join(changes)}.run(t, run)
}
