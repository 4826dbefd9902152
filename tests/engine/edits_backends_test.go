package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/names"
)

const (
	ordersURL     = "https://orders.example.com"
	stockURL      = "https://stock.example.com/v1"
	anIntegration = "apigatewayv2/integration:Integration api-"
	aPermission   = "lambda/permission:Permission api-permission-"
	billing       = "arn:aws:lambda:us-east-1:111122223333:function:billing"
)

// archiveNamed returns the path of an archive with a file name.
func archiveNamed(t testing.TB, name, version string) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.Rename(archive.Make(t, version), path))
	return path
}

// routeBackend is a backend of a route, with its resources.
type routeBackend struct {
	config    string // without it, the route uses the stack's backend
	resources []string
}

// TestEachBackendToEachOther changes the backend of one route. The route is updated, never
// replaced, its old integration is deleted after the update, and the other routes, which use
// the product service, keep responding.
func TestEachBackendToEachOther(t *testing.T) {
	t.Parallel()
	backends := []routeBackend{
		{},
		{`{url: "` + ordersURL + `"}`, []string{anIntegration + "backend-" + ordersURL}},
		{`{url: "` + stockURL + `"}`, []string{anIntegration + "backend-" + stockURL}},
		{`{archive: ` + archiveNamed(t, "stock.zip", "stock") + `}`,
			append(names.Function("stock"), anIntegration+"backend-stock.zip", aPermission+"stock.zip")},
		{`{functionArn: "` + billing + `"}`, []string{anIntegration + "backend-" + billing, aPermission + billing}},
		{`{functionArn: "` + billing + `:live"}`, []string{anIntegration + "backend-" + billing + ":live", aPermission + billing + ":live"}},
	}
	walkBackends(t, harness.Config(t), getRoute, backends, func(b routeBackend) string {
		if b.config == "" {
			return `{}`
		}
		return `{routes: {GET /products: {backend: ` + b.config + `}}}`
	})
}

// TestEachAuthorizationOfAURL changes the authorization of a route with a URL, its own or
// the stack's. Each kind has an integration of its own, with the headers that it has.
func TestEachAuthorizationOfAURL(t *testing.T) {
	t.Parallel()
	for suffix, config := range map[string]map[string]any{
		"":              harness.Merge(t, tokensConfig(t), `{backend: {archive: null, url: "`+ordersURL+`"}, routes: {GET /products: null, POST /products: {backend: {url: "`+stockURL+`"}}}}`),
		"-" + ordersURL: harness.Merge(t, tokensConfig(t), `{routes: {GET /catalog: {backend: {url: "`+ordersURL+`"}}}}`),
	} {
		t.Run(suffix, func(t *testing.T) {
			t.Parallel()
			var kinds []routeBackend
			for _, kind := range []struct{ authorization, integration string }{{"iam", "backend"}, {"none", "open-backend"}, {"customers", "token-backend"}} {
				kinds = append(kinds, routeBackend{kind.authorization, []string{anIntegration + kind.integration + suffix}})
			}
			walkBackends(t, config, catalogRoute, kinds, func(b routeBackend) string {
				return `{routes: {GET /catalog: {scopes: null, authorization: ` + b.config + `}}}`
			})
		})
	}
}

// walkBackends changes one route from each backend to each other.
func walkBackends(t *testing.T, first map[string]any, route string, backends []routeBackend, patch func(routeBackend) string) {
	empty := harness.New(t, first)
	var configs []map[string]any
	for _, b := range backends {
		configs = append(configs, harness.Merge(t, first, patch(b)))
		empty.Prepare(t, configs[len(configs)-1])
	}
	fresh := make([]string, len(configs))
	for i, config := range configs {
		fresh[i] = describeFresh(t, empty, config)
	}
	run := empty.Branch()
	run.Configure(t, configs[0])
	run.Up(t)
	walk := eachToEachOther(len(backends))
	for i, to := range walk[1:] {
		from := walk[i]
		what := fmt.Sprintf("from %q to %q", backends[from].config, backends[to].config)
		run.Configure(t, configs[to])
		stop := serves(t, run.Cloud, configs[to])
		require.Equal(t, harness.Join(create(backends[to].resources...), update(route), remove(backends[from].resources...)), run.Up(t), what)
		stop()
		require.Equal(t, fresh[to], run.Cloud.Describe(), what)
		if slices.Index(walk[1:], to) == i { // the next update would show what is left of other resources
			require.Empty(t, run.Preview(t), what)
		}
	}
}

// backendEdits edit the sandbox stack.
var backendEdits = []edit{
	{name: "add limits of routes, change them and remove them", previews: true, steps: []step{
		{`{routes: {GET /products: {throttle: {rateLimit: 1, burstLimit: 2}}}}`, update(theStage)},
		{`{routes: {GET /products: {throttle: {rateLimit: 1, burstLimit: 3}}, POST /products: {throttle: {rateLimit: 0.5, burstLimit: 1}}}}`, update(theStage)},
		{`{routes: {POST /products: {throttle: {rateLimit: 0.25, burstLimit: 1}}}}`, update(theStage)},
		{"", update(theStage)},
	}},
	{name: "add a route with limits, rename it and remove it", previews: true, steps: []step{
		{`{routes: {GET /a: {throttle: {rateLimit: 1, burstLimit: 2}}}}`, harness.Join(create("apigatewayv2/route:Route api-GET /a"), update(theStage))},
		{`{routes: {GET /b: {throttle: {rateLimit: 1, burstLimit: 2}}}}`, harness.Join(
			create("apigatewayv2/route:Route api-GET /b"), update(theStage), remove("apigatewayv2/route:Route api-GET /a"))},
		{"", harness.Join(remove("apigatewayv2/route:Route api-GET /b"), update(theStage))},
	}},
	{name: "limit a route on a stage that is renamed", steps: []step{
		{`{stageName: live, routes: {GET /products: {throttle: {rateLimit: 1, burstLimit: 2}}}}`, stageRenamed},
		{"", stageRenamed},
	}},
	{name: "share an integration and leave it", previews: true, steps: []step{
		{`{routes: {GET /products: {backend: {url: "` + ordersURL + `"}}, GET /orders: {backend: {url: "` + ordersURL + `"}}}}`, harness.Join(
			create(anIntegration+"backend-"+ordersURL, "apigatewayv2/route:Route api-GET /orders"), update(getRoute))},
		{`{routes: {GET /orders: {backend: {url: "` + ordersURL + `"}}}}`, update(getRoute)},
		{"", remove(anIntegration+"backend-"+ordersURL, "apigatewayv2/route:Route api-GET /orders")},
	}},
	{name: "leave the stack's backend without a route, and come back", previews: true, steps: []step{
		{`{routes: {GET /products: {backend: {url: "` + ordersURL + `"}}, POST /products: {backend: {url: "` + ordersURL + `"}}}}`, harness.Join(
			create(anIntegration+"backend-"+ordersURL), update(getRoute, postRoute), remove(theIntegration), remove(serviceResources()...))},
		{"", harness.Join(create(theIntegration), create(serviceResources()...), update(getRoute, postRoute), remove(anIntegration+"backend-"+ordersURL))},
	}},
	{name: "give the stack a function made elsewhere, and another", before: makeFunctions, steps: []step{
		{`{backend: {archive: null, functionArn: "` + billing + `"}}`, harness.Join(
			update(theIntegration), replace(thePermission), remove(names.Service("products")...))},
		{`{backend: {archive: null, functionArn: "` + billing + `:live"}}`, harness.Join(update(theIntegration), replace(thePermission))},
		{`{backend: {archive: null, url: "` + ordersURL + `"}}`, harness.Join(backendReplaced, remove(thePermission))},
		{"", serviceCreated},
	}},
}

// makeFunctions creates a function in the account, with an alias.
func makeFunctions(c *cloud.Cloud) {
	account := c.Account(cloud.APIAccount)
	role := Must(account.CreateRole(cloud.CreateRoleInput{RoleName: "billing", AssumeRolePolicyDocument: TrustService("lambda")}))
	OK(account.RolePolicies().Attach("billing", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"))
	region := account.Region("us-east-1")
	Must(region.CreateFunction(cloud.CreateFunctionInput{
		FunctionName: "billing", ZipFile: Zip("bootstrap", "billing"),
		FunctionSettings: cloud.FunctionSettings{Role: role.ARN, Runtime: "provided.al2023", Handler: "bootstrap"},
	}))
	OK(region.AddQualifier("billing", "live"))
}

// TestEditsOfBackends is like TestEdits.
func TestEditsOfBackends(t *testing.T) { runEdits(t, harness.Config(t), backendEdits) }

// TestProgramsOfRoutes changes the program that two routes share.
func TestProgramsOfRoutes(t *testing.T) {
	t.Parallel()
	of := func(path string) map[string]any {
		backend := `{backend: {archive: ` + path + `}}`
		return harness.Merge(t, harness.Config(t), `{routes: {GET /products: `+backend+`, GET /stock: `+backend+`}}`)
	}
	run := harness.New(t, of(archiveNamed(t, "stock.zip", "1")))
	run.Up(t)
	next := of(archiveNamed(t, "stock.zip", "2"))
	run.Configure(t, next)
	stop := serves(t, run.Cloud, next)
	assert.Equal(t, harness.Join(
		replace("lambda/function:Function stock-function", aPermission+"stock.zip"), update(anIntegration+"backend-stock.zip")), run.Up(t))
	stop()
	assert.Empty(t, run.Preview(t))
}

// TestFunctionThatIsGone requires that nothing is deployed if a function does not exist,
// and that a stack can be destroyed without the function.
func TestFunctionThatIsGone(t *testing.T) {
	t.Parallel()
	config := harness.Merge(t, harness.Config(t), `{routes: {GET /products: {backend: {functionArn: "`+billing+`:live"}}}}`)
	run := harness.New(t, config)
	missing := harness.Merge(t, config, `{routes: {GET /products: {backend: {functionArn: "`+billing+`:blue"}}}}`)
	run.Configure(t, missing)
	before := run.Cloud.Describe()
	_, err := run.TryUp()
	require.ErrorContains(t, err, `functionArn "`+billing+`:blue": must be a function of the stack's account and region`)
	require.Equal(t, before, run.Cloud.Describe())

	run.Configure(t, config)
	run.Up(t)
	OK(region(run).DeleteFunction("billing"))
	_, err = run.TryUp()
	require.ErrorContains(t, err, "ResourceNotFoundException")
	removed := run.Destroy(t)
	assert.Contains(t, removed, "delete "+aPermission+billing+":live")
}

// driftedBackends has a route with a URL and a limit of its own.
const driftedBackends = `{routes: {GET /products: {backend: {url: "` + ordersURL + `"}, throttle: {rateLimit: 1, burstLimit: 2}}}}`

// TestDriftOfBackends changes by hand the resources that only one route uses.
func TestDriftOfBackends(t *testing.T) {
	base := harness.New(t, harness.Merge(t, harness.Merge(t, harness.Config(t), harness.Backends(t)), driftedBackends))
	base.Up(t)
	own := anIntegration + "backend-" + ordersURL
	integration := func(h hand) cloud.Integration {
		all := Must(h.region.GetIntegrations(h.apiID()))
		return all[slices.IndexFunc(all, func(i cloud.Integration) bool { return i.IntegrationURI == ordersURL })]
	}
	set := func(change func(map[string]string)) func(hand) {
		return func(h hand) {
			i := integration(h)
			change(i.RequestParameters)
			h.do(h.region.UpdateIntegration(h.apiID(), i.IntegrationID, i.IntegrationSettings))
		}
	}
	setStage := func(change func(*cloud.StageSettings)) func(hand) {
		return func(h hand) {
			stage := Must(h.region.GetStage(h.apiID(), "prod"))
			change(&stage.StageSettings)
			h.do(h.region.UpdateStage(h.apiID(), "prod", stage.StageSettings))
		}
	}
	const ofLive, stockFunction, ofStock = aPermission + billing + ":live", "lambda/function:Function service-function", aPermission + "service.zip"
	ids := map[string]string{}
	for _, kind := range []string{"lambda/permission:Permission", "lambda/function:Function"} {
		for _, r := range deployed(t, base, "aws:"+kind) {
			ids[kind+" "+r.URN.Name()] = string(r.ID)
		}
	}
	for _, d := range []drift{
		{name: "the permission for an alias is removed", found: remove(ofLive), repair: create(ofLive),
			by: func(h hand) { h.do(h.region.RemovePermission(billing+":live", ids[ofLive])) }},
		{name: "all APIs may invoke an alias", found: update(ofLive), repair: replace(ofLive), by: func(h hand) {
			h.do(h.region.RemovePermission(billing+":live", ids[ofLive]))
			h.do(h.region.AddPermission(billing+":live", permission(ids[ofLive], "")))
		}},
		{name: "a route's function is deleted", found: remove(stockFunction, ofStock),
			repair: harness.Join(create(stockFunction, ofStock), update(anIntegration+"backend-service.zip")),
			by:     func(h hand) { h.do(h.region.DeleteFunction(ids[stockFunction])) }},
		{name: "a header may be forged", by: set(func(p map[string]string) { delete(p, "overwrite:header.x-caller-arn") }), found: update(own)},
		{name: "a header is not removed", by: set(func(p map[string]string) { delete(p, "remove:header.x-caller-subject") }), found: update(own)},
		{name: "a header has another value", by: set(func(p map[string]string) { p["overwrite:header.x-caller-account"] = "1" }), found: update(own)},
		{name: "the route goes to the stack's backend", found: update(getRoute), by: func(h hand) {
			other := h.route("POST /products").Target
			h.setRoute("GET /products", func(s *cloud.RouteSettings) { s.Target = other })
		}},
		{name: "the route's integration is deleted", found: harness.Join(remove(own), update(getRoute)),
			repair: harness.Join(create(own), update(getRoute)), by: func(h hand) {
				i := integration(h)
				h.setRoute("GET /products", func(s *cloud.RouteSettings) { s.Target = "" })
				h.do(h.region.DeleteIntegration(h.apiID(), i.IntegrationID))
			}},
		{name: "the route's limit is raised", found: update(theStage), by: setStage(func(s *cloud.StageSettings) {
			rate, burst := 1000.0, 1000
			s.RouteSettings["GET /products"] = cloud.Throttle{RateLimit: &rate, BurstLimit: &burst}
		})},
		{name: "another route is limited", found: update(theStage), by: setStage(func(s *cloud.StageSettings) {
			s.RouteSettings["POST /products"] = s.RouteSettings["GET /products"]
		})},
		{name: "the route's limit is removed", found: update(theStage), by: func(h hand) {
			h.do(h.region.DeleteRouteSettings(h.apiID(), "prod", "GET /products"))
		}},
	} {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			d.run(t, base.Branch())
		})
	}
}
