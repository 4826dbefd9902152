package cloud_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestSessionsAreBounded shows that an account with too many sessions is
// throttled until some expire.
func TestSessionsAreBounded(t *testing.T) {
	c := cloud.New()
	user := myUser(c)
	made := 0
	var err error
	for err == nil {
		_, err = c.GetSessionToken(user, cloud.GetSessionTokenInput{DurationSeconds: 900}, noon)
		made++
	}
	WantCode(t, "Throttling", err)
	assert.Greater(t, made, 5_000)
	_, err = c.GetSessionToken(user, cloud.GetSessionTokenInput{}, noon.Add(2*time.Hour))
	require.NoError(t, err)
}
