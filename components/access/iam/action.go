package iam

import (
	"fmt"
	"strings"
)

// actionSet is what a statement's Action or NotAction lists. IAM does not tell
// the case of actions apart: all is kept in lower case.
type actionSet struct {
	not      bool // it stood in NotAction
	all      bool // "*" is in it
	literals textSet
	patterns []pattern
}

// newActionSet compiles the actions of an Action or NotAction element.
func newActionSet(texts []string, not bool) (actionSet, error) {
	set := actionSet{not: not}
	var literals []string
	for _, text := range texts {
		if text == "*" {
			set.all = true
			continue
		}
		if err := checkAction(text, "*?"); err != nil {
			return actionSet{}, fmt.Errorf(`%q %w, or be "*"`, text, err)
		}
		compiled := newPattern(wildcards.Replace(strings.ToLower(text)))
		if compiled.kind == literalPattern {
			literals = append(literals, compiled.text)
			continue
		}
		set.patterns = append(set.patterns, compiled)
	}
	set.literals = newTextSet(literals)
	return set, nil
}

// checkAction accepts SERVICE:NAME, and in the name these characters too.
func checkAction(text, wild string) error {
	service, name, found := strings.Cut(text, ":")
	valid := found && isServicePrefix(service) && name != ""
	for i := range len(name) {
		valid = valid && (isLetterOrDigit(name[i]) || strings.IndexByte(wild, name[i]) >= 0)
	}
	if !valid {
		return fmt.Errorf(`must be an action, such as "execute-api:Invoke"`)
	}
	return nil
}

// has tells whether the statement is about an action in lower case.
func (s *actionSet) has(action string) bool { return s.lists(action) != s.not }

func (s *actionSet) lists(action string) bool {
	if s.all || s.literals.has(action) {
		return true
	}
	for i := range s.patterns {
		if s.patterns[i].matches(action) {
			return true
		}
	}
	return false
}
