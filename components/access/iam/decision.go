package iam

import "strconv"

// Effect is what comes of a request.
type Effect uint8

const (
	// EffectImplicitDeny: nothing allows the request.
	EffectImplicitDeny Effect = iota
	// EffectAllow: the request is allowed, and nothing denies it.
	EffectAllow
	// EffectExplicitDeny: a Deny statement applies, whatever allows the request.
	EffectExplicitDeny
)

// String gives implicitDeny, allow or explicitDeny.
func (e Effect) String() string {
	switch e {
	case EffectAllow:
		return "allow"
	case EffectExplicitDeny:
		return "explicitDeny"
	}
	return "implicitDeny"
}

// Decision is what comes of a request, and why.
type Decision struct {
	effect   Effect
	lack     lack         // of an implicit deny
	deciding statementRef // of an explicit deny; of an allow, the identity or trust document's
	trusting statementRef // of an allow across accounts or by delegation, the trust document's as well
	policies *Policies
	request  *Request
}

// Effect is allow, implicit deny or explicit deny.
func (d Decision) Effect() Effect { return d.effect }

// Allowed tells whether the request is allowed.
func (d Decision) Allowed() bool { return d.effect == EffectAllow }

// lack is what an implicit deny is for want of.
type lack uint8

const (
	lacksNothing       lack = iota
	lacksPartition          // the principal is of another partition
	lacksResource           // another account's resource, and no document of its that says yes
	lacksTrust              // the trust document does not name the principal
	lacksTrustDocument      // there is none
	lacksIdentity           // no identity document allows it
	lacksBoundary           // the boundary does not
	lacksSession            // the session policy does not
)

// DocumentKind says what a document is to a request.
type DocumentKind uint8

// The kinds of documents that a request is judged by.
const (
	IdentityDocument DocumentKind = iota
	BoundaryDocument
	SessionDocument
	TrustingDocument
)

// String gives identity, boundary, session or trust.
func (k DocumentKind) String() string {
	switch k {
	case BoundaryDocument:
		return "boundary"
	case SessionDocument:
		return "session"
	case TrustingDocument:
		return "trust"
	}
	return "identity"
}

// statementRef points at a statement of one of the documents.
type statementRef struct {
	statement *statement
	document  int32 // among the identity documents
	kind      DocumentKind
}

// place names the document, as in "identity[0]" or "trust".
func (r statementRef) place() string {
	if r.kind == IdentityDocument {
		return "identity[" + strconv.Itoa(int(r.document)) + "]"
	}
	return r.kind.String()
}

// String names the statement, as in `statement 0 "InvokeApi" of identity[0]`.
func (r statementRef) String() string { return r.statement.String() + " of " + r.place() }
