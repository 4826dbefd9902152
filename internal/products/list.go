package products

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

const (
	// DefaultLimit is the number of products on a page if the request does not say.
	DefaultLimit = 20
	// MaxLimit is the largest number of products on a page.
	MaxLimit = 100
)

// list serves GET /products, and GET /catalog without the creators.
func (h *Handler) list(ctx context.Context, req *events.APIGatewayV2HTTPRequest, creators bool) (int, any, error) {
	query := req.QueryStringParameters
	if err := checkQuery(query, "limit", "pageToken"); err != nil {
		return 0, nil, err
	}
	limit, after := DefaultLimit, ""
	if given, ok := query["limit"]; ok {
		n, ok := wholeNumber(given)
		if !ok || n < 1 || n > MaxLimit {
			return 0, nil, badRequest("limit %s: must be a whole number from 1 to %d", quoted(given), MaxLimit)
		}
		limit = int(n)
	}
	if token, ok := query["pageToken"]; ok {
		if after, ok = startOf(token); !ok {
			return 0, nil, badRequest("pageToken %s: must be the nextPageToken of the page before", quoted(token))
		}
	}
	page, err := h.store.List(ctx, limit, after)
	if err != nil {
		return 0, nil, err
	}
	body := listing{Products: page.Products}
	for i := range page.Products {
		if !creators {
			page.Products[i].CreatedBy = ""
		}
	}
	if page.Next != "" {
		body.NextPageToken = pageToken(page.Next)
	}
	return http.StatusOK, body, nil
}

// checkQuery rejects unknown query parameters. Those of a presigned request are API
// Gateway's.
func checkQuery(query map[string]string, known ...string) error {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if slices.Contains(known, name) || strings.HasPrefix(strings.ToLower(name), "x-amz-") {
			continue
		}
		if len(known) == 0 {
			return badRequest("query parameter %s: is unknown; this request takes none", quoted(name))
		}
		return badRequest("query parameter %s: is unknown; accepted are %s", quoted(name), strings.Join(known, " and "))
	}
	return nil
}
