// Package sts is the sandbox's endpoint of STS: AssumeRole, GetSessionToken and
// GetCallerIdentity in the query protocol, as the AWS CLI and the SDKs use it.
// Requests must be signed. Other actions and parameters are refused by name: nothing
// that has an effect on AWS is ignored.
//
// After five wrong codes in a row, an MFA device accepts none for 15 minutes. A
// principal has at most 1000 sessions at a time. AWS documents no such limits.
//
// Sources: AWS STS API Reference, version 2011-06-15, with its common errors.
package sts
