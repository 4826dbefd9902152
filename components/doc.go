// Package components contains Pulumi components for an API Gateway HTTP API that
// requires IAM credentials, and for the principals that may call it. Each component
// can be used on its own, from any Pulumi program in Go.
//
// The logical name of a resource is the name of its component and what it is. Names
// on AWS are those of the arguments. Managed policies, log groups, metric filters and
// alarms have random suffixes, so that an account can have several stacks.
package components
