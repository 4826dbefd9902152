// Package provider is the sandbox's door for the Pulumi engine: a resource
// provider for package aws that keeps its resources in a [cloud.Cloud].
//
// It speaks Pulumi's resource-provider protocol on a loopback port, to which the
// engine attaches with PULUMI_DEBUG_PROVIDERS=aws:PORT. It behaves as
// pulumi-aws 6.83.2 does for the types that it knows: names, defaults, what is
// replaced and what is updated in place, which calls are made in which order,
// and what is left when one of them fails. Types, properties and provider
// options that it does not know are refused by name.
//
// A type is one entry of [resourceTypes], which is the registry of types, and one
// small file. It says all that other packages need to know of it: see [Type].
package provider
