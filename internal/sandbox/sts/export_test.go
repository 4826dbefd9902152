package sts

// The limits, for tests.
const (
	MaxWrongCodes = maxWrongCodes
	LockedFor     = lockedFor
	MaxSessions   = maxSessions
)
