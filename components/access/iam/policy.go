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

// CompileIdentity compiles a policy document in JSON. It returns an error for what
// is not in IAM's grammar, such as another element or type, a name that appears
// twice, and the elements Id and Principal, which identity policies do not have. The
// error names the statement and the element. Other things that the package does not
// know are errors of Decide, if a decision depends on them; Unknown returns them.
func CompileIdentity(document string) (*IdentityPolicy, error) {
	compiled, err := compileDocument(IdentityDocument, document)
	if err != nil {
		return nil, fmt.Errorf("identity document: %w", err)
	}
	return &IdentityPolicy{compiled}, nil
}

// CompileTrust compiles the trust policy of a role and is as strict as
// CompileIdentity. A statement must have a Principal or NotPrincipal, must not have
// a Resource, and names actions of STS. The known principals are "*", accounts, users,
// roles, sessions of roles, services, and identity providers, whose users assume
// roles with sts:AssumeRoleWithWebIdentity.
func CompileTrust(document string) (*TrustPolicy, error) {
	compiled, err := compileDocument(TrustDocument, document)
	if err != nil {
		return nil, fmt.Errorf("trust document: %w", err)
	}
	return &TrustPolicy{compiled}, nil
}

// Unknown returns an error for what the package does not know in the policy, or nil:
// a condition operator, key or value, a policy variable, or a Resource that is not a
// whole ARN. Requests that do not depend on it can still be decided.
func (p *IdentityPolicy) Unknown() error { return p.statements.unknown() }

// Unknown returns an error for what the package does not know in the policy, or nil:
// a principal, or a condition, as in an IdentityPolicy.
func (p *TrustPolicy) Unknown() error { return p.statements.unknown() }

func (s statements) unknown() error {
	for _, list := range [][]statement{s.allow, s.deny} {
		for i := range list {
			if err := list[i].unknown(); err != nil {
				return fmt.Errorf("%s: %w", &list[i], err)
			}
		}
	}
	return nil
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
			if _, err = m.value.text(); kind == IdentityDocument { // elsewhere it has no effect
				err = fmt.Errorf("must not be in an identity document (IAM User Guide, grammar of the policy language)")
			}
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
