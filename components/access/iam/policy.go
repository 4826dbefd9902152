package iam

import (
	"fmt"
	"strings"
)

// Versions of the policy language.
const (
	versionWithVariables    = "2012-10-17"
	versionWithoutVariables = "2008-10-17" // the default
)

// IdentityPolicy is a compiled policy document without principals. It is attached
// to a user, group or role, set as a permissions boundary, or passed as a session
// policy. It is immutable and safe for concurrent use. Create it with
// CompileIdentity.
type IdentityPolicy struct{ statements statements }

// TrustPolicy is a compiled trust policy of a role: it says who may assume the
// role. It is immutable and safe for concurrent use. Create it with CompileTrust.
type TrustPolicy struct{ statements statements }

// statements are the statements of a document by effect. Each one keeps its index
// in the document.
type statements struct {
	allow, deny []statement
}

// CompileIdentity compiles a policy document in JSON. It returns an error for
// anything that it does not know: elements, condition operators, types and values
// that are not in IAM's grammar, and names that appear twice. A Principal element
// is an error as well, since identity policies have none. The error names the
// statement and the element.
func CompileIdentity(document string) (*IdentityPolicy, error) {
	compiled, err := compileDocument(IdentityDocument, document)
	if err != nil {
		return nil, fmt.Errorf("identity document: %w", err)
	}
	return &IdentityPolicy{compiled}, nil
}

// CompileTrust compiles the trust policy of a role and is as strict as
// CompileIdentity. A statement must have a Principal, must not have a Resource,
// and names actions of STS. The principals are "*", accounts, users, roles,
// sessions of roles, and services. Federated and CanonicalUser principals and
// NotPrincipal are not modelled and are errors.
func CompileTrust(document string) (*TrustPolicy, error) {
	compiled, err := compileDocument(TrustDocument, document)
	if err != nil {
		return nil, fmt.Errorf("trust document: %w", err)
	}
	return &TrustPolicy{compiled}, nil
}

func compileDocument(kind DocumentKind, text string) (statements, error) {
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
			_, err = m.value.text() // it has no effect
		case "Statement":
			list = m.value
		default:
			err = fmt.Errorf("is not an element of a document; known are Version, Id, Statement")
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

// checkCharacters accepts the characters that IAM accepts in a document
// (CreatePolicy, policyDocumentType).
func checkCharacters(text string) error {
	for _, r := range text {
		if r < ' ' && !strings.ContainsRune("\t\n\r", r) || r > 0xFF {
			return fmt.Errorf("contains the character %U; IAM accepts tab, line ends and U+0020 to U+00FF", r)
		}
	}
	return nil
}

// language says how to read the texts of a document. It depends on the document's
// Version.
type language struct {
	variables bool // without variables, ${ is ordinary text
}

func languageOf(value node) (language, error) {
	version, err := value.text()
	if err == nil && version != versionWithVariables && version != versionWithoutVariables {
		err = fmt.Errorf("%q must be %q, or %q for the language without policy variables",
			version, versionWithVariables, versionWithoutVariables)
	}
	return language{variables: version == versionWithVariables}, err
}

// newStatements compiles a Statement element: a statement or a list of them.
func (l language) newStatements(kind DocumentKind, element node) (statements, error) {
	list, err := element.items()
	if err != nil {
		return statements{}, at("Statement", err)
	}
	var compiled statements
	sids := map[string]bool{}
	for i, item := range list {
		s, err := l.newStatement(kind, i, item)
		if err == nil && s.sid != "" && sids[s.sid] {
			err = fmt.Errorf("the Sid %q appears twice; it must be unique in a document", s.sid)
		}
		if err != nil {
			return statements{}, at(fmt.Sprintf("Statement[%d]", i), err)
		}
		sids[s.sid] = true
		if s.deny {
			compiled.deny = append(compiled.deny, s)
		} else {
			compiled.allow = append(compiled.allow, s)
		}
	}
	return compiled, nil
}
