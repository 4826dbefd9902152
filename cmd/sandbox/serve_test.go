package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestExampleIsAllowed requires that the example is a request that the matrix allows.
func TestExampleIsAllowed(t *testing.T) {
	for name, test := range map[string]struct {
		matrix map[string]map[string]string
		want   string
	}{
		"the first user who may": {map[string]map[string]string{
			"user/ann": {"GET /a": "deny", "POST /b": "allow"}, "user/bob": {"GET /a": "deny", "GET /c": "allow", "GET /d": "allow"},
		}, "as user/bob:\n\n  curl --aws-sigv4 aws:amz:us-east-1:execute-api --user KEY:SECRET http://127.0.0.1:1/prod/c\n"},
		"no condition, no variable": {map[string]map[string]string{"user/ann": {"GET /a": "allow if with MFA", "GET /a/{id}": "allow"}}, ""},
		"a row that others share":   {map[string]map[string]string{}, ""},
	} {
		s := served{InvokeURL: "http://127.0.0.1:1/prod", Region: "us-east-1", AccessMatrix: test.matrix, Principals: map[string]shownPrincipal{
			"caller/my-user": {AccessKeyID: "KEY"}, "user/ann": {AccessKeyID: "KEY", SecretAccessKey: "SECRET"}, "user/bob": {AccessKeyID: "KEY", SecretAccessKey: "SECRET"},
		}}
		var text strings.Builder
		require.NoError(t, s.write(&text, false))
		_, example, _ := strings.Cut(text.String(), "For example, ")
		assert.Equal(t, test.want, example, name)
	}
}
