package cloud

import (
	"encoding/json"
	"regexp"
	"unicode"

	"iam-secured-api/components/access/iam"
)

// reAnyResource matches the beginning of the resources that a policy may have:
// other partitions of AWS are not modelled.
var reAnyResource = regexp.MustCompile(`^(\*$|arn:(aws|\*):)`)

func malformed(format string, args ...any) *Error {
	return errorf(CodeMalformedPolicy, format, args...)
}

// checkIdentityDocument rejects documents that do not follow the grammar of
// identity policies, and resources of other partitions.
func checkIdentityDocument(text string) error {
	statements, rest, err := readDocument(text)
	if err != nil {
		return err
	}
	if _, err := iam.CompileIdentity(rest); err != nil {
		return malformed("%s", err)
	}
	for _, s := range statements {
		for _, element := range []string{"Resource", "NotResource"} {
			resources, _ := stringList(s[element])
			for _, r := range resources {
				if !reAnyResource.MatchString(r) {
					return malformed("the partition of resource %q must be aws", r)
				}
			}
		}
	}
	return nil
}

// readDocument returns the statements of a document and the document as text,
// both without conditions, so that the evaluator can check the grammar. It
// checks the conditions itself, because AWS stores values that the evaluator
// rejects, for example a BinaryEquals that is not base64.
func readDocument(text string) (statements []map[string]any, rest string, err error) {
	doc, err := decodeDocument(text)
	if err != nil {
		return nil, "", malformed("syntax errors in policy: %s", err)
	}
	statements = statementsOf(doc)
	for _, s := range statements {
		if condition, ok := s["Condition"]; ok {
			if err := checkCondition(condition); err != nil {
				return nil, "", err
			}
			delete(s, "Condition")
		}
	}
	return statements, encodeJSON(doc), nil
}

func decodeDocument(text string) (map[string]any, error) {
	var doc map[string]any
	err := json.Unmarshal([]byte(text), &doc)
	return doc, err
}

func checkCondition(v any) error {
	operators, ok := v.(map[string]any)
	if !ok {
		return malformed("syntax errors in policy: Condition must be an object")
	}
	for _, operator := range sortedKeys(operators) {
		if err := iam.CheckOperator(operator); err != nil {
			return malformed("invalid condition type: %s", err)
		}
		keys, ok := operators[operator].(map[string]any)
		if !ok {
			return malformed("syntax errors in policy: condition %s must be an object", operator)
		}
		for _, key := range sortedKeys(keys) {
			if _, ok := conditionValues(keys[key]); !ok {
				return malformed("syntax errors in policy: the value of condition %s of %s must be a string or a list of strings", key, operator)
			}
		}
	}
	return nil
}

// statementsOf returns the statements of a decoded document.
func statementsOf(doc map[string]any) []map[string]any {
	list, ok := doc["Statement"].([]any)
	if !ok {
		list = []any{doc["Statement"]}
	}
	var out []map[string]any
	for _, v := range list {
		if s, ok := v.(map[string]any); ok {
			out = append(out, s)
		}
	}
	return out
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
