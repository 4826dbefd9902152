// Package sts is the sandbox's endpoint of STS: AssumeRole, GetSessionToken and
// GetCallerIdentity in the query protocol, as the AWS CLI and the SDKs use it.
// Requests must be signed. Other actions and parameters are refused by name: nothing
// that has an effect on AWS is ignored.
//
// Sources: AWS STS API Reference, version 2011-06-15, with its common errors.
package sts
