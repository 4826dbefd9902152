package endtoend_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/account"
	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// TestAccount sends signed requests as each principal of an account, and compares the
// outcomes with a report that is made from the account's details alone.
func TestAccount(t *testing.T) {
	settings := harness.Merge(t, harness.Config(t), accountRoutes)
	base := harness.New(t, settings)
	base.Up(t)
	plan := planOf(t, settings)
	t.Run("every kind", func(t *testing.T) {
		w := newAccountWorld(t, base.Branch(), plan)
		keys := map[string]aws.Credentials{}
		for _, name := range []string{"john-readonly", "jane-admin"} { // of the stack
			key, err := w.e.User(name).Retrieve(t.Context())
			require.NoError(t, err)
			keys[w.e.Output("users", name, "arn")] = key
		}
		before := w.compare(t, maps.Clone(keys), w.details(t))
		assert.Zero(t, before.ExitCode(), "only the stack's principals can call")

		a := w.run.Cloud.Account(cloud.APIAccount)
		all := createMembers(a, w.api.ExecutionArn, members)
		maps.Copy(all, keys)
		after := w.compare(t, all, w.details(t))
		assert.Equal(t, 11, after.ExitCode())
		for _, m := range members {
			assert.ElementsMatch(t, strings.Fields(m.may), w.may[m.arn()], m.name)
			for _, route := range []string{"GET /products", "POST /products"} {
				cell := cellOf(after, m.arn(), route)
				assert.NotContains(t, cell, "unknown", m.name)
				if m.service == "" && !strings.Contains(m.policy, "Condition") && m.name != "variable-star" { // ${*} counts as a wildcard
					assert.True(t, definite(cell), "%s: %s", m.name, cell)
				}
			}
		}
		for _, caller := range after.Callers {
			_, stacks := w.plan.Matrix[caller.Name]
			assert.Equal(t, stacks, caller.OfStack, caller.Arn)
			assert.Equal(t, stacks, len(caller.Beyond) == 0, caller.Arn)
		}

		require.NoError(t, a.AddUserToGroup("adders", "john-readonly")) // by hand
		after = w.compare(t, keys, w.details(t))
		john := slices.IndexFunc(after.Callers, func(c account.Caller) bool { return c.Name == "user/john-readonly" })
		assert.Equal(t, []string{"POST /products"}, after.Callers[john].Beyond)
	})
	for seed := range uint64(20) {
		t.Run("random", func(t *testing.T) {
			t.Logf("seed %d", seed)
			w := newAccountWorld(t, base.Branch(), plan)
			random := randomMembers(rand.New(rand.NewPCG(seed, 14)), 30)
			keys := createMembers(w.run.Cloud.Account(cloud.APIAccount), w.api.ExecutionArn, random)
			w.compare(t, keys, urlEncoded(t, w.details(t)))
		})
	}
}

// planOf returns the plan of a configuration.
func planOf(t *testing.T, settings map[string]any) *program.Plan {
	values := map[string]string{}
	for key, value := range settings {
		if key == "aws:region" { // the provider's
			continue
		}
		text, isText := value.(string)
		if !isText {
			encoded, err := json.Marshal(value)
			require.NoError(t, err)
			text = string(encoded)
		}
		values[key] = text
	}
	plan, err := program.Parse(config.Settings{Values: values})
	require.NoError(t, err)
	return plan
}

// accountWorld is a deployed stack in an account that may have other principals.
type accountWorld struct {
	run  *harness.Run
	e    *harness.Endpoints
	plan *program.Plan
	api  access.Api
	may  map[string][]string // the accountRequests that were allowed, by the principal's ARN
}

func newAccountWorld(t *testing.T, run *harness.Run, plan *program.Plan) *accountWorld {
	e := run.Open(t)
	api := access.Api{ExecutionArn: e.Outputs["executionArn"].(string), Stage: plan.StageName, Routes: plan.Routes}
	return &accountWorld{run: run, e: e, plan: plan, api: api, may: map[string][]string{}}
}

// details returns the account's details as the AWS CLI prints them.
func (w *accountWorld) details(t *testing.T) []byte {
	details, err := w.run.Cloud.Account(cloud.APIAccount).AuthorizationDetails()
	require.NoError(t, err)
	text, err := json.Marshal(details)
	require.NoError(t, err)
	return text
}

// compare sends requests as each principal that has credentials. Each outcome must match
// the cell of the report that is made from the details. If the cell has a condition, the
// outcome must match an evaluation of the policies in the details. It returns the report.
func (w *accountWorld) compare(t *testing.T, keys map[string]aws.Credentials, details []byte) *account.Report {
	a, err := account.Read(bytes.NewReader(details))
	require.NoError(t, err)
	report, err := a.Who(w.api, w.plan.Matrix)
	require.NoError(t, err)
	client := prove.Client{HTTP: w.e.Client, URL: w.e.InvokeURL, Region: harness.Region, Now: w.e.Now}
	for _, p := range a.Principals {
		key, has := keys[p.Arn]
		if !has {
			continue
		}
		delete(keys, p.Arn)
		w.may[p.Arn] = nil
		signer, err := w.run.Cloud.Caller(key.AccessKeyID, w.e.Now())
		require.NoError(t, err)
		for name, request := range accountRequests {
			response, err := client.Send(t.Context(), key, request.method, request.path, prove.BodyFor(request.method, product))
			require.NoError(t, err)
			cell := cellOf(report, p.Arn, request.route)
			if !definite(cell) {
				cell = decideByDetails(t, a, p, signer, w.api.ExecutionArn+"/prod/"+request.method+request.path)
			}
			assert.Equal(t, cell, string(response.Outcome()), "%s as %s: %s", name, p.Arn, response.Body)
			if response.Outcome() == prove.Allow {
				w.may[p.Arn] = append(w.may[p.Arn], name)
			}
		}
	}
	require.Empty(t, keys, "principals that are not in the details")
	return report
}

// cellOf returns a cell of the report.
func cellOf(report *account.Report, arn, route string) string {
	for _, caller := range report.Callers {
		if caller.Arn == arn {
			return caller.Cells[slices.Index(report.Routes, route)].String()
		}
	}
	return "deny"
}

// definite reports whether a cell applies to all requests without a condition.
func definite(cell string) bool { return cell == "allow" || cell == "deny" }

// decideByDetails evaluates a request by the policies in the account's details.
func decideByDetails(t *testing.T, a *account.Account, p account.Principal, caller cloud.Caller, resource string) string {
	context := caller.Context
	now := time.Now().UTC()
	for key, value := range map[string]string{
		"aws:CurrentTime": now.Format(time.RFC3339), "aws:SourceIp": "127.0.0.1", "aws:SecureTransport": "true",
		"aws:RequestedRegion": harness.Region, "aws:ResourceAccount": cloud.APIAccount,
	} {
		context[key] = []string{value}
	}
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: caller.ARN, Action: access.ActionInvoke, Resource: resource, ResourceAccount: cloud.APIAccount, Context: context,
	})
	require.NoError(t, err)
	var policies iam.Policies
	for _, attached := range a.Attachments(p) {
		require.NoError(t, attached.Err, p.Arn)
		policies.Identity = append(policies.Identity, attached.Policy)
	}
	if p.Boundary != "" {
		boundary := a.Managed(p.Boundary)
		require.NoError(t, boundary.Err, p.Arn)
		policies.Boundary = boundary.Policy
	}
	decision, err := policies.Decide(request)
	require.NoError(t, err)
	if decision.Allowed() {
		return "allow"
	}
	return "deny"
}

// urlEncoded returns the details as the API's responses have them: each document is
// URL-encoded text.
func urlEncoded(t *testing.T, details []byte) []byte {
	var value any
	require.NoError(t, json.Unmarshal(details, &value))
	text, err := json.Marshal(encodeDocuments(t, value))
	require.NoError(t, err)
	return text
}

func encodeDocuments(t *testing.T, value any) any {
	switch value := value.(type) {
	case []any:
		for i := range value {
			value[i] = encodeDocuments(t, value[i])
		}
	case map[string]any:
		for key, inner := range value {
			value[key] = encodeDocuments(t, inner)
			if slices.Contains([]string{"Document", "PolicyDocument", "AssumeRolePolicyDocument"}, key) {
				text, err := json.Marshal(inner)
				require.NoError(t, err)
				value[key] = strings.ReplaceAll(url.QueryEscape(string(text)), "+", "%20")
			}
		}
	}
	return value
}
