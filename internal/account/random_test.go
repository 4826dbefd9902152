package account

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

const (
	accountArn = "arn:aws:iam::111122223333:"
	apiArn     = "arn:aws:execute-api:us-east-1:111122223333:abc123"
)

// generator makes random accounts.
type generator struct {
	*rand.Rand
	policies map[string][]map[string]any // statements by source
	managed  []string
	names    int
	compiled map[string]*iam.IdentityPolicy
}

func pick[T any](g *generator, items ...T) T { return items[g.IntN(len(items))] }

func (g *generator) name() string {
	g.names++
	return fmt.Sprintf("n%d", g.names)
}

func (g *generator) resource() string {
	return pick(g, "*", "*", apiArn+"/*", apiArn+"/prod/*", apiArn+"/prod/GET/*", apiArn+"/*/GET/products/*",
		apiArn+"/prod/GET/products", apiArn+"/prod/GET/products/42", apiArn+"/prod/GET/products/4*", apiArn+"/prod/*/products/?2",
		apiArn+"/prod/GET/products/special", apiArn+"/prod/POST/*/b", apiArn+"/prod/*s*", apiArn+"/prod/?ET/products",
		apiArn+"/prod/GET/products/${aws:username}", apiArn+"/prod/*/products/${aws:PrincipalTag/team}*",
		apiArn+"/prod/GET/products/${aws:PrincipalTag/none}", apiArn+"/prod/GET/products/${aws:username, '42'}",
		apiArn+"/prod/GET/products/${aws:SourceIp}", apiArn+"/prod/GET/products/${*}", apiArn+"/prod/GET/files/a/*",
		apiArn+"/prod/PUT/any/thing", "arn:aws:execute-api:*:*:abc123/*", "arn:aws:execute-api:*:111122223333:*/prod/*",
		"arn:aws:execute-api:eu-west-1:111122223333:abc123/*", "arn:aws:execute-api:us-east-1:111122223333:other/*",
		apiArn+"/dev/*", "arn:aws:s3:::bucket/*", "arn:aws:execute-api:us-east-1:*")
}

func (g *generator) some(of func() string) any {
	if g.IntN(3) > 0 {
		return of()
	}
	return []string{of(), of()}
}

func (g *generator) action() string {
	return pick(g, "*", "execute-api:Invoke", "execute-api:*", "execute-api:Inv*", "EXECUTE-API:invoke", "s3:GetObject", "iam:*")
}

func (g *generator) condition() map[string]any {
	operator := func(name, key string, values ...string) map[string]any {
		return map[string]any{name: map[string]any{key: values}}
	}
	return pick(g,
		operator("StringEquals", "aws:username", "n1", "n3"), operator("StringNotEquals", "aws:username", "n1", "n3"),
		operator("StringEquals", "aws:PrincipalTag/team", "a"), operator("StringNotEquals", "aws:principaltag/TEAM", "a"),
		operator("StringLike", "aws:userid", "AROA1:*", "AIDA*"), operator("ArnLike", "aws:PrincipalArn", accountArn+"role/*"),
		operator("ArnNotEquals", "aws:PrincipalArn", accountArn+"user/staff/*"), operator("StringEquals", "aws:PrincipalType", "User"),
		operator("StringEquals", "aws:PrincipalAccount", "111122223333"), operator("Null", "aws:username", "true"),
		operator("Null", "aws:PrincipalTag/team", "false"), operator("StringEquals", "aws:PrincipalTag/team", "${aws:username}", "b"),
		operator("Bool", "aws:MultiFactorAuthPresent", "true"), operator("BoolIfExists", "aws:MultiFactorAuthPresent", "false"),
		operator("IpAddress", "aws:SourceIp", "203.0.113.0/24"), operator("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
		operator("DateLessThan", "aws:CurrentTime", "2026-06-01T00:00:00Z"), operator("Bool", "aws:PrincipalIsAWSService", "false"),
		operator("StringNotEquals", "aws:RequestedRegion", "us-east-1"), operator("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"), operator("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-*"),
		operator("StringEquals", "aws:SourceIp", "${aws:username}"), operator("NumericEquals", "aws:username", "x"),
		map[string]any{
			"Bool":      map[string]any{"aws:MultiFactorAuthPresent": "true"},
			"IpAddress": map[string]any{"aws:SourceIp": "203.0.113.0/24"},
		},
	)
}

// document returns a policy document and remembers its statements by source.
func (g *generator) document(source string) string {
	var statements []map[string]any
	for range 1 + g.IntN(3) {
		s := map[string]any{
			"Effect": pick(g, "Allow", "Allow", "Allow", "Deny"),
			pick(g, "Resource", "Resource", "Resource", "NotResource"): g.some(g.resource),
		}
		if g.IntN(5) == 0 {
			s["NotAction"] = g.some(func() string { return pick(g, "iam:*", "s3:*", "execute-api:Invoke") })
		} else {
			s["Action"] = g.some(g.action)
		}
		if g.IntN(2) == 0 {
			s["Condition"] = g.condition()
		}
		statements = append(statements, s)
	}
	g.policies[source] = statements
	return toJSON(map[string]any{"Version": "2012-10-17", "Statement": statements})
}

func toJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// inline returns inline policies. The prefix is that of their sources.
func (g *generator) inline(prefix string) []any {
	var all []any
	for range g.IntN(3) {
		name := g.name()
		all = append(all, map[string]any{"PolicyName": name, "PolicyDocument": json.RawMessage(g.document(prefix + "inline policy " + name))})
	}
	return all
}

// attached returns managed policies. Some are missing from the account.
func (g *generator) attached() []any {
	var all []any
	for range g.IntN(2) {
		arn := pick(g, g.managed...)
		if g.IntN(20) == 0 {
			arn = accountArn + "policy/missing"
		}
		all = append(all, map[string]any{"PolicyArn": arn})
	}
	return all
}

// account returns the description of an account with 30 principals.
func (g *generator) account() string {
	var policies, groups, users, roles []any
	for range 8 {
		arn := accountArn + "policy/" + g.name()
		versions := []any{
			map[string]any{"IsDefaultVersion": false, "Document": json.RawMessage(g.document("old version"))},
			map[string]any{"IsDefaultVersion": true, "Document": json.RawMessage(g.document("policy " + arn))},
		}
		g.Shuffle(2, func(i, j int) { versions[i], versions[j] = versions[j], versions[i] })
		policies = append(policies, map[string]any{"Arn": arn, "PolicyVersionList": versions})
		g.managed = append(g.managed, arn)
	}
	for _, name := range []string{"A", "B"} {
		groups = append(groups, map[string]any{
			"Arn": accountArn + "group/" + name, "GroupPolicyList": g.inline("group " + name + ", "), "AttachedManagedPolicies": g.attached(),
		})
	}
	for i := range 30 {
		name := g.name()
		p := map[string]any{"AttachedManagedPolicies": g.attached(), "Tags": pick(g,
			[]any{}, []any{map[string]any{"Key": "team", "Value": "a"}}, []any{map[string]any{"Key": "Team", "Value": "4"}})}
		if g.IntN(4) == 0 {
			p["PermissionsBoundary"] = map[string]any{"PermissionsBoundaryArn": pick(g, g.managed...)}
		}
		if i%3 == 0 {
			p["Arn"], p["RoleId"], p["RolePolicyList"] = accountArn+"role/"+name, pick(g, "AROA1", "AROA2"), g.inline("")
			p["AssumeRolePolicyDocument"] = map[string]any{}
			roles = append(roles, p)
			continue
		}
		p["Arn"], p["UserId"], p["UserPolicyList"] = accountArn+"user"+pick(g, "/", "/staff/")+name, "AIDA"+name, g.inline("")
		p["GroupList"] = pick(g, []string{}, []string{"A"}, []string{"A", "B"})
		users = append(users, p)
	}
	return toJSON(map[string]any{
		"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": policies,
	})
}

func (g *generator) routes() access.Routes {
	declared := map[string]access.RouteArgs{}
	token := access.RouteArgs{Authorization: access.Token, Authorizer: "customers"}
	for _, key := range []string{
		"GET /products", "POST /products", "GET /products/{id}", "ANY /products/{id}", "GET /products/special", "ANY /{proxy+}",
		"GET /files/{path+}", "POST /{a}/b", "GET /{a}/{b}/c", "$default",
	} {
		if g.IntN(2) == 0 {
			declared[key] = pick(g, access.RouteArgs{}, access.RouteArgs{}, access.RouteArgs{}, access.RouteArgs{Authorization: access.Open}, token)
		}
	}
	declared["PUT /any/thing"] = access.RouteArgs{}
	routes, errs := access.NewRoutes(declared)
	if len(errs) > 0 {
		panic(errs)
	}
	return routes
}

// path returns a path of a request that can end at a route.
func (g *generator) path(routes access.Routes, route access.Route, method string) (string, bool) {
	for range 10 {
		path := route.Key.Path
		if route.Key.IsDefault() {
			path = "/{p+}"
		}
		segments := strings.Split(path, "/")
		for i, segment := range segments {
			value := pick(g, "42", "4", "any", "special", "b", "n3", "*", "12", "files", "products", "203.0.113.9")
			switch {
			case strings.HasSuffix(segment, "+}"):
				segments[i] = pick(g, value, value+"/b", "a/"+value+"/c", "/"+value)
			case strings.HasPrefix(segment, "{"):
				segments[i] = value
			}
		}
		path = strings.Join(segments, "/")
		for _, candidate := range routes.Candidates(method, path) {
			if candidate.Key == route.Key {
				return path, true
			}
		}
	}
	return "", false
}

// requestContext returns a context of a request of a principal.
func (g *generator) requestContext(p Principal) map[string][]string {
	context := p.context("111122223333")
	context["aws:RequestedRegion"] = []string{"us-east-1"}
	set := func(key string, values ...string) {
		if value := pick(g, values...); value != "" {
			context[key] = []string{value}
		}
	}
	set("aws:SourceIp", "203.0.113.9", "198.51.100.7")
	set("aws:MultiFactorAuthPresent", "", "true", "false")
	set("aws:CurrentTime", "2026-01-01T00:00:00Z", "2026-12-01T00:00:00Z")
	set("aws:PrincipalOrgID", "", "o-a1b2c3d4e5")
	set("aws:PrincipalOrgPaths", "", "o-a1b2c3d4e5/r-1/")
	if p.IsRole() {
		context["aws:userid"] = []string{p.ID + ":session"}
		set("aws:PrincipalTag/team", "", "a", "4")
	}
	return context
}

// randomAccounts is the number of accounts of TestRandomAccounts: 1000 with the tag sweep.
var randomAccounts = 100

var seedFlag = flag.Uint64("seed", 0, "seed of the random accounts, other than 0")

// TestRandomAccounts compares the decisions for random accounts with those of the
// evaluator about concrete requests.
func TestRandomAccounts(t *testing.T) {
	seed := cmp.Or(*seedFlag, rand.Uint64())
	t.Logf("rerun with -args -seed %d", seed)
	counts := map[string]int{}
	for i := range randomAccounts {
		g := &generator{
			Rand:     rand.New(rand.NewPCG(seed, uint64(i))),
			policies: map[string][]map[string]any{}, compiled: map[string]*iam.IdentityPolicy{},
		}
		description, routes := g.account(), g.routes()
		a, err := Read(strings.NewReader(description))
		require.NoError(t, err)
		api := access.Api{ExecutionArn: apiArn, Stage: "prod", Routes: routes}
		report, err := a.Who(api, access.Matrix{})
		require.NoError(t, err)
		w := a.newWho(api)
		for _, p := range a.Principals {
			terms, err := w.terms(p)
			require.NoError(t, err)
			for at, s := range w.slots {
				d := w.decide(terms, at, p.Boundary)
				for range 2 {
					path, ends := g.path(routes, s.route, s.method)
					if !ends {
						continue
					}
					context := g.requestContext(p)
					request, err := iam.NewRequest(iam.RequestInput{
						Principal: p.Arn, Action: "execute-api:Invoke", Resource: apiArn + "/prod/" + s.method + path, Context: context,
					})
					require.NoError(t, err)
					is, known := g.direct(t, a, p, request)
					want, decided := g.holds(t, d, request)
					if cell := cellOf([]*decision{d}, []string{s.method}); known && cell.Unknown == nil {
						require.False(t, cell.Allows() && !is || cell.Denies() && is, "seed %d, account %d: %s %s %s", seed, i, p.Arn, path, cell)
					}
					counts[fmt.Sprint("decided ", decided, " known ", known)]++
					if decided && known && is != want || decided && !known {
						t.Fatalf("seed %d, account %d: %s %s %s with %v: allowed %v (known %v), but the cell is %q, which says %v",
							seed, i, p.Arn, s.method, path, context, is, known, cellOf([]*decision{d}, []string{s.method}), want)
					}
				}
			}
		}
		for _, c := range report.Callers {
			for _, cell := range c.Cells {
				word, _, _ := strings.Cut(cell.String(), " ")
				counts[word]++
			}
		}
	}
	t.Log(counts)
	for _, kind := range []string{"allow", "deny", "unknown:", "decided true known true"} {
		assert.NotZero(t, counts[kind], kind)
	}
}

// direct decides a request with all of a principal's policies, as far as they are known.
func (g *generator) direct(t *testing.T, a *Account, p Principal, request *iam.Request) (allowed, known bool) {
	documents, missing := documentsOf(a, p)
	decide := func(documents []string, boundary string) (allowed, known bool) {
		policies := &iam.Policies{}
		for _, document := range documents {
			policies.Identity = append(policies.Identity, g.compile(t, document))
		}
		if boundary != "" {
			policies.Boundary = g.compile(t, boundary)
		}
		decision, err := policies.Decide(request)
		return err == nil && decision.Allowed(), err == nil
	}
	boundary := a.Policies[p.Boundary]
	if allowed, known = decide(documents, boundary); allowed {
		return true, true
	}
	if known && missing { // the missing policy may allow it
		allowed, known = decide(append(documents, allowAnything), boundary)
		return false, known && !allowed
	}
	if !known { // an unknown Deny does not matter if nothing allows
		var allows []string
		for _, document := range documents {
			allows = append(allows, withoutDeny(document))
		}
		if missing {
			allows = append(allows, allowAnything)
		}
		allowed, known = decide(allows, withoutDeny(boundary))
		return false, known && !allowed
	}
	return false, true
}

const allowAnything = `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`

// withoutDeny changes the Deny statements of a document so that they apply to nothing.
func withoutDeny(document string) string {
	if document == "" {
		return ""
	}
	var decoded struct {
		Version   string
		Statement []map[string]any
	}
	if err := json.Unmarshal([]byte(document), &decoded); err != nil {
		panic(err)
	}
	for i, s := range decoded.Statement {
		if s["Effect"] == "Deny" {
			decoded.Statement[i] = map[string]any{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
		}
	}
	return toJSON(decoded)
}

// compile compiles each document once.
func (g *generator) compile(t *testing.T, document string) *iam.IdentityPolicy {
	if g.compiled[document] == nil {
		policy, err := iam.CompileIdentity(document)
		require.NoError(t, err)
		g.compiled[document] = policy
	}
	return g.compiled[document]
}

// documentsOf returns the documents of a principal and reports whether one is missing.
func documentsOf(a *Account, p Principal) (documents []string, missing bool) {
	add := func(inline []Inline, attached []string) {
		for _, policy := range inline {
			documents = append(documents, policy.Document)
		}
		for _, arn := range attached {
			if document := a.Policies[arn]; document != "" {
				documents = append(documents, document)
			} else {
				missing = true
			}
		}
	}
	add(p.Inline, p.Attached)
	for _, name := range p.Groups {
		add(a.Groups[name].Inline, a.Groups[name].Attached)
	}
	return documents, missing
}

// holds reports whether a decision allows a request, and whether that is known. The
// evaluator decides about the terms that depend on the request.
func (g *generator) holds(t *testing.T, d *decision, request *iam.Request) (allowed, decided bool) {
	if d.denies() {
		return false, true
	}
	if len(d.unknown()) > 0 {
		return false, false
	}
	any := func(terms []covering) bool {
		for _, c := range terms {
			if c.Unknown == nil && (c.always() || g.applies(t, c, request)) {
				return true
			}
		}
		return false
	}
	return any(d.allow) && (!d.bounded || any(d.boundary)) && !any(d.deny), true
}

// applies reports whether the statement of a term applies to a request.
func (g *generator) applies(t *testing.T, c covering, request *iam.Request) bool {
	source, _, _ := strings.Cut(strings.Replace(c.from, "permissions boundary", "policy", 1), " statement")
	if i := strings.Index(source, "policy arn:"); i >= 0 {
		source = source[i:] // without the group
	}
	statement := map[string]any{}
	for name, value := range g.policies[source][c.Statement] {
		statement[name] = value
	}
	statement["Effect"] = "Allow"
	policy := g.compile(t, toJSON(map[string]any{"Version": "2012-10-17", "Statement": statement}))
	decision, err := (&iam.Policies{Identity: []*iam.IdentityPolicy{policy}}).Decide(request)
	require.NoError(t, err)
	return decision.Allowed()
}
