package products_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products"
)

// internals are parts of Go's own errors.
var internals = []string{"json: ", "base64: ", "mime: ", "strconv.", "runtime error", "goroutine ", ".go:", "unexpected end"}

// requireNoInternals requires that a message has no internals that the caller did not
// send.
func requireNoInternals(t *testing.T, got reply, sent ...string) {
	t.Helper()
	for _, mark := range internals {
		if !strings.Contains(strings.Join(sent, " "), mark) {
			require.NotContains(t, got.text, mark)
		}
	}
}

// FuzzHandler sends any request: every response is a documented one, never a 500, and
// an added product has the values that encoding/json reads in the body.
func FuzzHandler(f *testing.F) {
	for _, row := range badBodies {
		f.Add([]byte(row.body), false, true, "application/json", "POST /products", "POST", "/prod/products", "prod")
	}
	f.Add([]byte(kettle("", "")), false, true, "application/json; charset=utf-8", "POST /products", "POST", "/prod/products", "prod")
	f.Add([]byte(base64.StdEncoding.EncodeToString([]byte(kettle("", "")))), true, true, "application/json", "ANY /products", "POST", "/products", "$default")
	f.Add([]byte("e30"), true, false, "", "$default", "POST", "/prod/products", "prod")
	f.Add([]byte(nil), false, false, "", "GET /{proxy+}", "GET", "/prod/products", "prod")
	event := fixture(f, "add-iam-role")
	f.Fuzz(func(t *testing.T, body []byte, encoded, signed bool, contentType, routeKey, method, rawPath, stage string) {
		s := newService(products.NewMemory(&products.MemoryRows{}))
		call := event
		call.Body, call.IsBase64Encoded = string(body), encoded
		call.Headers = map[string]string{"content-type": contentType}
		call.RouteKey, call.RawPath = routeKey, rawPath
		call.RequestContext.HTTP.Method, call.RequestContext.Stage = method, stage
		if !signed {
			call.RequestContext.Authorizer = nil
		}
		resp, err := s.handler.Handle(t.Context(), call)
		require.NoError(t, err)
		got := s.examine(t, resp)
		require.NotEqual(t, 500, got.status)
		require.Empty(t, s.logged())
		require.False(t, got.status == 201 && !signed, "added for nobody")
		require.False(t, got.status == 403 && signed, "refused although signed")
		if got.status != 415 { // the parameters of a content-type have an encoding of their own
			requireNoInternals(t, got, string(body), contentType)
		}
		if got.status == 201 {
			requireAsSent(t, call.Body, encoded, got.added)
			require.Equal(t, []products.Product{got.added}, s.listAll(t, "100"))
		}
	})
}

// requireAsSent requires that a product holds what encoding/json reads in the body.
func requireAsSent(t *testing.T, text string, encoded bool, added products.Product) {
	t.Helper()
	body := []byte(text)
	if encoded {
		var err error
		body, err = base64.StdEncoding.DecodeString(text)
		require.NoError(t, err)
	}
	var sent products.Product
	require.NoError(t, json.Unmarshal(body, &sent))
	sent.ID, sent.CreatedBy, sent.CreatedAt = added.ID, roleSession, added.CreatedAt
	require.Equal(t, sent, added)
}

// FuzzQuery lists with any query: a page, or a 400 that says why not.
func FuzzQuery(f *testing.F) {
	for _, limit := range []string{"", "0", "1", "100", "101", "-1", "1e2", "٣"} {
		f.Add(limit, "", "", "")
	}
	f.Add("3", "AAAAAGE", "X-Amz-Date", "20260203T040506Z")
	f.Add("3", "gZs8-zAxOThj", "sort", "name")
	s := newService(products.NewMemory(&products.MemoryRows{}))
	added := map[string]bool{}
	for range 3 {
		added[s.call(f, fixture(f, "add-iam-role")).added.ID] = true
	}
	call := fixture(f, "list-iam-user")
	f.Fuzz(func(t *testing.T, limit, token, name, value string) {
		call, left := call, maps.Clone(added)
		call.QueryStringParameters = map[string]string{"limit": limit, "pageToken": token, name: value}
		if token == "" {
			delete(call.QueryStringParameters, "pageToken")
		}
		resp, err := s.handler.Handle(t.Context(), call)
		require.NoError(t, err)
		got := s.examine(t, resp)
		require.Empty(t, s.logged())
		requireNoInternals(t, got, limit, token, name, value)
		require.Contains(t, []int{200, 400}, got.status)
		for _, p := range got.list {
			require.True(t, left[p.ID], "a product that nobody added, or that comes twice")
			delete(left, p.ID)
		}
	})
}
