package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/internal/program"
	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/mocks/recorder"
)

// orders is the ARN of a function.
const orders = "arn:aws:lambda:us-east-1:" + recorder.Account + ":function:orders"

// archiveNamed returns the path of an archive with a file name, and a version.
func archiveNamed(t *testing.T, name, version string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.Rename(archive.Make(t, version), path))
	return path
}

func TestBackendsAndThrottlesOfRoutesAreRead(t *testing.T) {
	stock := archiveNamed(t, "stock.zip", "")
	plan := parse(t, settings(t, `
backend: {functionArn: "`+orders+`"}
routes:
  GET /a: {}
  GET /b: {backend: {url: "https://b.example.com"}, throttle: {rateLimit: 0.5, burstLimit: 1}}
  GET /c: {backend: {functionArn: "`+orders+`:live"}}
  GET /d: {backend: {archive: `+stock+`}, throttle: {rateLimit: 1000000, burstLimit: 1000000}}
`).Values)
	require.Equal(t, program.Backend{FunctionArn: orders}, plan.Backend)
	require.Equal(t, map[string]program.Backend{
		"GET /b": {Url: "https://b.example.com"}, "GET /c": {FunctionArn: orders + ":live"}, "GET /d": {Archive: stock},
	}, plan.RouteBackends)
	require.Equal(t, map[string]components.Throttle{
		"GET /b": {RateLimit: 0.5, BurstLimit: 1}, "GET /d": {RateLimit: 1e6, BurstLimit: 1e6},
	}, plan.RouteThrottles)
	require.Equal(t, recorder.Account, plan.Account, "of the functions")
	require.False(t, plan.HasService())
	require.Empty(t, plan.Warnings)
	unused := parse(t, settings(t, `{backend: {url: "https://a.example.com"}, routes: {GET /b: {backend: {url: "https://b.example.com"}}}}`).Values)
	require.Equal(t, []string{"no route uses backend: each has a backend of its own"}, unused.Warnings)
}

func TestBadBackendsOfRoutesAreRefused(t *testing.T) {
	stock := archiveNamed(t, "stock.zip", "")
	backend := func(fields string) string { return `routes: {GET /x: {backend: ` + fields + `}, GET /y: {}}` }
	const at, one = `routes["GET /x"].backend`, "must have one of archive, functionArn, url; leave it out for the stack's backend"
	const function = "must be the ARN of a Lambda function"
	refuse(t, []row{
		{"text", backend(`https://b.example.com`), []problem{{at, `"https://b.example.com"`, "must be a map with archive, functionArn, url"}}},
		{"nothing", backend(``), []problem{{at, `null`, one}}},
		{"an empty map", backend(`{}`), []problem{{at, `{}`, one}}},
		{"two", backend(`{url: "https://b.example.com", functionArn: "` + orders + `"}`), []problem{{at, `{"functionArn"`, one}}},
		{"three", backend(`{url: "https://b.example.com", archive: ` + stock + `, functionArn: "` + orders + `"}`), []problem{{at, `{"archive"`, one}}},
		{"an unknown key", backend(`{uri: "https://b.example.com"}`), []problem{{at + ".uri", `"https://b.example.com"`, "(did you mean url?); accepted are archive, functionArn, url"}}},
		{"a protection", backend(`{deletionProtection: true}`), []problem{{at + ".deletionProtection", `true`, "only the product service has a table"}}},
		{"a URL without TLS", backend(`{url: "http://b.example.com"}`), []problem{{at + ".url", `"http://b.example.com"`, "must be an https URL"}}},
		{"a password", backend(`{url: "https://ann:hunter2@b.example.com"}`), []problem{{at + ".url", `"https://…@b.example.com"`, "without user"}}},
		{"an archive that is not there", backend(`{archive: no.zip}`), []problem{{at + ".archive", `"no.zip"`, "no such file"}}},
		{"a file that functions cannot be named after", backend(`{archive: "` + archiveNamed(t, "stock v2.zip", "") + `"}`),
			[]problem{{at + ".archive", `stock v2.zip"`, "has a file name, without .zip, that must be 1 to 47 letters"}}},
		{"a long file name", backend(`{archive: "` + archiveNamed(t, strings.Repeat("x", 48)+".zip", "") + `"}`), []problem{{at + ".archive", `"/`, "must be 1 to 47 letters"}}},
		{"two archives with a file name", `routes: {GET /x: {backend: {archive: ` + stock + `}}, GET /y: {backend: {archive: ` + archiveNamed(t, "stock.zip", "2") + `}}}`,
			[]problem{{`routes["GET /y"].backend.archive`, `stock.zip"`, `must not have the file name of routes["GET /x"].backend.archive, another archive`}}},
		{"a function's name", backend(`{functionArn: orders}`), []problem{{at + ".functionArn", `"orders"`, function}}},
		{"the ARN of a role", backend(`{functionArn: "` + own + `role/x"}`), []problem{{at + ".functionArn", `role/x"`, function}}},
		{"two qualifiers", backend(`{functionArn: "` + orders + `:live:1"}`), []problem{{at + ".functionArn", `:live:1"`, function}}},
		{"the latest version", backend(`{functionArn: "` + orders + `:$LATEST"}`), []problem{{at + ".functionArn", `:$LATEST"`, "must not end with :$LATEST"}}},
		{"a number", backend(`{functionArn: 7}`), []problem{{at + ".functionArn", `7`, function}}},
		{"functions of two accounts", `backend: {functionArn: "` + orders + `"}` + "\n" + backend(`{functionArn: "arn:aws:lambda:us-east-1:999988887777:function:f"}`),
			[]problem{{at + ".functionArn", "999988887777", "must be in the account that backend.functionArn names"}}},
		{"a function and a boundary of two accounts", `permissionsBoundary: arn:aws:iam::999988887777:policy/b` + "\n" + backend(`{functionArn: "`+orders+`"}`),
			[]problem{{at + ".functionArn", orders, "must be in the account that permissionsBoundary names"}}},
		{"the stack's function, with a table", `backend: {functionArn: "` + orders + `", deletionProtection: true}`, []problem{{"backend", `{"deletionProtection"`, "functionArn alone"}}},
		{"the stack's function and URL", `backend: {functionArn: "` + orders + `", url: "https://b.example.com"}`, []problem{{"backend", `{"functionArn"`, "functionArn alone"}}},
		{"the stack's function, by name", `backend: {functionArn: orders}`, []problem{{"backend.functionArn", `"orders"`, function}}},
	})
}

func TestBadThrottlesOfRoutesAreRefused(t *testing.T) {
	throttle := func(fields string) string { return `routes: {GET /x: {throttle: ` + fields + `}}` }
	const at, both = `routes["GET /x"].throttle`, "must set both limits: the rate above 0, the burst 1 or more, each at most 1000000"
	refuse(t, []row{
		{"a number", throttle(`5`), []problem{{at, `5`, "must be a map with burstLimit, rateLimit"}}},
		{"nothing", throttle(``), []problem{{at, `null`, both}}},
		{"half of it", throttle(`{rateLimit: 5}`), []problem{{at, `{"rateLimit":5}`, both}}},
		{"the other half", throttle(`{burstLimit: 5}`), []problem{{at, `{"burstLimit":5}`, both}}},
		{"no rate", throttle(`{rateLimit: 0, burstLimit: 1}`), []problem{{at, `{"burstLimit":1,"rateLimit":0}`, both}}},
		{"no burst", throttle(`{rateLimit: 1, burstLimit: 0}`), []problem{{at, `{"burstLimit":0,"rateLimit":1}`, both}}},
		{"too much", throttle(`{rateLimit: 1000001, burstLimit: 1}`), []problem{{at, `{"burstLimit":1,"rateLimit":1000001}`, both}}},
		{"a burst that is not whole", throttle(`{rateLimit: 1, burstLimit: 1.5}`), []problem{{at + ".burstLimit", `1.5`, "must be a whole number"}}},
		{"text", throttle(`{rateLimit: fast, burstLimit: 1}`), []problem{{at + ".rateLimit", `"fast"`, "must be a number"}}},
		{"an unknown key", throttle(`{rateLimits: 1, burstLimit: 1}`), []problem{{at + ".rateLimits", `1`, "(did you mean rateLimit?)"}}},
	})
}

// TestFunctionsMadeElsewhere looks functions up before the first resource is registered.
func TestFunctionsMadeElsewhere(t *testing.T) {
	s := settings(t, `
backend: {functionArn: "`+orders+`"}
routes: {GET /a: {}, GET /b: {backend: {functionArn: "`+orders+`:live"}}, GET /c: {backend: {functionArn: "`+orders+`:live"}}}`)
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		run.Settings = s
		recording := run.Must(t, program.Deploy)
		require.Equal(t, []string{recorder.GetCallerIdentity, recorder.GetFunction, recorder.GetFunction}, recording.Calls)
		require.Empty(t, recording.All(recorder.Function), "no product service")
		for name, qualifier := range map[string]any{"api-permission": nil, "api-permission-" + orders + ":live": "live"} {
			permission := recording.Named(t, recorder.Permission, name)
			require.Equal(t, "orders", permission.Input("function"))
			require.Equal(t, qualifier, permission.Input("qualifier"))
		}
		require.Len(t, recording.All(recorder.Integration), 2, "one for each function")
		for name, arn := range map[string]string{"api-backend": orders, "api-backend-" + orders + ":live": orders + ":live"} {
			integration := recording.Named(t, recorder.Integration, name)
			require.Equal(t, "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"+arn+"/invocations", integration.Input("integrationUri"))
		}

		run.Functions = []string{orders}
		refused, err := run.Do(program.Deploy)
		require.ErrorContains(t, err, `functionArn "`+orders+`:live": must be a function of the stack's account and region: `)
		require.NotContains(t, err.Error(), `functionArn "`+orders+`":`)
		require.Empty(t, refused.Resources)
		run.Functions, run.Cloud = nil, recorder.China
		refused, err = run.Do(program.Deploy)
		require.ErrorContains(t, err, `where the function "orders" is "arn:aws-cn:lambda:cn-north-1:`)
		require.Empty(t, refused.Resources)
	})
}

// TestFunctionsOfRoutes creates one function for each archive.
func TestFunctionsOfRoutes(t *testing.T) {
	stock := archiveNamed(t, "stock.zip", "")
	s := settings(t, `
backend: {url: "https://b.example.com"}
permissionsBoundary: `+own+`policy/b
accessLog: {retentionDays: 7}
routes: {GET /a: {backend: {archive: `+stock+`}}, GET /b: {backend: {archive: `+stock+`}}}`)
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		run.Settings = s
		recording := run.Must(t, program.Deploy)
		require.Equal(t, stock, recording.One(t, recorder.Function).Archive(t, "code"))
		require.Equal(t, "stock-function", recording.One(t, recorder.Function).Name)
		require.Equal(t, own+"policy/b", recording.One(t, recorder.Role).Input("permissionsBoundary"))
		require.Equal(t, 7.0, recording.Named(t, recorder.LogGroup, "stock-log").Input("retentionInDays"))
		require.Equal(t, "api-backend-stock.zip", recording.One(t, recorder.Integration).Name, "none of the default backend")
	})
}

func TestBadHeadersAreRefused(t *testing.T) {
	headers := func(fields string) string { return `backend: {url: "https://b.example.com", headers: ` + fields + `}` }
	const at, value = "backend.headers", `must be a string of 1 to 512 letters, digits and "._~+/=-"`
	refuse(t, []row{
		{"text", headers(`hunter2`), []problem{{at, "[secret]", "must be a map of headers"}}},
		{"a list", headers(`[hunter2]`), []problem{{at, "[secret]", "must be a map of headers"}}},
		{"two backends", `backend: {url: "https://b.example.com", deletionProtection: true, headers: {x-a: hunter2}}`,
			[]problem{{"backend", "[secret]", "must have url alone"}}},
		{"an empty value", headers(`{x-a: ""}`), []problem{{at + ".x-a", "[secret]", value}}},
		{"a variable", headers(`{x-a: $context.path}`), []problem{{at + ".x-a", "[secret]", value}}},
		{"a number", headers(`{x-a: 7}`), []problem{{at + ".x-a", "[secret]", value}}},
		{"a long value", headers(`{x-a: ` + strings.Repeat("x", 513) + `}`), []problem{{at + ".x-a", "[secret]", value}}},
		{"capitals", headers(`{X-A: x}`), []problem{{at + ".X-A", `"X-A"`, "lower case letters"}}},
		{"a reserved header", headers(`{authorization: x, x-amz-date: x, x-forwarded-for: x}`), []problem{
			{at + ".authorization", `"authorization"`, "reserves"}, {at + ".x-amz-date", `"x-amz-date"`, "reserves"}, {at + ".x-forwarded-for", `"x-forwarded-for"`, "reserves"}}},
		{"a caller", headers(`{x-caller-arn: x}`), []problem{{at + ".x-caller-arn", `"x-caller-arn"`, "API Gateway sets"}}},
		{"without a URL", `backend: {headers: {x-a: hunter2}}`, []problem{{at, "", "can only be set with url"}}},
		{"on a route", `routes: {GET /x: {backend: {url: "https://b.example.com", headers: {x-a: hunter2}}}}`,
			[]problem{{`routes["GET /x"].backend.headers`, "[secret]", "only the stack's backend has headers"}}},
	})
}

// TestHeadersAreSecret requires that a header's value is secret in what is registered, and
// that the program does not warn of a secret that stays one.
func TestHeadersAreSecret(t *testing.T) {
	for name, config := range map[string]string{
		"secret": `backend: {url: "https://b.example.com", headers: {x-origin-verify: {secure: hunter2}}}`,
		"plain":  `backend: {url: "https://b.example.com", headers: {x-origin-verify: hunter2}}`,
	} {
		recorder.Both(t, func(t *testing.T, run recorder.Run) {
			run.Settings = settings(t, config)
			recording := run.Must(t, program.Deploy)
			for _, r := range recording.Resources {
				parameters := r.Inputs["requestParameters"]
				if r.Type != recorder.Integration {
					require.False(t, r.Inputs.ContainsSecrets(), "%s", r)
					continue
				}
				require.True(t, parameters.IsSecret(), name)
				require.Equal(t, "hunter2", r.Input("requestParameters").(map[string]any)["overwrite:header.x-origin-verify"])
			}
		})
	}
}
