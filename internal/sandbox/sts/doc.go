// Package sts is the sandbox's endpoint of STS: AssumeRole, AssumeRoleWithWebIdentity,
// GetSessionToken and GetCallerIdentity in the query protocol, as the AWS CLI and the
// SDKs use it. Requests must be signed, except for AssumeRoleWithWebIdentity, which has
// a token of an identity provider. Other actions and parameters are refused by name:
// nothing that has an effect on AWS is ignored.
//
// After five wrong codes in a row, an MFA device accepts none for 15 minutes. A
// principal has at most 1000 sessions at a time. AWS documents no such limits.
//
// AssumeRoleWithWebIdentity accepts tokens of the OpenID Connect providers of the role's
// account, and those of Cognito's identity pools. A request with such a token is what
// Cognito calls the basic flow. The session policy that limits guests is documented for
// the enhanced flow alone, in which Cognito makes the request.
//
// Sources: AWS STS API Reference, version 2011-06-15, with its common errors.
package sts
