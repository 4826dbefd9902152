package access

import (
	"slices"
	"time"

	"github.com/micahhausler/aws-iam-policy/policy"
)

// Conditions say under which circumstances a policy's grants hold: all that are
// set must be met. The zero value sets none. Report problems with the Check
// method before documents are made.
//
// They stand on the allow of an identity policy, with operators that a missing
// key does not meet, so a request that does not tell is denied. The keys are
// IAM's global ones.
type Conditions struct {
	// SourceCIDRs are the networks that a request must come from: CIDR blocks or
	// single addresses, IPv4 and IPv6, at most MaxSourceCIDRs (IpAddress on
	// aws:SourceIp); nil for any. An HTTP API sees public addresses: of callers in
	// a VPC that of their NAT gateway, of those behind a proxy the proxy's. An API
	// that answers over IPv6 too needs the IPv6 networks of its callers here.
	SourceCIDRs []string
	// NotBefore and NotAfter bound the time of the request (aws:CurrentTime):
	// NotBefore itself is within (DateGreaterThanEquals), NotAfter is not
	// (DateLessThan). Whole seconds, written in UTC; zero for no bound. IAM knows
	// points in time only: nothing here recurs.
	NotBefore, NotAfter time.Time
	// RequireMFA asks for credentials that were got with a second factor (Bool on
	// aws:MultiFactorAuthPresent). Only those of GetSessionToken with a device's
	// code are; see CanBeMetWith.
	RequireMFA bool
	// SecureTransport asks for TLS (Bool on aws:SecureTransport). An HTTP API takes
	// nothing else, so it only writes down what holds anyway.
	SecureTransport bool
	// PrincipalOrgID is the organization whose accounts the caller must be of (StringEquals
	// on aws:PrincipalOrgID): "o-" and 10 to 32 lower case letters or digits;
	// empty for any. A caller whose account is in no organization is denied.
	PrincipalOrgID string
	// PrincipalTags are tags that the caller must have, as user, role or session
	// (StringEquals on aws:PrincipalTag/KEY); nil for none. See CheckPrincipalTags.
	// IAM tells the case of values apart, that of keys not.
	PrincipalTags map[string]string
}

// Credentials are what a request is signed with, told apart by whether they can
// tell of a second factor.
type Credentials int

const (
	// AccessKey is a user's long-lived access key as it is. Its requests lack
	// aws:MultiFactorAuthPresent, whether the user has a device or not.
	AccessKey Credentials = iota
	// UserSession is what a user gets from STS GetSessionToken with an access key
	// and a device's code.
	UserSession
	// RoleSession is a role's, from AssumeRole or an instance's metadata. It does
	// not say how the caller had signed in, even if a code went with AssumeRole:
	// a second factor is asked for in the role's trust policy.
	RoleSession
)

// CanBeMetWith tells whether a request with such credentials can meet the
// conditions at all. (IAM user guide, MFA-protected API access.)
func (c Conditions) CanBeMetWith(credentials Credentials) bool {
	return !c.RequireMFA || credentials == UserSession
}

// instantLayout is how instants are written: ISO 8601, in UTC.
const instantLayout = "2006-01-02T15:04:05Z"

func instantText(t time.Time) string { return t.UTC().Format(instantLayout) }

// networks are SourceCIDRs as documents write them: in one form, sorted, none
// twice.
func (c Conditions) networks() []string {
	networks := make([]string, len(c.SourceCIDRs))
	for i, text := range c.SourceCIDRs {
		networks[i] = text
		if network, ok := parseNetwork(text); ok {
			networks[i] = network.String()
		}
	}
	slices.Sort(networks)
	return slices.Compact(networks)
}

// conditionBlock is a statement's Condition: operator -> key -> values.
type conditionBlock map[string]map[string]*policy.ConditionValue

func (b conditionBlock) add(operator, key string, values ...string) {
	if b[operator] == nil {
		b[operator] = map[string]*policy.ConditionValue{}
	}
	one := len(values) == 1 // or the document would keep the first alone
	b[operator][key] = policy.NewConditionValueString(one, values...)
}

// block is for the allow of a document.
func (c Conditions) block() conditionBlock {
	block := conditionBlock{}
	if c.SourceCIDRs != nil {
		block.add("IpAddress", "aws:SourceIp", c.networks()...)
	}
	if !c.NotBefore.IsZero() {
		block.add("DateGreaterThanEquals", "aws:CurrentTime", instantText(c.NotBefore))
	}
	if !c.NotAfter.IsZero() {
		block.add("DateLessThan", "aws:CurrentTime", instantText(c.NotAfter))
	}
	if c.RequireMFA {
		block.add("Bool", "aws:MultiFactorAuthPresent", "true")
	}
	if c.SecureTransport {
		block.add("Bool", "aws:SecureTransport", "true")
	}
	if c.PrincipalOrgID != "" {
		block.add("StringEquals", "aws:PrincipalOrgID", c.PrincipalOrgID)
	}
	for key, value := range c.PrincipalTags {
		block.add("StringEquals", "aws:PrincipalTag/"+key, value)
	}
	return block
}
