package sts

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"iam-secured-api/internal/sandbox/cloud"
)

// action is an action of STS.
type action struct {
	parameters []string
	do         func(*handler, *request) (any, error)
}

var actions = map[string]action{
	"AssumeRole": {
		parameters: []string{"RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId", "Policy", "SerialNumber", "TokenCode"},
		do:         (*handler).assumeRole,
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
		"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "DecodeAuthorizationMessage", "GetAccessKeyInfo",
		"GetDelegatedAccessToken", "GetFederationToken", "GetWebIdentityToken",
	}
	otherParameters = []string{"PolicyArns", "ProvidedContexts", "SourceIdentity", "Tags", "TransitiveTagKeys"}
)

func (h *handler) assumeRole(r *request) (any, error) {
	for _, name := range []string{"RoleArn", "RoleSessionName"} {
		if r.form.get(name) == "" {
			return nil, refuse(codeValidation, "value null at '%s' failed to satisfy constraint: must not be null", name)
		}
	}
	seconds, err := r.form.seconds("DurationSeconds")
	if err != nil {
		return nil, err
	}
	in := cloud.AssumeRoleInput{
		RoleARN: r.form.get("RoleArn"), RoleSessionName: r.form.get("RoleSessionName"), DurationSeconds: seconds,
		Policy: r.form.get("Policy"), ExternalID: r.form.get("ExternalId"),
		SerialNumber: r.form.get("SerialNumber"), TokenCode: r.form.get("TokenCode"),
	}
	context := h.verifier.Context(r.Request, r.caller, accountOf(in.RoleARN))
	now := h.now()
	s, err := h.limits.start(r.caller, in.SerialNumber, now, func() (cloud.Session, error) {
		return h.cloud.AssumeRole(r.caller, in, context, now)
	})
	if err != nil {
		return nil, err
	}
	out := assumeRoleResult{Credentials: credentialsOf(s), AssumedRoleID: s.AssumedRoleID, Arn: s.ARN}
	if in.Policy != "" {
		out.PackedPolicySize = packedSize(in.Policy)
	}
	return out, nil
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

// packedSize returns how much of its quota a session policy uses, in percent. It counts
// characters. How AWS packs policies is not documented.
func packedSize(policy string) int {
	return max(1, 100*utf8.RuneCountInString(policy)/cloud.MaxSessionPolicy)
}

func sortedKeys[M ~map[string]V, V any](m M) []string { return slices.Sorted(maps.Keys(m)) }
