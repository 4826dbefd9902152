// Package oidc implements the OpenID Connect issuers of the sandbox and the verifier of
// their tokens.
//
// [Issuers] serves the discovery document and the keys of every issuer on loopback:
// https://HOST/PATH is at /HOST/PATH. [Verifier] fetches them only from there, so a token
// cannot make it send a request to another machine.
//
// Sources: AWS STS API Reference, AssumeRoleWithWebIdentity (algorithms, at most
// 20,000 characters); IAM User Guide, "Create an OpenID Connect (OIDC) identity
// provider in IAM" (issuers, required claims); API Gateway Developer Guide, "Control
// access to HTTP APIs with JWT authorizers" (RSA alone, the checks, keys cached for two
// hours). AWS does not document these:
//   - Which difference of clocks STS tolerates: [STSTolerance] was measured by others.
//   - Tokens without kid or iat, claims that occur twice, and keys with the same kid.
//     STS was seen to accept some of these, and requires iat. Here they are refused.
package oidc
