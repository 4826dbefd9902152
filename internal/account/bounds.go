package account

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
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

// knownKeys are the condition keys that have the same value in every request of a user,
// or of a role: its session may have other tags than the role.
var knownKeys = map[bool]*regexp.Regexp{ // by whether it is a role
	false: regexp.MustCompile(`(?i)^(aws:Principal(Arn|Account|Type|IsAWSService|Tag/.*)|aws:username|aws:userid|iam:PassedToService)$`),
	true:  regexp.MustCompile(`(?i)^(aws:Principal(Arn|Account|Type|IsAWSService)|aws:username|iam:PassedToService)$`),
}

// unknownKeys is for principals of which nothing is known, as those of other accounts.
var unknownKeys = regexp.MustCompile(`$^`)

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
func bounded(document string, b bound, known *regexp.Regexp) string {
	if b == asWritten {
		return document
	}
	d, statements := statementsOf(document)
	for _, statement := range statements {
		supposed := (statement["Effect"] == "Deny") == (b == atLeast) // what is not known holds
		if removeOpen(statement, known) && !supposed {
			delete(statement, "NotAction")
			statement["Action"] = "sts:None" // nobody requests it
		}
		if supposed {
			widen(statement, known)
		}
	}
	text, err := json.Marshal(d)
	if err != nil {
		return document // it was decoded: cannot happen
	}
	return string(text)
}

// removeOpen removes the conditions that depend on the request. It reports whether
// there are any.
func removeOpen(statement map[string]any, known *regexp.Regexp) bool {
	operators, _ := statement["Condition"].(map[string]any)
	found := false
	for _, operator := range operators {
		keys, _ := operator.(map[string]any)
		for key, values := range keys {
			if !known.MatchString(key) || slices.ContainsFunc(textsOf(values), func(text string) bool { return hasOpen(text, known) }) {
				delete(keys, key)
				found = true
			}
		}
	}
	return found
}

// variable matches a policy variable. Its key is the first submatch.
var variable = regexp.MustCompile(`\$\{([^},*?$]+)(, '[^']*')?\}`)

// hasOpen reports whether a text has a policy variable that depends on the request.
func hasOpen(text string, known *regexp.Regexp) bool {
	return slices.ContainsFunc(variable.FindAllStringSubmatch(text, -1), func(match []string) bool { return !known.MatchString(match[1]) })
}

// widen lets the resources of a statement match for every value of the variables that
// depend on the request.
func widen(statement map[string]any, known *regexp.Regexp) {
	for element, all := range map[string]string{"Resource": "*", "NotResource": ""} {
		texts := textsOf(statement[element])
		for i, text := range texts {
			if !hasOpen(text, known) {
				continue
			}
			texts[i] = "arn:aws:none:::" // matches nothing
			if all != "" {
				texts[i] = fill(text, func(key string) string {
					if known.MatchString(key) {
						return "${" + key + "}"
					}
					return all
				})
			}
		}
		if len(texts) > 0 {
			statement[element] = texts
		}
	}
}

// fill replaces the policy variables of a text.
func fill(text string, value func(key string) string) string {
	return variable.ReplaceAllStringFunc(text, func(found string) string {
		return value(variable.FindStringSubmatch(found)[1])
	})
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
