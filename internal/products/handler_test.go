package products_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products"
)

const (
	roleSession = "arn:aws:sts::111122223333:assumed-role/products-admin/my-session"
	iamUser     = "arn:aws:iam::111122223333:user/john-readonly"
)

// TestFixtures serves events as API Gateway sends them, over both stores.
func TestFixtures(t *testing.T) {
	for store, open := range stores {
		for name, row := range map[string]struct {
			status  int
			creator string // of a product that is added
			allow   string
		}{
			"list-iam-user":         {status: 200},
			"list-public":           {status: 200},
			"list-default-route":    {status: 200},
			"list-presigned":        {status: 200},
			"add-iam-role":          {status: 201, creator: roleSession},
			"add-base64":            {status: 201, creator: roleSession},
			"add-any-route":         {status: 201, creator: iamUser},
			"add-proxy-route":       {status: 201, creator: iamUser},
			"add-jwt":               {status: 201, creator: "somebody"},
			"add-lambda-authorizer": {status: 403},
			"add-public":            {status: 403},
			"delete-any-route":      {status: 405, allow: "GET, POST"},
			"other-path":            {status: 404},
		} {
			t.Run(store+"/"+name, func(t *testing.T) {
				s := newService(open(t))
				got := s.call(t, fixture(t, name))
				require.Equal(t, row.status, got.status, got.text)
				assert.Equal(t, row.allow, got.headers["allow"])
				assert.Empty(t, s.logged())
				if row.creator == "" {
					assert.Empty(t, s.listAll(t, "100"))
					return
				}
				requireKettle(t, got, row.creator)
				assert.Equal(t, []products.Product{got.added}, s.listAll(t, "100"))
			})
		}
	}
}

// requireKettle requires that the product of the fixtures was added.
func requireKettle(t *testing.T, got reply, creator string) {
	t.Helper()
	id, err := uuid.Parse(got.added.ID)
	require.NoError(t, err)
	assert.EqualValues(t, 7, id.Version())
	assert.WithinDuration(t, time.Now(), got.added.CreatedAt, time.Minute)
	createdAt, _ := got.members["createdAt"].(string)
	assert.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`, createdAt)
	assert.Equal(t, map[string]any{
		"id": got.added.ID, "createdAt": createdAt, "createdBy": creator,
		"name": "Kettle", "description": "1.7 l, über-quiet", "price": 2599.0, "currency": "EUR",
	}, got.members)
}

// TestRoutes: the route key decides, and the request if the route key does not name
// a method or a path.
func TestRoutes(t *testing.T) {
	for _, row := range []struct {
		routeKey, stage, method, rawPath string
		status                           int
	}{
		{"GET /products", "prod", "GET", "/prod/products", 200},
		{"GET /products", "$default", "GET", "/products", 200},
		{"GET /products", "prod", "GET", "/mapped/products", 200},
		{"ANY /products", "prod", "GET", "/prod/products", 200},
		{"ANY /products", "prod", "GET", "/mapped/products", 200},
		{"ANY /products", "prod", "HEAD", "/prod/products", 405},
		{"ANY /products", "prod", "PUT", "/prod/products", 405},
		{"ANY /products", "prod", "get", "/prod/products", 405},
		{"ANY /products", "prod", "", "/prod/products", 405},
		{"PATCH /products", "prod", "PATCH", "/prod/products", 405},
		{"$default", "prod", "GET", "/prod/products", 200},
		{"$default", "prod", "OPTIONS", "/prod/products", 405},
		{"$default", "$default", "GET", "/products", 200},
		{"$default", "prod", "GET", "/products", 200},
		{"$default", "prod", "GET", "/prod/products/", 404},
		{"$default", "prod", "GET", "/prod/Products", 404},
		{"$default", "prod", "GET", "/prod//products", 404},
		{"$default", "prod", "GET", "/prodproducts", 404},
		{"$default", "prod", "GET", "/dev/products", 404},
		{"$default", "prod", "GET", "/prod/prod/products", 404},
		{"$default", "", "GET", "/products", 200},
		{"$default", "prod", "GET", "", 404},
		{"GET /{proxy+}", "prod", "GET", "/prod/products", 200},
		{"GET /{proxy+}", "prod", "GET", "/prod/orders", 404},
		{"ANY /{proxy+}", "prod", "DELETE", "/prod/products", 405},
		{"ANY /{name}", "prod", "GET", "/prod/products", 200},
		{"GET /products/{id}", "prod", "GET", "/prod/products/1", 404},
		{"GET /orders", "prod", "GET", "/prod/orders", 404},
		{"GET /catalog", "prod", "GET", "/prod/catalog", 200},
		{"ANY /{proxy+}", "prod", "GET", "/prod/catalog", 200},
		{"POST /catalog", "prod", "POST", "/prod/catalog", 404},
		{"DELETE /orders", "prod", "DELETE", "/prod/orders", 404},
		{"", "prod", "GET", "/prod/orders", 404},
		{" ", "prod", "GET", "/prod/products", 404},
	} {
		t.Run(fmt.Sprintf("%s %s %s on %s", row.routeKey, row.method, row.rawPath, row.stage), func(t *testing.T) {
			s := newService(products.NewMemory(&products.MemoryRows{}))
			event := fixture(t, "list-iam-user")
			event.RouteKey, event.RequestContext.RouteKey = row.routeKey, row.routeKey
			event.RawPath, event.RequestContext.HTTP.Path = row.rawPath, row.rawPath
			event.RequestContext.Stage, event.RequestContext.HTTP.Method = row.stage, row.method
			assert.Equal(t, row.status, s.call(t, event).status)
		})
	}
}

func TestPages(t *testing.T) {
	for store, open := range stores {
		t.Run(store, func(t *testing.T) {
			s := newService(open(t))
			var added []products.Product
			for range products.DefaultLimit + 1 {
				added = append(added, s.call(t, fixture(t, "add-iam-role")).added)
			}
			for _, limit := range []string{"1", "20", "21", "100"} {
				assert.ElementsMatch(t, added, s.listAll(t, limit), "limit %s", limit)
			}
			event := fixture(t, "list-iam-user")
			event.QueryStringParameters = nil
			first := s.call(t, event)
			assert.Len(t, first.list, products.DefaultLimit)
			event.QueryStringParameters = map[string]string{"pageToken": first.next}
			second := s.call(t, event)
			assert.Empty(t, second.next)
			assert.ElementsMatch(t, added, append(first.list, second.list...))
		})
	}
}

func TestCatalog(t *testing.T) {
	for store, open := range stores {
		t.Run(store, func(t *testing.T) {
			s := newService(open(t))
			want := s.call(t, fixture(t, "add-iam-role")).added
			require.NotEmpty(t, want.CreatedBy)
			event := fixture(t, "list-iam-user")
			event.RouteKey = "GET /catalog"
			event.QueryStringParameters = nil
			got := s.call(t, event)
			assert.NotContains(t, got.text, "createdBy")
			assert.Equal(t, []products.Product{want}, s.listAll(t, "100"), "the others still see it")
			want.CreatedBy = ""
			assert.Equal(t, []products.Product{want}, got.list)
		})
	}
}

// fake is a store whose List is the function, and whose Add returns its error.
type fake func(context.Context) (products.Page, error)

func (f fake) Add(ctx context.Context, _ products.Product) error {
	_, err := f(ctx)
	return err
}

func (f fake) List(ctx context.Context, _ int, _ string) (products.Page, error) { return f(ctx) }

// TestStoreFails: the response says nothing, and the log has the cause.
func TestStoreFails(t *testing.T) {
	for name, routeKey := range map[string]string{"add-iam-role": "POST /products", "list-iam-user": "GET /products"} {
		s := newService(fake(func(context.Context) (products.Page, error) {
			return products.Page{}, errors.New("table products-1a2b3c4 in eu-west-1 is gone")
		}))
		event := fixture(t, name)
		got := s.call(t, event)
		assert.Equal(t, http.StatusInternalServerError, got.status)
		assert.Equal(t, "internal error", got.message)

		var line map[string]any
		require.NoError(t, json.Unmarshal([]byte(s.logged()), &line))
		delete(line, "time")
		assert.Equal(t, map[string]any{
			"level": "ERROR", "msg": "request failed", "requestId": "request-of-the-tests=", "routeKey": routeKey,
			"caller": event.RequestContext.Authorizer.IAM.UserARN, "error": "table products-1a2b3c4 in eu-west-1 is gone",
		}, line)
	}
}

func TestResponseThatCannotBeEncoded(t *testing.T) {
	s := newService(fake(func(context.Context) (products.Page, error) {
		return products.Page{Products: []products.Product{{CreatedAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}}}, nil
	}))
	got := s.call(t, fixture(t, "list-iam-user"))
	assert.Equal(t, http.StatusInternalServerError, got.status)
	assert.Equal(t, "internal error", got.message)
	assert.Contains(t, s.logged(), "encode the response")
}

// TestAnotherPayloadFormat: that is an error of the integration, and not of the
// caller.
func TestAnotherPayloadFormat(t *testing.T) {
	for _, version := range []string{"1.0", "", "2", "3.0"} {
		s := newService(products.NewMemory(&products.MemoryRows{}))
		event := fixture(t, "list-iam-user")
		event.Version = version
		assert.Equal(t, http.StatusInternalServerError, s.call(t, event).status)
		assert.Contains(t, s.logged(), "payload format")
	}
}

// waiting waits for the end of the context.
func waiting(ctx context.Context) (products.Page, error) {
	<-ctx.Done()
	return products.Page{}, ctx.Err()
}

// TestRespondsBeforeTheDeadline: a function that is cut off cannot respond.
func TestRespondsBeforeTheDeadline(t *testing.T) {
	h := products.NewHandler(fake(waiting), slog.New(slog.DiscardHandler))
	for _, name := range []string{"add-iam-role", "list-iam-user"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		resp, err := h.Handle(ctx, fixture(t, name))
		assert.NoError(t, err)
		assert.Equal(t, http.StatusInternalServerError, resp.StatusCode)
		assert.NoError(t, ctx.Err(), "a response after the deadline")
		cancel()
	}
}

func TestCancelled(t *testing.T) {
	h := products.NewHandler(fake(waiting), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	resp, err := h.Handle(ctx, fixture(t, "list-iam-user"))
	assert.NoError(t, err)
	assert.Equal(t, http.StatusInternalServerError, resp.StatusCode)
	assert.False(t, strings.Contains(resp.Body, "context"))
}
