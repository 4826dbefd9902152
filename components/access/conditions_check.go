package access

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// instantLayout is how instants are written: ISO 8601, in UTC.
const instantLayout = "2006-01-02T15:04:05Z"

func instantText(t time.Time) string { return t.UTC().Format(instantLayout) }

// Years that instants are accepted of: ISO 8601 has four digits for them, and
// IAM, which takes seconds since 1970 too, documents none before.
const (
	firstYear = 1970
	lastYear  = 9999
)

// arrivingLayout is how an instant in UTC reads that stands in a stack's file
// without quotes: the engine hands on YAML's time stamps in this form.
const arrivingLayout = "2006-01-02 15:04:05 +0000 UTC"

// ParseInstant reads a point in time: ISO 8601 in UTC, to the second, such as
// "2026-01-31T08:00:00Z". Also "2026-01-31 08:00:00 +0000 UTC", which is what
// arrives of a YAML time stamp without quotes. An offset is refused, so that
// configuration, documents and outputs show one and the same text; days without
// a time of day and whatever recurs are no points in time.
func ParseInstant(text string) (time.Time, error) {
	for _, layout := range []string{instantLayout, arrivingLayout} {
		t, err := time.Parse(layout, text)
		if err == nil && t.Format(layout) == text { // Parse alone takes fractions and single digits
			if err := checkInstant(t); err != nil {
				return time.Time{}, err
			}
			return t.UTC(), nil
		}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05 -0700 -0700", "2006-01-02 15:04:05 -0700 MST"} {
		if t, err := time.Parse(layout, text); err == nil && t.Nanosecond() == 0 {
			return time.Time{}, fmt.Errorf("must be written in UTC, to the second: %q", instantText(t))
		}
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return time.Time{}, fmt.Errorf("must say the time of day too, in UTC: %q", instantText(t))
	}
	return time.Time{}, fmt.Errorf(`must be a point in time in UTC, to the second, such as "2026-01-31T08:00:00Z"; IAM knows no hours or days that recur`)
}

// checkInstant accepts what the documents can say.
func checkInstant(t time.Time) error {
	if year := t.UTC().Year(); year < firstYear || year > lastYear || t.Nanosecond() != 0 {
		return fmt.Errorf("must be in the years %d to %d, in whole seconds", firstYear, lastYear)
	}
	return nil
}

// CheckWindow accepts an end of the time window that leaves some of it: notAfter
// is later than notBefore, or one of them is zero. The error is about notAfter.
func CheckWindow(notBefore, notAfter time.Time) error {
	if notBefore.IsZero() || notAfter.IsZero() || notAfter.After(notBefore) {
		return nil
	}
	return fmt.Errorf("must be later than notBefore, %s, or the policy never allows anything", instantText(notBefore))
}

var organizationID = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)

// CheckOrgID accepts the id of an organization (AWS Organizations, Organization.Id).
func CheckOrgID(id string) error {
	if !organizationID.MatchString(id) {
		return fmt.Errorf(`must be the id of an organization: "o-" and 10 to 32 lower case letters or digits`)
	}
	return nil
}

// CheckPrincipalTags reports every tag that no principal can have or that no
// document can ask for: what CheckTags refuses, policy variables and wildcards
// among it, and characters beyond U+00FF, which IAM takes in tags but not in
// documents (policyDocumentType). An empty map is refused: it asks for nothing.
func CheckPrincipalTags(tags map[string]string) []error {
	if len(tags) == 0 {
		return []error{fmt.Errorf("{} must hold at least one tag, or be left out")}
	}
	errs := CheckTags(tags)
	for _, key := range sortedKeys(tags) {
		if text := key + tags[key]; strings.ContainsFunc(text, func(c rune) bool { return c > '\u00FF' }) {
			errs = append(errs, fmt.Errorf("%q with the value %q must be of characters up to U+00FF, as IAM takes no others in a policy", key, tags[key]))
		}
	}
	return errs
}

// CheckForRole refuses conditions that no session of a role meets. It is for a
// policy that is to be attached to a role; the error goes on after its name.
//
// A session from AssumeRole, or from an instance's metadata, does not say how the
// caller had signed in, even if an MFA device's code went with AssumeRole. (IAM user
// guide, MFA-protected API access.)
func (c Conditions) CheckForRole() error {
	if c.RequireMFA {
		return fmt.Errorf("requires MFA, of which a role's session never tells: nobody could call anything; ask for it where the role is assumed, in its trust policy")
	}
	return nil
}
