// Package access computes which principal may call which route of an API. It parses
// route keys as API Gateway does, resolves grants on routes, and renders IAM policy
// documents for the grants. From the documents it computes the access matrix: for
// each principal and route, whether requests are allowed.
//
// Package iam evaluates the documents. It does not depend on API Gateway.
//
// The package is pure Go: it imports no Pulumi package and calls no AWS service.
package access
