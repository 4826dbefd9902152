package account

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// bound is how the conditions of a document are read that depend on the request, which
// is not known here: each document is compiled for both bounds, and the evaluator is
// asked about both. What is allowed at least is allowed always. What is allowed only at
// most is allowed under conditions.
type bound uint8

const (
	// atMost supposes that such conditions hold in an Allow and fail in a Deny.
	atMost bound = iota
	// atLeast supposes that they fail in an Allow and hold in a Deny.
	atLeast
	// asWritten supposes nothing.
	asWritten
)

// kind is a kind of principal, which determines the condition keys that are known of its
// requests.
type kind uint8

const (
	outsider kind = iota // not of the account: nothing is known
	userKind
	roleKind
)

func (p *Principal) kind() kind {
	if p.IsRole() {
		return roleKind
	}
	return userKind
}

const passedToService = "iam:passedtoservice"

// knows reports whether a condition key has the same value in every request. A role's
// session may have other tags than the role.
func (k kind) knows(key string) bool {
	key = strings.ToLower(key)
	switch k {
	case outsider:
		return false
	case userKind:
		if key == "aws:userid" || strings.HasPrefix(key, "aws:principaltag/") {
			return true
		}
	}
	return decided[key] || key == passedToService
}

// leavesOpen reports whether a condition depends on the request.
func (k kind) leavesOpen(key string, values []string) bool {
	return !k.knows(key) || slices.ContainsFunc(values, k.leavesTextOpen)
}

// leavesTextOpen reports whether a text has a policy variable that depends on the request.
func (k kind) leavesTextOpen(text string) bool {
	return slices.ContainsFunc(variable.FindAllStringSubmatch(text, -1), func(found []string) bool {
		return !k.knows(found[1])
	})
}

// personal matches documents whose decisions may differ between two principals that
// have them.
var personal = regexp.MustCompile(`(?i)\$\{|aws:(PrincipalArn|PrincipalTag/|username|userid)`)

// context returns the known keys of a principal's requests.
func (p *Principal) context(account string) map[string][]string {
	context := map[string][]string{
		"aws:principalarn": {p.Arn}, "aws:principalaccount": {account}, "aws:principaltype": {"AssumedRole"},
		"aws:principalisawsservice": {"false"},
	}
	if p.IsRole() {
		return context
	}
	context["aws:principaltype"], context["aws:username"] = []string{"User"}, []string{p.Name}
	if p.ID != "" {
		context["aws:userid"] = []string{p.ID}
	}
	for key, value := range p.Tags {
		context["aws:principaltag/"+strings.ToLower(key)] = []string{value}
	}
	return context
}

// policyDocument is a document whose elements can be changed.
type policyDocument struct {
	Version   string `json:",omitempty"`
	Statement any
}

// statementsOf returns the statements of a document. There are none in a malformed one,
// which the evaluator rejects.
func statementsOf(document string) (policyDocument, []map[string]any) {
	var d policyDocument
	decoder := json.NewDecoder(strings.NewReader(document))
	decoder.UseNumber()
	_ = decoder.Decode(&d)
	list, isList := d.Statement.([]any)
	if !isList {
		list = []any{d.Statement}
	}
	statements := []map[string]any{}
	for _, item := range list {
		if statement, ok := item.(map[string]any); ok {
			statements = append(statements, statement)
		}
	}
	d.Statement = statements
	return d, statements
}

// bounded returns the document for a bound. Its statements keep their indices.
func bounded(document string, b bound, of kind) string {
	if b == asWritten {
		return document
	}
	d, statements := statementsOf(document)
	for _, statement := range statements {
		supposed := (statement["Effect"] == "Deny") == (b == atLeast) // what is not known holds
		if removeOpen(statement, of) && !supposed {
			delete(statement, "NotAction")
			statement["Action"] = "sts:None" // nobody requests it
		}
		if supposed {
			widen(statement, of)
		}
	}
	text, err := json.Marshal(d)
	if err != nil {
		return document // it was decoded: cannot happen
	}
	var escaped strings.Builder // IAM accepts characters above U+00FF as escapes alone
	for _, r := range string(text) {
		if r < utf8.RuneSelf {
			escaped.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&escaped, `\u%04x`, unit)
		}
	}
	return escaped.String()
}

// removeOpen removes the conditions that depend on the request. It reports whether
// there are any.
func removeOpen(statement map[string]any, of kind) bool {
	operators, _ := statement["Condition"].(map[string]any)
	found := false
	for name, operator := range operators {
		keys, _ := operator.(map[string]any)
		for key, values := range keys {
			if of.leavesOpen(key, textsOf(values)) {
				delete(keys, key)
				found = true
			}
		}
		if len(keys) == 0 {
			delete(operators, name) // the evaluator may not know it
		}
	}
	return found
}

// variable matches a policy variable. Its key is the first submatch.
var variable = regexp.MustCompile(`\$\{([^},*?$]+)(, '[^']*')?\}`)

// widen lets the resources of a statement match for every value of the variables that
// depend on the request.
func widen(statement map[string]any, of kind) {
	for element, all := range map[string]string{"Resource": "*", "NotResource": ""} {
		texts := textsOf(statement[element])
		for i, text := range texts {
			if !of.leavesTextOpen(text) {
				continue
			}
			texts[i] = "arn:aws:none:::" // matches nothing
			if all != "" {
				texts[i] = variable.ReplaceAllStringFunc(text, func(found string) string {
					if of.leavesTextOpen(found) {
						return all
					}
					return found
				})
			}
		}
		if len(texts) > 0 {
			statement[element] = texts
		}
	}
}

// textsOf returns the texts of an element that is a text or a list of them.
func textsOf(element any) []string {
	list, isList := element.([]any)
	if !isList {
		list = []any{element}
	}
	var texts []string
	for _, item := range list {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}
