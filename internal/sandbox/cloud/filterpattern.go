package cloud

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// filterPattern is a compiled filter pattern of CloudWatch Logs. It reports whether it
// matches an event, which is nil if the event is not a JSON object.
type filterPattern func(event map[string]any) bool

// parseFilterPattern compiles a pattern: an empty one, which matches every event, or a
// JSON pattern that compares, like { ($.status = "401") || $.latency >= 500 }. Tests of
// existence and elements of arrays are not modelled.
func parseFilterPattern(text string) (filterPattern, error) {
	trimmed := strings.TrimSpace(text)
	switch {
	case len(text) > maxFilterPattern:
		return nil, errorf(CodeInvalidParameter, "filter pattern has %d characters, must have at most %d", len(text), maxFilterPattern)
	case trimmed == "":
		return func(map[string]any) bool { return true }, nil
	case !strings.HasPrefix(trimmed, "{"):
		return nil, notModelled("filter patterns that are not JSON patterns: " + trimmed)
	}
	p := patternParser{rest: trimmed[1:]}
	matches := p.either()
	if p.err == nil && !p.take("}") {
		p.fail("}")
	}
	if p.err == nil && strings.TrimSpace(p.rest) != "" {
		p.fail("nothing after the last }")
	}
	if p.err != nil {
		return nil, p.err
	}
	return func(event map[string]any) bool { return event != nil && matches(event) }, nil
}

// patternParser parses a JSON pattern. It keeps the first error.
type patternParser struct {
	rest string
	err  error
}

func (p *patternParser) fail(want string) {
	if p.err == nil {
		p.err = errorf(CodeInvalidParameter, "Invalid filter pattern: at %q, expected %s", p.rest, want)
	}
}

// refuse reports what AWS accepts and the sandbox does not model.
func (p *patternParser) refuse(what string) {
	if p.err == nil {
		p.err = notModelled(what + " in filter patterns")
	}
}

// take consumes a token, after blanks.
func (p *patternParser) take(token string) bool {
	rest, found := strings.CutPrefix(strings.TrimLeft(p.rest, " \t\r\n"), token)
	if found {
		p.rest = rest
	}
	return found
}

// find consumes what an expression matches, after blanks.
func (p *patternParser) find(re *regexp.Regexp) string {
	text := strings.TrimLeft(p.rest, " \t\r\n")
	found := re.FindString(text)
	if found != "" {
		p.rest = text[len(found):]
	}
	return found
}

// either parses conditions that are joined by ||, which binds weaker than &&.
func (p *patternParser) either() filterPattern {
	matches := p.all()
	for p.err == nil && p.take("||") {
		left, right := matches, p.all()
		matches = func(event map[string]any) bool { return left(event) || right(event) }
	}
	return matches
}

func (p *patternParser) all() filterPattern {
	matches := p.condition()
	for p.err == nil && p.take("&&") {
		left, right := matches, p.condition()
		matches = func(event map[string]any) bool { return left(event) && right(event) }
	}
	return matches
}

var (
	reSelector = regexp.MustCompile(`^\$(\.[A-Za-z0-9_-]+)+`)
	reOperator = regexp.MustCompile(`^(!=|<=|>=|=|<|>)`)
	reTest     = regexp.MustCompile(`^(?i:IS\s+(TRUE|FALSE|NULL)|NOT\s+EXISTS|EXISTS)\b`)
	reQuoted   = regexp.MustCompile(`^"[^"\\]*"`)
	reBare     = regexp.MustCompile(`^[A-Za-z0-9_.*+-]+`)
	reNumber   = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?$`)
)

// condition parses a condition, or several in parentheses.
func (p *patternParser) condition() filterPattern {
	if p.take("(") {
		matches := p.either()
		if p.err == nil && !p.take(")") {
			p.fail(")")
		}
		return matches
	}
	selector := p.find(reSelector)
	if selector == "" {
		p.fail("a selector such as $.status")
		return nil
	}
	if strings.HasPrefix(p.rest, ".") || strings.HasPrefix(p.rest, "[") {
		p.refuse("the selector " + selector + p.rest)
		return nil
	}
	if test := p.find(reTest); test != "" {
		p.refuse("the operator " + test)
		return nil
	}
	operator := p.find(reOperator)
	if operator == "" {
		p.fail("an operator")
		return nil
	}
	compare := p.comparison(operator)
	keys := strings.Split(selector, ".")[1:]
	return func(event map[string]any) bool { return compare(selected(event, keys)) }
}

// comparison parses the right side of a comparison. A number is compared with JSON
// numbers only, and other text with JSON strings only: AWS does not document a conversion.
// Other values and missing ones never match, not even !=.
func (p *patternParser) comparison(operator string) func(value any) bool {
	text, quoted := p.find(reQuoted), true
	if text == "" {
		text, quoted = p.find(reBare), false
	}
	switch {
	case text == "" && p.take("%"):
		p.refuse("regular expressions")
	case text == "":
		p.fail("a value: a number, or a string in quotes if it is not alphanumeric")
	case !quoted && reNumber.MatchString(text):
		return numberComparison(operator, text)
	case operator != "=" && operator != "!=":
		p.fail("a number after " + operator)
	}
	text = strings.Trim(text, `"`)
	return func(value any) bool {
		s, is := value.(string)
		return is && wildcardMatch(text, s) == (operator == "=")
	}
}

func numberComparison(operator, text string) func(value any) bool {
	want, _ := strconv.ParseFloat(text, 64) // matched by reNumber
	return func(value any) bool {
		number, is := value.(json.Number)
		got, err := number.Float64()
		if !is || err != nil {
			return false
		}
		return compareNumbers(operator, got, want)
	}
}

func compareNumbers(operator string, a, b float64) bool {
	switch operator {
	case "=":
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a >= b
}

// wildcardMatch compares texts. An asterisk at the beginning or at the end matches any
// text; elsewhere it is an ordinary character.
func wildcardMatch(pattern, text string) bool {
	before, after := strings.HasPrefix(pattern, "*"), len(pattern) > 1 && strings.HasSuffix(pattern, "*")
	pattern = strings.TrimPrefix(pattern, "*")
	if after {
		pattern = strings.TrimSuffix(pattern, "*")
	}
	switch {
	case before && after:
		return strings.Contains(text, pattern)
	case before:
		return strings.HasSuffix(text, pattern)
	case after:
		return strings.HasPrefix(text, pattern)
	}
	return pattern == text
}

// selected returns the value at a path of keys, or nil.
func selected(value any, keys []string) any {
	for _, key := range keys {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

// decodeEvent decodes a log event, or returns nil if it is not a JSON object.
func decodeEvent(event string) map[string]any {
	var decoded map[string]any
	decoder := json.NewDecoder(strings.NewReader(event))
	decoder.UseNumber()
	if err := decoder.Decode(&decoded); err != nil || decoder.More() {
		return nil
	}
	return decoded
}
