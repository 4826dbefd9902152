package access

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// String says in plain words what must hold, for a sentence that begins with
// "if": "from 203.0.113.0/24, until 2026-12-31T00:00:00Z, with MFA"; "" if
// nothing must. Conditions that are the same read the same, and others do not:
// a long list is folded into its length and a code, which changes with what is
// listed.
func (c Conditions) String() string {
	var parts []string
	if c.SourceCIDRs != nil {
		parts = append(parts, "from "+folded(c.networks(), " or ", "networks"))
	}
	if !c.NotBefore.IsZero() {
		parts = append(parts, "not before "+instantText(c.NotBefore))
	}
	if !c.NotAfter.IsZero() {
		parts = append(parts, "until "+instantText(c.NotAfter))
	}
	if c.RequireMFA {
		parts = append(parts, "with MFA")
	}
	if c.SecureTransport {
		parts = append(parts, "over TLS")
	}
	if c.PrincipalOrgID != "" {
		parts = append(parts, "in organization "+c.PrincipalOrgID)
	}
	if len(c.PrincipalTags) > 0 {
		var tags []string
		for _, key := range sortedKeys(c.PrincipalTags) {
			tags = append(tags, tagWord(key)+"="+tagWord(c.PrincipalTags[key]))
		}
		parts = append(parts, "tagged "+folded(tags, " and ", "tags"))
	}
	return strings.Join(parts, ", ")
}

// mostListed bounds how many items of a list are named one by one.
const mostListed = 3

// folded names the items of a short list, and counts those of a longer one.
func folded(items []string, conjunction, noun string) string {
	switch {
	case len(items) == 0:
		return "no " + noun
	case len(items) <= mostListed:
		return strings.Join(items, conjunction)
	}
	sum := sha256.Sum256([]byte(strings.Join(items, "\n")))
	return fmt.Sprintf("%d %s (#%x)", len(items), noun, sum[:6])
}

var plainTag = regexp.MustCompile(`^[\w.:/+@-]+$`)

// tagWord is a tag's key or value, quoted if it could be taken for more.
func tagWord(text string) string {
	if plainTag.MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}
