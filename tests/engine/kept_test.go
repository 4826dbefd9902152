package engine_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

// kept evaluates the principals with the policy readOnly before every change of
// the Cloud, until the returned function is called, and then once more. It
// asserts that routes which were allowed at the start stay allowed at every
// moment, and that all of these routes are allowed in the end.
func kept(t testing.TB, run *harness.Run, routes []string) (stop func()) {
	before := documentsOf(t, run.Cloud)
	var granted []string
	for _, route := range routes {
		if before.missing(t, route) == "" {
			granted = append(granted, route)
		}
	}
	require.NotEmpty(t, granted)
	var mu sync.Mutex
	lost := map[string]string{} // route -> the principal for whom it was not allowed
	run.Cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
		mu.Lock()
		defer mu.Unlock()
		now := documentsOf(t, run.Cloud)
		for _, route := range granted {
			if principal := now.missing(t, route); principal != "" {
				lost[route] = principal + ", before " + m.Action + " " + m.Target
			}
		}
		return cloud.NoFault
	})
	return func() {
		run.Cloud.OnMutation(nil)
		after := documentsOf(t, run.Cloud)
		for _, route := range routes {
			assert.Empty(t, after.missing(t, route), "no access to %s in the end", route)
		}
		assert.Empty(t, lost)
	}
}

// documents are the documents in effect.
type documents struct {
	executionArn string
	of           map[string]*iam.Policies // by principal
}

// documentsOf returns the documents of the principals with the policy readOnly,
// at one moment.
func documentsOf(t testing.TB, c *cloud.Cloud) documents {
	account := c.Clone().Account(cloud.APIAccount)
	apis := Must(account.Region("us-east-1").GetApis())
	require.Len(t, apis, 1)
	found := documents{executionArn: apis[0].ExecutionARN, of: map[string]*iam.Policies{}}
	for principal, attached := range map[string]func(string) ([]string, error){
		"ReadOnly-Group":            account.GroupPolicies().Attached,
		"products-reader":           account.RolePolicies().Attached,
		"api-gateway-executor-role": account.RolePolicies().Attached,
	} {
		arns, err := attached(principal)
		require.NoError(t, err)
		found.of[principal] = &iam.Policies{}
		for _, arn := range arns {
			policy := Must(account.GetPolicy(arn))
			version, err := account.GetPolicyVersion(arn, policy.DefaultVersionID)
			require.NoError(t, err)
			document, err := iam.CompileIdentity(version.Document)
			require.NoError(t, err)
			found.of[principal].Identity = append(found.of[principal].Identity, document)
		}
	}
	return found
}

// missing returns a principal for whom the route is not allowed, or an empty
// string.
func (d documents) missing(t testing.TB, route string) string {
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: "arn:aws:iam::" + cloud.APIAccount + ":user/x",
		Action:    access.ActionInvoke,
		Resource:  d.executionArn + "/prod/" + strings.Replace(route, " /", "/", 1),
	})
	require.NoError(t, err)
	for principal, policies := range d.of {
		decision, err := policies.Decide(request)
		require.NoError(t, err)
		if decision.Effect() != iam.EffectAllow {
			return principal
		}
	}
	return ""
}
