package main

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
)

// TestConditionsOfTheConfiguration attaches other documents to a user than
// the configuration renders: the expected decision does not depend on what is attached.
func TestConditionsOfTheConfiguration(t *testing.T) {
	const executionARN = "arn:aws:execute-api:us-east-1:" + cloud.APIAccount + ":abc123"
	products := access.Invoke{Method: "GET", Path: "/products"}
	for name, test := range map[string]struct{ configured, attached, want string }{
		"as configured, met":            {"127.0.0.0/8", "127.0.0.0/8", "allow"},
		"as configured, not met":        {"203.0.113.0/24", "203.0.113.0/24", "deny"},
		"too much is attached":          {"203.0.113.0/24", "0.0.0.0/0", "deny"},
		"what is attached is too close": {"127.0.0.0/8", "203.0.113.0/24", "allow"},
	} {
		document := func(cidr string) string {
			text, err := access.Render(access.InvokeDocument(executionARN, "prod", []access.Invoke{products}, access.Conditions{SourceCIDRs: []string{cidr}}))
			require.NoError(t, err)
			return text
		}
		aws := cloud.New()
		home := aws.Account(cloud.APIAccount)
		_, err := home.CreateUser(cloud.CreateUserInput{UserName: "ann"})
		require.NoError(t, err)
		require.NoError(t, home.UserPolicies().Put("ann", cloud.InlinePolicy{PolicyName: "p", PolicyDocument: document(test.attached)}))
		key, err := home.CreateAccessKey("ann")
		require.NoError(t, err)

		routes, _ := access.NewRoutes(map[string]access.RouteArgs{"GET /products": {}})
		resolution, _ := access.Resolve([]string{"GET /products"}, routes)
		// Requests from here come from a network that a configuration must not name.
		policy, err := resolution.Policy("prod", access.Conditions{SourceCIDRs: []string{test.configured}})
		require.NoError(t, err)
		d := newDeployment(aws, &program.Plan{
			StageName: "prod", Policies: map[string]*access.Policy{"office": policy},
			Principals: []access.Principal{{Name: "user/ann", Policies: []string{"office"}}},
		}, outputs{ExecutionARN: executionARN})
		ann := principal{name: "user/ann", row: "user/ann", credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, "")}
		expected, err := d.decide(t.Context(), ann, routes[0], products)
		require.NoError(t, err)
		assert.Equal(t, test.want, expected.String(), name)
	}
}
