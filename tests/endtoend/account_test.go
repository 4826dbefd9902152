package endtoend_test

import (
	"bytes"
	"encoding/json"
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
	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// TestAccount sends signed requests as each principal of an account, and compares the
// outcomes with what is found in the account's details alone.
func TestAccount(t *testing.T) {
	base := harness.New(t, harness.Merge(t, harness.Config(t), accountRoutes))
	base.Up(t)
	t.Run("every kind", func(t *testing.T) {
		run := base.Branch()
		e := run.Open(t)
		keys := createMembers(run.Cloud.Account(cloud.APIAccount), e.Outputs["executionArn"].(string), members)
		for _, name := range []string{"john-readonly", "jane-admin"} { // of the stack
			key, err := e.User(name).Retrieve(t.Context())
			require.NoError(t, err)
			keys[e.Output("users", name, "arn")] = key
		}
		observed := observeAll(t, run, e, keys, details(t, run))
		for _, m := range members {
			var may []string
			for name, outcome := range observed[m.arn()] {
				if outcome == prove.Allow {
					may = append(may, name)
				}
			}
			assert.ElementsMatch(t, strings.Fields(m.may), may, m.name)
		}
	})
	for seed := range uint64(20) {
		t.Run("random", func(t *testing.T) {
			t.Logf("seed %d", seed)
			run := base.Branch()
			e := run.Open(t)
			random := randomMembers(rand.New(rand.NewPCG(seed, 14)), 30)
			keys := createMembers(run.Cloud.Account(cloud.APIAccount), e.Outputs["executionArn"].(string), random)
			observeAll(t, run, e, keys, urlEncoded(t, details(t, run)))
		})
	}
}

// details returns the account's details as the AWS CLI prints them.
func details(t *testing.T, run *harness.Run) []byte {
	details, err := run.Cloud.Account(cloud.APIAccount).AuthorizationDetails()
	require.NoError(t, err)
	text, err := json.Marshal(details)
	require.NoError(t, err)
	return text
}

// observeAll sends the requests of principals and checks each outcome against the
// account's details. It returns the outcomes by the principal's ARN and the request's
// name.
func observeAll(
	t *testing.T, run *harness.Run, e *harness.Endpoints, keys map[string]aws.Credentials, details []byte,
) map[string]map[string]prove.Outcome {
	a, err := account.Read(bytes.NewReader(details))
	require.NoError(t, err)
	client := prove.Client{HTTP: e.Client, URL: e.InvokeURL, Region: harness.Region, Now: e.Now}
	observed := map[string]map[string]prove.Outcome{}
	for _, p := range a.Principals {
		key, has := keys[p.Arn]
		if !has {
			continue
		}
		caller, err := run.Cloud.Caller(key.AccessKeyID, e.Now())
		require.NoError(t, err)
		observed[p.Arn] = map[string]prove.Outcome{}
		for name, request := range accountRequests {
			response, err := client.Send(t.Context(), key, request.method, request.path, prove.BodyFor(request.method, product))
			require.NoError(t, err)
			outcome := response.Outcome()
			observed[p.Arn][name] = outcome
			expected := prove.Deny
			if decideByDetails(t, a, p, caller, e.Outputs["executionArn"].(string)+"/prod/"+request.method+request.path) {
				expected = prove.Allow
			}
			assert.Equal(t, expected, outcome, "%s as %s: %s", name, p.Arn, response.Body)
		}
	}
	require.Len(t, observed, len(keys))
	return observed
}

// decideByDetails decides about a request by the policies in the account's details.
func decideByDetails(t *testing.T, a *account.Account, p account.Principal, caller cloud.Caller, resource string) bool {
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
	return decision.Allowed()
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
