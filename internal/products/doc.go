// Package products is the product service: the Lambda function behind an API
// Gateway HTTP API, in payload format 2.0.
//
//	GET /products    lists products, a page at a time
//	POST /products   adds a product
//
// Both answer in JSON. The table of the products is private to the service; who
// may call what is decided by the API's authorization before the service is
// asked.
//
// # Listing
//
// Query parameters: `limit`, products a page, 1 to 100 (20 if absent), and
// `pageToken`, the `nextPageToken` of the page before. Others are refused, but
// for the `X-Amz-…` of a presigned request. The answer is
//
//	{"products": [PRODUCT, …], "nextPageToken": "…"}
//
// Products come in no particular order, and a listing without `nextPageToken` was
// the last: a page before it may be short or empty. All products that were there
// when the first page was asked for come once each; those added in the meantime
// may.
//
// # Adding
//
// The body is one JSON object in UTF-8, at most 64 KiB, `content-type:
// application/json`:
//
//	name         string, required: 1 to 100 characters, no control characters, no white space at its ends
//	description  string: up to 1000 characters, no control characters but tab and newline
//	price        whole number, required: 0 to 999999999999, in minor units of the currency (cents), written in digits alone
//	currency     string, required: three capital letters, as in ISO 4217
//
// Names are matched in their exact case. A field that is not known, that comes
// twice, or that is null is refused. The answer is the product as it is kept,
// with the same fields and
//
//	id           UUID of version 7
//	createdBy    ARN of the caller: of the user, or of the session of an assumed role
//	createdAt    RFC 3339, UTC, in whole seconds
//
// A POST that is repeated, because its answer was lost, adds a second product.
//
// # Statuses
//
//	200  the list
//	201  the product was added
//	400  body, field, query parameter or page token not as described above
//	403  a POST without an IAM caller: the route has another authorization, or none
//	404  another path
//	405  another method; `allow` says which there are
//	413  a body over 64 KiB
//	415  another content-type than application/json, another charset than utf-8, or a compressed body
//	500  the service or its table failed
//
// Every answer from 400 up is `{"message": "…"}`, which names the field, what it
// was and what is accepted. A POST is checked for its caller first, then its
// query, its headers, its size and its body. A 500 says `internal error` and no
// more; the log has its cause, beside the request's id, the route key and the
// caller's ARN, and nothing else of the request. Everyone who may list sees
// `createdBy`: opening `GET /products` to the public shows it to the public.
//
// # Routes
//
// The route key decides. Where it leaves something open (`ANY /products`, `GET
// /{proxy+}`, `$default`) the request's own method and path do, without the
// stage's name in front. Behind a custom domain with a mapping path, use routes
// with literal paths.
package products
