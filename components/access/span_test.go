package access_test

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

const (
	catalogArn = "arn:aws:execute-api:us-east-1:111122223333:catalog123"
	ordersArn  = "arn:aws:execute-api:eu-west-1:111122223333:orders1234"
)

var bothArns = map[string]string{"catalog": catalogArn, "orders": ordersArn}

// apiOf returns an API with routes under IAM.
func apiOf(t testing.TB, arn, stage string, keys ...string) access.Api {
	t.Helper()
	declared := map[string]access.RouteArgs{}
	for _, key := range keys {
		declared[key] = access.RouteArgs{}
	}
	routes, errs := access.NewRoutes(declared)
	require.Empty(t, errs)
	return access.Api{ExecutionArn: arn, Stage: stage, Routes: routes}
}

func grant(t testing.TB, api access.Api, conditions access.Conditions, grants ...string) *access.Policy {
	t.Helper()
	policy, err := access.NewPolicy(api.Stage, api.Routes, grants, conditions)
	require.NoError(t, err)
	return policy
}

func shopApis(t testing.TB) (catalog, orders access.Api) {
	return apiOf(t, catalogArn, "prod", "GET /items", "PUT /items/{id}"),
		apiOf(t, ordersArn, "live", "GET /orders", "POST /orders", "GET /items")
}

// TestSpan checks the document of a policy that spans two APIs.
func TestSpan(t *testing.T) {
	catalog, orders := shopApis(t)
	policies := map[string]*access.Policy{
		"catalog": grant(t, catalog, access.Conditions{}, "GET *"),
		"orders":  grant(t, orders, access.Conditions{RequireMFA: true}, "POST /orders", "GET /orders"),
	}
	span, err := access.Span(policies)
	require.NoError(t, err)
	documents, err := span.DocumentsOf(bothArns)
	require.NoError(t, err)
	assert.Equal(t, []string{`{"Statement":[` +
		`{"Action":"execute-api:Invoke","Effect":"Allow","Resource":["` + catalogArn + `/prod/GET/items"],"Sid":"InvokeApiCatalog"},` +
		`{"Action":"execute-api:Invoke","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}},"Effect":"Allow","Resource":["` +
		ordersArn + `/live/GET/orders","` + ordersArn + `/live/POST/orders"],"Sid":"InvokeApiOrders"}],"Version":"2012-10-17"}`}, documents)
	assert.Equal(t, []string{"team"}, span.PartNames("team"))
	assert.ErrorContains(t, span.CheckForRole(), `for the API "orders": `)

	alone, err := access.Span(map[string]*access.Policy{"catalog": policies["catalog"]})
	require.NoError(t, err)
	documents, err = alone.DocumentsOf(bothArns)
	require.NoError(t, err)
	one, err := policies["catalog"].Documents(catalogArn)
	require.NoError(t, err)
	assert.Equal(t, one, documents, "the document is that of the policy of one API")

	named, err := span.Named(access.Naming{Name: "Team", Documents: 2})
	require.NoError(t, err)
	documents, err = named.DocumentsOf(bothArns)
	require.NoError(t, err)
	assert.Len(t, documents, 2)
	for _, resource := range []string{"/prod/GET/items", "/live/GET/orders", "/live/POST/orders"} {
		assert.Contains(t, documents[0]+documents[1], resource)
	}
}

func TestSpanRefuses(t *testing.T) {
	catalog, _ := shopApis(t)
	policy := grant(t, catalog, access.Conditions{}, "*")
	span, err := access.Span(map[string]*access.Policy{"catalog": policy})
	require.NoError(t, err)
	named, err := policy.Named(access.Naming{Name: "Fixed"})
	require.NoError(t, err)
	for name, test := range map[string]struct {
		policies map[string]*access.Policy
		want     []string // the lines
	}{
		"no API":        {nil, []string{"spans no API; name one or more, each with its policy"}},
		"no policy":     {map[string]*access.Policy{"a": nil, "b": {}}, []string{`"a" must have a policy that NewPolicy returned`, `"b" must have a policy that NewPolicy returned`}},
		"another span":  {map[string]*access.Policy{"a": span}, []string{`"a" has a policy that spans APIs itself; list its policies instead`}},
		"a fixed name":  {map[string]*access.Policy{"a": named}, []string{`"a" has a policy with the fixed name "Fixed"; name the policy that Span returns instead`}},
		"names of APIs": {map[string]*access.Policy{"": policy, "Orders": policy, "a-b": nil, strings.Repeat("a", 33): policy}, []string{`"" must be`, `"Orders" must be 1 to 32 letters and digits, and begin with a letter in lower case`, `"a-b" must be 1 to 32 letters and digits, and begin with a letter in lower case; must have a policy`, `"` + strings.Repeat("a", 33) + `" must be`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := access.Span(test.policies)
			require.Error(t, err)
			lines := strings.Split(err.Error(), "\n")
			require.Len(t, lines, len(test.want))
			for i, want := range test.want {
				assert.Contains(t, lines[i], want)
			}
		})
	}
	_, err = access.Span(map[string]*access.Policy{strings.Repeat("a", 32): policy})
	assert.NoError(t, err)
}

// TestSpanOfSeveralAccounts checks the execution ARNs that a policy can have.
func TestSpanOfSeveralAccounts(t *testing.T) {
	catalog, orders := shopApis(t)
	span, err := access.Span(map[string]*access.Policy{
		"catalog": grant(t, catalog, access.Conditions{}, "*"), "orders": grant(t, orders, access.Conditions{}, "*"),
	})
	require.NoError(t, err)
	for arn, want := range map[string]string{
		ordersArn:  "",
		catalogArn: "", // another stage of the same API
		"arn:aws:execute-api:us-east-1:444455556666:orders1234":            `all APIs of a policy must be in one account: "catalog" is ` + catalogArn,
		"arn:aws-us-gov:execute-api:us-gov-west-1:111122223333:orders1234": "all APIs of a policy must be in one account",
		"orders1234": `the execution ARN of the API "orders", "orders1234", must be the execution ARN of an API`,
	} {
		_, err := span.DocumentsOf(map[string]string{"catalog": catalogArn, "orders": arn, "other": ""})
		if want == "" {
			assert.NoError(t, err, arn)
			continue
		}
		assert.ErrorContains(t, err, want)
		assertOneLine(t, err)
	}
	_, err = span.DocumentsOf(map[string]string{"catalog": catalogArn})
	require.ErrorContains(t, err, `the execution ARN of the API "orders" is missing; there are those of ["catalog"]`)
	_, err = span.Documents(catalogArn)
	require.ErrorContains(t, err, "is missing", "it spans APIs")
	same, err := access.Span(map[string]*access.Policy{
		"catalog": grant(t, catalog, access.Conditions{}, "*"), "orders": grant(t, catalog, access.Conditions{}, "GET *"),
	})
	require.NoError(t, err)
	_, err = same.DocumentsOf(map[string]string{"catalog": catalogArn, "orders": catalogArn})
	require.ErrorContains(t, err, `"catalog" and "orders" are the same stage of one API`)
}

// TestNewMatricesFindsWhatDiffers changes a document's meaning by the stage, so that it
// allows what the policy does not grant on the other API.
func TestNewMatricesFindsWhatDiffers(t *testing.T) {
	catalog, orders := shopApis(t)
	orders.Stage = catalog.Stage
	orders.ExecutionArn = catalogArn // one API: its documents reach the other's stage
	read, err := access.Span(map[string]*access.Policy{"catalog": grant(t, catalog, access.Conditions{}, "GET /items")})
	require.NoError(t, err)
	apis := map[string]access.Api{"catalog": catalog, "orders": orders}
	_, err = access.NewMatrices(apis, map[string]*access.Policy{"read": read}, nil)
	require.ErrorContains(t, err, `policy "read", API "orders": GET /items called with GET: `)
	require.ErrorContains(t, err, "and no grant of the policy names it")
	assertOneLine(t, err)

	_, err = access.NewMatrices(map[string]access.Api{"orders": orders}, map[string]*access.Policy{"read": read}, nil)
	require.ErrorContains(t, err, `policy "read": part "": the execution ARN of the API "catalog" is missing`)
	apis["orders"] = access.Api{Stage: "prod", Routes: orders.Routes}
	_, err = access.NewMatrices(apis, map[string]*access.Policy{"read": read}, []access.Principal{{Name: "user/a", Policies: []string{"x"}}})
	require.ErrorContains(t, err, `user/a: has the policy "x", which has no documents`)
}

// TestSpanIsTheUnion requires, for random routes and grants of two APIs, that the matrices
// of the policy that spans both are those of the two policies, and that its documents fit.
func TestSpanIsTheUnion(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	conditions := []access.Conditions{{}, {RequireMFA: true}, {SourceCIDRs: []string{"203.0.113.0/24"}}}
	several := 0
	for i := range 60 {
		apis, policies := map[string]access.Api{}, map[string]*access.Policy{}
		invokes := 0
		for name, arn := range bothArns {
			keys := randomKeys(random, 1+random.Intn(120))
			api := apiOf(t, arn, []string{"prod", "$default", "live"}[random.Intn(3)], keys...)
			policy, err := access.NewPolicy(api.Stage, api.Routes, randomGrants(random, keys), conditions[random.Intn(3)])
			if err != nil {
				continue // the grants cannot leave out a route
			}
			apis[name], policies[name] = api, policy
			invokes += len(policy.Invokes)
		}
		if len(policies) < 2 {
			continue
		}
		span, err := access.Span(policies)
		require.NoError(t, err)
		together := map[access.Invoke]int{}
		for _, part := range span.Parts {
			longest := map[string]string{"catalog": access.LongestExecutionArn, "orders": access.LongestExecutionArn[:len(access.LongestExecutionArn)-1] + "1"}
			text, err := span.DocumentOf(part, longest)
			require.NoError(t, err)
			require.NoError(t, access.CheckPolicySize(text))
			for _, invoke := range part.Invokes {
				together[invoke]++
			}
		}
		require.Len(t, together, invokes)
		for invoke, count := range together {
			require.Equal(t, 1, count, "%v", invoke)
		}
		if len(span.Parts) > 1 {
			several++
		}
		principal := []access.Principal{{Name: "user/a", Policies: []string{"p"}}}
		matrices, err := access.NewMatrices(apis, map[string]*access.Policy{"p": span}, principal)
		require.NoError(t, err)
		for name, api := range apis {
			documents, err := policies[name].Documents(api.ExecutionArn)
			require.NoError(t, err)
			want, err := access.NewMatrix(api, map[string][]string{"p": documents}, principal)
			require.NoError(t, err)
			require.Equal(t, want.Folded(), matrices[name].Folded(), "%d: %s", i, name)
		}
	}
	assert.Greater(t, several, 5, "policies with several documents")
}

// randomKeys returns route keys, many of which both APIs have.
func randomKeys(random *rand.Rand, count int) []string {
	keys := map[string]bool{}
	for range count {
		key := []string{"GET", "POST", "ANY"}[random.Intn(3)] + fmt.Sprintf(" /things/number-%d", random.Intn(150))
		if random.Intn(4) == 0 {
			key += "/{id}"
		}
		keys[key] = true
	}
	return slices.Sorted(maps.Keys(keys))
}

func randomGrants(random *rand.Rand, keys []string) []string {
	switch random.Intn(8) {
	case 0:
		return []string{"*"}
	case 1:
		return []string{"ANY *"}
	}
	var grants []string
	for _, key := range keys {
		if random.Intn(3) > 0 {
			grants = append(grants, key)
		}
	}
	return grants
}

// TestSpanOfManyApis packs so many APIs that they need several documents. Those with the
// same conditions share statements.
func TestSpanOfManyApis(t *testing.T) {
	policies, arns := map[string]*access.Policy{}, map[string]string{}
	for i := range 99 {
		name := fmt.Sprintf("api%d", i)
		arns[name] = fmt.Sprintf("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4%02d", i)
		conditions := access.Conditions{RequireMFA: i%2 == 0, SecureTransport: i%3 == 0}
		policies[name] = grant(t, apiOf(t, arns[name], "prod", "GET /items"), conditions, "*")
	}
	span, err := access.Span(policies)
	require.NoError(t, err)
	documents, err := span.DocumentsOf(arns)
	require.NoError(t, err)
	assert.Len(t, documents, 2)
	for _, arn := range arns {
		assert.Equal(t, 1, strings.Count(strings.Join(documents, ""), arn+"/prod/*"))
	}
	for _, document := range documents {
		assert.Equal(t, 4, strings.Count(document, "Sid"), "a statement for each kind of conditions")
		require.NoError(t, access.CheckPolicySize(document))
	}
	for i := range 700 {
		policies[fmt.Sprintf("more%d", i)] = policies["api0"]
	}
	_, err = access.Span(policies)
	require.ErrorContains(t, err, "allows 799 methods and paths")
	assertOneLine(t, err)
}
