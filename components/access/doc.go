// Package access says who may call what: route keys as API Gateway understands
// them, grants on those routes, the IAM policy documents that carry the grants,
// and what such documents decide: compile them (CompileIdentity, CompileTrust),
// put those of a principal together (Policies), and ask them (NewRequest,
// Decide). It is pure Go: values in, values out, no Pulumi and no AWS call.
package access
