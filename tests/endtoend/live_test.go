package endtoend_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/live"
)

// liveOutputs returns a stack's outputs in the form that the proof for stacks on AWS
// reads.
func liveOutputs(t *testing.T, e *harness.Endpoints) live.Outputs {
	e.Outputs["invokeUrl"] = e.InvokeURL
	text, err := json.Marshal(e.Outputs)
	require.NoError(t, err)
	outputs, err := live.Read(text)
	require.NoError(t, err)
	return outputs
}

// testLive runs the proof for stacks on AWS: first where all requests are decided as the
// matrix says, then where some are not.
func testLive(t *testing.T, run *harness.Run, e *harness.Endpoints) {
	outputs := liveOutputs(t, e)
	found, err := outputs.Prove(t.Context(), e.Client, 0)
	require.NoError(t, err)
	assert.Equal(t, live.Found{Calls: 6}, found)

	require.NoError(t, run.Cloud.Account(cloud.APIAccount).AddUserToGroup("Admin-Group", "john-readonly"))
	require.NoError(t, run.Cloud.Account(cloud.APIAccount).RemoveUserFromGroup("Admin-Group", "jane-admin"))
	outputs.AccessMatrix["anyone"]["GET /products"] = "allow if the moon is full"
	found, err = outputs.Prove(t.Context(), e.Client, 0)
	require.NoError(t, err)
	assert.Equal(t, []string{"anyone GET /products: allow if the moon is full"}, found.LeftOut)
	assert.Equal(t, []string{
		"GET /products as user/jane-admin: deny, not allow", "POST /products as user/jane-admin: deny, not allow",
		"POST /products as user/john-readonly: allow, not deny",
	}, found.Wrong)
	_, body := e.Send(t, e.User("john-readonly"), "GET", "/products", "")
	assert.JSONEq(t, `{"products":[]}`, body, "nothing was added")
}
