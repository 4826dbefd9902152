package iam

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// statementID matches what IAM accepts as a Sid.
var statementID = regexp.MustCompile(`^[A-Za-z0-9]*$`)

// statement is a compiled statement of a policy document.
type statement struct {
	index      int // in the document, from 0
	sid        string
	deny       bool // the Effect is Deny
	actions    actionSet
	resources  resourceSet    // every resource, in a trust policy
	principals []trustPattern // of a trust policy
	conditions []condition
}

// unknown returns what is not known in the statement, or nil. It has no effect on
// requests that the rest of the statement settles.
func (s *statement) unknown() error {
	if s.actions.unknown != nil {
		return s.actions.unknown
	}
	for i := range s.principals {
		if err := s.principals[i].unknown; err != nil {
			return err
		}
	}
	for i := range s.resources.patterns {
		if err := s.resources.patterns[i].variable.unknown; err != nil {
			return err
		}
	}
	for i := range s.conditions {
		if err := s.conditions[i].unknown; err != nil {
			return err
		}
	}
	return nil
}

// newStatement compiles a statement. Anything that it does not know is an error.
func (l language) newStatement(kind DocumentKind, index int, element node) (statement, error) {
	members, err := element.object()
	if err != nil {
		return statement{}, err
	}
	compiled := statement{index: index}
	compiled.resources.all = kind == TrustDocument // it is about its own role
	has := map[string]bool{}
	for _, m := range members {
		has[m.name] = true
		if err := l.setElement(&compiled, kind, m); err != nil {
			return statement{}, at(m.name, err)
		}
	}
	if err := checkElements(kind, has); err != nil {
		return statement{}, err
	}
	return compiled, nil
}

// setElement compiles one element of a statement.
func (l language) setElement(s *statement, kind DocumentKind, m member) error {
	var err error
	switch m.name {
	case "Sid":
		s.sid, err = sidOf(m.value)
	case "Effect":
		s.deny, err = isDeny(m.value)
	case "Action", "NotAction":
		s.actions, err = actionsOf(kind, m)
	case "Resource", "NotResource":
		if kind == TrustDocument {
			return fmt.Errorf("must not be in a trust document, which is about its own role")
		}
		var texts []string
		if texts, err = m.value.texts(); err == nil {
			s.resources, err = l.newResourceSet(texts, m.name == "NotResource")
		}
	case "Principal":
		if kind == IdentityDocument {
			return fmt.Errorf("must not be in an identity document, which is about the principals that it is attached to")
		}
		s.principals, err = newTrustPatterns(m.value)
	case "NotPrincipal":
		if kind == IdentityDocument {
			return fmt.Errorf("must not be in an identity document, which is about the principals that it is attached to")
		}
		s.principals = []trustPattern{{kind: trustsUnknown, unknown: errNotPrincipalElement}}
	case "Condition":
		s.conditions, err = l.newConditions(m.value)
	default:
		return fmt.Errorf("is not an element of a statement; known are Sid, Effect, Principal, Action, NotAction, " +
			"Resource, NotResource, Condition")
	}
	return err
}

func sidOf(value node) (string, error) {
	sid, err := value.text()
	if err == nil && !statementID.MatchString(sid) {
		err = fmt.Errorf("%q must be letters and digits", sid)
	}
	return sid, err
}

func isDeny(value node) (bool, error) {
	effect, err := value.text()
	if err == nil && effect != "Allow" && effect != "Deny" {
		err = fmt.Errorf("%q must be Allow or Deny", effect)
	}
	return effect == "Deny", err
}

func actionsOf(kind DocumentKind, m member) (actionSet, error) {
	texts, err := m.value.texts()
	if err != nil {
		return actionSet{}, err
	}
	if kind == TrustDocument {
		if err := checkTrustActions(texts); err != nil {
			return actionSet{}, err
		}
	}
	return newActionSet(texts, m.name == "NotAction")
}

// checkTrustActions accepts the actions that IAM accepts in a trust policy.
func checkTrustActions(actions []string) error {
	for _, action := range actions {
		if prefix, _, _ := strings.Cut(action, ":"); !strings.EqualFold(prefix, "sts") {
			return fmt.Errorf(`%q must be an action of STS in a trust document, such as "sts:AssumeRole"`, action)
		}
	}
	return nil
}

// checkElements reports elements that are missing or exclude each other.
func checkElements(kind DocumentKind, has map[string]bool) error {
	switch {
	case !has["Effect"]:
		return fmt.Errorf("must have the element Effect")
	case has["Action"] == has["NotAction"]:
		return fmt.Errorf("must have one of the elements Action and NotAction")
	case kind == IdentityDocument && has["Resource"] == has["NotResource"]:
		return fmt.Errorf("must have one of the elements Resource and NotResource")
	case kind == TrustDocument && has["Principal"] == has["NotPrincipal"]:
		return fmt.Errorf("must have one of the elements Principal and NotPrincipal, as a trust document says who may assume the role")
	}
	return nil
}

// String returns the statement's index and Sid.
func (s *statement) String() string {
	text := "statement " + strconv.Itoa(s.index)
	if s.sid != "" {
		text += " " + strconv.Quote(s.sid)
	}
	return text
}

// covers reports whether the statement is about the request's action and
// resource, whether or not its conditions hold. The error says why that is unknown.
func (s *statement) covers(request *Request) (bool, error) {
	acts, unknown := s.actions.has(request.action)
	if !acts && unknown == nil {
		return false, nil
	}
	covered, err := s.resources.has(request)
	if !covered && err == nil {
		return false, nil
	}
	err = cmp.Or(unknown, err)
	return err == nil, err
}

// applies reports whether the statement covers the request and all its conditions
// hold. The error says why that is unknown. A single condition that does not hold
// settles it, even if others are unknown.
func (s *statement) applies(request *Request) (bool, error) {
	covered, unknown := s.covers(request)
	if !covered && unknown == nil {
		return false, nil
	}
	fails, err := anyOf(len(s.conditions), func(i int) (bool, error) {
		holds, err := s.conditions[i].holds(request.context)
		return !holds, err
	})
	if unknown = cmp.Or(unknown, err); unknown != nil && !fails {
		return false, fmt.Errorf("%s: %w", s, unknown)
	}
	return !fails, nil
}

// actionSet is a compiled Action or NotAction element. IAM compares actions
// without regard to case, so all texts are in lower case.
type actionSet struct {
	not      bool // the element is NotAction
	all      bool // "*" is listed
	literals textSet
	patterns []pattern

	// anyService are the actions *:NAME, which IAM accepts and its guide does not
	// explain. unknown says so.
	anyService []pattern
	unknown    error
}

func newActionSet(texts []string, not bool) (actionSet, error) {
	set := actionSet{not: not}
	var literals []string
	for _, text := range texts {
		if text == "*" {
			set.all = true
			continue
		}
		name, anyService := strings.CutPrefix(text, "*:")
		err := checkAction(text, "*?")
		if anyService {
			err = checkAction("any:"+name, "*?")
		}
		if err != nil {
			return actionSet{}, fmt.Errorf(`%q %w, or be "*"`, text, err)
		}
		compiled := newPattern(wildcards.Replace(strings.ToLower(text)))
		switch {
		case anyService:
			set.anyService = append(set.anyService, compiled)
			set.unknown = at("Action", fmt.Errorf(`%q must have a service without wildcards, or be "*"`, text))
		case compiled.kind == literalPattern:
			literals = append(literals, compiled.text)
		default:
			set.patterns = append(set.patterns, compiled)
		}
	}
	set.literals = newTextSet(literals)
	return set, nil
}

// checkAction accepts SERVICE:NAME. The name may contain the characters of wild.
func checkAction(text, wild string) error {
	service, name, found := strings.Cut(text, ":")
	valid := found && isServicePrefix(service) && name != ""
	for i := range len(name) {
		valid = valid && (isLetterOrDigit(name[i]) || strings.IndexByte(wild, name[i]) >= 0)
	}
	if !valid {
		return fmt.Errorf(`must be an action, such as "s3:GetObject"`)
	}
	return nil
}

// has reports whether the element includes an action in lower case. The error says
// why that is unknown.
func (s *actionSet) has(action string) (bool, error) {
	matches := func(p pattern) bool { return p.matches(action) }
	listed := s.all || s.literals.has(action) || slices.ContainsFunc(s.patterns, matches)
	if !listed && slices.ContainsFunc(s.anyService, matches) {
		return false, s.unknown
	}
	return listed != s.not, nil
}
