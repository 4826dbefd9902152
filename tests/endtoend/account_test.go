package endtoend_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// TestAccount sends signed requests as each member of an account.
func TestAccount(t *testing.T) {
	run := harness.New(t, harness.Merge(t, harness.Config(t), accountRoutes))
	run.Up(t)
	e := run.Open(t)
	keys := createMembers(run.Cloud.Account(cloud.APIAccount), e.Outputs["executionArn"].(string))
	client := prove.Client{HTTP: e.Client, URL: e.InvokeURL, Region: harness.Region, Now: e.Now}
	for _, m := range members {
		var may []string
		for name, request := range accountRequests {
			response, err := client.Send(t.Context(), keys[m.name], request.method, request.path, prove.BodyFor(request.method, product))
			require.NoError(t, err)
			outcome := response.Outcome()
			require.NotEqual(t, prove.Failed, outcome, "%s as %s: %s", name, m.name, response.Body)
			if outcome == prove.Allow {
				may = append(may, name)
			}
		}
		assert.ElementsMatch(t, strings.Fields(m.may), may, m.name)
	}
}
