// Package provider is the sandbox's endpoint for the Pulumi engine: a resource
// provider for package aws whose resources exist in a [cloud.Cloud].
//
// It speaks Pulumi's resource-provider protocol on a loopback port, to which
// the engine attaches with PULUMI_DEBUG_PROVIDERS=aws:PORT. For the types that
// it models it behaves as pulumi-aws 6.83.2: names, defaults, what is replaced
// and what is updated in place, the order of requests to AWS, and the state
// after one of them fails. It rejects types, properties and provider options
// that it does not model.
//
// A type is one small file and one entry of [resourceTypes]. A property is one
// row: its name, its kind, what a change of it does, and the field of the
// structs of package cloud that it is bound to. Other packages use types as
// [Type]. A function, such as getRole, is one entry of [functions].
package provider
