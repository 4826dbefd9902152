package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/cmd/sandbox/functions"
	"iam-secured-api/internal/sandbox/gateway"
)

func TestAnotherFunctionIsRefused(t *testing.T) {
	handler, err := functions.New(gateway.Function{})
	assert.ErrorContains(t, err, "TABLE_NAME is not set")
	assert.Nil(t, handler)
}
