// Package access says who may call what: route keys as API Gateway understands
// them, grants on those routes, and the IAM policy documents that carry the
// grants. It is pure Go: values in, documents out, no Pulumi and no AWS call.
package access
