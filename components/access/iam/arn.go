package iam

import (
	"errors"
	"strings"
)

// errNotARN completes a message that begins with the text.
var errNotARN = errors.New("must have the six fields of an ARN, arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE")

// The fields of an ARN, arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE. The
// resource may contain more colons.
const (
	arnPrefix = iota
	arnPartition
	arnService
	arnRegion
	arnAccount
	arnResource
	arnFields
)

// arnParts holds the six fields of an ARN.
type arnParts [arnFields]string

// splitARN returns the fields of an ARN. It is not ok if there are fewer than six.
func splitARN(arn string) (parts arnParts, ok bool) {
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

// isPartition accepts aws and partitions that begin with aws-, such as aws-cn.
func isPartition(partition string) bool {
	return partition == "aws" || strings.HasPrefix(partition, "aws-") && isServicePrefix(partition)
}

func isAccount(text string) bool { return len(text) == 12 && isDigits(text) }

// isServicePrefix accepts the names of services in ARNs and actions.
func isServicePrefix(prefix string) bool {
	for i := range len(prefix) {
		if c := prefix[i]; !isLetterOrDigit(c) && c != '-' {
			return false
		}
	}
	return prefix != ""
}

func isLetterOrDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

func isVisibleASCII(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// arnPattern is an ARN with wildcards. Each field is matched separately: a * may
// match slashes, but colons only in the last field.
type arnPattern [arnFields]pattern

// newARNPattern compiles an ARN that has anyRun and anyOne for the wildcards.
func newARNPattern(text string) (arnPattern, error) {
	parts, ok := splitARN(text)
	if !ok {
		return arnPattern{}, errNotARN
	}
	var compiled arnPattern
	for i, part := range parts {
		compiled[i] = newPattern(part)
	}
	return compiled, nil
}

// matches compares the fields from last to first, since the last ones differ most
// often.
func (a *arnPattern) matches(arn *arnParts) bool {
	for i := arnResource; i >= arnPrefix; i-- {
		if !a[i].matches(arn[i]) {
			return false
		}
	}
	return true
}
