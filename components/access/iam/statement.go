package iam

import (
	"fmt"
	"regexp"
	"strconv"
)

// statementID is what IAM takes as a Sid.
var statementID = regexp.MustCompile(`^[A-Za-z0-9]*$`)

// statement is one statement of a policy document, compiled.
type statement struct {
	index      int // in the document, from 0
	sid        string
	effect     string // effectAllow or effectDeny
	actions    actionSet
	resources  resourceSet    // of an identity document
	principals []trustPattern // of a trust document
	conditions []condition
}

// What a statement's Effect may be.
const (
	effectAllow = "Allow"
	effectDeny  = "Deny"
)

// documentKind says which elements a statement must have.
type documentKind uint8

const (
	identityKind documentKind = iota
	trustKind
)

// newStatement compiles a statement. What it does not know is an error.
func (l language) newStatement(kind documentKind, index int, element node) (statement, error) {
	members, err := element.object()
	if err != nil {
		return statement{}, err
	}
	compiled := statement{index: index}
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
func (l language) setElement(s *statement, kind documentKind, m member) error {
	var err error
	switch m.name {
	case "Sid":
		s.sid, err = sidOf(m.value)
	case "Effect":
		s.effect, err = effectOf(m.value)
	case "Action", "NotAction":
		s.actions, err = actionsOf(kind, m)
	case "Resource", "NotResource":
		if kind == trustKind {
			return fmt.Errorf("a trust document must not have it, as it is about the role that it belongs to")
		}
		var texts []string
		if texts, err = m.value.texts(); err == nil {
			s.resources, err = l.newResourceSet(texts, m.name == "NotResource")
		}
	case "Principal":
		if kind == identityKind {
			return fmt.Errorf("an identity document must not have it, as it is about the principals that it is attached to")
		}
		s.principals, err = newTrustPatterns(m.value)
	case "NotPrincipal":
		return fmt.Errorf("not modelled; name principals in Principal, or with ArnNotLike aws:PrincipalArn in Condition")
	case "Condition":
		s.conditions, err = l.newConditions(m.value)
	default:
		return fmt.Errorf("no element of a statement; known are Sid, Effect, Principal, Action, NotAction, Resource, NotResource, Condition")
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

func effectOf(value node) (string, error) {
	effect, err := value.text()
	if err == nil && effect != effectAllow && effect != effectDeny {
		err = fmt.Errorf("%q must be Allow or Deny", effect)
	}
	return effect, err
}

func actionsOf(kind documentKind, m member) (actionSet, error) {
	texts, err := m.value.texts()
	if err != nil {
		return actionSet{}, err
	}
	if kind == trustKind {
		if err := checkTrustActions(texts); err != nil {
			return actionSet{}, err
		}
	}
	return newActionSet(texts, m.name == "NotAction")
}

// checkElements asks for what each kind of document must have, once.
func checkElements(kind documentKind, has map[string]bool) error {
	if !has["Effect"] {
		return fmt.Errorf("must have the element Effect")
	}
	if has["Action"] == has["NotAction"] {
		return fmt.Errorf("must have one of the elements Action and NotAction")
	}
	if kind == identityKind && has["Resource"] == has["NotResource"] {
		return fmt.Errorf("must have one of the elements Resource and NotResource")
	}
	if kind == trustKind && !has["Principal"] {
		return fmt.Errorf("must have the element Principal, as a trust document says who may assume the role")
	}
	return nil
}

// String names the statement within its document: its index and its Sid.
func (s *statement) String() string {
	text := "statement " + strconv.Itoa(s.index)
	if s.sid != "" {
		text += " " + strconv.Quote(s.sid)
	}
	return text
}

// covers tells whether the statement is about the request's action and, in an
// identity document, its resource. The error says why that cannot be known.
func (s *statement) covers(request *Request, kind documentKind) (bool, error) {
	if !s.actions.has(request.action) {
		return false, nil
	}
	if kind == trustKind {
		return true, nil
	}
	return s.resources.has(request)
}

// applies tells whether the statement is about the request and all of its
// conditions hold. The error says why that cannot be known; one condition that
// does not hold settles it all the same.
func (s *statement) applies(request *Request, kind documentKind) (bool, error) {
	covered, unknown := s.covers(request, kind)
	if !covered && unknown == nil {
		return false, nil
	}
	for i := range s.conditions {
		holds, err := s.conditions[i].holds(request.context)
		if err == nil && !holds {
			return false, nil
		}
		if err != nil && unknown == nil {
			unknown = err
		}
	}
	if unknown != nil {
		return false, fmt.Errorf("%s: %w", s, unknown)
	}
	return true, nil
}
