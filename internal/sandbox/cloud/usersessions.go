package cloud

import (
	"strconv"
	"time"
)

// GetSessionTokenInput describes a user's request for a session.
type GetSessionTokenInput struct {
	DurationSeconds int    // 900 to 129600, 0 for 43200
	SerialNumber    string // of the user's device, empty for none
	TokenCode       string // that the device shows
}

// GetSessionToken returns temporary credentials of a user, optionally with MFA.
// It requires no permission and cannot be used with temporary credentials.
func (c *Cloud) GetSessionToken(caller Caller, in GetSessionTokenInput, at time.Time) (Session, error) {
	if in.DurationSeconds == 0 {
		in.DurationSeconds = defaultUserSessionSeconds
	}
	switch {
	case caller.InSession():
		return Session{}, errorf(CodeAccessDeniedSTS, "cannot call GetSessionToken with session credentials")
	case in.DurationSeconds < minAssumeSeconds || in.DurationSeconds > maxUserSessionSeconds:
		return Session{}, errorf(CodeValidation, "value '%d' at 'durationSeconds' failed to satisfy constraint: %d to %d",
			in.DurationSeconds, minAssumeSeconds, maxUserSessionSeconds)
	}
	if err := checkMFA(in.SerialNumber, in.TokenCode); err != nil {
		return Session{}, err
	}
	home := c.Account(caller.Account)
	if in.SerialNumber != "" {
		if err := home.useTokenCode(caller.ARN, in.SerialNumber, in.TokenCode, at); err != nil {
			return Session{}, err
		}
	}
	var out Session
	err := home.mutate("GetSessionToken", caller.ARN, func(st *account) (err error) {
		out, err = st.newSession(session{
			UserID: caller.UserID, MFA: in.SerialNumber != "", Session: Session{ARN: caller.ARN},
		}, in.DurationSeconds, at)
		return err
	})
	return reply(out, err)
}

// userSessionCaller returns the user of a session in the user's current state.
func (c *Cloud) userSessionCaller(a *account, s *session, at time.Time) (Caller, error) {
	for _, u := range a.Users {
		if u.UserID != s.UserID {
			continue
		}
		caller, err := c.userCaller(a, u, s.Key)
		if err != nil {
			return Caller{}, err
		}
		caller.Context["aws:TokenIssueTime"] = []string{s.Issued.Format(time.RFC3339)}
		caller.Context["aws:MultiFactorAuthPresent"] = []string{strconv.FormatBool(s.MFA)}
		if s.MFA {
			caller.Context["aws:MultiFactorAuthAge"] = []string{strconv.FormatInt(int64(at.Sub(s.Issued)/time.Second), 10)}
		}
		return caller, nil
	}
	return Caller{}, invalidKey()
}
