package iam

import (
	"fmt"
	"strings"
)

// template is a text of a policy document that may have policy variables: ${key}
// and ${key, 'default'}. ${*}, ${?} and ${$} are the characters themselves. Its
// wildcards are those of a pattern.
type template struct {
	fixed   string // the whole text, if it has no variables
	parts   []templatePart
	unknown error // says what is not known in the text
}

// templatePart is fixed text or a variable.
type templatePart struct {
	text       string // fixed text, or the default of a variable
	key        string // of a variable, in lower case; empty for fixed text
	hasDefault bool
}

// template compiles a text. With wild, * and ? in it are wildcards.
func (l language) template(text string, wild bool) template {
	if !l.variables || !strings.Contains(text, "${") {
		return template{fixed: plainText(text, wild)}
	}
	parts, err := parseParts(text, wild)
	if err != nil {
		return template{unknown: fmt.Errorf("%q %w", text, err)}
	}
	if len(parts) == 1 && parts[0].key == "" {
		return template{fixed: parts[0].text}
	}
	return template{parts: parts}
}

// parseParts parses a text that has policy variables.
func parseParts(text string, wild bool) ([]templatePart, error) {
	var parts []templatePart
	for text != "" {
		before, after, found := strings.Cut(text, "${")
		parts = appendText(parts, plainText(before, wild))
		if !found {
			break
		}
		inside, rest, closed := strings.Cut(after, "}")
		if !closed {
			return nil, fmt.Errorf(`has a policy variable without its "}": %q`, "${"+after)
		}
		part, err := parseVariable(inside)
		if err != nil {
			return nil, err
		}
		if part.key == "" {
			parts = appendText(parts, part.text)
		} else {
			parts = append(parts, part)
		}
		text = rest
	}
	return parts, nil
}

func plainText(text string, wild bool) string {
	if wild {
		return wildcards.Replace(text)
	}
	return text
}

// appendText appends fixed text and joins it with fixed text before it.
func appendText(parts []templatePart, text string) []templatePart {
	if last := len(parts) - 1; last >= 0 && parts[last].key == "" {
		parts[last].text += text
		return parts
	}
	if text == "" {
		return parts
	}
	return append(parts, templatePart{text: text})
}

// parseVariable parses the text between "${" and "}".
func parseVariable(inside string) (templatePart, error) {
	switch inside {
	case "*", "?", "$":
		return templatePart{text: inside}, nil
	}
	key, quoted, hasDefault := strings.Cut(inside, ", ")
	part := templatePart{key: strings.ToLower(key), hasDefault: hasDefault}
	if hasDefault {
		text, opened := strings.CutPrefix(quoted, "'")
		text, closed := strings.CutSuffix(text, "'")
		if !opened || !closed || strings.Contains(text, "'") {
			return templatePart{}, fmt.Errorf(`has the policy variable %q; a default is written as in "${aws:username, 'nobody'}"`,
				"${"+inside+"}")
		}
		part.text = text
	}
	if checkContextKey(key) != nil || strings.ContainsAny(key, "${',*?") || strings.TrimSpace(key) != key {
		return templatePart{}, fmt.Errorf(`has the policy variable %q; it must name a context key, such as "${aws:username}", `+
			"or be ${*}, ${?} or ${$}", "${"+inside+"}")
	}
	return part, nil
}

// isFixed reports whether the template is known and has no variables.
func (t template) isFixed() bool { return t.parts == nil && t.unknown == nil }

// anyValues returns a pattern with a * for each variable.
func (t template) anyValues() pattern {
	text := []byte(t.fixed)
	for _, part := range t.parts {
		if part.key != "" {
			text = append(text, anyRun)
		} else {
			text = append(text, part.text...)
		}
	}
	return newPattern(string(text))
}

// resolve returns the text for a request. It is not ok if a variable has neither a
// value nor a default; the template then matches nothing. A key with several
// values cannot be a variable, which is an error.
func (t template) resolve(context requestContext) (text string, ok bool, err error) {
	if t.parts == nil {
		return t.fixed, t.unknown == nil, t.unknown
	}
	var resolved strings.Builder
	for _, part := range t.parts {
		text := part.text
		if part.key != "" {
			switch values := context[part.key]; {
			case len(values) == 1:
				text = values[0]
			case len(values) > 1:
				return "", false, fmt.Errorf("the context key %q has %d values; as a policy variable it must have one",
					part.key, len(values))
			case !part.hasDefault:
				return "", false, nil
			}
		}
		resolved.WriteString(text)
	}
	return resolved.String(), true, nil
}
