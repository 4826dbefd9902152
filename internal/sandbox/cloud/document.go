package cloud

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
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
// identity policies, those that the evaluator could not judge, and resources of other
// partitions.
func checkIdentityDocument(text string) error {
	policy, err := iam.CompileIdentity(text)
	if err != nil {
		return malformed("%s", err)
	}
	if err := checkKnown(policy.Unknown()); err != nil {
		return err
	}
	doc, err := decodeDocument(text)
	if err != nil {
		return err // it was compiled: cannot happen
	}
	for _, s := range statementsOf(doc) {
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

// checkKnown returns the error for what the evaluator does not know in a document.
// AWS rejects unknown condition operators. It accepts some of the others, such as a
// BinaryEquals that is not base64, but nothing could be decided by them here.
func checkKnown(unknown error) error {
	switch {
	case errors.Is(unknown, iam.ErrOperator):
		return malformed("invalid condition type: %s", unknown)
	case unknown != nil:
		return notModelled("this policy: " + unknown.Error())
	}
	return nil
}

// decodeDocument decodes a document. Numbers keep their text.
func decodeDocument(text string) (map[string]any, error) {
	if !json.Valid([]byte(text)) { // a decoder accepts text after the document
		return nil, errors.New("not JSON")
	}
	var doc map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(&doc)
	return doc, err
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
