package mocks

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/mocks/recorder"
	"iam-secured-api/tests/stacks"
)

// rich returns a stack that uses every key of the configuration.
func rich(t *testing.T) recorder.Settings {
	t.Helper()
	return recorder.ParseStack(t, richStack).With(service(t, ", deletionProtection: true"))
}

// service returns the settings of a product service that need not be built. More
// keys of the backend are appended to them.
func service(t *testing.T, more string) recorder.Settings {
	t.Helper()
	return recorder.ParseStack(t, fmt.Sprintf("config: {backend: {archive: %q%s}}", archive.Make(t, ""), more))
}

// stack returns the tests' own stack of a name, with a product service that need not
// be built.
func stack(t *testing.T, name string) recorder.Settings {
	t.Helper()
	return recorder.ReadStack(t, name).With(service(t, ""))
}

// everyKind returns the sandbox stack with a role of each kind.
func everyKind(t *testing.T) recorder.Settings {
	t.Helper()
	return stack(t, "sandbox").With(recorder.ParseStack(t, "config:"+strings.ReplaceAll(stacks.EveryKind, "\n", "\n  ")))
}

// elsewhere returns the settings of a backend URL.
func elsewhere(t *testing.T) recorder.Settings {
	t.Helper()
	return recorder.ParseStack(t, "config: {backend: {url: https://backend.example.com/v2}}")
}

const richStack = `
config:
  aws:region: us-east-1
  apiName: Shop API
  stageName: $default
  routes:
    GET /products:
    POST /products: {authorization: iam}
    GET /health: {authorization: none}
    ANY /orders/{id}: {}
    GET /files/{file+}: {}
    GET /catalog: {authorization: customers, scopes: [catalog.read, catalog]}
  authorizers:
    customers: {issuer: "https://issuer.example.com", audiences: [web]}
  policies:
    readOnly: {allow: [GET /products, "GET /orders/{id}"]}
    orders: {allow: ["ANY /orders/{id}"], conditions: {requireMfa: true, sourceCidrs: [203.0.113.0/24, "2001:db8::/32"]}}
    files: {allow: ["GET /files/{file+}"], conditions: {notAfter: 2027-01-01T00:00:00Z, principalTags: {team: shop}}}
    reads: {allow: ["GET *"]}
    everything: {allow: ["*"]}
    nobody: {allow: [POST /products]}
    staff: {allow: [GET /products, POST /products], name: ShopStaff, path: /shop/, documents: 2}
  groups:
    Readers: {policies: [readOnly, files]}
    Clerks: {policies: [orders]}
    Empty: {}
  users:
    ann: {groups: [Readers, Clerks]}
    bob: {groups: [Readers], accessKey: true}
    cat: {}
  roles:
    reports: {trust: {service: ec2}, policies: [reads, files], managedPolicies: ["arn:aws-iso:iam::aws:policy/job/Audit"]}
    idle: {trust: {service: ec2}}
    partner:
      trust:
        account: "000055556666"
        principals: [user/team/buyer, role/deployer]
        externalId: partner-7
        requireMfa: true
      maxSessionSeconds: 43200
      policies: [readOnly]
    sister:
      trust: {account: 444455556666, principals: ["*"]}
      policies: [everything, readOnly]
  existingRoles:
    task: {policies: [readOnly, staff]}
  throttle: {rateLimit: 0.5, burstLimit: 1}
  accessLog: {retentionDays: 3653}
  alarms: {thresholds: {refused: 1, serverErrors: 2, throttled: 1000000}}
  accessAnalyzer: true
  permissionsBoundary: arn:aws-iso:iam::111122223333:policy/boundary
  tags: {team: shop, cost center: "4711"}
`

// eachStack runs a test with an update and a preview of each stack.
func eachStack(t *testing.T, test func(t *testing.T, recording recorder.Recording)) {
	for name, settings := range map[string]recorder.Settings{
		"dev": stack(t, "dev"), "sandbox": stack(t, "sandbox"), "rich": rich(t),
		"rich with a URL": rich(t).With(elsewhere(t)), "every kind": everyKind(t),
	} {
		t.Run(name, func(t *testing.T) {
			recorder.Both(t, func(t *testing.T, run recorder.Run) { test(t, deployStack(t, run, settings)) })
		})
	}
}

func TestProgramKeepsTheRulesOfComponents(t *testing.T) {
	eachStack(t, func(t *testing.T, recording recorder.Recording) { requireRules(t, recording, recording.Resources) })
}

func TestProgramPreviewsWhatItDeploys(t *testing.T) {
	for name, settings := range map[string]recorder.Settings{
		"sandbox": stack(t, "sandbox"), "rich": rich(t), "rich with a URL": rich(t).With(elsewhere(t)),
		"every kind": everyKind(t),
	} {
		t.Run(name, func(t *testing.T) {
			requireSamePreview(t, deployStack(t, recorder.Run{}, settings), deployStack(t, recorder.Run{Preview: true}, settings))
		})
	}
}

func TestProgramIsOfItsPartition(t *testing.T) {
	for _, cloud := range []recorder.Cloud{recorder.GovCloud, recorder.China} {
		t.Run(cloud.Partition, func(t *testing.T) {
			requirePartition(t, deployStack(t, recorder.Run{Cloud: cloud}, rich(t)))
		})
	}
}

func TestProgramTagsAndBoundsAllThatTakeIt(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		requireEverywhere(t, deployStack(t, run, rich(t)).Resources, tags, boundaryArn)
		requireEverywhere(t, deployStack(t, run, stack(t, "sandbox")).Resources, map[string]string{}, nil)
	})
}

func TestProgramRoutesAndStage(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployStack(t, run, rich(t))
		got := map[any]any{}
		stage := recording.One(t, recorder.Stage)
		for _, route := range recording.All(recorder.Route) {
			got[route.Input("routeKey")] = route.Input("authorizationType")
			require.Contains(t, stage.DependsOn, route.URN)
		}
		require.Equal(t, map[any]any{
			"GET /products": "AWS_IAM", "POST /products": "AWS_IAM", "GET /health": "NONE",
			"ANY /orders/{id}": "AWS_IAM", "GET /files/{file+}": "AWS_IAM", "GET /catalog": "JWT",
		}, got)
		require.Equal(t, "$default", stage.Input("name"))
		require.Equal(t, object{"throttlingRateLimit": 0.5, "throttlingBurstLimit": 1.0}, stage.Input("defaultRouteSettings"))
		for _, logs := range []string{"api-access-log", "products-log"} {
			require.Equal(t, 3653.0, recording.Named(t, recorder.LogGroup, logs).Input("retentionInDays"))
		}
		require.Equal(t, "Shop API", recording.One(t, recorder.Api).Input("name"))
	})
}

func TestProgramMembersAndKeys(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployStack(t, run, rich(t))
		members := map[string]any{}
		for _, r := range recording.All(recorder.GroupMembership) {
			members[r.Name] = r.Input("users")
			for _, user := range r.Input("users").([]any) {
				require.Contains(t, r.Dependencies["users"], recording.Named(t, recorder.User, user.(string)+"-user").URN)
			}
		}
		require.Equal(t, map[string]any{
			"Readers-members": list{"ann", "bob"}, "Clerks-members": list{"ann"}, "Empty-members": list{},
		}, members)
		require.Equal(t, "bob", recording.One(t, recorder.AccessKey).Input("user"))
	})
}

func TestProgramAttachesWhatTheConfigurationSays(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployStack(t, run, rich(t))
		want := map[string]string{
			"Readers-readOnly": "readOnly", "Readers-files": "files", "Clerks-orders": "orders",
			"reports-reads": "reads", "reports-files": "files",
			"partner-readOnly": "readOnly", "sister-everything": "everything", "sister-readOnly": "readOnly",
			"task-readOnly": "readOnly", "task-staff": "staff", "task-staff-1": "staff-1",
		}
		var names []string
		for _, r := range slices.Concat(recording.All(recorder.GroupPolicyAttachment), recording.All(recorder.RolePolicyAttachment)) {
			if r.Name == "products-service" || r.Name == "reports-Audit" {
				continue // the product service's role, and one made elsewhere
			}
			names = append(names, r.Name)
			name, part, _ := strings.Cut(want[r.Name]+"-", "-")
			policy := recording.Named(t, recorder.Policy, strings.TrimSuffix(name+"-invoke-"+part, "-"))
			require.Equal(t, policy.Output("arn"), r.Input("policyArn"), "what %s attaches", r)
			require.Contains(t, r.DependsOn, policy.URN)
		}
		require.ElementsMatch(t, slices.Collect(maps.Keys(want)), names)
	})
}

// TestProgramReadsItsKeysUnderAnyName renames the project, as a fork does.
func TestProgramReadsItsKeysUnderAnyName(t *testing.T) {
	settings := stack(t, "sandbox")
	renamed := recorder.Settings{Values: map[string]string{}}
	for key, value := range settings.Values {
		renamed.Values[strings.Replace(key, recorder.Project+":", "shop:", 1)] = value
	}
	require.Contains(t, renamed.Values, "shop:routes")
	require.ElementsMatch(t, sandboxNames, deployStack(t, recorder.Run{Project: "shop"}, renamed).Names())

	_, err := recorder.Run{Project: "shop", Settings: settings}.Do(deployProgram)
	require.ErrorContains(t, err, "routes: must be set", "keys of another project are not read")
}
