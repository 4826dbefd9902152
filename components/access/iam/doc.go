// Package iam evaluates IAM policies. It decides whether a principal may perform an
// action on a resource, as IAM would, and explains why.
//
// CompileIdentity and CompileTrust compile policy documents. Policies holds the
// documents that decide the requests of a principal. NewRequest returns a request, and
// Policies.Decide returns the Decision. Policies.Matches returns the statements that
// a decision depends on, for a request whose context is not known yet. Policies.Residues
// returns what is left to decide if the resource and a part of the context are not known.
//
// # Rules
//
// The rules are those that AWS publishes in the IAM User Guide:
//
//   - "Policy evaluation logic" and "Cross-account policy evaluation logic": an
//     explicit Deny wins over every Allow, and a request without an Allow is denied.
//     Permissions boundaries and session policies limit what identity policies allow.
//     sts:AssumeRole needs an Allow of the role's trust policy. Across accounts, and
//     if the trust policy names only the account, it needs one of the principal's
//     identity policies as well.
//   - "Pass session tags in AWS STS" and "Monitor and control actions taken with
//     assumed roles": sts:TagSession and sts:SetSourceIdentity are decided as
//     sts:AssumeRole is. A role that sets a source identity always needs an Allow of
//     its identity policies, too.
//   - "OIDC federated principals": for sts:AssumeRoleWithWebIdentity the trust policy
//     decides alone, and must name the provider in Federated.
//   - "Grammar of the IAM JSON policy language" and the pages on the elements Action,
//     NotAction, Resource, NotResource, Principal and Condition.
//   - "Condition operators" and "Multivalued context keys": all operators, with
//     IfExists, ForAllValues and ForAnyValue.
//   - "Policy variables", with default values.
//
// # What is not known
//
// The package has no list of services, actions or context keys. It derives no context
// keys: the values that a condition is to see must be in the request.
//
// It does not know resource-based policies other than trust policies, so it denies a
// request that needs one, such as a request for a resource of another account. It
// does not know the policies of an organization, which may deny what is allowed here.
//
// Requests of an account's root user and of users of SAML or GetFederationToken are
// not modelled, and are rejected. So are documents that do not follow the grammar.
// Other things that the package does not know, such as a NotPrincipal or a condition
// operator, make only their own statement unknown. Unknown returns them. Two
// things are not documented and unknown only for some requests: whether "*" names the
// users of an identity provider, and whether a provider in Federated names the sessions
// of roles that its users assumed.
//
// # Three-valued logic
//
// A condition holds, does not hold, or is unknown. It is unknown if the package does
// not know its operator, key or value, if a value in the request is not of the type
// that the operator compares, if there are several values and the operator or policy
// variable takes one, and if IAM's guide can be read in two ways: ForAnyValue with
// IfExists, and no value. A statement with an unknown condition, principal or
// resource is unknown, unless another of its elements does not match. A Deny that
// applies settles the decision, even if other statements are unknown. One Allow that
// applies is enough, even if other Allows are unknown. If the decision depends on what is
// unknown, Decide does not guess: it returns an error that names the statement and the
// value.
package iam
