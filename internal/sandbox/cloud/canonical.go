package cloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// canonicalDocument returns a text that is the same for all documents that mean
// the same. The order of statements, actions, resources, principals and
// condition values does not matter, a string equals a list of one, and an
// account id equals the ARN of its root. The result is false if text is not a
// JSON object.
func canonicalDocument(text string) (string, bool) {
	doc, err := decodeDocument(text)
	if err != nil || doc == nil {
		return "", false
	}
	list, ok := doc["Statement"].([]any)
	if !ok && doc["Statement"] != nil {
		list = []any{doc["Statement"]}
	}
	statements := make([]string, 0, len(list))
	for _, v := range list {
		if m, ok := v.(map[string]any); ok {
			v = canonicalStatement(m)
		}
		statements = append(statements, encodeJSON(v))
	}
	slices.Sort(statements)
	raw := make([]json.RawMessage, 0, len(statements))
	for _, s := range statements {
		raw = append(raw, json.RawMessage(s))
	}
	doc["Statement"] = raw
	return encodeJSON(doc), true
}

// EquivalentDocuments reports whether two policy documents mean the same.
func EquivalentDocuments(a, b string) bool {
	if a == b {
		return true
	}
	ca, okA := canonicalDocument(a)
	cb, okB := canonicalDocument(b)
	return okA && okB && ca == cb
}

func canonicalStatement(s map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range s {
		switch k {
		case "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal", "NotPrincipal":
			v = canonicalSet(k, v)
		case "Sid":
			if v == "" {
				continue
			}
		}
		out[k] = v
	}
	return out
}

// canonicalSet returns a value, or all values in an object, as sorted lists.
// The key is that of the value.
func canonicalSet(key string, v any) any {
	if object, ok := v.(map[string]any); ok {
		out := map[string]any{}
		for k, x := range object {
			out[k] = canonicalSet(k, x)
		}
		return out
	}
	list, ok := conditionValues(v)
	if !ok {
		return v
	}
	for i, x := range list {
		if key == "AWS" && isAccountID(x) { // a principal
			list[i] = rootARN(x)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// conditionValues reads a condition's value or values: strings, and booleans
// and numbers that stand for strings.
func conditionValues(v any) ([]string, bool) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]string, 0, len(list))
	for _, x := range list {
		switch x := x.(type) {
		case string:
			out = append(out, x)
		case bool:
			out = append(out, strconv.FormatBool(x))
		case json.Number:
			number, err := x.Float64()
			if err != nil {
				return nil, false
			}
			out = append(out, strconv.FormatFloat(number, 'f', -1, 64))
		default:
			return nil, false
		}
	}
	return out, true
}

// encodeJSON renders plain data with sorted keys and no HTML escapes.
func encodeJSON(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprintf("%q", err.Error()) // plain data: cannot happen
	}
	return strings.TrimSuffix(b.String(), "\n")
}
