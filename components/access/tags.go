package access

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// CheckTags reports every tag that AWS rejects. AWS accepts at most 50 tags. Keys have
// 1 to 128 and values 0 to 256 characters out of letters, digits, spaces and
// "_.:/=+-@". Neither begins with "aws:". Keys differ in more than case.
func CheckTags(tags map[string]string) []error {
	var errs []error
	if len(tags) > MaxTags {
		errs = append(errs, fmt.Errorf("has %d tags, must be at most %d", len(tags), MaxTags))
	}
	seen := map[string]string{}
	for _, key := range sortedKeys(tags) {
		lower := strings.ToLower(key)
		if twin, taken := seen[lower]; taken {
			errs = append(errs, fmt.Errorf("%q differs from %q in case only, so they are the same tag to IAM", key, twin))
		}
		seen[lower] = key
		if !tagText(key, 1, maxTagKey) {
			errs = append(errs, fmt.Errorf("%q must be a key of 1 to %d %s", key, maxTagKey, tagRule))
		}
		if value := tags[key]; !tagText(value, 0, maxTagValue) {
			errs = append(errs, fmt.Errorf("%q must have a value of up to %d %s; not %q", key, maxTagValue, tagRule, value))
		}
	}
	return errs
}

const tagRule = `characters out of letters, digits, spaces and "_.:/=+-@", not beginning with "aws:"`

var tagChars = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]*$`)

func tagText(s string, shortest, longest int) bool {
	length := utf8.RuneCountInString(s)
	reserved := strings.HasPrefix(strings.ToLower(s), "aws:")
	return length >= shortest && length <= longest && tagChars.MatchString(s) && !reserved
}
