package iam

import (
	"fmt"
	"strings"
)

// Versions of the policy language.
const (
	languageWithVariables    = "2012-10-17"
	languageWithoutVariables = "2008-10-17" // what a document without Version is written in
)

// IdentityPolicy is a compiled policy document without principals: attached to
// users, groups and roles, set as a permissions boundary, or passed as a
// session policy. It does not change and may be used from many goroutines.
// Make one with CompileIdentity.
type IdentityPolicy struct{ statements statements }

// TrustPolicy is a compiled trust document of a role: who may assume it. It
// does not change and may be used from many goroutines. Make one with
// CompileTrust.
type TrustPolicy struct{ statements statements }

// statements of a document, by effect. Each keeps its index in the document.
type statements struct {
	allow, deny []statement
}

// CompileIdentity reads an identity document, JSON as IAM's grammar has it. It
// refuses what it does not know rather than guess: elements, operators, types
// and values outside the grammar, names that stand twice, and Principal, which
// such a document must not have. The error names the statement and the element.
func CompileIdentity(document string) (*IdentityPolicy, error) {
	compiled, err := compileDocument(identityKind, document)
	if err != nil {
		return nil, fmt.Errorf("identity document: %w", err)
	}
	return &IdentityPolicy{compiled}, nil
}

// CompileTrust reads a role's trust document. It is as strict as
// CompileIdentity; Principal must be there, Resource must not, and actions are
// STS's. Principals are "*", accounts, users, roles, sessions of roles and
// services; Federated, CanonicalUser and NotPrincipal are not modelled and
// refused.
func CompileTrust(document string) (*TrustPolicy, error) {
	compiled, err := compileDocument(trustKind, document)
	if err != nil {
		return nil, fmt.Errorf("trust document: %w", err)
	}
	return &TrustPolicy{compiled}, nil
}

func compileDocument(kind documentKind, text string) (statements, error) {
	if err := checkCharacters(text); err != nil {
		return statements{}, err
	}
	root, err := parseTree(text)
	if err != nil {
		return statements{}, err
	}
	members, err := root.object()
	if err != nil {
		return statements{}, err
	}
	var list node
	read := language{}
	for _, m := range members {
		switch m.name {
		case "Version":
			read, err = languageOf(m.value)
		case "Id":
			_, err = m.value.text() // it means nothing to IAM
		case "Statement":
			list = m.value
		default:
			err = fmt.Errorf("no element of a document; known are Version, Id, Statement")
		}
		if err != nil {
			return statements{}, at(m.name, err)
		}
	}
	if list.value == nil {
		return statements{}, fmt.Errorf("must have the element Statement")
	}
	return read.newStatements(kind, list)
}

// checkCharacters accepts what IAM accepts in a document (CreatePolicy,
// policyDocumentType).
func checkCharacters(text string) error {
	for _, r := range text {
		if r < ' ' && !strings.ContainsRune("\t\n\r", r) || r > 0xFF {
			return fmt.Errorf("holds the character %U; IAM takes tab, line ends and U+0020 to U+00FF", r)
		}
	}
	return nil
}

func languageOf(value node) (language, error) {
	version, err := value.text()
	if err == nil && version != languageWithVariables && version != languageWithoutVariables {
		err = fmt.Errorf("%q must be %q, or %q for the language without policy variables", version, languageWithVariables, languageWithoutVariables)
	}
	return language{variables: version == languageWithVariables}, err
}

// newStatements compiles a Statement element: a statement or a list of them.
func (l language) newStatements(kind documentKind, element node) (statements, error) {
	list, err := element.items()
	if err != nil {
		return statements{}, at("Statement", err)
	}
	var compiled statements
	sids := map[string]bool{}
	for i, item := range list {
		s, err := l.newStatement(kind, i, item)
		if err != nil {
			return statements{}, at(fmt.Sprintf("Statement[%d]", i), err)
		}
		if s.sid != "" && sids[s.sid] {
			return statements{}, at(fmt.Sprintf("Statement[%d]", i), fmt.Errorf("the Sid %q stands twice; it names one statement of a document", s.sid))
		}
		sids[s.sid] = true
		if s.effect == effectDeny {
			compiled.deny = append(compiled.deny, s)
		} else {
			compiled.allow = append(compiled.allow, s)
		}
	}
	return compiled, nil
}
