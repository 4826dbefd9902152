package account

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// bound is an assumption about conditions that depend on the request, which is not known
// here. The evaluator decides under atMost and under atLeast. What it allows under
// atLeast is always allowed. What it allows only under atMost is allowed conditionally.
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

// unknown reports whether the value of a condition key, in lower case, may differ between
// requests. A role's session may have other tags than the role, and its creator chooses
// a part of aws:userid.
func (k kind) unknown(key string) bool {
	switch {
	case k == outsider:
		return true
	case k == userKind && (key == "aws:userid" || strings.HasPrefix(key, "aws:principaltag/")):
		return false
	}
	return !decided[key] && key != passedToService
}

// leavesOpen reports whether a condition depends on the request.
func (k kind) leavesOpen(key string, values []string) bool {
	return k.unknown(strings.ToLower(key)) || slices.ContainsFunc(values, k.leavesTextOpen)
}

// leavesTextOpen reports whether a text has a policy variable that depends on the request.
func (k kind) leavesTextOpen(text string) bool {
	return slices.ContainsFunc(variable.FindAllStringSubmatch(text, -1), func(found []string) bool {
		return k.unknown(strings.ToLower(found[1]))
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

// statementsOf returns the statements of a document. It returns nil for a malformed
// document, which the evaluator rejects.
func statementsOf(document string) []map[string]any {
	var d struct{ Statement any }
	_ = json.Unmarshal([]byte(document), &d)
	list, isList := d.Statement.([]any)
	if !isList {
		list = []any{d.Statement}
	}
	var statements []map[string]any
	for _, item := range list {
		if statement, ok := item.(map[string]any); ok {
			statements = append(statements, statement)
		}
	}
	return statements
}

// variable matches a policy variable. Its key is the first submatch.
var variable = regexp.MustCompile(`\$\{([^},*?$]+)(, '[^']*')?\}`)

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
