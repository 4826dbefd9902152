// Package components is a library of Pulumi components for an API Gateway HTTP
// API that is called with IAM credentials, and for everyone who may call it.
// Each component can be used alone, from any Pulumi program in Go.
//
// Children of a component are named after it and what they are; physical names
// are those of the arguments, except for managed policies and log groups, which
// get a random ending so that stacks live side by side in an account.
package components
