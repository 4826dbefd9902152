package cloud_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

func ptr[T any](v T) *T { return &v }

var proxy = cloud.IntegrationSettings{IntegrationType: "HTTP_PROXY", IntegrationMethod: "ANY", IntegrationURI: "https://example.com/products"}

func newAPI(r *cloud.Region) string {
	return Must(r.CreateApi(cloud.APISettings{Name: "shop", ProtocolType: "HTTP"})).APIID
}

func TestAPIRefusals(t *testing.T) {
	for name, row := range map[string]struct {
		in   cloud.APISettings
		code string
	}{
		"no name":          {cloud.APISettings{ProtocolType: "HTTP"}, cloud.CodeBadRequest},
		"long name":        {cloud.APISettings{ProtocolType: "HTTP", Name: long(129)}, cloud.CodeBadRequest},
		"no protocol":      {cloud.APISettings{Name: "x"}, cloud.CodeBadRequest},
		"websocket":        {cloud.APISettings{Name: "x", ProtocolType: "WEBSOCKET"}, "NotModelled"},
		"long description": {cloud.APISettings{ProtocolType: "HTTP", Name: "x", Description: long(1025)}, cloud.CodeBadRequest},
		"long version":     {cloud.APISettings{ProtocolType: "HTTP", Name: "x", Version: long(65)}, cloud.CodeBadRequest},
		"address type":     {cloud.APISettings{ProtocolType: "HTTP", Name: "x", IPAddressType: "ipv6"}, cloud.CodeBadRequest},
		"route selection":  {cloud.APISettings{ProtocolType: "HTTP", Name: "x", RouteSelectionExpression: "$request.path"}, cloud.CodeBadRequest},
		"key selection":    {cloud.APISettings{ProtocolType: "HTTP", Name: "x", APIKeySelectionExpression: "x"}, cloud.CodeBadRequest},
		"tag":              {cloud.APISettings{ProtocolType: "HTTP", Name: "x", Tags: map[string]string{"aws:x": ""}}, cloud.CodeBadRequest},
		"cors method":      {cloud.APISettings{ProtocolType: "HTTP", Name: "x", CORS: &cloud.CORS{AllowMethods: []string{"GETT"}}}, cloud.CodeBadRequest},
		"cors age":         {cloud.APISettings{ProtocolType: "HTTP", Name: "x", CORS: &cloud.CORS{MaxAge: 86401}}, cloud.CodeBadRequest},
		"cors credentials": {cloud.APISettings{ProtocolType: "HTTP", Name: "x", CORS: &cloud.CORS{AllowCredentials: true, AllowOrigins: []string{"*"}}}, cloud.CodeBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			_, a := account()
			_, err := a.Region(Region).CreateApi(row.in)
			WantCode(t, row.code, err)
		})
	}
	_, a := account()
	_, err := a.Region(Region).GetApi("missing")
	WantCode(t, cloud.CodeNotFound, err)
	WantCode(t, cloud.CodeNotFound, a.Region(Region).DeleteApi("missing"))
	WantCode(t, cloud.CodeNotFound, a.Region("eu-west-1").DeleteApi(newAPI(a.Region(Region))))
}

func TestRouteKeys(t *testing.T) {
	for _, key := range []string{
		"$default", "GET /", "ANY /products", "POST /products/{id}", "GET /{proxy+}", "DELETE /a/{b}/c/{d}", "HEAD /a_b.c:d-e",
	} {
		_, a := account()
		r := a.Region(Region)
		_, err := r.CreateRoute(newAPI(r), cloud.RouteSettings{RouteKey: key})
		assert.NoError(t, err, key)
	}
	for _, key := range []string{
		"", "GET", "/products", "get /products", "GET products", "FETCH /x", "GET  /x", "GET /{}", "GET /{a", "GET /a}", "GET /{a+}/b",
		"GET /x{a}", "GET /{a}/{a}", "GET /{a b}", "GET /a b", "GET /a?b", "GET /a~b", "GET /a/", "GET /é", "ANY $default",
	} {
		_, a := account()
		r := a.Region(Region)
		_, err := r.CreateRoute(newAPI(r), cloud.RouteSettings{RouteKey: key})
		WantCode(t, cloud.CodeBadRequest, err)
	}
}

func TestRouteRefusals(t *testing.T) {
	for name, row := range map[string]struct {
		in   cloud.RouteSettings
		code string
	}{
		"exists":              {cloud.RouteSettings{RouteKey: "GET /items/{id}"}, cloud.CodeConflict},
		"same but for a name": {cloud.RouteSettings{RouteKey: "GET /items/{other}"}, cloud.CodeConflict},
		"target format":       {cloud.RouteSettings{RouteKey: "GET /x", Target: "abc"}, cloud.CodeBadRequest},
		"target missing":      {cloud.RouteSettings{RouteKey: "GET /x", Target: "integrations/abc"}, cloud.CodeBadRequest},
		"api key":             {cloud.RouteSettings{RouteKey: "GET /x", APIKeyRequired: true}, cloud.CodeBadRequest},
		"authorization":       {cloud.RouteSettings{RouteKey: "GET /x", AuthorizationType: "IAM"}, cloud.CodeBadRequest},
		"JWT":                 {cloud.RouteSettings{RouteKey: "GET /x", AuthorizationType: "JWT"}, "NotModelled"},
		"operation name":      {cloud.RouteSettings{RouteKey: "GET /x", OperationName: long(65)}, cloud.CodeBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			_, a := account()
			r := a.Region(Region)
			api := newAPI(r)
			Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /items/{id}"}))
			Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /items/{id+}"}))
			_, err := r.CreateRoute(api, row.in)
			WantCode(t, row.code, err)
			other := Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /other"}))
			WantCode(t, row.code, r.UpdateRoute(api, other.RouteID, row.in))
			assert.Equal(t, other, Must(r.GetRoute(api, other.RouteID)))
		})
	}
	_, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	WantCode(t, cloud.CodeNotFound, r.DeleteRoute(api, "missing"))
	WantCode(t, cloud.CodeNotFound, r.UpdateRoute(api, "missing", cloud.RouteSettings{RouteKey: "GET /x"}))
	_, err := r.CreateRoute("missing", cloud.RouteSettings{RouteKey: "GET /x"})
	WantCode(t, cloud.CodeNotFound, err)
	for i := range 300 {
		Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: fmt.Sprintf("GET /r%d", i)}))
	}
	_, err = r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /one-more"})
	WantCode(t, cloud.CodeTooManyRequests, err)
}

func TestARouteIsPublicUnlessToldOtherwise(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	assert.Equal(t, cloud.AuthNone, Must(r.CreateRoute(newAPI(r), cloud.RouteSettings{RouteKey: "GET /x"})).AuthorizationType)
}

func TestIntegrationRefusals(t *testing.T) {
	with := func(change func(*cloud.IntegrationSettings)) cloud.IntegrationSettings {
		in := proxy
		change(&in)
		return in
	}
	for name, row := range map[string]struct {
		in   cloud.IntegrationSettings
		code string
	}{
		"type":           {with(func(s *cloud.IntegrationSettings) { s.IntegrationType = "PROXY" }), cloud.CodeBadRequest},
		"type of REST":   {with(func(s *cloud.IntegrationSettings) { s.IntegrationType = "MOCK" }), cloud.CodeBadRequest},
		"function's URI": {with(func(s *cloud.IntegrationSettings) { s.IntegrationType, s.IntegrationMethod = "AWS_PROXY", "POST" }), cloud.CodeBadRequest},
		"VPC link":       {with(func(s *cloud.IntegrationSettings) { s.ConnectionType = "VPC_LINK" }), "NotModelled"},
		"no method":      {with(func(s *cloud.IntegrationSettings) { s.IntegrationMethod = "" }), cloud.CodeBadRequest},
		"no URI":         {with(func(s *cloud.IntegrationSettings) { s.IntegrationURI = "" }), cloud.CodeBadRequest},
		"scheme":         {with(func(s *cloud.IntegrationSettings) { s.IntegrationURI = "ftp://example.com" }), cloud.CodeBadRequest},
		"no host":        {with(func(s *cloud.IntegrationSettings) { s.IntegrationURI = "https:///x" }), cloud.CodeBadRequest},
		"payload":        {with(func(s *cloud.IntegrationSettings) { s.PayloadFormatVersion = "2.0" }), cloud.CodeBadRequest},
		"too fast":       {with(func(s *cloud.IntegrationSettings) { s.TimeoutMillis = 49 }), cloud.CodeBadRequest},
		"too slow":       {with(func(s *cloud.IntegrationSettings) { s.TimeoutMillis = 30001 }), cloud.CodeBadRequest},
		"description":    {with(func(s *cloud.IntegrationSettings) { s.Description = long(1025) }), cloud.CodeBadRequest},
		"no parameter":   {with(func(s *cloud.IntegrationSettings) { s.RequestParameters = map[string]string{"a": ""} }), cloud.CodeBadRequest},
		"long parameter": {with(func(s *cloud.IntegrationSettings) { s.RequestParameters = map[string]string{"a": long(513)} }), cloud.CodeBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			_, a := account()
			r := a.Region(Region)
			api := newAPI(r)
			_, err := r.CreateIntegration(api, row.in)
			WantCode(t, row.code, err)
			kept := Must(r.CreateIntegration(api, proxy))
			WantCode(t, row.code, r.UpdateIntegration(api, kept.IntegrationID, row.in))
			assert.Equal(t, kept, Must(r.GetIntegration(api, kept.IntegrationID)))
		})
	}
	_, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	WantCode(t, cloud.CodeNotFound, r.DeleteIntegration(api, "missing"))
	i := Must(r.CreateIntegration(api, proxy))
	route := Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /x", Target: i.Target()}))
	WantCode(t, cloud.CodeConflict, r.DeleteIntegration(api, i.IntegrationID))
	OK(r.DeleteRoute(api, route.RouteID))
	require.NoError(t, r.DeleteIntegration(api, i.IntegrationID))
	for range 300 {
		Must(r.CreateIntegration(api, proxy))
	}
	_, err := r.CreateIntegration(api, proxy)
	WantCode(t, cloud.CodeTooManyRequests, err)
}

func TestIntegrationURIMayHoldVariables(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	in := proxy
	in.IntegrationURI = "https://${stageVariables.host}/{proxy}"
	_, err := r.CreateIntegration(newAPI(r), in)
	require.NoError(t, err)
}

const logFormat = `{"requestId":"$context.requestId"}`

func TestStageRefusals(t *testing.T) {
	const group = "arn:aws:logs:us-east-1:111122223333:log-group:calls"
	for name, row := range map[string]struct {
		stage string
		in    cloud.StageSettings
		code  string
	}{
		"exists":          {"prod", cloud.StageSettings{AutoDeploy: true}, cloud.CodeConflict},
		"no name":         {"", cloud.StageSettings{AutoDeploy: true}, cloud.CodeBadRequest},
		"name with a dot": {"v1.0", cloud.StageSettings{AutoDeploy: true}, cloud.CodeBadRequest},
		"name with a $":   {"$other", cloud.StageSettings{AutoDeploy: true}, cloud.CodeBadRequest},
		"long name":       {long(129), cloud.StageSettings{AutoDeploy: true}, cloud.CodeBadRequest},
		"no auto deploy":  {"dev", cloud.StageSettings{}, "NotModelled"},
		"description":     {"dev", cloud.StageSettings{AutoDeploy: true, Description: long(1025)}, cloud.CodeBadRequest},
		"format without an id": {"dev", cloud.StageSettings{AutoDeploy: true,
			AccessLog: &cloud.AccessLog{DestinationARN: group, Format: "$context.path"}}, cloud.CodeBadRequest},
		"format too long": {"dev", cloud.StageSettings{AutoDeploy: true,
			AccessLog: &cloud.AccessLog{DestinationARN: group, Format: logFormat + long(1024)}}, cloud.CodeBadRequest},
		"format of two lines": {"dev", cloud.StageSettings{AutoDeploy: true,
			AccessLog: &cloud.AccessLog{DestinationARN: group, Format: logFormat + "\n"}}, cloud.CodeBadRequest},
		"log group missing": {"dev", cloud.StageSettings{AutoDeploy: true,
			AccessLog: &cloud.AccessLog{DestinationARN: group + "-not", Format: logFormat}}, cloud.CodeBadRequest},
		"log group with a wildcard": {"dev", cloud.StageSettings{AutoDeploy: true,
			AccessLog: &cloud.AccessLog{DestinationARN: group + ":*", Format: logFormat}}, cloud.CodeBadRequest},
		"destination no ARN": {"dev", cloud.StageSettings{AutoDeploy: true,
			AccessLog: &cloud.AccessLog{DestinationARN: "calls", Format: logFormat}}, cloud.CodeBadRequest},
		"logging level": {"dev", cloud.StageSettings{AutoDeploy: true, DefaultRouteSettings: cloud.Throttle{LoggingLevel: "INFO"}}, cloud.CodeBadRequest},
		"data trace":    {"dev", cloud.StageSettings{AutoDeploy: true, DefaultRouteSettings: cloud.Throttle{DataTraceEnabled: true}}, cloud.CodeBadRequest},
		"negative rate": {"dev", cloud.StageSettings{AutoDeploy: true, DefaultRouteSettings: cloud.Throttle{RateLimit: ptr(-1.0)}}, cloud.CodeBadRequest},
		"route missing": {"dev", cloud.StageSettings{AutoDeploy: true, RouteSettings: map[string]cloud.Throttle{"GET /y": {}}}, cloud.CodeNotFound},
		"route's level": {"dev", cloud.StageSettings{AutoDeploy: true, RouteSettings: map[string]cloud.Throttle{"GET /x": {LoggingLevel: "INFO"}}}, cloud.CodeBadRequest},
		"variable":      {"dev", cloud.StageSettings{AutoDeploy: true, StageVariables: map[string]string{"a-b": "c"}}, cloud.CodeBadRequest},
		"tag":           {"dev", cloud.StageSettings{AutoDeploy: true, Tags: map[string]string{"aws:x": ""}}, cloud.CodeBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			_, a := account()
			r := a.Region(Region)
			api := newAPI(r)
			OK(r.CreateLogGroup("calls", "", nil))
			Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /x"}))
			Must(r.CreateStage(api, "prod", cloud.StageSettings{AutoDeploy: true}))
			_, err := r.CreateStage(api, row.stage, row.in)
			WantCode(t, row.code, err)
			if row.stage == "dev" && name != "tag" { // UpdateStage takes no tags
				WantCode(t, row.code, r.UpdateStage(api, "prod", row.in))
			}
			assert.Len(t, Must(r.GetStages(api)), 1)
		})
	}
	_, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	WantCode(t, cloud.CodeNotFound, r.DeleteStage(api, "prod"))
	WantCode(t, cloud.CodeNotFound, r.UpdateStage(api, "prod", cloud.StageSettings{AutoDeploy: true}))
	WantCode(t, cloud.CodeNotFound, r.DeleteRouteSettings(api, "prod", "GET /x"))
	for i := range 10 {
		Must(r.CreateStage(api, fmt.Sprintf("s%d", i), cloud.StageSettings{AutoDeploy: true}))
	}
	_, err := r.CreateStage(api, "one-more", cloud.StageSettings{AutoDeploy: true})
	WantCode(t, cloud.CodeTooManyRequests, err)
}

func TestStageAddresses(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	api := Must(r.CreateApi(cloud.APISettings{Name: "shop", ProtocolType: "HTTP"}))
	prod := Must(r.CreateStage(api.APIID, "prod", cloud.StageSettings{AutoDeploy: true}))
	root := Must(r.CreateStage(api.APIID, "$default", cloud.StageSettings{AutoDeploy: true}))
	base := "https://" + api.APIID + ".execute-api.us-east-1.amazonaws.com"
	assert.Equal(t, base, api.Endpoint)
	assert.Equal(t, base+"/prod", prod.InvokeURL)
	assert.Equal(t, base+"/", root.InvokeURL)
	assert.Equal(t, "arn:aws:execute-api:us-east-1:111122223333:"+api.APIID+"/prod", prod.ExecutionARN)
	assert.Equal(t, "arn:aws:execute-api:us-east-1:111122223333:"+api.APIID+"/$default", root.ExecutionARN)
	assert.Equal(t, "arn:aws:apigateway:us-east-1::/apis/"+api.APIID+"/stages/prod", prod.ARN)
}

func TestHalfAThrottleLetsNothingThrough(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	s := Must(r.CreateStage(api, "prod", cloud.StageSettings{AutoDeploy: true, DefaultRouteSettings: cloud.Throttle{RateLimit: ptr(10.0)}}))
	require.NotNil(t, s.DefaultRouteSettings.BurstLimit)
	assert.Zero(t, *s.DefaultRouteSettings.BurstLimit)
	OK(r.UpdateStage(api, "prod", cloud.StageSettings{AutoDeploy: true, DefaultRouteSettings: cloud.Throttle{BurstLimit: ptr(5)}}))
	s = Must(r.GetStage(api, "prod"))
	assert.Zero(t, *s.DefaultRouteSettings.RateLimit)
	assert.Equal(t, 5, *s.DefaultRouteSettings.BurstLimit)
	OK(r.UpdateStage(api, "prod", cloud.StageSettings{AutoDeploy: true}))
	assert.Nil(t, Must(r.GetStage(api, "prod")).DefaultRouteSettings.RateLimit)
}

func TestEachChangeOfAnAPIIsANewDeployment(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	Must(r.CreateStage(api, "prod", cloud.StageSettings{AutoDeploy: true}))
	i := Must(r.CreateIntegration(api, proxy))
	route := Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /x", Target: i.Target()}))
	id := func() string { return Must(r.GetStage(api, "prod")).DeploymentID }
	moves := map[string]func() error{
		"create route":       func() error { _, err := r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /y"}); return err },
		"update route":       func() error { return r.UpdateRoute(api, route.RouteID, route.RouteSettings) },
		"create integration": func() error { _, err := r.CreateIntegration(api, proxy); return err },
		"update integration": func() error { return r.UpdateIntegration(api, i.IntegrationID, proxy) },
		"update API": func() error {
			return r.UpdateApi(api, cloud.APISettings{Name: "other", ProtocolType: "HTTP"})
		},
		"delete CORS": func() error { return r.DeleteCorsConfiguration(api) },
	}
	for name, move := range moves {
		before := id()
		require.NoError(t, move(), name)
		assert.NotEqual(t, before, id(), name)
	}
	before := id()
	OK(r.TagApi(api, map[string]string{"a": "b"}))
	OK(r.UpdateStage(api, "prod", cloud.StageSettings{AutoDeploy: true, Description: "x"}))
	assert.Equal(t, before, id())
	OK(r.DeleteRoute(api, route.RouteID))
	assert.NotEqual(t, before, id())
}

func TestAStageKeepsALogGroupThatIsGone(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	OK(r.CreateLogGroup("calls", "", nil))
	in := cloud.StageSettings{AutoDeploy: true, AccessLog: &cloud.AccessLog{
		DestinationARN: Must(r.DescribeLogGroup("calls")).ARN, Format: logFormat}}
	Must(r.CreateStage(api, "prod", in))
	OK(r.DeleteLogGroup("calls"))
	in.Description = "other"
	require.NoError(t, r.UpdateStage(api, "prod", in))
	in.AccessLog.Format += " "
	WantCode(t, cloud.CodeBadRequest, r.UpdateStage(api, "prod", in))
}

func TestLogGroups(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	OK(r.CreateLogGroup("/aws/vendedlogs/x", "", map[string]string{"a": "b"}))
	for name, row := range map[string]struct {
		err  error
		code string
	}{
		"exists":    {r.CreateLogGroup("/aws/vendedlogs/x", "", nil), cloud.CodeResourceAlreadyExists},
		"name":      {r.CreateLogGroup("a b", "", nil), cloud.CodeInvalidParameter},
		"no name":   {r.CreateLogGroup("", "", nil), cloud.CodeInvalidParameter},
		"long name": {r.CreateLogGroup(long(513), "", nil), cloud.CodeInvalidParameter},
		"class":     {r.CreateLogGroup("x", "COLD", nil), cloud.CodeInvalidParameter},
		"delivery":  {r.CreateLogGroup("x", "DELIVERY", nil), "NotModelled"},
		"tag":       {r.CreateLogGroup("x", "", map[string]string{"aws:x": ""}), cloud.CodeInvalidParameter},
		"retention": {r.PutRetentionPolicy("/aws/vendedlogs/x", 2), cloud.CodeInvalidParameter},
		"no days":   {r.PutRetentionPolicy("/aws/vendedlogs/x", 0), cloud.CodeInvalidParameter},
		"missing":   {r.PutRetentionPolicy("x", 1), cloud.CodeResourceNotFound},
		"gone":      {r.DeleteLogGroup("x"), cloud.CodeResourceNotFound},
	} {
		t.Run(name, func(t *testing.T) { WantCode(t, row.code, row.err) })
	}
	for _, days := range []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653} {
		require.NoError(t, r.PutRetentionPolicy("/aws/vendedlogs/x", days))
	}
	g := Must(r.DescribeLogGroup("/aws/vendedlogs/x"))
	assert.Equal(t, "arn:aws:logs:us-east-1:111122223333:log-group:/aws/vendedlogs/x", g.ARN)
	assert.Equal(t, 3653, g.RetentionInDays)
	OK(r.DeleteRetentionPolicy("/aws/vendedlogs/x"))
	OK(r.UntagLogGroup("/aws/vendedlogs/x", []string{"a"}))
	g = Must(r.DescribeLogGroup("/aws/vendedlogs/x"))
	assert.Zero(t, g.RetentionInDays)
	assert.Empty(t, g.Tags)
}
