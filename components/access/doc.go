// Package access knows who may call which route of an API. It parses route keys
// as API Gateway does, resolves grants on routes, and renders the IAM policy
// documents that carry the grants. From those documents it computes the access
// matrix: for each principal and route, whether the call is allowed.
//
// Documents are evaluated by package iam, which knows nothing of API Gateway.
//
// The package is pure Go: it imports no Pulumi package and calls no AWS service.
package access
