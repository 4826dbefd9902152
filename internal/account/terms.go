package account

import (
	"fmt"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// term is what is left to decide about a statement of a principal's policies.
type term struct {
	iam.Residue
	from string
}

// String returns all that the term says.
func (t *term) String() string {
	text := fmt.Sprint(t.from, t.Document, t.Deny, t.Undecided, t.NotResource, t.Unknown)
	for _, pattern := range t.Resources {
		text += "\n" + pattern.String() + " " + pattern.Glob()
	}
	return text
}

// reason returns why the term is unknown, with its source.
func (t *term) reason() string { return t.from + ": " + t.Unknown.Error() }

// terms returns a term for each statement of a principal's policies that is about
// requests to the API, and one for each policy that is not known.
func (w *who) terms(p Principal) ([]term, error) {
	context := p.context(w.account.ID)
	context["aws:requestedregion"] = []string{strings.Split(w.api.ExecutionArn, ":")[3]}
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: p.Arn, Action: access.ActionInvoke, Resource: w.api.ExecutionArn, Context: context,
	})
	if err != nil {
		return nil, err
	}
	var terms []term
	for _, attachment := range w.account.Attachments(p) {
		terms = append(terms, w.termsOf(attachment, iam.IdentityDocument, p, request)...)
	}
	if p.Boundary != "" && len(terms) > 0 {
		boundary := w.account.Managed(p.Boundary)
		boundary.From = "permissions boundary " + p.Boundary
		terms = append(terms, w.termsOf(boundary, iam.BoundaryDocument, p, request)...)
	}
	return terms, nil
}

// termsOf returns the terms of one policy.
func (w *who) termsOf(attachment Attachment, kind iam.DocumentKind, p Principal, request *iam.Request) []term {
	if attachment.Err != nil {
		unknown := iam.Residue{Match: iam.Match{Document: kind}, Unknown: attachment.Err}
		return []term{{unknown, attachment.From}}
	}
	about, known := w.about[attachment.Policy]
	if !known {
		about = attachment.Policy.About(access.ActionInvoke)
		w.about[attachment.Policy] = about
	}
	var policies iam.Policies
	switch {
	case about == nil:
		return nil
	case kind == iam.BoundaryDocument:
		policies.Boundary = about
	default:
		policies.Identity = []*iam.IdentityPolicy{about}
	}
	var terms []term
	for _, residue := range policies.Residues(request, p.unknown) {
		from := fmt.Sprintf("%s statement %d", attachment.From, residue.Statement)
		if residue.Sid != "" {
			from += fmt.Sprintf(" %q", residue.Sid)
		}
		terms = append(terms, term{residue, from})
	}
	return terms
}

// decided are the context keys that depend on the principal alone.
var decided = map[string]bool{
	"aws:principalarn": true, "aws:principalaccount": true, "aws:principaltype": true, "aws:username": true,
	"aws:principalisawsservice": true, "aws:principalservicename": true, "aws:principalservicenameslist": true,
}

// unknown reports whether a context key, in lower case, depends on more than the
// account's description.
func (p Principal) unknown(key string) bool {
	return key != "aws:requestedregion" && (p.kind().unknown(key) || key == passedToService || key == "aws:userid" && p.ID == "")
}
