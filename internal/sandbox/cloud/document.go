package cloud

import (
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var (
	reSid       = regexp.MustCompile(`^[A-Za-z0-9]*$`)
	reAction    = regexp.MustCompile(`^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$`)
	rePartition = regexp.MustCompile(`^(aws|\*)$`)
)

func malformed(format string, args ...any) *Error {
	return errorf(CodeMalformedPolicy, format, args...)
}

// statement is one statement of a document, after its grammar was checked.
type statement map[string]any

// checkIdentityDocument applies the grammar of identity policies.
func checkIdentityDocument(text string) error {
	statements, err := parseDocument(text)
	if err != nil {
		return err
	}
	for _, s := range statements {
		if s.has("Principal") || s.has("NotPrincipal") {
			return malformed("policy document should not specify a principal")
		}
		if err := s.checkResources(); err != nil {
			return err
		}
	}
	return nil
}

// parseDocument checks what all documents have in common and returns the
// statements.
func parseDocument(text string) ([]statement, error) {
	for _, r := range text {
		if !(r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xFF) {
			return nil, malformed("the document holds the character %U; only tab, line ends and U+0020 to U+00FF are accepted", r)
		}
	}
	var doc map[string]any
	dec := json.NewDecoder(strings.NewReader(text))
	if err := dec.Decode(&doc); err != nil || doc == nil {
		return nil, malformed("syntax errors in policy: not a JSON object")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, malformed("syntax errors in policy: text after the JSON object")
	}
	for _, k := range sortedKeys(doc) {
		if !slices.Contains([]string{"Version", "Id", "Statement"}, k) {
			return nil, malformed("syntax errors in policy: unknown element %q", k)
		}
	}
	if v, ok := doc["Version"]; ok && v != "2012-10-17" && v != "2008-10-17" {
		return nil, malformed("the policy must contain a valid version string: 2012-10-17")
	}
	if id, ok := doc["Id"]; ok {
		if _, isString := id.(string); !isString {
			return nil, malformed("syntax errors in policy: Id must be a string")
		}
	}
	return parseStatements(doc["Statement"])
}

func parseStatements(v any) ([]statement, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	if len(list) == 0 {
		return nil, malformed("syntax errors in policy: Statement is empty")
	}
	sids := map[string]bool{}
	out := make([]statement, 0, len(list))
	for _, v := range list {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, malformed("syntax errors in policy: Statement must be an object or a list of objects")
		}
		s := statement(m)
		if err := s.check(sids); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (s statement) has(key string) bool { _, ok := s[key]; return ok }

func (s statement) check(sids map[string]bool) error {
	for _, k := range sortedKeys(s) {
		switch k {
		case "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition":
		default:
			return malformed("syntax errors in policy: unknown element %q in a statement", k)
		}
	}
	if v, ok := s["Sid"]; ok {
		sid, isString := v.(string)
		if !isString || !reSid.MatchString(sid) {
			return malformed("statement IDs (SID) must be alphanumeric: %v", v)
		}
		if sid != "" && sids[sid] {
			return malformed("statement IDs (SID) in a single policy must be unique: %q", sid)
		}
		sids[sid] = true
	}
	if e := s["Effect"]; e != "Allow" && e != "Deny" {
		return malformed("syntax errors in policy: Effect must be Allow or Deny")
	}
	if err := s.checkActions(); err != nil {
		return err
	}
	return s.checkCondition()
}

// either returns the strings of exactly one of two elements.
func (s statement) either(a, b, missing string) ([]string, error) {
	if s.has(a) == s.has(b) {
		return nil, malformed("%s: one of %s and %s", missing, a, b)
	}
	key := a
	if s.has(b) {
		key = b
	}
	list, ok := stringList(s[key])
	if !ok || len(list) == 0 {
		return nil, malformed("syntax errors in policy: %s must be a string or a list of strings", key)
	}
	return list, nil
}

func (s statement) checkActions() error {
	actions, err := s.either("Action", "NotAction", "policy statement must contain actions")
	if err != nil {
		return err
	}
	for _, a := range actions {
		if !reAction.MatchString(a) {
			return malformed("actions must be * or prefaced by a vendor, such as iam or ec2: %q", a)
		}
	}
	return nil
}

func (s statement) checkResources() error {
	resources, err := s.either("Resource", "NotResource", "policy statement must contain resources")
	if err != nil {
		return err
	}
	for _, r := range resources {
		if r == "*" {
			continue
		}
		fields := strings.SplitN(r, ":", 6)
		if len(fields) != 6 || fields[0] != "arn" {
			return malformed("resource %s must be in ARN format or *", r)
		}
		if !rePartition.MatchString(fields[1]) {
			return malformed("partition %q is not valid for resource %q: aws", fields[1], r)
		}
		if fields[2] == "" || strings.ContainsAny(fields[2], "*?") {
			return malformed("vendor %q is not valid for resource %q", fields[2], r)
		}
	}
	return nil
}

// conditionOperators are the operators of IAM without their prefixes and
// suffix.
var conditionOperators = []string{
	"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
	"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
	"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
	"Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null",
}

func (s statement) checkCondition() error {
	v, ok := s["Condition"]
	if !ok {
		return nil
	}
	operators, ok := v.(map[string]any)
	if !ok {
		return malformed("syntax errors in policy: Condition must be an object")
	}
	for _, op := range sortedKeys(operators) {
		base := strings.TrimPrefix(strings.TrimPrefix(op, "ForAllValues:"), "ForAnyValue:")
		if trimmed := strings.TrimSuffix(base, "IfExists"); trimmed != "Null" {
			base = trimmed
		}
		if !slices.Contains(conditionOperators, base) {
			return malformed("invalid condition type: %s", op)
		}
		keys, ok := operators[op].(map[string]any)
		if !ok {
			return malformed("syntax errors in policy: condition %s must be an object", op)
		}
		for _, k := range sortedKeys(keys) {
			if _, ok := conditionValues(keys[k]); !ok {
				return malformed("syntax errors in policy: the value of condition %s of %s must be a string or a list of strings", k, op)
			}
		}
	}
	return nil
}

// stringList reads a string or a list of strings.
func stringList(v any) ([]string, bool) {
	if s, ok := v.(string); ok {
		return []string{s}, true
	}
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	out := make([]string, 0, len(list))
	for _, x := range list {
		s, ok := x.(string)
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// documentSize counts characters as IAM's quotas do: without white space.
func documentSize(text string) int {
	n := 0
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}
