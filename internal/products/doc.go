// Package products is the product service: the Lambda function behind an API
// Gateway HTTP API, in payload format 2.0.
//
//	GET /products    lists products, a page at a time
//	POST /products   adds a product
//	GET /catalog     lists products without createdBy, for customers
//
// Both respond in JSON. The table of the products is private to the service. The
// API's authorization decides who may call what, before the service gets a request.
//
// # Listing
//
// Query parameters: `limit`, the number of products on a page, 1 to 100 (20 if
// absent), and `pageToken`, the `nextPageToken` of the page before. Others are
// rejected, except the `X-Amz-…` of a presigned request. The response is
//
//	{"products": [PRODUCT, …], "nextPageToken": "…"}
//
// Products come in no particular order. A page without `nextPageToken` is the last.
// Pages before it may be short or empty. Each product that existed before the first
// page comes once. Those that are added in the meantime may come, too.
//
// # Adding
//
// The body is one JSON object in UTF-8, at most 64 KiB, `content-type:
// application/json`:
//
//	name         string, required: 1 to 100 characters, no control characters, no white space at its ends
//	description  string: up to 1000 characters, no control characters but tab and newline
//	price        whole number: 0 to 999999999999, in minor units of the currency (cents), written in digits alone
//	currency     string: three capital letters, as in ISO 4217
//
// Price and currency must both be given, or neither.
// Names are matched in their exact case. A field that is unknown, that comes twice,
// or that is null is rejected. The response is the product as it is kept, with the
// same fields and
//
//	id           UUID of version 7
//	createdBy    ARN of the caller: of the user, or of the session of an assumed role; or the subject of its token
//	createdAt    RFC 3339, UTC, in whole seconds
//
// A POST that is repeated because its response was lost adds a second product.
//
// # Statuses
//
//	200  the list
//	201  the product was added
//	400  body, field, query parameter or page token not as described above
//	403  a POST without a caller: the route is open, or the token has no subject
//	404  another path
//	405  another method; `allow` lists those that exist
//	413  a body over 64 KiB
//	415  another content-type than application/json, another charset than utf-8, or a compressed body
//	500  the service or its table failed
//
// The body of each status from 400 up is `{"message": "…"}`, which names the field,
// its value and what is accepted. A POST is checked in this order: caller, query,
// headers, size, body. A 500 says only `internal error`. The log has the cause, the
// request's id, the route key and the caller, and nothing else of the request.
// Everyone who may call `GET /products` sees `createdBy`. A public one shows it to the
// public.
//
// # Routes
//
// The route key decides. If it does not name the method or the path (`ANY /products`,
// `GET /{proxy+}`, `$default`), the request's own decide, without the stage's name in
// front. Behind a custom domain with a mapping path, use routes with literal paths.
package products
