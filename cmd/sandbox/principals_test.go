package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/sandbox/cloud"
)

// TestTrusted has roles that the API's own account may assume: a second factor is
// a user's.
func TestTrusted(t *testing.T) {
	role := static("role/worker", "", "AKIA", "")
	a := &assembly{made: map[string]principal{"role/worker": role, "user/ann": static("user/ann", "ann", "AKIA", "")}}
	both := []string{"role/worker", "user/ann"}
	for name, test := range map[string]struct {
		trust access.Trust
		want  string
	}{
		"the first":               {access.Trust{Principals: both}, "role/worker"},
		"whoever has a factor":    {access.Trust{Principals: both, RequireMFA: true}, "user/ann"},
		"nobody who has a factor": {access.Trust{Principals: both[:1], RequireMFA: true}, ""},
		"nobody known":            {access.Trust{Principals: []string{"user/bob"}}, ""},
	} {
		test.trust.AccountID = cloud.APIAccount
		who, err := a.trusted(test.trust)
		if test.want == "" {
			assert.ErrorContains(t, err, "nobody whom it trusts", name)
			continue
		}
		require.NoError(t, err, name)
		assert.Equal(t, test.want, who.name, name)
	}
}
