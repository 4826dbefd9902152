package access

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/micahhausler/aws-iam-policy/policy"

	"iam-secured-api/components/access/iam"
)

// Conditions restrict the grants of a policy. A request must meet all fields that are
// set. The zero value has no conditions. Call Check before rendering documents.
//
// The conditions are on the allow statement of an identity policy, with operators
// that fail if the key is missing: a request without the key is denied. The keys are
// IAM's global condition keys.
type Conditions struct {
	// SourceCIDRs are the networks that a request must come from, or nil for any: at
	// most MaxSourceCIDRs CIDR blocks or addresses, IPv4 and IPv6 (IpAddress on
	// aws:SourceIp). An HTTP API sees public addresses. For clients in a VPC that is
	// the address of a NAT gateway, and for clients behind a proxy the proxy's. An API
	// that also serves IPv6 needs the IPv6 networks of its clients, too.
	SourceCIDRs []string
	// NotBefore and NotAfter bound the time of the request (aws:CurrentTime). NotBefore
	// is inclusive (DateGreaterThanEquals), NotAfter exclusive (DateLessThan). They are
	// whole seconds; zero is no bound. IAM compares points in time, so nothing recurs.
	NotBefore, NotAfter time.Time
	// RequireMFA requires credentials that were obtained with MFA (Bool on
	// aws:MultiFactorAuthPresent): those that a user gets from STS GetSessionToken with
	// the code of an MFA device. Requests with a long-lived access key do not have the
	// condition key. For roles, see CheckForRole.
	RequireMFA bool
	// SecureTransport requires TLS (Bool on aws:SecureTransport). An HTTP API accepts
	// nothing else, so the condition always holds.
	SecureTransport bool
	// PrincipalOrgID is the organization that the principal's account must be in, or
	// empty for any (StringEquals on aws:PrincipalOrgID): "o-" and 10 to 32 lower case
	// letters or digits.
	PrincipalOrgID string
	// PrincipalTags are tags that the user, role or session must have, or nil
	// (StringEquals on aws:PrincipalTag/KEY), in characters up to U+00FF; see CheckTags.
	// IAM compares values case-sensitively and keys case-insensitively.
	PrincipalTags map[string]string
}

// ConditionKind is a row of the table of conditions, which everything that handles
// conditions ranges over.
type ConditionKind struct {
	// Key is the condition's key in the configuration.
	Key string
	// Operator and ContextKey are what a statement has for the condition. The entries
	// of a map append their keys to the ContextKey.
	Operator, ContextKey string
	// Field returns the field that holds the value: a *bool, *time.Time, *string,
	// *[]string or *map[string]string. The zero value means that it is not set.
	Field func(*Conditions) any

	// CheckText accepts a *string's value.
	CheckText func(text string) error
	// Noun is what messages call the items of a *[]string or *map[string]string.
	Noun string
	// CheckCount accepts the number of items of a *[]string. CheckItems returns for
	// each item what is wrong with it, or nil.
	CheckCount func(count int) error
	CheckItems func(items []string) []error
	// CheckEntries returns every problem of a *map[string]string, each with its entry.
	CheckEntries func(entries map[string]string) []error

	// words returns the condition in words, from what a statement has for it.
	words func(conditions []iam.Condition) string
	// narrower reports whether requests that meet a condition with these values
	// certainly meet one with the others. If nil, only equal values do.
	narrower func(values, others []string) bool
}

// conditionKinds is the table of conditions, in the order of the text. Each field of
// Conditions has a row.
var conditionKinds = []ConditionKind{
	{
		Key: "sourceCidrs", Operator: "IpAddress", ContextKey: "aws:SourceIp",
		Field: func(c *Conditions) any { return &c.SourceCIDRs },
		Noun:  "networks", CheckCount: checkSourceCIDRCount, CheckItems: checkSourceCIDRs,
		words: func(conditions []iam.Condition) string {
			return "from " + folded(conditions[0].Values, " or ", "networks")
		},
		narrower: func(values, others []string) bool { return subset(values, others, inNetwork) },
	},
	{
		Key: "notBefore", Operator: "DateGreaterThanEquals", ContextKey: "aws:CurrentTime",
		Field:    func(c *Conditions) any { return &c.NotBefore },
		words:    withValue("not before "),
		narrower: func(values, others []string) bool { return values[0] >= others[0] }, // text sorts as time does
	},
	{
		Key: "notAfter", Operator: "DateLessThan", ContextKey: "aws:CurrentTime",
		Field:    func(c *Conditions) any { return &c.NotAfter },
		words:    withValue("until "),
		narrower: func(values, others []string) bool { return values[0] <= others[0] },
	},
	{
		Key: "requireMfa", Operator: "Bool", ContextKey: "aws:MultiFactorAuthPresent",
		Field: func(c *Conditions) any { return &c.RequireMFA },
		words: func([]iam.Condition) string { return "with MFA" },
	},
	{
		Key: "secureTransport", Operator: "Bool", ContextKey: "aws:SecureTransport",
		Field: func(c *Conditions) any { return &c.SecureTransport },
		words: func([]iam.Condition) string { return "over TLS" },
	},
	{
		Key: "principalOrgId", Operator: "StringEquals", ContextKey: "aws:PrincipalOrgID",
		Field:     func(c *Conditions) any { return &c.PrincipalOrgID },
		CheckText: CheckOrgID,
		words:     withValue("in organization "),
	},
	{
		Key: "principalTags", Operator: "StringEquals", ContextKey: "aws:PrincipalTag/",
		Field: func(c *Conditions) any { return &c.PrincipalTags },
		Noun:  "tags", CheckEntries: checkPrincipalTags,
		words: func(conditions []iam.Condition) string {
			tags := make([]string, len(conditions))
			for i, c := range conditions {
				tags[i] = tagWord(strings.TrimPrefix(c.Key, "aws:PrincipalTag/")) + "=" + tagWord(c.Values[0])
			}
			return "tagged " + folded(tags, " and ", "tags")
		},
	},
}

// ConditionKinds returns the table of conditions.
func ConditionKinds() []ConditionKind { return slices.Clone(conditionKinds) }

// withValue returns the words of a condition with one value.
func withValue(before string) func([]iam.Condition) string {
	return func(conditions []iam.Condition) string { return before + conditions[0].Values[0] }
}

var plainTag = regexp.MustCompile(`^[\w.:/+@-]+$`)

// tagWord returns a tag's key or value, quoted if it is ambiguous in a sentence.
func tagWord(text string) string {
	if plainTag.MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}

// networks returns networks in canonical form, sorted and without duplicates.
func networks(texts []string) []string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = text
		if network, err := iam.ParseRange(text); err == nil {
			list[i] = network.String()
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// inNetwork reports whether a network lies in another.
func inNetwork(text, other string) bool {
	inner, err := iam.ParseRange(text)
	outer, err2 := iam.ParseRange(other)
	return err == nil && err2 == nil && within(inner, outer)
}

// written is a condition of a statement, with its row in the table of conditions, or
// nil if the table does not have it.
type written struct {
	iam.Condition
	kind *ConditionKind
}

// write returns what a statement has for the conditions that are set, in the order of
// the table.
func (c Conditions) write() []written {
	var all []written
	for i := range conditionKinds {
		kind := &conditionKinds[i]
		kind.write(&c, func(key string, values ...string) {
			all = append(all, written{iam.Condition{Operator: kind.Operator, Key: kind.ContextKey + key, Values: values}, kind})
		})
	}
	return all
}

// read sets the condition that a statement has. It reports whether the table has it.
func (c *Conditions) read(from iam.Condition) bool {
	return slices.ContainsFunc(conditionKinds, func(kind ConditionKind) bool {
		key, found := strings.CutPrefix(from.Key, kind.ContextKey)
		return found && from.Operator == kind.Operator && kind.read(c, key, from.Values)
	})
}

// Clone returns conditions that mean the same, with networks in canonical form, and
// share no memory with c. Check must accept c.
func (c Conditions) Clone() Conditions {
	var clone Conditions
	for _, condition := range c.write() {
		clone.read(condition.Condition)
	}
	return clone
}

// block returns the Condition of a statement.
func (c Conditions) block() conditionBlock {
	block := conditionBlock{}
	for _, condition := range c.write() {
		block.add(condition.Operator, condition.Key, condition.Values...)
	}
	return block
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

// String returns the conditions in words, to follow "if", such as
// "from 203.0.113.0/24, until 2026-12-31T00:00:00Z, with MFA". It is empty if there
// are none. Different conditions have different texts: a long list is shortened to
// its length and a hash of its items.
func (c Conditions) String() string { return inWords(c.write()) }

// inWords returns conditions of the table in words.
func inWords(all []written) string {
	var parts []string
	for len(all) > 0 {
		kind := all[0].kind
		var same []iam.Condition
		for len(all) > 0 && all[0].kind == kind {
			same, all = append(same, all[0].Condition), all[1:]
		}
		parts = append(parts, kind.words(same))
	}
	return strings.Join(parts, ", ")
}

// Check returns every problem of the conditions. Each begins with the key in the
// configuration, and the value.
func (c Conditions) Check() []error {
	var errs []error
	for _, kind := range conditionKinds {
		for _, err := range kind.check(&c) {
			errs = append(errs, fmt.Errorf("%s%w", kind.Key, err))
		}
	}
	return errs
}

func (w written) equal(other written) bool {
	return w.Operator == other.Operator && w.Key == other.Key && slices.Equal(w.Values, other.Values)
}

// within reports whether requests that meet w certainly meet the other condition.
func (w written) within(other written) bool {
	if w.kind == nil || w.kind != other.kind || w.kind.narrower == nil {
		return w.equal(other)
	}
	return w.Key == other.Key && w.kind.narrower(w.Values, other.Values)
}
