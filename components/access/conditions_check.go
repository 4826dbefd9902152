package access

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// instantLayout is the layout of instants: ISO 8601, in UTC.
const instantLayout = "2006-01-02T15:04:05Z"

func instantText(t time.Time) string { return t.UTC().Format(instantLayout) }

// The years of instants. ISO 8601 has four digits for them. IAM also accepts seconds
// since 1970, and documents no earlier times.
const (
	firstYear = 1970
	lastYear  = 9999
)

// arrivingLayout is the layout in which Pulumi's engine passes on a YAML timestamp,
// which is an instant in a stack file without quotes.
const arrivingLayout = "2006-01-02 15:04:05 +0000 UTC"

// ParseInstant parses a point in time in UTC, to the second, such as
// "2026-01-31T08:00:00Z". It also accepts "2026-01-31 08:00:00 +0000 UTC", the form
// of a YAML timestamp. Offsets are rejected, so that configuration, documents and
// outputs have the same text. So are days without a time of day.
func ParseInstant(text string) (time.Time, error) {
	for _, layout := range []string{instantLayout, arrivingLayout} {
		t, err := time.Parse(layout, text)
		if err == nil && t.Format(layout) == text { // Parse alone accepts fractions and single digits
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
	return time.Time{}, fmt.Errorf(`must be a point in time in UTC, to the second, such as "2026-01-31T08:00:00Z"; ` +
		"IAM knows no hours or days that recur")
}

// checkInstant accepts instants that documents can contain.
func checkInstant(t time.Time) error {
	if year := t.UTC().Year(); year < firstYear || year > lastYear || t.Nanosecond() != 0 {
		return fmt.Errorf("must be in the years %d to %d, in whole seconds", firstYear, lastYear)
	}
	return nil
}

// CheckWindow accepts a time window that is not empty: notAfter is later than
// notBefore, or one of them is zero. The error is about notAfter.
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

// checkPrincipalTags reports every tag that a principal cannot have or a document
// cannot require: tags that CheckTags rejects, policy variables and wildcards
// included, and characters above U+00FF, which IAM accepts in tags but not in
// documents (policyDocumentType). It rejects an empty map, which requires nothing.
func checkPrincipalTags(tags map[string]string) []error {
	if len(tags) == 0 {
		return []error{fmt.Errorf("{} must hold at least one tag, or be left out")}
	}
	errs := CheckTags(tags)
	for _, key := range sortedKeys(tags) {
		if text := key + tags[key]; strings.ContainsFunc(text, func(c rune) bool { return c > '\u00FF' }) {
			errs = append(errs, fmt.Errorf("%q with the value %q must be of characters up to U+00FF, as IAM accepts no others in a policy",
				key, tags[key]))
		}
	}
	return errs
}

// CheckForRole rejects conditions that no session of a role meets, for a policy that
// is attached to a role. The error follows the policy's name.
//
// A session from AssumeRole, or from an instance's metadata, does not have the
// condition key of MFA, even if AssumeRole had the code of an MFA device (IAM user
// guide, MFA-protected API access).
func (c Conditions) CheckForRole() error {
	if c.RequireMFA {
		return fmt.Errorf("requires MFA, which a role's session never shows: it would allow nothing; " +
			"require it where the role is assumed, in its trust policy")
	}
	return nil
}
