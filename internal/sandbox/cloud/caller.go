package cloud

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// Codes of signed requests that are rejected before IAM evaluates them.
const (
	CodeInvalidClientTokenID = "InvalidClientTokenId"
	CodeExpiredToken         = "ExpiredToken"
)

// Key is what a caller signs requests with. String does not print its secrets.
type Key struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string // of temporary credentials, else empty
}

// String leaves the secrets out.
func (k Key) String() string { return "access key " + k.AccessKeyID }

// GoString leaves the secrets out.
func (k Key) GoString() string { return k.String() }

// Caller is a principal that signs requests, with everything that IAM evaluates
// for its requests, at one moment.
type Caller struct {
	Account string
	ARN     string // of the user, or of the role's session
	UserID  string // AIDA…, or AROA…:NAME of a session
	Key     Key
	// Policies are the policies of the user and its groups, or of the session's
	// role, including the boundary and the session policy.
	Policies *iam.Policies
	// Context holds the condition keys that describe the principal.
	Context map[string][]string

	// The Cognito identity that the session belongs to. Empty for other sessions.
	CognitoIdentityID     string
	CognitoIdentityPoolID string
	CognitoAMR            []string // authenticated or unauthenticated, and the login provider

	settings SessionSettings // of a role session
}

// InSession reports whether the caller has temporary credentials.
func (c Caller) InSession() bool { return c.Key.SessionToken != "" }

// InRoleSession reports whether the caller is a role's session.
func (c Caller) InRoleSession() bool { return strings.HasPrefix(c.ARN, "arn:aws:sts:") }

// Caller returns the principal that an access key belongs to. The error is
// InvalidClientTokenId for keys that are unknown, deleted or inactive, for
// operators' keys and for sessions of a deleted role. It is ExpiredToken for a
// session that has expired at that time.
func (c *Cloud) Caller(accessKeyID string, at time.Time) (Caller, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, a := range c.state.Accounts {
		if s := a.Sessions[accessKeyID]; s != nil {
			return c.sessionCaller(a, s, at)
		}
		for _, u := range a.Users {
			if k := u.key(accessKeyID); k != nil && k.Status == KeyActive {
				return c.userCaller(a, u, Key{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey})
			}
		}
	}
	return Caller{}, invalidKey()
}

func invalidKey() error {
	return errorf(CodeInvalidClientTokenID, "the security token included in the request is invalid")
}

func (c *Cloud) userCaller(a *account, u *user, k Key) (Caller, error) {
	own := []permissions{u.permissions}
	for _, name := range sortedKeys(a.Groups) {
		if g := a.Groups[name]; slices.Contains(u.Groups, g.GroupID) {
			own = append(own, g.permissions)
		}
	}
	policies, err := c.policiesOf(a, own, u.PermissionsBoundary, "")
	if err != nil {
		return Caller{}, fmt.Errorf("policies of user %s: %w", u.UserName, err)
	}
	context := c.principalContext(a, u.ARN, "User", u.UserID, u.Tags)
	context["aws:username"] = []string{u.UserName}
	return Caller{
		Account: a.ID, ARN: u.ARN, UserID: u.UserID, Policies: policies, Context: context, Key: k,
	}, nil
}

func (c *Cloud) sessionCaller(a *account, s *session, at time.Time) (Caller, error) {
	if !at.Before(s.Expiration) {
		return Caller{}, errorf(CodeExpiredToken, "the security token included in the request is expired")
	}
	if s.UserID != "" {
		return c.userSessionCaller(a, s, at)
	}
	r := a.Roles[s.RoleName]
	if r == nil || r.RoleID != s.RoleID {
		return Caller{}, invalidKey()
	}
	policies, err := c.policiesOf(a, []permissions{r.permissions}, r.PermissionsBoundary, s.Policy)
	if err != nil {
		return Caller{}, fmt.Errorf("policies of role %s: %w", r.RoleName, err)
	}
	context := c.principalContext(a, r.ARN, "AssumedRole", s.AssumedRoleID, s.Settings.principalTags(r.Tags))
	maps.Copy(context, s.Keys)
	if s.Settings.SourceIdentity != "" {
		context["aws:SourceIdentity"] = []string{s.Settings.SourceIdentity}
	}
	context["aws:TokenIssueTime"] = []string{s.Issued.Format(time.RFC3339)}
	// A session of AssumeRole never has the condition keys for MFA.
	context["aws:MultiFactorAuthPresent"] = []string{"false"}
	caller := Caller{
		Account: a.ID, ARN: s.ARN, UserID: s.AssumedRoleID, Policies: policies, Context: context, Key: s.Key,
		settings: s.Settings,
	}
	const prefix = access.IdentityPoolPrincipal + ":"
	if pool := s.Keys[prefix+"aud"]; pool != nil {
		caller.CognitoIdentityPoolID, caller.CognitoIdentityID = pool[0], s.Keys[prefix+"sub"][0]
		caller.CognitoAMR = s.Keys[prefix+"amr"]
	}
	return caller, nil
}

// principalContext returns the condition keys that every principal has (IAM user guide,
// global condition keys).
func (c *Cloud) principalContext(a *account, arn, kind, userID string, tags map[string]string) map[string][]string {
	context := map[string][]string{
		"aws:PrincipalArn": {arn}, "aws:PrincipalAccount": {a.ID}, "aws:PrincipalType": {kind}, "aws:userid": {userID},
		"aws:PrincipalIsAWSService": {"false"}, "aws:ViaAWSService": {"false"},
	}
	for key, value := range tags {
		context["aws:PrincipalTag/"+key] = []string{value}
	}
	if id := cmp.Or(a.Organization, c.state.Organization); id != "" {
		context["aws:PrincipalOrgID"] = []string{id}
		context["aws:PrincipalOrgPaths"] = []string{id + "/" + organizationRoot + "/"}
	}
	return context
}

// policiesOf compiles the policies of a principal. A policy whose document is not
// known has no effect; as the boundary it denies everything.
func (c *Cloud) policiesOf(a *account, own []permissions, boundary, session string) (*iam.Policies, error) {
	out := &iam.Policies{}
	for _, p := range own {
		texts := slices.Collect(maps.Values(p.Inline))
		for _, arn := range p.Attached {
			if text := a.policyText(arn); text != "" {
				texts = append(texts, text)
			}
		}
		for _, text := range texts {
			compiled, err := c.compiled.Get(text, iam.CompileIdentity)
			if err != nil {
				return nil, err
			}
			out.Identity = append(out.Identity, compiled)
		}
	}
	var err error
	if boundary != "" {
		if out.Boundary, err = c.compiled.Get(cmp.Or(a.policyText(boundary), denyAll), iam.CompileIdentity); err != nil {
			return nil, err
		}
	}
	if session != "" {
		if out.Session, err = c.compiled.Get(session, iam.CompileIdentity); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// denyAll replaces the document of a boundary that is not known.
const denyAll = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`

// policyText returns the document of a managed policy's default version. It is empty
// if the document is not known.
func (a *account) policyText(arn string) string {
	if p := a.policy(arn); p != nil {
		return p.version(p.DefaultVersionID).Document
	}
	return ""
}
