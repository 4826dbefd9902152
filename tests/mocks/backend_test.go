package mocks

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/tests/mocks/recorder"
)

func TestHttpApiPassesEveryRouteToTheFunction(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("HttpApi of a function").deploy(t, run, "one")
		function := recording.Named(t, recorder.Function, "given")
		integration := only(t, recording, recorder.Integration)
		require.Equal(t, "AWS_PROXY", integration.Input("integrationType"))
		require.Equal(t, "POST", integration.Input("integrationMethod"))
		require.Equal(t, function.Output("invokeArn"), integration.Input("integrationUri"))
		require.Equal(t, "2.0", integration.Input("payloadFormatVersion"))
		require.Nil(t, integration.Input("requestParameters"), "the function gets the request as it is")
		require.Nil(t, integration.Input("credentialsArn"), "the function is called by its permission")

		permission := only(t, recording, recorder.Permission)
		require.Subset(t, integration.DependsOn, []resource.URN{permission.URN, function.URN}, "no call meets a function that refuses it")
		requireRouted(t, recording, integration)
	})
}

// TestHttpApiPermission requires one permission for all routes, of this API's stage
// alone.
func TestHttpApiPermission(t *testing.T) {
	for _, cloud := range []recorder.Cloud{recorder.AWS, recorder.GovCloud, recorder.China} {
		for _, stage := range []string{"prod", "$default"} {
			for _, count := range []int{1, 300} {
				t.Run(fmt.Sprintf("%s %s %d", cloud.Partition, stage, count), func(t *testing.T) {
					recording := deployWith(t, recorder.Run{Cloud: cloud}, components.NewHttpApi, func(g given) *components.HttpApiArgs {
						args := functionApiArgs(g, "one")
						args.Stage, args.Routes = stage, manyRoutes(count)
						return args
					})
					api := only(t, recording, recorder.Api)
					require.Equal(t, object{
						"action":    "lambda:InvokeFunction",
						"function":  recording.Named(t, recorder.Function, "given").ID,
						"principal": "apigateway.amazonaws.com",
						"sourceArn": "arn:" + cloud.Partition + ":execute-api:" + cloud.Region + ":111122223333:" + api.ID + "/" + stage + "/*",
					}, inputs(only(t, recording, recorder.Permission)))
				})
			}
		}
	}
	permission := only(t, find("HttpApi of a function").deploy(t, recorder.Run{Preview: true}, "one"), recorder.Permission)
	require.Equal(t, object{
		"action": "lambda:InvokeFunction", "function": recorder.Unknown,
		"principal": "apigateway.amazonaws.com", "sourceArn": recorder.Unknown,
	}, inputs(permission))
}

// inputs returns all inputs of a resource as plain values.
func inputs(r recorder.Resource) object {
	all := object{}
	for key := range r.Inputs {
		all[string(key)] = r.Input(string(key))
	}
	return all
}
