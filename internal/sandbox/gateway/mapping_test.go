package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
)

// TestMappedHeaders sends a request with headers to a backend with each mapping.
func TestMappedHeaders(t *testing.T) {
	for key, row := range map[string]struct {
		value  string
		header string
		want   []string
	}{
		"overwrite:header.x-a": {"$context.identity.accountId", "x-a", []string{"111122223333"}},
		"overwrite:header.X-A": {"${context.httpMethod} of ${context.identity.accountId}", "x-a", []string{"GET of 111122223333"}},
		"overwrite:header.x-c": {"static", "x-c", []string{"static"}},
		"append:header.x-b":    {"$context.routeKey", "x-b", []string{"3", "ANY /shop/{proxy+}"}},
		"append:header.x-c":    {"$context.routeKey", "x-c", []string{"ANY /shop/{proxy+}"}},
		"remove:header.x-A":    {"''", "x-a", nil},
		"remove:header.x-c":    {"''", "x-b", []string{"3"}},
		// AWS does not document what an empty variable does.
		"overwrite:header.X-a": {"$context.authorizer.claims.sub", "x-a", []string{"1", "2"}},
		"append:header.X-b":    {"$context.authorizer.claims.sub", "x-b", []string{"3"}},
	} {
		t.Run(key, func(t *testing.T) {
			b := newBackend(t, cloud.IntegrationSettings{RequestParameters: map[string]string{key: row.value, "overwrite:path": "$request.path"}})
			request := b.signed(b.jane, "GET", "/prod/shop/a", "")
			request.add("X-A", "1")
			request.add("x-a", "2")
			request.add("X-B", "3")
			b.expect(200, request)
			require.NotNil(t, b.got)
			assert.Equal(t, row.want, b.got.Header.Values(row.header))
			assert.Equal(t, "/shop/a", b.got.URL.Path)
		})
	}
}

// TestMappedValuesNotModelled fails requests whose mappings the sandbox does not know.
func TestMappedValuesNotModelled(t *testing.T) {
	for _, value := range []string{
		"$request.header.x", "${request.path}", "$stageVariables.x", "$context.unknown", "a $context.path", "$context.path b", "${context.unknown}",
	} {
		b := newBackend(t, cloud.IntegrationSettings{RequestParameters: map[string]string{"overwrite:header.x-a": value}})
		b.expect(500, b.signed(b.jane, "GET", "/prod/shop/a", ""))
		assert.Zero(t, b.invoked(), value)
	}
}
