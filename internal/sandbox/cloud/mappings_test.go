package cloud_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

func TestMappings(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	create := func(key string) error {
		in := proxy
		in.RequestParameters = map[string]string{key: "$context.requestId"}
		return failed(r.CreateIntegration(api, in))
	}
	for _, key := range []string{
		"overwrite:path", "append:header.x-caller-arn", "overwrite:header.X_Caller", "remove:header.x", "overwrite:querystring.a",
		"overwrite:header.x-forwarded", "overwrite:header.origins", "overwrite:header.x-amazon", "remove:header.host",
	} {
		require.NoError(t, create(key), key)
	}
	for _, key := range []string{
		"a", "path", "append:path", "remove:path", "overwrite:header.", "overwrite:header.a b", "overwrite:header.a:b", "add:header.a", "overwrite:headers.a",
		"overwrite:header.authorization", "remove:header.Authorization", "append:header.X-Amz-Date", "overwrite:header.x-amzn-trace-id",
		"overwrite:header.Access-Control-Allow-Origin", "overwrite:header.X-Forwarded-For", "overwrite:header.via", "overwrite:header.TE",
		"overwrite:header.connection", "overwrite:header.forwarded", "overwrite:header.apigw-requestid", "overwrite:header.content-length",
	} {
		WantCode(t, cloud.CodeBadRequest, create(key))
	}
}

// TestSettingsOfRoutes requires that a stage's settings name routes of the API. The settings
// of a deleted route stay, and can be removed.
func TestSettingsOfRoutes(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	one, rate := 1, 0.5
	limit := cloud.Throttle{RateLimit: &rate, BurstLimit: &one}
	in := cloud.StageSettings{AutoDeploy: true, RouteSettings: map[string]cloud.Throttle{"GET /x": limit}}
	err := failed(r.CreateStage(api, "prod", in))
	WantCode(t, cloud.CodeNotFound, err)
	require.ErrorContains(t, err, "Unable to find Route by key GET /x within the provided RouteSettings")
	route := Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /x"}))
	Must(r.CreateStage(api, "prod", in))
	OK(r.DeleteRoute(api, route.RouteID))
	OK(r.UpdateStage(api, "prod", in))
	in.RouteSettings["GET /y"] = limit
	WantCode(t, cloud.CodeNotFound, r.UpdateStage(api, "prod", in))
	OK(r.DeleteRouteSettings(api, "prod", "GET /x"))
	WantCode(t, cloud.CodeNotFound, r.DeleteRouteSettings(api, "prod", "GET /x"))
}
