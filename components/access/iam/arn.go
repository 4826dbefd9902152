package iam

import (
	"errors"
	"strings"
)

// errNoArn follows the text that should have been an ARN.
var errNoArn = errors.New("must have the six fields of an ARN, arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE")

// Fields of an ARN, arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE. The resource
// may hold further colons.
const (
	arnPrefix = iota
	arnPartition
	arnService
	arnRegion
	arnAccount
	arnResource
	arnFields
)

// arnParts are the six fields of an ARN.
type arnParts [arnFields]string

// splitArn gives the fields of an ARN; it is not ok if there are fewer than six.
func splitArn(arn string) (parts arnParts, ok bool) {
	for i := range arnResource {
		colon := strings.IndexByte(arn, ':')
		if colon < 0 {
			return arnParts{}, false
		}
		parts[i], arn = arn[:colon], arn[colon+1:]
	}
	parts[arnResource] = arn
	return parts, true
}

// arnPattern is an ARN with wildcards. Each field is compared on its own: a *
// crosses the slashes of a field, and no colon but those of the last.
type arnPattern [arnFields]pattern

// newArnPattern compiles an ARN in which anyRun and anyOne stand for the
// wildcards.
func newArnPattern(text string) (arnPattern, error) {
	parts, ok := splitArn(text)
	if !ok {
		return arnPattern{}, errNoArn
	}
	var compiled arnPattern
	for i, part := range parts {
		compiled[i] = newPattern(part)
	}
	return compiled, nil
}

// matches compares field by field, the one first in which ARNs differ most.
func (a *arnPattern) matches(arn *arnParts) bool {
	for i := arnResource; i >= arnPrefix; i-- {
		if !a[i].matches(arn[i]) {
			return false
		}
	}
	return true
}
