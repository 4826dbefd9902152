package access

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/micahhausler/aws-iam-policy/policy"
)

// IdentityPoolTrust lets identities of an Amazon Cognito identity pool assume a role
// (Cognito developer guide, "Using role-based access control": the trust policy must
// require the pool, and whether identities signed in).
//
// If a pool allows unauthenticated identities, anyone on the internet can get one. AWS
// limits their sessions to some services by a session policy. API Gateway is one of these
// services, so the role's policies alone decide.
type IdentityPoolTrust struct {
	// ID is the id of the identity pool, REGION:UUID.
	ID string
	// Authenticated trusts only identities that signed in. If it is false, only
	// identities that did not sign in are trusted.
	Authenticated bool
}

// IdentityPoolPrincipal is the principal of Cognito identity pools. AWS has it built
// in, so no account has an OIDC provider for it.
const IdentityPoolPrincipal = "cognito-identity.amazonaws.com"

// identityPoolID is Cognito's IdentityPoolId with its parts spelt out.
var identityPoolID = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]+:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// Check implements [Trust]. Pools in the other partitions of AWS have another
// principal.
func (t IdentityPoolTrust) Check() []error {
	var errs fieldErrors
	switch {
	case !identityPoolID.MatchString(t.ID):
		errs.add(fmt.Errorf(`must be the id of a Cognito identity pool, REGION:UUID, `+
			`such as "us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"`), t.ID, "id")
	case strings.HasPrefix(t.ID, "cn-"), strings.HasPrefix(t.ID, "us-gov-"):
		errs.add(fmt.Errorf("must be of a Region in the partition aws, as identity pools elsewhere have another principal"), t.ID, "id")
	}
	return errs
}

// Clone implements [Trust].
func (t IdentityPoolTrust) Clone() Trust { return t }

// method is what the claim amr of the pool's tokens has.
func (t IdentityPoolTrust) method() string {
	if t.Authenticated {
		return "authenticated"
	}
	return "unauthenticated"
}

// Document implements [Trust].
func (t IdentityPoolTrust) Document(string) *Document {
	condition := conditionBlock{}
	condition.add("StringEquals", IdentityPoolPrincipal+":aud", t.ID)
	condition.add("ForAnyValue:StringLike", IdentityPoolPrincipal+":amr", t.method())
	principal := policy.NewFederatedPrincipal(IdentityPoolPrincipal)
	return trustDocument("AssumeFromIdentityPool", principal, condition, ActionAssumeRoleWithWebIdentity)
}

// Terms implements [Trust].
func (t IdentityPoolTrust) Terms() Terms { return Terms{Source: t.String(), Public: !t.Authenticated} }

// String implements [Trust].
func (t IdentityPoolTrust) String() string {
	return t.method() + " identities of identity pool " + t.ID
}
