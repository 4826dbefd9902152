package sts

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/oidc"
)

// action is an action of STS.
type action struct {
	parameters []string
	lists      []string // parameters that are lists of strings or of tags
	unsigned   bool
	do         func(*handler, *request) (any, error)
}

var actions = map[string]action{
	"AssumeRole": {
		parameters: []string{
			"RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId", "Policy", "SerialNumber", "TokenCode",
			"SourceIdentity",
		},
		lists: []string{"Tags", "TransitiveTagKeys"},
		do:    (*handler).assumeRole,
	},
	"AssumeRoleWithWebIdentity": {
		parameters: []string{"RoleArn", "RoleSessionName", "WebIdentityToken", "DurationSeconds", "Policy"},
		unsigned:   true,
		do:         (*handler).assumeRoleWithWebIdentity,
	},
	"GetCallerIdentity": {do: (*handler).getCallerIdentity},
	"GetSessionToken": {
		parameters: []string{"DurationSeconds", "SerialNumber", "TokenCode"},
		do:         (*handler).getSessionToken,
	},
}

// Actions and parameters of AWS that the sandbox refuses by name.
var (
	otherActions = []string{
		"AssumeRoleWithSAML", "AssumeRoot", "DecodeAuthorizationMessage", "GetAccessKeyInfo", "GetDelegatedAccessToken",
		"GetFederationToken", "GetWebIdentityToken",
	}
	otherParameters = []string{"PolicyArns", "ProviderId", "ProvidedContexts"}
)

// roleInput returns the input of an action that assumes a role. It rejects a request
// without the required parameters.
func (f form) roleInput(required ...string) (cloud.AssumeRoleInput, error) {
	for _, name := range append([]string{"RoleArn", "RoleSessionName"}, required...) {
		if f.get(name) == "" {
			return cloud.AssumeRoleInput{}, refuse(codeValidation,
				"value null at '%s' failed to satisfy constraint: must not be null", name)
		}
	}
	seconds, err := f.seconds("DurationSeconds")
	return cloud.AssumeRoleInput{
		RoleARN: f.get("RoleArn"), RoleSessionName: f.get("RoleSessionName"), Policy: f.get("Policy"), DurationSeconds: seconds,
	}, err
}

func (h *handler) assumeRole(r *request) (any, error) {
	in, err := r.form.roleInput()
	if err != nil {
		return nil, err
	}
	in.ExternalID, in.SourceIdentity = r.form.get("ExternalId"), r.form.get("SourceIdentity")
	in.SerialNumber, in.TokenCode = r.form.get("SerialNumber"), r.form.get("TokenCode")
	if in.Tags, err = r.form.tags("Tags"); err != nil {
		return nil, err
	}
	if in.TransitiveTagKeys, err = r.form.texts("TransitiveTagKeys"); err != nil {
		return nil, err
	}
	context := h.verifier.Context(r.Request, r.caller, accountOf(in.RoleARN))
	now := h.now()
	s, err := h.limits.start(r.caller, in.SerialNumber, now, func() (cloud.Session, error) {
		return h.cloud.AssumeRole(r.caller, in, context, now)
	})
	if err != nil {
		return nil, err
	}
	return assumeRoleResult{Credentials: credentialsOf(s), roleSession: roleSessionOf(s)}, nil
}

// assumeRoleWithWebIdentity handles a request that is not signed: the token identifies
// the sender.
func (h *handler) assumeRoleWithWebIdentity(r *request) (any, error) {
	in, err := r.form.roleInput("WebIdentityToken")
	if err != nil {
		return nil, err
	}
	web, err := h.webIdentity(r, in)
	if err != nil {
		return nil, err
	}
	context := h.verifier.Context(r.Request, cloud.Caller{}, accountOf(in.RoleARN))
	now := h.now()
	name := web.Provider.Principal + " " + web.Subject
	user := cloud.Caller{ARN: name, UserID: name}
	s, err := h.limits.start(user, "", now, func() (cloud.Session, error) {
		return h.cloud.AssumeRoleWithWebIdentity(web, in, context, now)
	})
	if err != nil {
		return nil, err
	}
	return webIdentityResult{
		Credentials: credentialsOf(s), roleSession: roleSessionOf(s),
		Subject: web.Subject, Audience: web.Audience, Provider: web.Provider.Issuer,
	}, nil
}

// webIdentity verifies the token of a request.
func (h *handler) webIdentity(r *request, in cloud.AssumeRoleInput) (cloud.WebIdentity, error) {
	token := r.form.get("WebIdentityToken")
	issuer, err := oidc.Issuer(token)
	if err != nil {
		return cloud.WebIdentity{}, refuseToken(err)
	}
	provider, err := h.cloud.IdentityProvider(in, issuer)
	if err != nil {
		return cloud.WebIdentity{}, err
	}
	if h.tokens == nil {
		return cloud.WebIdentity{}, refuse(codeNotModelled, "this endpoint does not verify tokens of identity providers")
	}
	claims, err := h.tokens.Verify(r.Context(), issuer, token)
	if err != nil {
		return cloud.WebIdentity{}, refuseToken(err)
	}
	return cloud.NewWebIdentity(provider, claims)
}

// refuseToken returns the STS error for a token that could not be verified.
func refuseToken(err error) error {
	switch {
	case errors.Is(err, oidc.ErrExpired):
		return refuse(codeExpiredIdentity, "the web identity token is expired")
	case errors.Is(err, oidc.ErrUnreachable):
		return refuse(codeIDPCommunication, "the keys of the identity provider cannot be retrieved to verify the token")
	case errors.Is(err, oidc.ErrInvalid):
		return refuse(cloud.CodeInvalidIdentityToken, "the ID token provided is not valid: %s", err)
	}
	return err
}

func roleSessionOf(s cloud.Session) roleSession {
	return roleSession{
		AssumedRoleID: s.AssumedRoleID, Arn: s.ARN, PackedPolicySize: s.PackedSize, SourceIdentity: s.Settings.SourceIdentity,
	}
}

func credentialsOf(s cloud.Session) credentials {
	return credentials{s.AccessKeyID, s.SecretAccessKey, s.SessionToken, s.Expiration.UTC().Format(time.RFC3339)}
}

func (h *handler) getSessionToken(r *request) (any, error) {
	seconds, err := r.form.seconds("DurationSeconds")
	if err != nil {
		return nil, err
	}
	in := cloud.GetSessionTokenInput{
		DurationSeconds: seconds, SerialNumber: r.form.get("SerialNumber"), TokenCode: r.form.get("TokenCode"),
	}
	now := h.now()
	s, err := h.limits.start(r.caller, in.SerialNumber, now, func() (cloud.Session, error) {
		return h.cloud.GetSessionToken(r.caller, in, now)
	})
	if err != nil {
		return nil, err
	}
	return getSessionTokenResult{Credentials: credentialsOf(s)}, nil
}

// getCallerIdentity requires no permission.
func (*handler) getCallerIdentity(r *request) (any, error) {
	return getCallerIdentityResult{Arn: r.caller.ARN, UserID: r.caller.UserID, Account: r.caller.Account}, nil
}

// seconds reads a number. It is 0 if the parameter is absent.
func (f form) seconds(name string) (int, error) {
	text := f.get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || n == 0 { // 0 means the default to the cloud
		return 0, refuse(codeValidation, "value %.100q at '%s' failed to satisfy constraint: must be a number of seconds, 900 or more", text, name)
	}
	return int(n), nil
}

// accountOf returns the account of an ARN, empty if it is not one.
func accountOf(arn string) string {
	if fields := strings.SplitN(arn, ":", 6); len(fields) == 6 {
		return fields[4]
	}
	return ""
}

func sortedKeys[M ~map[string]V, V any](m M) []string { return slices.Sorted(maps.Keys(m)) }
