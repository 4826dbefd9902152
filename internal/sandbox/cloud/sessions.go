package cloud

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// Codes of STS.
const (
	CodeAccessDeniedSTS        = "AccessDenied"
	CodePackedPolicy           = "PackedPolicyTooLarge"
	CodeInvalidIdentityToken   = "InvalidIdentityToken"
	CodeInvalidParameterSTS    = "InvalidParameterValue"
	CodeThrottling             = "Throttling"
	CodeAssumeRoleUnauthorized = "AssumeRoleUnauthorizedAccess" // of the instance metadata service
)

var (
	reSessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	reRole        = regexp.MustCompile(`^arn:aws:iam::(\d{12}):role/([\x21-\x7E]+)$`)
	reSerial      = regexp.MustCompile(`^[\w+=/:,.@-]{9,256}$`)
	reTokenCode   = regexp.MustCompile(`^\d{6}$`)
)

// Session is a role's session, or a user's, with its temporary credentials.
type Session struct {
	Key
	ARN           string // arn:aws:sts::ACCOUNT:assumed-role/ROLE/NAME, or the ARN of the user
	AssumedRoleID string // AROA…:NAME, empty for a session of a user
	Issued        time.Time
	Expiration    time.Time
	// Settings are the session's own and those that it inherited.
	Settings SessionSettings
	// PackedSize is the percentage of their quota that the session policy and the session
	// tags use.
	PackedSize int
}

type session struct {
	Session
	RoleName string
	RoleID   string
	Policy   string // the session policy, empty for none
	// Keys are condition keys from an identity provider's token. All requests of the
	// session have them.
	Keys map[string][]string

	UserID string // of a user's session, which has no role
	MFA    bool   // the user used an MFA device
}

// AssumeRoleInput describes a request for a role's session.
type AssumeRoleInput struct {
	RoleARN         string
	RoleSessionName string
	DurationSeconds int    // 900 to the role's MaxSessionDuration, 0 for 3600
	Policy          string // session policy, empty for none
	ExternalID      string // empty for none
	SerialNumber    string // of the MFA device of the caller, empty for none
	TokenCode       string // that the device shows
	SessionSettings
}

func (in AssumeRoleInput) check() error {
	switch {
	case len(in.RoleARN) > maxARN || !reRole.MatchString(in.RoleARN):
		return errorf(CodeValidation, "%.100q is invalid: must be the ARN of a role", in.RoleARN)
	case !reSessionName.MatchString(in.RoleSessionName):
		return errorf(CodeValidation,
			"value %.100q at 'roleSessionName' failed to satisfy constraint: 2 to 64 characters of [\\w+=,.@-]", in.RoleSessionName)
	case in.ExternalID != "" && access.CheckExternalID(in.ExternalID) != nil:
		return errorf(CodeValidation,
			"value at 'externalId' failed to satisfy constraint: 2 to 1224 characters of [\\w+=,.@:/-]")
	case in.DurationSeconds != 0 && (in.DurationSeconds < minAssumeSeconds || in.DurationSeconds > access.MaxSessionSeconds):
		return errorf(CodeValidation,
			"value '%d' at 'durationSeconds' failed to satisfy constraint: %d to %d", in.DurationSeconds, minAssumeSeconds, access.MaxSessionSeconds)
	}
	return cmp.Or(checkMFA(in.SerialNumber, in.TokenCode), checkSessionPolicy(in.Policy), in.SessionSettings.check())
}

// checkMFA applies the rules for an MFA device and its code, both empty for none.
func checkMFA(serialNumber, tokenCode string) error {
	switch {
	case (serialNumber == "") != (tokenCode == ""):
		return errorf(CodeValidation, "serialNumber and tokenCode must both be given, or neither")
	case serialNumber != "" && !reSerial.MatchString(serialNumber):
		return errorf(CodeValidation,
			"value %.100q at 'serialNumber' failed to satisfy constraint: 9 to 256 characters of [\\w+=/:,.@-]", serialNumber)
	case tokenCode != "" && !reTokenCode.MatchString(tokenCode):
		return errorf(CodeValidation, "value at 'tokenCode' failed to satisfy constraint: 6 digits")
	}
	return nil
}

func checkSessionPolicy(text string) error {
	if text == "" {
		return nil
	}
	if n := utf8.RuneCountInString(text); n > maxSessionPolicy {
		return errorf(CodePackedPolicy, "the session policy has %d characters, must have at most %d", n, maxSessionPolicy)
	}
	return checkIdentityDocument(text)
}

// AssumeRole returns temporary credentials of a role if the role's trust policy
// and, where IAM requires it, the caller's policies allow it. The context holds
// the condition keys of the request, including those of the caller. The keys
// that follow from the input are added. For a role that does not exist the
// error is AccessDenied, as on AWS.
//
// A session inherits the transitive tags and the source identity of the caller's session.
// They need the same permissions as new ones. AWS does not document whether inherited
// tags are request tags. CloudTrail lists them separately, so the sandbox does not treat
// them as request tags.
func (c *Cloud) AssumeRole(caller Caller, in AssumeRoleInput, context map[string][]string, at time.Time) (Session, error) {
	if err := in.check(); err != nil {
		return Session{}, err
	}
	if caller.InRoleSession() && in.DurationSeconds > maxChainedSeconds {
		return Session{}, errorf(CodeValidation,
			"the requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	denied := func(action string) error {
		return errorf(CodeAccessDeniedSTS,
			"User: %s is not authorized to perform: %s on resource: %s", caller.ARN, action, in.RoleARN)
	}
	settings, err := in.SessionSettings.inherit(caller.settings)
	if err != nil {
		return Session{}, err
	}
	if in.SerialNumber != "" {
		if err := c.Account(caller.Account).useTokenCode(caller.ARN, in.SerialNumber, in.TokenCode, at); err != nil {
			return Session{}, err
		}
	}
	in.SourceIdentity = settings.SourceIdentity // if inherited, it has the same condition key
	request := iam.RequestInput{Principal: caller.ARN, Action: access.ActionAssumeRole, Resource: in.RoleARN,
		Context: in.addTo(context)}
	in.SessionSettings = settings
	return c.Account(accountOfRole(in.RoleARN)).startSession(
		sessionRequest{RequestInput: request, policies: *caller.Policies, input: in, denied: denied}, at)
}

// accountOfRole returns the account in the ARN of a role, or an empty string.
func accountOfRole(arn string) string {
	if m := reRole.FindStringSubmatch(arn); m != nil {
		return m[1]
	}
	return ""
}

// addTo returns the context with the condition keys that follow from the input.
func (in AssumeRoleInput) addTo(context map[string][]string) map[string][]string {
	out := map[string][]string{}
	maps.Copy(out, context)
	out["sts:RoleSessionName"] = []string{in.RoleSessionName}
	if in.ExternalID != "" {
		out["sts:ExternalId"] = []string{in.ExternalID}
	}
	if in.SerialNumber != "" { // its code was just accepted
		out["aws:MultiFactorAuthPresent"] = []string{"true"}
		out["aws:MultiFactorAuthAge"] = []string{"0"}
	}
	in.SessionSettings.addTo(out)
	return out
}

func (c *Cloud) hasAccount(id string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.state.Accounts[id] != nil
}

// InstanceCredentials returns the session of an EC2 instance with this instance
// profile. The name of the session is instance, for example
// i-0123456789abcdef0.
func (a *Account) InstanceCredentials(profile, instance string, seconds int, at time.Time) (Session, error) {
	p, err := a.GetInstanceProfile(profile)
	if err != nil {
		return Session{}, err
	}
	return a.ServiceCredentials("ec2.amazonaws.com", p.RoleName, instance, seconds, at)
}

// ServiceCredentials returns a session of a role for a service, named by its
// service principal, if the role's trust policy allows it.
func (a *Account) ServiceCredentials(service, role, session string, seconds int, at time.Time) (Session, error) {
	return a.serviceSession(service, role, session, seconds, SessionSettings{}, at)
}

func (a *Account) serviceSession(
	service, role, session string, seconds int, settings SessionSettings, at time.Time,
) (Session, error) {
	r, err := a.GetRole(role)
	if err != nil {
		return Session{}, err
	}
	in := AssumeRoleInput{RoleARN: r.ARN, RoleSessionName: session, DurationSeconds: seconds, SessionSettings: settings}
	if err := settings.check(); err != nil {
		return Session{}, err
	}
	context := map[string][]string{}
	settings.addTo(context)
	return a.startSession(sessionRequest{
		RequestInput: iam.RequestInput{Principal: service, Action: access.ActionAssumeRole, Resource: r.ARN, Context: context},
		input:        in,
		ofService:    true,
		denied: func(action string) error {
			return errorf(CodeAssumeRoleUnauthorized, "%s cannot perform %s on the role %s", service, action, r.RoleName)
		},
	}, at)
}

// sessionRequest is a request for a role session, with checked parameters.
type sessionRequest struct {
	iam.RequestInput                     // the action is the STS action
	policies         iam.Policies        // of the caller
	input            AssumeRoleInput     // with the session's settings
	keys             map[string][]string // condition keys of later requests
	ofService        bool                // MaxSessionDuration does not apply
	denied           func(action string) error
}

// allowed returns an error unless the trust policy and the caller's policies allow the
// request and the actions that its settings require.
func (r sessionRequest) allowed(s *state, trust trustPolicy) error {
	request := r.RequestInput
	for _, action := range r.input.actions(r.Action) {
		request.Action = action
		allowed, err := trust.allows(s, r.policies, request)
		if err != nil {
			return err
		}
		if !allowed {
			return r.denied(action)
		}
	}
	return nil
}

// startSession creates a session of the role if the trust policy and the
// policies allow it.
func (a *Account) startSession(request sessionRequest, at time.Time) (Session, error) {
	in := request.input
	in.DurationSeconds = cmp.Or(in.DurationSeconds, defaultSessionSeconds)
	if !a.cloud.hasAccount(a.id) {
		return Session{}, request.denied(request.Action)
	}
	var out Session
	err := a.mutate(strings.TrimPrefix(request.Action, "sts:"), in.RoleARN, func(st *account) error {
		r := st.roleOfARN(in.RoleARN)
		if r == nil {
			return request.denied(request.Action)
		}
		for key, value := range r.Tags { // IAM user guide, condition keys of IAM and STS
			request.Context["aws:ResourceTag/"+key] = []string{value}
			request.Context["iam:ResourceTag/"+key] = []string{value}
		}
		if err := request.allowed(a.world(), r.Trust); err != nil {
			return err
		}
		if !request.ofService && in.DurationSeconds > r.MaxSessionDuration {
			return errorf(CodeValidation,
				"the requested DurationSeconds exceeds the MaxSessionDuration set for this role: %d", r.MaxSessionDuration)
		}
		size, err := in.packedSize(in.Policy)
		if err != nil {
			return err
		}
		out, err = st.newSession(session{
			RoleName: r.RoleName, RoleID: r.RoleID, Policy: in.Policy, Keys: request.keys,
			Session: Session{
				ARN:           fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", a.id, r.RoleName, in.RoleSessionName),
				AssumedRoleID: r.RoleID + ":" + in.RoleSessionName,
				Settings:      in.SessionSettings, PackedSize: size,
			},
		}, in.DurationSeconds, at)
		return err
	})
	return reply(out, err)
}

// decide reports whether policies allow a request.
func decide(policies *iam.Policies, in iam.RequestInput) (bool, error) {
	request, err := iam.NewRequest(in)
	if err != nil {
		return false, err
	}
	decision, err := policies.Decide(request)
	return err == nil && decision.Allowed(), err
}

func (a *account) roleOfARN(arn string) *role {
	r := a.Roles[arn[strings.LastIndexByte(arn, '/')+1:]]
	if r == nil || r.ARN != arn {
		return nil
	}
	return r
}

// newSession adds a session with new credentials. Expired sessions are kept, so
// that they can be reported as expired, until space is needed.
func (a *account) newSession(s session, seconds int, at time.Time) (Session, error) {
	at = at.UTC().Truncate(time.Second)
	if len(a.Sessions) >= maxSessions {
		maps.DeleteFunc(a.Sessions, func(_ string, old *session) bool { return !at.Before(old.Expiration) })
	}
	if len(a.Sessions) >= maxSessions {
		return Session{}, errorf(CodeThrottling, "rate exceeded: the account has %d sessions", maxSessions)
	}
	s.Key = Key{AccessKeyID: "ASIA" + random(16, base32Upper), SecretAccessKey: secretKey(),
		SessionToken: random(356, base64Letters)}
	s.Issued, s.Expiration = at, at.Add(time.Duration(seconds)*time.Second)
	if a.Sessions == nil {
		a.Sessions = map[string]*session{}
	}
	a.Sessions[s.AccessKeyID] = &s
	return s.Session, nil
}
