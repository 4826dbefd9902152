// Package sts is the sandbox's endpoint of STS: AssumeRole, AssumeRoleWithWebIdentity,
// GetSessionToken and GetCallerIdentity in the query protocol that the AWS CLI and the
// SDKs use. Requests must be signed, except AssumeRoleWithWebIdentity, which has a token
// of an identity provider. Other actions and parameters are rejected by name; parameters
// with an effect on AWS are never ignored.
//
// After five wrong codes in a row, an MFA device accepts none for 15 minutes. A
// principal has at most 1000 sessions at a time. AWS documents no such limits.
//
// AssumeRoleWithWebIdentity accepts tokens of the OpenID Connect providers of the role's
// account, and tokens of Cognito identity pools. Cognito calls a request with a pool's
// token the basic flow. It documents the session policy that limits guests only for the
// enhanced flow, in which Cognito sends the request.
//
// Sources: AWS STS API Reference, version 2011-06-15, with its common errors.
package sts
