package sts

import (
	"errors"
	"strings"
	"sync"
	"time"

	"iam-secured-api/internal/sandbox/cloud"
)

// AWS documents none of these limits. They are the sandbox's own.
const (
	// maxWrongCodes is how many wrong codes in a row an MFA device may get. After
	// them it accepts no code for lockedFor, so that a code cannot be found by trying.
	maxWrongCodes = 5
	lockedFor     = 15 * time.Minute
	// maxSessions is how many sessions a principal may have at a time, including those
	// that its sessions started. An account has room for the sessions of many.
	maxSessions = 1000
)

// limits counts wrong codes and sessions.
type limits struct {
	mu       sync.Mutex
	codes    map[string]wrongCodes // by the ARN of the user and the device's serial number
	sessions map[string]started    // by access key id
}

type wrongCodes struct {
	inARow int
	last   time.Time
}

type started struct {
	by         string // id of the user, role or web identity at the start of the session chain
	expiration time.Time
}

// start starts a session for a caller, who may use an MFA device. The limits stay
// locked meanwhile: requests at the same time would exceed them.
func (l *limits) start(
	caller cloud.Caller, device string, now time.Time, start func() (cloud.Session, error),
) (cloud.Session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	by := l.principal(caller)
	if l.count(by, now) >= maxSessions {
		return cloud.Session{}, refuse(cloud.CodeThrottling, "rate exceeded: %s has %d sessions", caller.ARN, maxSessions)
	}
	name := caller.ARN + " " + device
	codes := l.codes[name]
	if now.Sub(codes.last) >= lockedFor {
		codes.inARow = 0
	}
	if device != "" && codes.inARow >= maxWrongCodes {
		return cloud.Session{}, refuse(cloud.CodeAccessDeniedSTS,
			"MultiFactorAuthentication failed: after %d wrong codes, the device accepts none for %s", maxWrongCodes, lockedFor)
	}
	session, err := start()
	if errors.Is(err, cloud.ErrWrongCode) {
		l.codes[name] = wrongCodes{codes.inARow + 1, now}
	}
	if err != nil {
		return cloud.Session{}, err
	}
	delete(l.codes, name)
	l.sessions[session.AccessKeyID] = started{by, session.Expiration}
	return session, nil
}

// principal returns the id of the user, role or web identity whose limit applies to the
// caller.
func (l *limits) principal(caller cloud.Caller) string {
	if s, known := l.sessions[caller.Key.AccessKeyID]; known {
		return s.by
	}
	if !caller.InRoleSession() {
		return caller.UserID
	}
	id, _, _ := strings.Cut(caller.UserID, ":")
	return id
}

// count returns how many sessions of a principal have not expired, and forgets all
// that have.
func (l *limits) count(by string, now time.Time) (n int) {
	for key, s := range l.sessions {
		switch {
		case !now.Before(s.expiration):
			delete(l.sessions, key)
		case s.by == by:
			n++
		}
	}
	return n
}
