package mocks

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/mocks/recorder"
	"iam-secured-api/tests/names"
)

// componentNames lists the resources of each specimen "one", without the component
// itself.
var componentNames = map[string][]string{
	"HttpApi": append(names.API("one", specimenRoutes...), specimenAuthorizer,
		integration+"one-open-backend", integration+"one-token-backend"),
	"HttpApi of several backends": append(slices.DeleteFunc(names.API("one", specimenRoutes...),
		func(name string) bool { return name == integration+"one-backend" }), specimenAuthorizer, names.Permission("one")+"-files",
		integration+"one-open-backend", integration+"one-backend-files", integration+"one-backend-orders", integration+"one-token-backend-orders"),
	"LambdaFunction":           names.Function("one"),
	"HttpApi of a function":    append(names.API("one", specimenRoutes...), specimenAuthorizer, names.Permission("one")),
	"ProductService":           names.Service("one"),
	"InvokePolicy":             {names.Policy("one")},
	"Group":                    names.Group("one", "reader", "audit"),
	"User":                     names.User("one", true),
	"Role for an account":      names.Role("one", "reader"),
	"Role for tokens":          names.Role("one", "reader"),
	"Role for an organization": names.Role("one", "reader"),
	"Role for pods":            names.Role("one", "reader"),
	"Role for a pool":          names.Role("one", "reader"),
	"Domain": {
		"apigatewayv2/domainName:DomainName one-domain", "route53/record:Record one-record",
	},
	"Watch": append(names.Alarms("one"), names.Analyzer("one")),
	"OidcProviders": {
		"iam/openIdConnectProvider:OpenIdConnectProvider one-gitlab.com",
		"iam/openIdConnectProvider:OpenIdConnectProvider one-token.actions.githubusercontent.com",
	},
	"Role for instances": names.InstanceRole("one", "reader"),
	"ExistingRole":       {"iam/rolePolicyAttachment:RolePolicyAttachment one-reader"},
	"CallerAccess": append(names.Group("one-one", "assume"),
		"iam-secured-api:components:Group one-one",
		"iam/policy:Policy one-assume",
		"iam/rolePolicyAttachment:RolePolicyAttachment one-deployer-of-one",
	),
}

var specimenRoutes = []string{"GET /products", "POST /products", "GET /health", "ANY /files/{file+}", "GET /orders", "POST /orders"}

const integration = "apigatewayv2/integration:Integration "

const specimenAuthorizer = "apigatewayv2/authorizer:Authorizer one-authorizer-customers"

// sandboxNames lists the resources and the components of the sandbox stack.
var sandboxNames = append(names.Sandbox(),
	"iam-secured-api:components:HttpApi api",
	"iam-secured-api:components:ProductService products",
	"iam-secured-api:components:InvokePolicy admin",
	"iam-secured-api:components:InvokePolicy readOnly",
	"iam-secured-api:components:Group Admin-Group",
	"iam-secured-api:components:Group ReadOnly-Group",
	"iam-secured-api:components:User jane-admin",
	"iam-secured-api:components:User john-readonly",
	"iam-secured-api:components:Role products-reader",
	"iam-secured-api:components:Role api-gateway-executor-role",
)

func TestNamesOfComponents(t *testing.T) {
	require.Len(t, componentNames, len(specimens))
	each(t, func(t *testing.T, s specimen, run recorder.Run) {
		var got []string
		for _, r := range ofComponents(s.deploy(t, run, "one")) {
			got = append(got, r.String())
		}
		require.ElementsMatch(t, append(componentNames[s.name], "iam-secured-api:components:"+s.kind+" one"), got)
	})
}

func TestNamesOfTheSandboxStack(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		require.ElementsMatch(t, sandboxNames, deployStack(t, run, stack(t, "sandbox")).Names())
	})
}

// TestNamesOfEveryKind requires that the program reads from AWS only what was made
// elsewhere.
func TestNamesOfEveryKind(t *testing.T) {
	want := slices.Concat(
		names.API("api", "GET /products", "POST /products"), names.Service("products"), []string{names.Permission("api")},
		names.Group("Admin-Group", "admin"), names.Group("ReadOnly-Group", "readOnly"),
		names.User("jane-admin", true), names.User("john-readonly", true), names.EveryKind(),
	)
	for _, component := range []string{
		"HttpApi api", "ProductService products", "InvokePolicy admin", "InvokePolicy readOnly", "InvokePolicy staff",
		"Group Admin-Group", "Group ReadOnly-Group", "User jane-admin", "User john-readonly",
		"Role products-reader", "Role checkout", "Role partner", "Role sisters", "Role ci", "Role catalog", "Role shoppers",
		"ExistingRole task", "OidcProviders oidc", "Watch watch",
	} {
		want = append(want, "iam-secured-api:components:"+component)
	}
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployStack(t, run, everyKind(t))
		require.ElementsMatch(t, want, recording.Names())
		require.Equal(t, []string{recorder.GetCallerIdentity, recorder.GetRegion, recorder.GetRole}, recording.Calls)
	})
}

// TestAdditionsChangeNoOtherName adds one thing at a time to the sandbox stack. All
// other resources keep their URNs and inputs, except lists of policies and members. With
// the first authorizer, the stage logs claims of tokens, too.
func TestAdditionsChangeNoOtherName(t *testing.T) {
	before := stack(t, "sandbox")
	old := deployStack(t, recorder.Run{}, before)
	for name, row := range map[string]struct {
		config string
		adds   []string
	}{
		"route": {
			`routes: {"DELETE /a": {}, "GET /products": {}, "POST /products": {}}`,
			[]string{"apigatewayv2/route:Route api-DELETE /a"},
		},
		"policy": {
			`policies: {aaa: {allow: ["POST /products"]}, readOnly: {allow: ["GET /products"]}, admin: {allow: ["*"]}}`,
			[]string{names.Policy("aaa"), "iam-secured-api:components:InvokePolicy aaa"},
		},
		"authorizer": {
			`{authorizers: {shop: {issuer: "https://issuer.example.com", audiences: [web]}}, routes: {GET /a: {authorization: shop}, GET /products: {}, POST /products: {}}}`,
			[]string{"apigatewayv2/authorizer:Authorizer api-authorizer-shop", "apigatewayv2/route:Route api-GET /a"},
		},
		"alarms": {
			`alarms: {thresholds: {}}`, append(names.Alarms("watch"), "iam-secured-api:components:Watch watch"),
		},
		"analyzer": {
			`accessAnalyzer: true`, []string{names.Analyzer("watch"), "iam-secured-api:components:Watch watch"},
		},
		"CORS": {`cors: {allowOrigins: [https://app.example.com]}`, nil},
		"policy of a group": {
			`groups: {ReadOnly-Group: {policies: [admin, readOnly]}, Admin-Group: {policies: [admin]}}`,
			[]string{"iam/groupPolicyAttachment:GroupPolicyAttachment ReadOnly-Group-admin"},
		},
		"user": {
			`users: {aaa: {groups: [Admin-Group]}, john-readonly: {groups: [ReadOnly-Group], accessKey: true}, jane-admin: {groups: [Admin-Group], accessKey: true}}`,
			append(names.User("aaa", false), "iam-secured-api:components:User aaa"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			recording := deployStack(t, recorder.Run{}, before.With(recorder.ParseStack(t, "config:\n  "+row.config)))
			require.ElementsMatch(t, slices.Concat(sandboxNames, row.adds), recording.Names())
			for _, r := range old.Resources {
				kept := recording.Named(t, r.Type, r.Name)
				require.Equal(t, r.URN, kept.URN)
				logsTokens := name == "authorizer" && r.Type == recorder.Stage
				pages := name == "CORS" && r.Type == recorder.Api
				if pages {
					require.Nil(t, r.Input("corsConfiguration"))
					require.NotNil(t, kept.Input("corsConfiguration"))
				}
				if r.Custom && !logsTokens && !pages && r.Type != recorder.GroupMembership && r.Type != recorder.GroupPolicyAttachmentsExclusive {
					require.Equal(t, r.Inputs, kept.Inputs, "inputs of %s", r)
				}
			}
		})
	}
}

// TestRunsAreRepeatable checks that nothing depends on the order of maps.
func TestRunsAreRepeatable(t *testing.T) {
	settings := rich(t)
	first := deployStack(t, recorder.Run{}, settings)
	for range 3 {
		again := deployStack(t, recorder.Run{}, settings)
		require.Equal(t, first.Names(), again.Names())
		for i, r := range first.Resources {
			require.Equal(t, r.Inputs, again.Resources[i].Inputs, "inputs of %s", r)
		}
	}
}
