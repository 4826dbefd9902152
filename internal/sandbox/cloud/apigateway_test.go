package cloud_test

import (
	"fmt"
	"strings"
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
	c, a := account()
	r := a.Region(Region)
	before := c.Describe()
	for name, in := range map[string]cloud.APISettings{
		"no name":          {},
		"long name":        {Name: long(129)},
		"long description": {Name: "x", Description: long(1025)},
		"long version":     {Name: "x", Version: long(65)},
		"address type":     {Name: "x", IPAddressType: "ipv6"},
		"route selection":  {Name: "x", RouteSelectionExpression: "$request.path"},
		"key selection":    {Name: "x", APIKeySelectionExpression: "x"},
		"tag":              {Name: "x", Tags: map[string]string{"aws:x": ""}},
		"cors method":      {Name: "x", CORS: &cloud.CORS{AllowMethods: []string{"GETT"}}},
		"cors age":         {Name: "x", CORS: &cloud.CORS{MaxAge: 86401}},
		"cors below -1":    {Name: "x", CORS: &cloud.CORS{MaxAge: -2}},
		"cors credentials": {Name: "x", CORS: &cloud.CORS{AllowCredentials: true, AllowOrigins: []string{"*"}}},
		"cors subdomains":  {Name: "x", CORS: &cloud.CORS{AllowOrigins: []string{"https://*.example.com"}}},
		"cors scheme":      {Name: "x", CORS: &cloud.CORS{AllowOrigins: []string{"capacitor://localhost"}}},
		"cors host":        {Name: "x", CORS: &cloud.CORS{AllowOrigins: []string{"app.example.com"}}},
		"cors path":        {Name: "x", CORS: &cloud.CORS{AllowOrigins: []string{"https://app.example.com/"}}},
		"cors header":      {Name: "x", CORS: &cloud.CORS{ExposeHeaders: []string{""}}},
	} {
		t.Run(name, func(t *testing.T) {
			in.ProtocolType = "HTTP"
			WantCode(t, cloud.CodeBadRequest, failed(r.CreateApi(in)))
		})
	}
	WantCode(t, cloud.CodeBadRequest, failed(r.CreateApi(cloud.APISettings{Name: "x"})))
	WantCode(t, "NotModelled", failed(r.CreateApi(cloud.APISettings{Name: "x", ProtocolType: "WEBSOCKET"})))
	WantCode(t, cloud.CodeNotFound, failed(r.GetApi("missing")))
	WantCode(t, cloud.CodeNotFound, r.DeleteApi("missing"))
	assert.Equal(t, before, c.Describe())
	Must(a.Region("eu-west-2").CreateApi(cloud.APISettings{Name: "x", ProtocolType: "HTTP", CORS: &cloud.CORS{
		AllowOrigins: []string{"https://*", "http://*", "http://localhost:3000"}, AllowMethods: []string{"*"}, AllowHeaders: []string{"*"}, MaxAge: 86400,
	}}))
	WantCode(t, cloud.CodeNotFound, a.Region("eu-west-1").DeleteApi(newAPI(r)))
}

func TestRouteRefusals(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	for _, key := range []string{"GET /items/{id}", "GET /items/{id+}", "$default", "ANY /", "HEAD /a_b.c:d-e"} {
		Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: key}))
	}
	other := Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /other"}))
	assert.Equal(t, cloud.AuthNone, other.AuthorizationType, "a route is public by default")
	authorizer := Must(r.CreateAuthorizer(api, customers())).AuthorizerID
	tokens := func(authorizer string, scopes ...string) cloud.RouteSettings {
		return cloud.RouteSettings{RouteKey: "GET /x", AuthorizationType: cloud.AuthJWT, AuthorizerID: authorizer, AuthorizationScopes: scopes}
	}
	for name, row := range map[string]struct {
		code string
		in   cloud.RouteSettings
	}{
		"exists":                   {cloud.CodeConflict, cloud.RouteSettings{RouteKey: "GET /items/{id}"}},
		"exists with another name": {cloud.CodeConflict, cloud.RouteSettings{RouteKey: "GET /items/{other}"}},
		"route key":                {cloud.CodeBadRequest, cloud.RouteSettings{RouteKey: "GET /{a}/{a}"}},
		"no route key":             {cloud.CodeBadRequest, cloud.RouteSettings{}},
		"target format":            {cloud.CodeBadRequest, cloud.RouteSettings{RouteKey: "GET /x", Target: "abc"}},
		"target missing":           {cloud.CodeBadRequest, cloud.RouteSettings{RouteKey: "GET /x", Target: "integrations/abc"}},
		"api key":                  {cloud.CodeBadRequest, cloud.RouteSettings{RouteKey: "GET /x", APIKeyRequired: true}},
		"authorization":            {cloud.CodeBadRequest, cloud.RouteSettings{RouteKey: "GET /x", AuthorizationType: "IAM"}},
		"Lambda authorizer":        {"NotModelled", cloud.RouteSettings{RouteKey: "GET /x", AuthorizationType: "CUSTOM"}},
		"JWT alone":                {cloud.CodeBadRequest, cloud.RouteSettings{RouteKey: "GET /x", AuthorizationType: "JWT"}},
		"authorizer missing":       {cloud.CodeBadRequest, tokens("missing")},
		"authorizer of another":    {cloud.CodeBadRequest, tokens(Must(r.CreateAuthorizer(newAPI(r), customers())).AuthorizerID)},
		"authorizer without JWT":   {cloud.CodeBadRequest, cloud.RouteSettings{RouteKey: "GET /x", AuthorizationType: "AWS_IAM", AuthorizerID: authorizer}},
		"scopes without JWT":       {cloud.CodeBadRequest, cloud.RouteSettings{RouteKey: "GET /x", AuthorizationScopes: []string{"a"}}},
		"too many scopes":          {cloud.CodeBadRequest, tokens(authorizer, strings.Split("abcdefghijk", "")...)},
		"empty scope":              {cloud.CodeBadRequest, tokens(authorizer, "")},
		"long scope":               {cloud.CodeBadRequest, tokens(authorizer, long(65))},
		"scope with a space":       {cloud.CodeBadRequest, tokens(authorizer, "a b")},
		"scope with a quote":       {cloud.CodeBadRequest, tokens(authorizer, `a"`)},
		"operation name":           {cloud.CodeBadRequest, cloud.RouteSettings{RouteKey: "GET /x", OperationName: long(65)}},
	} {
		t.Run(name, func(t *testing.T) {
			WantCode(t, row.code, failed(r.CreateRoute(api, row.in)))
			WantCode(t, row.code, r.UpdateRoute(api, other.RouteID, row.in))
			assert.Equal(t, other, Must(r.GetRoute(api, other.RouteID)))
		})
	}
	ten := Must(r.CreateRoute(api, tokens(authorizer, strings.Split("abcdefghij", "")...)))
	OK(r.DeleteRoute(api, ten.RouteID))
	WantCode(t, cloud.CodeNotFound, r.DeleteRoute(api, "missing"))
	WantCode(t, cloud.CodeNotFound, r.UpdateRoute(api, "missing", cloud.RouteSettings{RouteKey: "GET /x"}))
	WantCode(t, cloud.CodeNotFound, failed(r.CreateRoute("missing", cloud.RouteSettings{RouteKey: "GET /x"})))
	for i := range 300 - len(Must(r.GetRoutes(api))) {
		Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: fmt.Sprintf("GET /r%d", i)}))
	}
	WantCode(t, cloud.CodeTooManyRequests, failed(r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /one-more"})))
}

// customers returns valid settings of an authorizer.
func customers() cloud.AuthorizerSettings {
	return Authorizer("customers", "https://issuer.example.com", "shop")
}

func TestAuthorizerRefusals(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	Must(r.CreateAuthorizer(api, Authorizer("other", "https://issuer.example.com", "shop")))
	kept := Must(r.CreateAuthorizer(api, customers()))
	issuer := func(url string) func(*cloud.AuthorizerSettings) {
		return func(s *cloud.AuthorizerSettings) { s.JWT.Issuer = url }
	}
	source := func(list ...string) func(*cloud.AuthorizerSettings) {
		return func(s *cloud.AuthorizerSettings) { s.IdentitySource = list }
	}
	audiences := func(list ...string) func(*cloud.AuthorizerSettings) {
		return func(s *cloud.AuthorizerSettings) { s.JWT.Audience = list }
	}
	for name, row := range map[string]struct {
		code   string
		change func(*cloud.AuthorizerSettings)
	}{
		"Lambda":              {"NotModelled", func(s *cloud.AuthorizerSettings) { s.AuthorizerType = "REQUEST" }},
		"type":                {cloud.CodeBadRequest, func(s *cloud.AuthorizerSettings) { s.AuthorizerType = "jwt" }},
		"no name":             {cloud.CodeBadRequest, func(s *cloud.AuthorizerSettings) { s.Name = "" }},
		"long name":           {cloud.CodeBadRequest, func(s *cloud.AuthorizerSettings) { s.Name = long(129) }},
		"another's name":      {cloud.CodeBadRequest, func(s *cloud.AuthorizerSettings) { s.Name = "other" }},
		"no configuration":    {cloud.CodeBadRequest, func(s *cloud.AuthorizerSettings) { s.JWT = nil }},
		"two sources":         {cloud.CodeBadRequest, source("$request.header.Authorization", "$request.header.Token")},
		"source":              {cloud.CodeBadRequest, source("Authorization")},
		"another header":      {"NotModelled", source("$request.header.Token")},
		"query":               {"NotModelled", source("$request.querystring.token")},
		"no issuer":           {cloud.CodeBadRequest, issuer("")},
		"issuer without TLS":  {cloud.CodeBadRequest, issuer("http://issuer.example.com")},
		"issuer's host":       {cloud.CodeBadRequest, issuer("https:///a")},
		"issuer not a URL":    {cloud.CodeBadRequest, issuer("https://issuer.example.com/%")},
		"issuer with a query": {cloud.CodeBadRequest, issuer("https://issuer.example.com?a=b")},
		"issuer with a user":  {cloud.CodeBadRequest, issuer("https://me@issuer.example.com")},
		"long issuer":         {cloud.CodeBadRequest, issuer("https://issuer.example.com/" + long(2048))},
		"no audience":         {cloud.CodeBadRequest, audiences()},
		"empty audience":      {cloud.CodeBadRequest, audiences("shop", "")},
		"too many audiences":  {cloud.CodeBadRequest, audiences(strings.Split(long(51), "")...)},
	} {
		t.Run(name, func(t *testing.T) {
			in, added := customers(), customers()
			added.Name = "added"
			row.change(&in)
			row.change(&added)
			WantCode(t, row.code, r.UpdateAuthorizer(api, kept.AuthorizerID, in))
			WantCode(t, row.code, failed(r.CreateAuthorizer(api, added)))
			assert.Equal(t, kept, Must(r.GetAuthorizer(api, kept.AuthorizerID)))
		})
	}
	WantCode(t, cloud.CodeNotFound, r.DeleteAuthorizer(api, "missing"))
	WantCode(t, cloud.CodeNotFound, r.UpdateAuthorizer(api, "missing", customers()))
	WantCode(t, cloud.CodeNotFound, failed(r.GetAuthorizer(api, "missing")))
	WantCode(t, cloud.CodeNotFound, failed(r.CreateAuthorizer("missing", customers())))
	route := Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /x", AuthorizationType: cloud.AuthJWT, AuthorizerID: kept.AuthorizerID}))
	WantCode(t, cloud.CodeConflict, r.DeleteAuthorizer(api, kept.AuthorizerID))
	OK(r.DeleteRoute(api, route.RouteID))
	require.NoError(t, r.DeleteAuthorizer(api, kept.AuthorizerID))
	for i := range 9 {
		Must(r.CreateAuthorizer(api, Authorizer(fmt.Sprint("a", i), "https://issuer.example.com", strings.Split(long(50), "")...)))
	}
	WantCode(t, cloud.CodeTooManyRequests, failed(r.CreateAuthorizer(api, customers())))
}

func TestIntegrationRefusals(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	kept := Must(r.CreateIntegration(api, proxy))
	for name, row := range map[string]struct {
		code   string
		change func(*cloud.IntegrationSettings)
	}{
		"type":           {cloud.CodeBadRequest, func(s *cloud.IntegrationSettings) { s.IntegrationType = "PROXY" }},
		"type of REST":   {cloud.CodeBadRequest, func(s *cloud.IntegrationSettings) { s.IntegrationType = "MOCK" }},
		"function's URI": {cloud.CodeBadRequest, func(s *cloud.IntegrationSettings) { s.IntegrationType, s.IntegrationMethod = "AWS_PROXY", "POST" }},
		"VPC link":       {"NotModelled", func(s *cloud.IntegrationSettings) { s.ConnectionType = "VPC_LINK" }},
		"no method":      {cloud.CodeBadRequest, func(s *cloud.IntegrationSettings) { s.IntegrationMethod = "" }},
		"no URI":         {cloud.CodeBadRequest, func(s *cloud.IntegrationSettings) { s.IntegrationURI = "" }},
		"scheme":         {cloud.CodeBadRequest, func(s *cloud.IntegrationSettings) { s.IntegrationURI = "ftp://example.com" }},
		"no host":        {cloud.CodeBadRequest, func(s *cloud.IntegrationSettings) { s.IntegrationURI = "https:///x" }},
		"payload":        {cloud.CodeBadRequest, func(s *cloud.IntegrationSettings) { s.PayloadFormatVersion = "2.0" }},
		"too fast":       {cloud.CodeBadRequest, func(s *cloud.IntegrationSettings) { s.TimeoutMillis = 49 }},
		"too slow":       {cloud.CodeBadRequest, func(s *cloud.IntegrationSettings) { s.TimeoutMillis = 30001 }},
		"description":    {cloud.CodeBadRequest, func(s *cloud.IntegrationSettings) { s.Description = long(1025) }},
		"no parameter":   {cloud.CodeBadRequest, func(s *cloud.IntegrationSettings) { s.RequestParameters = map[string]string{"a": ""} }},
		"long parameter": {cloud.CodeBadRequest, func(s *cloud.IntegrationSettings) { s.RequestParameters = map[string]string{"a": long(513)} }},
	} {
		t.Run(name, func(t *testing.T) {
			in := proxy
			row.change(&in)
			WantCode(t, row.code, failed(r.CreateIntegration(api, in)))
			WantCode(t, row.code, r.UpdateIntegration(api, kept.IntegrationID, in))
			assert.Equal(t, kept, Must(r.GetIntegration(api, kept.IntegrationID)))
		})
	}
	WantCode(t, cloud.CodeNotFound, r.DeleteIntegration(api, "missing"))
	route := Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /x", Target: kept.Target()}))
	WantCode(t, cloud.CodeConflict, r.DeleteIntegration(api, kept.IntegrationID))
	OK(r.DeleteRoute(api, route.RouteID))
	require.NoError(t, r.DeleteIntegration(api, kept.IntegrationID))
	for range 300 {
		Must(r.CreateIntegration(api, proxy))
	}
	WantCode(t, cloud.CodeTooManyRequests, failed(r.CreateIntegration(api, proxy)))
}

func TestIntegrationURIWithVariables(t *testing.T) {
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
	c, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	OK(r.CreateLogGroup("calls", "", nil))
	Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /x"}))
	Must(r.CreateStage(api, "prod", cloud.StageSettings{AutoDeploy: true}))
	before := c.Describe()
	for _, name := range []string{"", "v1.0", "$other", long(129)} {
		WantCode(t, cloud.CodeBadRequest, failed(r.CreateStage(api, name, cloud.StageSettings{AutoDeploy: true})))
	}
	WantCode(t, cloud.CodeConflict, failed(r.CreateStage(api, "prod", cloud.StageSettings{AutoDeploy: true})))
	WantCode(t, cloud.CodeBadRequest, failed(r.CreateStage(api, "dev", cloud.StageSettings{AutoDeploy: true, Tags: map[string]string{"aws:x": ""}})))
	WantCode(t, "NotModelled", failed(r.CreateStage(api, "dev", cloud.StageSettings{})))
	logs := func(arn, format string) cloud.StageSettings {
		return cloud.StageSettings{AccessLog: &cloud.AccessLog{DestinationARN: arn, Format: format}}
	}
	all := func(throttle cloud.Throttle) cloud.StageSettings {
		return cloud.StageSettings{DefaultRouteSettings: throttle}
	}
	route := func(key string, throttle cloud.Throttle) cloud.StageSettings {
		return cloud.StageSettings{RouteSettings: map[string]cloud.Throttle{key: throttle}}
	}
	for name, row := range map[string]struct {
		code string
		in   cloud.StageSettings
	}{
		"description":               {cloud.CodeBadRequest, cloud.StageSettings{Description: long(1025)}},
		"format without an id":      {cloud.CodeBadRequest, logs(group, "$context.path")},
		"format too long":           {cloud.CodeBadRequest, logs(group, logFormat+long(1024))},
		"format of two lines":       {cloud.CodeBadRequest, logs(group, logFormat+"\n")},
		"log group missing":         {cloud.CodeBadRequest, logs(group+"-not", logFormat)},
		"log group with a wildcard": {cloud.CodeBadRequest, logs(group+":*", logFormat)},
		"destination not an ARN":    {cloud.CodeBadRequest, logs("calls", logFormat)},
		"logging level":             {cloud.CodeBadRequest, all(cloud.Throttle{LoggingLevel: "INFO"})},
		"data trace":                {cloud.CodeBadRequest, all(cloud.Throttle{DataTraceEnabled: true})},
		"negative rate":             {cloud.CodeBadRequest, all(cloud.Throttle{RateLimit: ptr(-1.0)})},
		"route missing":             {cloud.CodeNotFound, route("GET /y", cloud.Throttle{})},
		"route's level":             {cloud.CodeBadRequest, route("GET /x", cloud.Throttle{LoggingLevel: "INFO"})},
		"variable":                  {cloud.CodeBadRequest, cloud.StageSettings{StageVariables: map[string]string{"a-b": "c"}}},
	} {
		t.Run(name, func(t *testing.T) {
			row.in.AutoDeploy = true
			WantCode(t, row.code, failed(r.CreateStage(api, "dev", row.in)))
			WantCode(t, row.code, r.UpdateStage(api, "prod", row.in))
		})
	}
	WantCode(t, cloud.CodeNotFound, r.DeleteStage(api, "dev"))
	WantCode(t, cloud.CodeNotFound, r.UpdateStage(api, "dev", cloud.StageSettings{AutoDeploy: true}))
	WantCode(t, cloud.CodeNotFound, r.DeleteRouteSettings(api, "dev", "GET /x"))
	WantCode(t, cloud.CodeNotFound, r.DeleteRouteSettings(api, "prod", "GET /x"))
	assert.Equal(t, before, c.Describe())

	OK(r.UpdateStage(api, "prod", cloud.StageSettings{AutoDeploy: true, RouteSettings: map[string]cloud.Throttle{"GET /x": {}}}))
	OK(r.DeleteRouteSettings(api, "prod", "GET /x"))
	assert.Empty(t, Must(r.GetStage(api, "prod")).RouteSettings)
	for i := range 9 {
		Must(r.CreateStage(api, fmt.Sprintf("s%d", i), cloud.StageSettings{AutoDeploy: true}))
	}
	WantCode(t, cloud.CodeTooManyRequests, failed(r.CreateStage(api, "one-more", cloud.StageSettings{AutoDeploy: true})))
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

func TestOneLimitOfAThrottleSetsTheOtherToZero(t *testing.T) {
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

func TestChangesOfAnAPICreateDeployments(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	Must(r.CreateStage(api, "prod", cloud.StageSettings{AutoDeploy: true}))
	i := Must(r.CreateIntegration(api, proxy))
	authorizer := Must(r.CreateAuthorizer(api, customers()))
	route := Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /x", Target: i.Target()}))
	id := func() string { return Must(r.GetStage(api, "prod")).DeploymentID }
	moves := map[string]func() error{
		"create route": func() error { _, err := r.CreateRoute(api, cloud.RouteSettings{RouteKey: "GET /y"}); return err },
		"update route": func() error { return r.UpdateRoute(api, route.RouteID, route.RouteSettings) },
		"create authorizer": func() error {
			return failed(r.CreateAuthorizer(api, Authorizer("other", "https://issuer.example.com", "shop")))
		},
		"update authorizer":  func() error { return r.UpdateAuthorizer(api, authorizer.AuthorizerID, customers()) },
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
	OK(r.TagResource("arn:aws:apigateway:us-east-1::/apis/"+api, map[string]string{"a": "b"}))
	OK(r.UpdateStage(api, "prod", cloud.StageSettings{AutoDeploy: true, Description: "x"}))
	assert.Equal(t, before, id())
	OK(r.DeleteRoute(api, route.RouteID))
	assert.NotEqual(t, before, id())
}

func TestStageKeepsADeletedLogGroup(t *testing.T) {
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
	OK(r.CreateLogGroup("/aws/vendedlogs/x", "", nil))
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
	g = Must(r.DescribeLogGroup("/aws/vendedlogs/x"))
	assert.Zero(t, g.RetentionInDays)
}
