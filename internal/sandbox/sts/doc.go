// Package sts is the sandbox's door to STS: AssumeRole, GetSessionToken and
// GetCallerIdentity in the query protocol, as the AWS CLI and the SDKs speak it. Requests must be
// signed. Whatever else is asked of it, an action or a parameter, it refuses by
// name: nothing is ignored that AWS would heed.
//
// Sources: AWS STS API Reference, version 2011-06-15, with its common errors.
package sts
