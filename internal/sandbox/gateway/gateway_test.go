package gateway_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
)

func TestWhoMayWhat(t *testing.T) {
	w := newWorld(t, nil)
	status, body := w.as(w.john, "GET", "/prod/products", "")
	assert.Equal(t, 200, status, body)
	assert.JSONEq(t, `{"products":[]}`, body)
	status, body = w.as(w.john, "POST", "/prod/products", tea)
	assert.Equal(t, 403, status)
	assert.Equal(t, forbidden, body)
	status, body = w.as(w.jane, "POST", "/prod/products", tea)
	assert.Equal(t, 201, status, body)
	var product struct{ CreatedBy string }
	require.NoError(t, json.Unmarshal([]byte(body), &product))
	assert.Equal(t, "arn:aws:iam::"+cloud.APIAccount+":user/jane", product.CreatedBy)
	status, body = w.send(w.request("GET", "/prod/products", ""))
	assert.Equal(t, 403, status)
	assert.Equal(t, forbidden, body)
	status, body = w.as(w.jane, "DELETE", "/prod/products", "")
	assert.Equal(t, 404, status)
	assert.Equal(t, notFound, body)
	assert.Equal(t, 2, w.invoked())
}
