package account_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/account"
)

// identity returns a policy document with a statement.
func identity(statement string) string {
	return `{"Version":"2012-10-17","Statement":[{` + statement + `}]}`
}

// member returns a user or role in the form of the details, with an inline policy.
func member(arn, document, more string) string {
	kind := "User"
	if strings.Contains(arn, ":role/") {
		kind, more = "Role", `,"AssumeRolePolicyDocument":{}`+more
	}
	inline := `{"PolicyName":"own","PolicyDocument":` + document + `}`
	return fmt.Sprintf(`{"Arn":%q,"%sId":"AXXA1","%sPolicyList":[%s]%s}`, arn, kind, kind, inline, more)
}

// accountOf returns the account with these users, roles and policies.
func accountOf(t *testing.T, users, roles, policies []string) *account.Account {
	text := fmt.Sprintf(`{"UserDetailList":[%s],"GroupDetailList":[],"RoleDetailList":[%s],"Policies":[%s]}`,
		strings.Join(users, ","), strings.Join(roles, ","), strings.Join(policies, ","))
	a, err := account.Read(strings.NewReader(text))
	require.NoError(t, err)
	return a
}

func apiOf(t *testing.T, keys ...string) access.Api {
	declared := map[string]access.RouteArgs{}
	for _, key := range keys {
		declared[key] = access.RouteArgs{}
	}
	routes, errs := access.NewRoutes(declared)
	require.Empty(t, errs)
	return access.Api{ExecutionArn: api, Stage: "prod", Routes: routes}
}

func managed(name, document string) string {
	return fmt.Sprintf(`{"Arn":"arn:aws:iam::111122223333:policy/%s","PolicyVersionList":[{"IsDefaultVersion":true,"Document":%s}]}`, name, document)
}

func TestCells(t *testing.T) {
	const user, role = "arn:aws:iam::111122223333:user/john", "arn:aws:iam::111122223333:role/john"
	on := func(resource string) string {
		return identity(`"Effect":"Allow","Action":"execute-api:Invoke","Resource":"` + resource + `"`)
	}
	under := func(condition string) string {
		return identity(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{` + condition + `}`)
	}
	bounded := func(policy string) string {
		return `,"PermissionsBoundary":{"PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/` + policy + `"}`
	}
	tagged := `,"Tags":[{"Key":"Team","Value":"42"}]`
	policies := []string{
		managed("some", on(api+"/prod/GET/*")), managed("mfa", under(`"Bool":{"aws:MultiFactorAuthPresent":"true"}`)),
		managed("s3", identity(`"Effect":"Allow","Action":"s3:*","Resource":"*"`)),
	}
	const missing = "policy arn:aws:iam::111122223333:policy/missing: the policy's document is missing in the account's description"
	for _, test := range []struct {
		name, arn, document, more string
		get                       string // cell of GET /products/{id}
		any                       string // cell of ANY /{proxy+}; empty for the same
	}{
		{"everything", user, allowAll, "", "allow", ""},
		{"NotAction", user, identity(`"Effect":"Allow","NotAction":"iam:*","Resource":"*"`), "", "allow", ""},
		{"NotAction of calls", user, identity(`"Effect":"Allow","NotAction":"execute-api:*","Resource":"*"`), "", "deny", ""},
		{"another API", user, on("arn:aws:execute-api:us-east-1:111122223333:other/*"), "", "deny", ""},
		{"another stage", user, on(api + "/dev/*"), "", "deny", ""},
		{"another region", user, on("arn:aws:execute-api:eu-west-1:111122223333:*"), "", "deny", ""},
		{"any region", user, on("arn:aws:execute-api:*:*:*"), "", "allow", ""},
		{"a route", user, on(api + "/prod/GET/products/*"), "", "allow", "allow if the method is GET and the path is like /products/*"},
		{"some values of a variable", user, on(api + "/prod/GET/products/4*"), "", "allow if the path is like /products/4*",
			"allow if the method is GET and the path is like /products/4*"},
		{
			"a path of the greedy route", user, on(api + "/prod/*/files/*"), "", "deny",
			"allow if the request is like abc123/prod/*/files/*",
		},
		{
			"methods", user, identity(`"Effect":"Allow","Action":"*","Resource":["` + api + `/prod/PUT/*","` + api + `/prod/POST/*"]`), "",
			"deny", "allow if the method is POST or PUT",
		},
		{
			"by several statements", user, identity(`"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"` + api + `/prod/GET/*"`), "",
			"allow", "",
		},
		{
			"NotResource", user, identity(`"Effect":"Allow","Action":"*","NotResource":"` + api + `/prod/GET/products/4*"`), "",
			"allow if the path is not like /products/4*", "allow",
		},
		{"a variable", user, on(api + "/prod/GET/products/${aws:username}"), "", "allow if the path is like /products/${aws:username}", "deny"},
		{"a variable without value", role, on(api + "/prod/GET/products/${aws:username}"), "", "deny", ""},
		{"a tag", user, on(api + "/prod/GET/products/${aws:PrincipalTag/team}"), tagged, "allow if the path is like /products/${aws:PrincipalTag/team}", "deny"},
		{
			"a tag of sessions", role, on(api + "/prod/GET/products/${aws:PrincipalTag/team}"), tagged,
			"allow if the path is like /products/${aws:PrincipalTag/team}",
			"allow if the method is GET and the path is like /products/${aws:PrincipalTag/team}", // it may have a slash
		},
		{"a condition on the user", user, under(`"StringEquals":{"aws:PrincipalTag/Team":"42"}`), tagged, "allow", ""},
		{"one that fails", user, under(`"StringEquals":{"aws:PrincipalTag/Team":"43"}`), tagged, "deny", ""},
		{"one on a session", role, under(`"StringEquals":{"aws:PrincipalTag/Team":"42"}`), tagged, "allow if tagged Team=42", ""},
		{"one on the type", role, under(`"StringEquals":{"aws:PrincipalType":"User"}`), "", "deny", ""},
		{"one on services", role, under(`"Bool":{"aws:PrincipalIsAWSService":"false"}`), "", "allow", ""},
		{"one on the ARN", role, under(`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/j*"}`), "", "allow", ""},
		{
			"conditions on the request", user, under(`"Bool":{"aws:MultiFactorAuthPresent":"true"},"StringLike":{"aws:UserAgent":"x*"}`), "",
			"allow if with MFA and StringLike aws:UserAgent x*", "",
		},
		{"a boundary", user, allowAll, bounded("some"), "allow", "allow if the method is GET"},
		{"a boundary under a condition", user, allowAll, bounded("mfa"), "allow if the permissions boundary allows it (if with MFA)", ""},
		{"a boundary of other things", user, allowAll, bounded("s3"), "deny", ""},
		{
			"a boundary that is missing", user, allowAll, bounded("missing"),
			"unknown: permissions boundary " + strings.TrimPrefix(missing, "policy ") + "; without that allow", "",
		},
		{"Deny", user, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
			{"Effect":"Deny","Action":"*","NotResource":"` + api + `/prod/GET/products/*"}]}`, "", "allow",
			"allow if the method is GET and no statement denies it (if the path is not like /products/*)"},
		{"Deny under a condition", user, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
			{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}`, "",
			"allow if no statement denies it (if from 203.0.113.0/24)", ""},
		{
			"a missing policy", user, identity(`"Effect":"Allow","Action":"s3:*","Resource":"*"`),
			`,"AttachedManagedPolicies":[{"PolicyArn":"arn:aws:iam::111122223333:policy/missing"}]`, "unknown: " + missing, "",
		},
		{
			"a missing policy next to a known one", user, under(`"Bool":{"aws:MultiFactorAuthPresent":"true"}`),
			`,"AttachedManagedPolicies":[{"PolicyArn":"arn:aws:iam::111122223333:policy/missing"}]`,
			"unknown: " + missing + "; without that allow if with MFA", "",
		},
		{
			"a missing policy next to one that suffices", user, allowAll,
			`,"AttachedManagedPolicies":[{"PolicyArn":"arn:aws:iam::111122223333:policy/missing"}]`, "allow", "",
		},
		{
			"a missing group", user, identity(`"Effect":"Allow","Action":"s3:*","Resource":"*"`), `,"GroupList":["g"]`,
			"unknown: group g: the group is missing in the account's description", "",
		},
		{
			"a malformed policy", user, `{"Statement":{"Effect":"Maybe"}}`, "",
			`unknown: inline policy own: identity document: Statement[0]: Effect: "Maybe" must be Allow or Deny`, "",
		},
		{
			"an unknown operator", user, under(`"StringSimilar":{"aws:SourceIp":"x"}`), "",
			"unknown: inline policy own statement 0: Condition: StringSimilar", "",
		},
		{"an unknown operator of a Deny", user, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
			{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringSimilar":{"aws:SourceIp":"x"}}}]}`, "",
			"unknown: inline policy own statement 1: ", ""},
		{"the region", user, under(`"StringEquals":{"aws:RequestedRegion":"us-east-1"}`), "", "allow", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			users, roles := []string{member(test.arn, test.document, test.more)}, []string(nil)
			if test.arn == role {
				users, roles = roles, users
			}
			report, err := accountOf(t, users, roles, policies).Who(apiOf(t, "ANY /{proxy+}", "GET /products/{id}"), access.Matrix{})
			require.NoError(t, err)
			get, any := "deny", "deny"
			if len(report.Callers) > 0 {
				any, get = report.Callers[0].Cells[0].String(), report.Callers[0].Cells[1].String()
				assert.NotEmpty(t, report.Callers[0].Through)
				assert.NotEmpty(t, report.Callers[0].Beyond)
			} else {
				assert.Equal(t, 1, report.Others)
			}
			if test.any == "" {
				test.any = test.get
			}
			assert.True(t, strings.HasPrefix(get, test.get), get)
			if !strings.HasPrefix(test.get, "unknown") {
				assert.Equal(t, test.get, get)
			}
			assert.True(t, strings.HasPrefix(any, test.any), any)
		})
	}
}

func TestBeyond(t *testing.T) {
	api := apiOf(t, "GET /x", "POST /x")
	allow, mfa := access.Allow(), access.AllowIf(access.Alternative{Conditions: access.Conditions{RequireMFA: true}})
	boundary := access.AllowIf(access.Alternative{Boundary: "arn:aws:iam::111122223333:policy/b"})
	one := func(method, more string) string {
		return identity(`"Effect":"Allow","Action":"execute-api:Invoke","Resource":"` + api.ExecutionArn + `/prod/` + method + `/x"` + more)
	}
	const (
		withMFA  = `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`
		bounded  = `,"PermissionsBoundary":{"PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/b"}`
		unlisted = `,"AttachedManagedPolicies":[{"PolicyArn":"arn:aws:iam::111122223333:policy/missing"}]`
	)
	for name, test := range map[string]struct {
		get            access.Cell // of the matrix; it denies POST
		document, more string
		beyond         []string
	}{
		"as the matrix says":       {allow, one("GET", ""), "", nil},
		"less":                     {allow, one("GET", withMFA), "", nil},
		"nothing":                  {allow, one("PUT", ""), "", nil},
		"without the condition":    {mfa, one("GET", ""), "", []string{"GET /x"}},
		"with the condition":       {mfa, one("GET", withMFA), "", nil},
		"with more conditions":     {mfa, one("GET", `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`), "", nil},
		"another route":            {allow, one("*", ""), "", []string{"POST /x"}},
		"within the boundary":      {boundary, one("GET", ""), bounded, nil},
		"without the boundary":     {boundary, one("GET", ""), "", []string{"GET /x"}},
		"a policy that is missing": {allow, one("GET", ""), unlisted, []string{"POST /x"}},
	} {
		t.Run(name, func(t *testing.T) {
			users := []string{member("arn:aws:iam::111122223333:user/path/john", test.document, test.more)}
			a := accountOf(t, users, nil, []string{managed("b", allowAll)})
			matrix := access.Matrix{"user/john": {Cells: map[string]access.Cell{"GET /x": test.get, "POST /x": {}}}}
			report, err := a.Who(api, matrix)
			require.NoError(t, err)
			var beyond []string
			for _, c := range report.Callers {
				assert.True(t, c.OfStack)
				beyond = append(beyond, c.Beyond...)
			}
			assert.Equal(t, test.beyond, beyond)
			assert.Equal(t, map[bool]int{true: 11, false: 0}[len(beyond) > 0], report.ExitCode())
			if len(report.Callers) > 0 {
				other, err := a.Who(api, access.Matrix{"role/john": matrix["user/john"]})
				require.NoError(t, err)
				assert.False(t, other.Callers[0].OfStack)
				assert.Equal(t, 11, other.ExitCode())
			}
		})
	}
}

// TestStacks has users with only the documents of random policies of a stack. Each can call
// exactly what the stack's matrix says.
func TestStacks(t *testing.T) {
	keys := []string{
		"GET /products", "POST /products", "GET /products/{id}", "ANY /products/{id}", "GET /products/special", "ANY /{proxy+}",
		"GET /files/{path+}", "PUT /files/{path+}", "POST /{a}/b", "$default",
	}
	checked := 0
	for seed := range uint64(1000) {
		random := rand.New(rand.NewPCG(seed, 0))
		some := func(from []string) []string {
			return slices.DeleteFunc(slices.Clone(from), func(string) bool { return random.IntN(2) == 0 })
		}
		api := apiOf(t, append(some(keys), "DELETE /x")...)
		policy, err := access.NewPolicy("prod", api.Routes, append(some(api.Routes.Keys()), "DELETE /x"), access.Conditions{
			RequireMFA: random.IntN(2) == 0, PrincipalTags: map[string]string{"team": "a"},
		})
		if err != nil {
			continue // a grant that may reach another route
		}
		checked++
		documents, err := policy.Documents(api.ExecutionArn)
		require.NoError(t, err)
		matrix, err := access.NewMatrix(api, map[string][]string{"p": documents},
			[]access.Principal{{Name: "user/john", Policies: []string{"p"}}, {Name: "role/john", Policies: []string{"p"}}})
		require.NoError(t, err)
		require.Len(t, documents, 1)
		report, err := accountOf(t,
			[]string{member("arn:aws:iam::111122223333:user/john", documents[0], `,"Tags":[{"Key":"team","Value":"a"}]`)},
			[]string{member("arn:aws:iam::111122223333:role/john", documents[0], "")}, nil).Who(api, matrix)
		require.NoError(t, err)
		require.Zero(t, report.ExitCode(), "seed %d: %s", seed, report.Text(nil))
		require.Equal(t, "role/john", report.Callers[0].Name)
		for i, key := range report.Routes {
			assert.Equal(t, matrix["role/john"].Cells[key].String(), report.Callers[0].Cells[i].String(), "seed %d: %s", seed, key)
		}
	}
	assert.Greater(t, checked, 50)
}

func TestWhoErrors(t *testing.T) {
	a := accountOf(t, []string{member("arn:aws:iam::111122223333:user/john", allowAll, "")}, nil, nil)
	for _, arn := range []string{
		"", "x", api + "/prod", api + "/prod/*", "arn:aws:execute-api:us-east-1:111122223333", "arn:aws:execute-api:us-east-1:111122223333:",
		"arn:aws:execute-api:us-east-1:111122223333:*", "arn:aws:execute-api::111122223333:abc123",
		"arn:aws:execute-api:us-east-1:444455556666:abc123", "arn:aws-cn:execute-api:us-east-1:111122223333:abc123",
	} {
		of := apiOf(t, "GET /x")
		of.ExecutionArn = arn
		_, err := a.Who(of, access.Matrix{})
		assert.ErrorContains(t, err, "must", arn)
	}
}

const iamArn = "arn:aws:iam::111122223333:"

func TestReport(t *testing.T) {
	api := apiOf(t, "GET /x", "POST /x")
	var users []string
	for i := range 30 {
		users = append(users, member(fmt.Sprintf("arn:aws:iam::111122223333:user/u%02d", i), allowAll, ""))
	}
	users = append(users, member("arn:aws:iam::111122223333:user/nobody", identity(`"Effect":"Deny","Action":"*","Resource":"*"`), ""))
	cells := func(post access.Cell) *access.Row {
		return &access.Row{Cells: map[string]access.Cell{"GET /x": access.Allow(), "POST /x": post}}
	}
	a := accountOf(t, users, nil, nil)
	report, err := a.Who(api, access.Matrix{"user/u28": cells(access.Cell{}), "user/u29": cells(access.Allow())})
	require.NoError(t, err)
	becomes := []account.Become{{
		Principals: []string{"everyone"}, Way: "sts:AssumeRole", Effect: "assumes the role", Targets: []string{iamArn + "role/path/r"}, Condition: "with MFA",
		Through: []string{
			"policy " + iamArn + "policy/p statement 0", "group g, policy " + iamArn + "policy/p statement 0", "group g, inline policy i statement 1",
		},
	}, {Principals: []string{iamArn + "user/a", "everyone"}, Effect: "assumes the role", Targets: []string{iamArn + "role/of-stack"}, OfStack: true}}

	text := report.Text(becomes)
	at := -1
	for _, part := range []string{
		"more than the stack says: 29 principals of 31", "not of the stack: 28 principals", "user/u00, user/u01, user/u02 and 25 more", "allow: all 2 routes", "u03", "through: inline policy own statement 0",
		"more than its matrix says: 1 principal", "user/u28", "beyond the matrix: POST /x",
		"or less: 1 principal", "user/u29", "Cannot call any route: 1 principal", "can call more: 1 way",
		"everyone: assumes role/r (sts:AssumeRole)", "if: with MFA", "inline policy i statement 1 (group g), policy/p statement 0 (attached, group g)",
		"as the stack's trust policies say: 1 way", "user/a and everyone: assumes role/of-stack", "root user",
	} {
		next := strings.Index(text, part)
		assert.Greater(t, next, at, "%q in its place in %s", part, text)
		at = next
	}

	var out strings.Builder
	require.NoError(t, report.WriteJSON(&out, becomes))
	var decoded struct {
		Principals map[string]struct {
			Routes          map[string]string
			OfStack         *bool
			Beyond, Through []string
		}
		Becomes []account.Become
	}
	require.NoError(t, json.Unmarshal([]byte(out.String()), &decoded))
	assert.Len(t, decoded.Principals, 30)
	u29 := decoded.Principals["arn:aws:iam::111122223333:user/u29"]
	assert.Equal(t, map[string]string{"GET /x": "allow", "POST /x": "allow"}, u29.Routes)
	assert.True(t, *u29.OfStack)
	assert.Equal(t, []string{}, u29.Beyond)
	assert.Equal(t, []string{"inline policy own statement 0"}, u29.Through)
	assert.Equal(t, becomes, decoded.Becomes)
	assert.True(t, report.Matrix()["arn:aws:iam::111122223333:user/u29"].Cells["GET /x"].Allows())

	out.Reset()
	require.NoError(t, (&account.Report{}).WriteJSON(&out, nil))
	assert.JSONEq(t, `{"principals":{},"becomes":[]}`, out.String())
}
