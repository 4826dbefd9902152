//go:build unix

package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/checkout"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/names"
)

func TestSandbox(t *testing.T) {
	path := harness.BuildSandbox(t)
	for name, test := range map[string]func(*testing.T, string){
		"text": testText, "json": testJSON, "interrupted": testInterrupted, "usage": testUsage, "refused": testRefused,
		"other callers": testOtherCallers, "every kind": testEveryKind, "outside": testOutside, "go alone": testGoAlone, "diff": testDiff,
		"serve": testServe, "pasted": testPasted, "serve interrupted": testServeInterrupted, "hung up": testHungUp, "not read": testNotRead, "readme": testReadme,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, path)
		})
	}
}

// logicalNames returns the logical names of resources.
func logicalNames(resources []string) []string {
	var list []string
	for _, resource := range resources {
		_, name, _ := strings.Cut(resource, " ")
		list = append(list, name)
	}
	return list
}

// secretShape matches a secret access key: 40 letters of Base64.
var secretShape = regexp.MustCompile(`(^|[^A-Za-z0-9/+=])[A-Za-z0-9/+]{40}($|[^A-Za-z0-9/+=])`)

func testText(t *testing.T, path string) {
	// Settings of the user for other stacks and accounts have no effect.
	home, state := t.TempDir(), t.TempDir()
	p := startIn(t, path, configured(t, everyKind), []string{
		"PULUMI_HOME=" + home, "PULUMI_BACKEND_URL=file://" + state, "PULUMI_STACK=organization/other/prod", "PULUMI_ACCESS_TOKEN=none",
		"PULUMI_CONFIG_PASSPHRASE=mine", "PULUMI_CONFIG_PASSPHRASE_FILE=/nonexistent", "PULUMI_DEBUG_PROVIDERS=aws:1",
		"PULUMI_PARALLEL=-1", "PULUMI_OPTION_TARGET=nothing", "PULUMI_IGNORE_AMBIENT_PLUGINS=true",
		"AWS_PROFILE=nonexistent", "AWS_REGION=nowhere-1", "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_ENDPOINT_URL=http://127.0.0.1:1",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1", "AWS_ENDPOINT_URL_STS=http://127.0.0.1:1",
		"HTTP_PROXY=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1", "NO_PROXY=",
	})
	require.Zero(t, p.wait(t), p.errs.String())
	assert.Empty(t, checkout.Files(t, state))
	assert.Empty(t, checkout.Files(t, home))
	out := p.out.String()
	for _, name := range slices.Concat(logicalNames(names.Sandbox()), logicalNames(names.Caller()), names.Outputs) {
		assert.Contains(t, out, name)
	}
	assert.Contains(t, out, cloud.APIAccount)
	assert.Contains(t, out, cloud.CallerAccount)
	assert.NotRegexp(t, secretShape, out+p.errs.String())
	assert.NotEmpty(t, p.errs.String(), "progress")
	last := printed(t)
	assert.Regexp(t, `(?m)^user/john-readonly +deny -> 401 +allow -> 200 +deny -> 403$`, last)
	assert.True(t, strings.HasSuffix(out, last+"\n"), out)
}

func testJSON(t *testing.T, path string) {
	assert.Regexp(t, secretShape, ` "`+strings.Repeat("aB3/+", 8)+`"`, "a secret would be found")
	p := start(t, path, nil, "-json")
	require.Zero(t, p.wait(t), p.errs.String())
	assert.NotRegexp(t, secretShape, p.out.String()+p.errs.String())
	var result struct {
		Stacks []struct {
			Name, Account string
			Seconds       float64
			Resources     []struct{ Type, Name, ID, Component string }
			Outputs       map[string]any
		}
		Access    accessFound
		Destroyed bool
	}
	decoder := json.NewDecoder(strings.NewReader(p.out.String()))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&result))
	_, err := decoder.Token()
	assert.Equal(t, io.EOF, err, "one object")

	assert.True(t, result.Destroyed)
	require.Len(t, result.Stacks, 2)
	for i, want := range []struct {
		name, account string
		made          []string
		outputs       []string
	}{
		{"iam-secured-api", cloud.APIAccount, names.Sandbox(), names.Outputs},
		{"caller-account", cloud.CallerAccount, names.Caller(), []string{"policyArn", "policyDocument"}},
	} {
		stack := result.Stacks[i]
		assert.Equal(t, want.name, stack.Name)
		assert.Equal(t, want.account, stack.Account)
		assert.Positive(t, stack.Seconds)
		var made []string
		for _, resource := range stack.Resources {
			assert.NotEmpty(t, resource.Type)
			assert.NotEmpty(t, resource.ID)
			assert.NotEmpty(t, resource.Component)
			made = append(made, resource.Name)
		}
		assert.ElementsMatch(t, logicalNames(want.made), made)
		assert.ElementsMatch(t, want.outputs, slices.Collect(maps.Keys(stack.Outputs)))
	}
	assert.Equal(t, "[secret]", result.Stacks[0].Outputs["secretAccessKeys"])
	assert.Contains(t, result.Stacks[1].Outputs["policyArn"], cloud.CallerAccount)

	assert.True(t, result.Access.Agrees)
	assert.Len(t, result.Access.Principals, 6)
	john := result.Access.Principals["user/john-readonly"]
	assert.Equal(t, cell{Expected: "allow", Observed: "allow", Agrees: true, Calls: john["GET /products"].Calls}, john["GET /products"])
	require.Len(t, john["POST /products"].Calls, 1)
	refused := john["POST /products"].Calls[0]
	assert.Equal(t, observation{Request: "POST /prod/products", Expected: "deny", Observed: "deny", Status: 403, Reason: refused.Reason}, refused)
	assert.Contains(t, refused.Reason, "/prod/POST/products")
}

// accessFound is the access matrix with the observations, as -json prints it.
type accessFound struct {
	Agrees     bool
	Principals map[string]map[string]cell
}

type cell struct {
	Expected, Observed string
	Agrees             bool
	Calls              []observation
}

type observation struct {
	Request, Expected, Observed string
	Status                      int
	Reason                      string
}

// testInterrupted sends the signal of Ctrl-C during the first deployment.
func testInterrupted(t *testing.T, path string) {
	p := start(t, path, nil)
	until(t, p, "it deploys", func() bool { return strings.Contains(p.errs.String(), "deploying") })
	time.Sleep(200 * time.Millisecond) // so that something is created
	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	assert.Equal(t, 130, p.wait(t))
	assert.Empty(t, p.out.String())
	assert.Contains(t, p.errs.String(), "interrupted")
}

// testGoAlone has a PATH with only a go command, which records its uses: the sandbox
// starts no other program.
func testGoAlone(t *testing.T, path string) {
	goTool, err := exec.LookPath("go")
	require.NoError(t, err)
	bin := t.TempDir()
	noted := filepath.Join(bin, "noted")
	script := fmt.Sprintf("#!/bin/sh\necho \"$1\" >>'%s'\nexec '%s' \"$@\"\n", noted, goTool)
	require.NoError(t, os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o755))
	p := start(t, path, []string{"PATH=" + bin, "HOME=" + t.TempDir()})
	require.Zero(t, p.wait(t), p.errs.String())
	calls, err := os.ReadFile(noted)
	require.NoError(t, err)
	assert.Equal(t, "env\nbuild\n", string(calls), "the product service is built, and nothing else")
}

func testUsage(t *testing.T, path string) {
	for _, args := range [][]string{{"-nope"}, {"nope"}, {"provider", "nope"}, {"-json", "provider"}, {"provider", "-json"}, {""},
		{"serve", "nope"}, {"serve", "-reasons"}, {"-json", "serve"}, {"diff"}, {"diff", "a"}, {"diff", "a", "b", "c"}, {"diff", "-", "-"},
		{"diff", "-reasons", "a", "b"}, {"snapshot"}, {"snapshot", "a", "b"}, {"snapshot", "-json", "a"}} {
		p := start(t, path, nil, args...)
		assert.Equal(t, 2, p.wait(t), "%q", args)
		assert.Empty(t, p.out.String(), "%q", args)
		assert.Contains(t, p.errs.String(), "go run ./cmd/sandbox provider", "%q", args)
	}
	p := start(t, path, nil, "-help")
	assert.Zero(t, p.wait(t))
	assert.Contains(t, p.out.String(), "go run ./cmd/sandbox provider")
	assert.Empty(t, p.errs.String())
}

// everyKind has a token route, and a role of each kind that the tests' stack does not
// have, like the sandbox's stack file.
const everyKind = `{
	routes: {GET /catalog: {authorization: customers, scopes: [catalog.read]}},
	authorizers: {customers: {issuer: "https://login.example.com", audiences: [shop]}},
	roles: {
		checkout: {trust: {service: ecs-tasks}, policies: [admin]},
		sisters: {trust: {organization: o-a1b2c3d4e5}, policies: [readOnly]},
		ci: {trust: {oidc: {issuer: "https://token.actions.githubusercontent.com", audiences: [sts.amazonaws.com],
			claims: {sub: "repo:acme@1/shop@2:environment:prod"}}}, policies: [admin]},
		catalog: {trust: {podIdentity: {cluster: main, namespace: shop, serviceAccount: catalog}}, policies: [readOnly]},
		shoppers: {trust: {identityPool: {id: "us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f", authenticated: true}}, policies: [readOnly]}},
	existingRoles: {my-task-role: {policies: [readOnly]}},
	oidcProviders: {"https://token.actions.githubusercontent.com": {audiences: [sts.amazonaws.com]}}}`

// configured replaces the checkout's Pulumi.sandbox.yaml by the tests', with patches.
func configured(t *testing.T, patches ...string) func(checkout string) {
	return func(checkout string) {
		merged := harness.Config(t)
		for _, patch := range patches {
			merged = harness.Merge(t, merged, patch)
		}
		config, err := json.Marshal(map[string]any{"config": merged}) // JSON is YAML
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(checkout, "Pulumi.sandbox.yaml"), config, 0o644))
	}
}

func testRefused(t *testing.T, path string) {
	p := startIn(t, path, configured(t, `{stageNmae: prod, users: {john-readonly: {groups: [Nobody-Group]}}}`), nil)
	assert.Equal(t, 1, p.wait(t))
	assert.Empty(t, p.out.String())
	lines := strings.Split(strings.TrimSpace(p.errs.String()), "\n")
	require.Len(t, lines, 3, "the problems, and nothing else")
	assert.Equal(t, "sandbox: 2 problems in the stack's configuration:", lines[0])
	assert.Contains(t, p.errs.String(), `stageNmae: "prod" is under an unknown key (did you mean stageName?)`)
	assert.Contains(t, p.errs.String(), `users.john-readonly.groups[0]: "Nobody-Group" is not declared`)
}

// testOtherCallers has roles for principals of all kinds, and more roles that require MFA
// of a user than the user can have MFA devices.
func testOtherCallers(t *testing.T, path string) {
	mfa := ""
	for i := range 10 {
		mfa += fmt.Sprintf(`mfa-%d: {trust: {account: "444455556666", principals: [user/my-user], requireMfa: true}, policies: [readOnly]}, `, i)
	}
	p := startIn(t, path, configured(t, `{roles: {`+mfa+`
		whole: {trust: {account: 444455556666, principals: ["*"]}, policies: [admin]},
		same: {trust: {account: "444455556666", principals: [user/my-user]}, policies: [admin]},
		own: {trust: {account: "111122223333", principals: ["*"]}, policies: [admin]}}}`), nil, "-json")
	require.Zero(t, p.wait(t), p.errs.String())
	for _, role := range []string{"whole", "same", "api-gateway-executor-role", "mfa-1", "mfa-9"} {
		assert.Contains(t, p.out.String(), "role/"+role)
	}
}

// testEveryKind has principals, routes and conditions of all kinds. Each request is
// decided as the matrix says.
func testEveryKind(t *testing.T, path string) {
	p := startIn(t, path, configured(t, `{
		stageName: $default, permissionsBoundary: "arn:aws:iam::aws:policy/PowerUserAccess", tags: {team: shop},
		backend: {deletionProtection: true},
		routes: {GET /public: {authorization: none}, ANY /any: {}, GET /any: {}, "GET /products/{id}": {}, "ANY /files/{path+}": {}},
		policies: {
			office: {allow: ["GET /products", POST /any], conditions: {sourceCidrs: [203.0.113.0/24]}},
			mfa: {allow: ["GET /products"], conditions: {requireMfa: true}},
			since: {allow: ["GET /products/{id}", "ANY /files/{path+}"], conditions: {notBefore: "2020-01-01T00:00:00Z"}},
			team: {allow: [POST /products], conditions: {principalTags: {team: shop}}},
			put: {allow: [PUT /any]}},
		groups: {Office: {policies: [office, since]}, Factor: {policies: [mfa]}, Team: {policies: [team, put]}},
		users: {office: {groups: [Office]}, factor: {groups: [Factor]}, team: {groups: [Team]}, nobody: {groups: []}},
		roles: {
			writer: {trust: {service: ec2}, policies: [admin]},
			worker: {trust: {service: lambda}, policies: [put]},
			factor: {trust: {account: "444455556666", principals: [user/my-user], requireMfa: true}, policies: [admin]},
			both: {trust: {account: "444455556666", principals: ["*"], requireMfa: true, externalId: shop-1}, policies: [team]},
			own: {trust: {account: "111122223333", principals: ["*"]}, policies: [put]}}}`), nil, "-json")
	require.Zero(t, p.wait(t), p.errs.String())
	var result struct{ Access accessFound }
	require.NoError(t, json.Unmarshal([]byte(p.out.String()), &result))
	assert.True(t, result.Access.Agrees)
	assert.Len(t, result.Access.Principals, 16)
	for principal, observed := range map[string]map[string]string{
		"anyone":               {"GET /public": "allow", "GET /products": "deny", "ANY /files/{path+}": "deny"},
		"user/office":          {"GET /products": "deny", "GET /products/{id}": "allow", "ANY /files/{path+}": "allow"},
		"user/factor":          {"GET /products": "deny"},
		"user/factor with MFA": {"GET /products": "allow", "POST /products": "deny"},
		"user/team":            {"POST /products": "allow", "GET /products": "deny", "GET /any": "deny", "ANY /any": "allow PUT, deny DELETE HEAD OPTIONS PATCH POST"},
		"user/nobody":          {"GET /products": "deny", "GET /public": "allow"},
		"role/writer":          {"ANY /any": "allow", "POST /products": "allow"},
		"role/worker":          {"ANY /any": "allow PUT, deny DELETE HEAD OPTIONS PATCH POST"},
		"role/factor":          {"ANY /files/{path+}": "allow"},
		"role/both":            {"POST /products": "allow", "GET /products": "deny"},
		"role/own":             {"ANY /any": "allow PUT, deny DELETE HEAD OPTIONS PATCH POST"},
		"user/john-readonly":   {"GET /products": "allow", "POST /products": "deny"},
	} {
		for route, want := range observed {
			assert.Equal(t, want, result.Access.Principals[principal][route].Observed, "%s %s", principal, route)
		}
	}
	assert.NotRegexp(t, secretShape, p.out.String()+p.errs.String())
}

func testOutside(t *testing.T, path string) {
	p := startIn(t, path, func(checkout string) { require.NoError(t, os.Remove(filepath.Join(checkout, "go.mod"))) }, nil)
	assert.Equal(t, 1, p.wait(t))
	assert.Contains(t, p.errs.String(), "go.mod")
}
