package account

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// Report says who in an account can call an API.
type Report struct {
	// Routes are the keys of the declared routes under IAM, sorted.
	Routes []string
	// Callers are the principals that can call a route, perhaps under conditions, or of
	// which it is not known, sorted by ARN.
	Callers []Caller
	// Others is the number of principals that cannot call any route.
	Others int
}

// Caller is a principal that can call the API.
type Caller struct {
	Arn string
	// Name is user/NAME or role/NAME.
	Name string
	// OfStack reports whether the principal is in the stack's matrix.
	OfStack bool
	*Row
}

// Row says what a principal can call. Principals with equal rows may share one.
type Row struct {
	// Cells has a cell for each of the report's Routes.
	Cells []*Cell
	// Beyond are the keys of routes that the principal can call, or may, although the
	// stack's matrix does not say so. For one that is not of the stack, these are all
	// that it can call.
	Beyond []string
	// Through names the statements that allow calls, or may, with their policies.
	Through []string

	digest [sha256.Size]byte // of the texts of the cells
}

// Cell says whether a principal can call a route.
type Cell struct {
	// Cell is what the known policies allow.
	access.Cell
	// Unknown says why it is not known whether more or less is allowed, or is nil.
	Unknown []string

	text string
}

// newCell returns a cell with its text.
func newCell(known access.Cell, unknown []string) *Cell {
	cell := &Cell{Cell: known, Unknown: unknown, text: known.String()}
	if len(unknown) > 0 {
		cell.text = "unknown: " + strings.Join(unknown, "; ")
		if !known.Denies() {
			cell.text += "; without that " + known.String()
		}
	}
	return cell
}

// String returns allow, deny, "allow if" and the condition, or unknown and the reasons.
func (c *Cell) String() string { return c.text }

// MarshalText returns the String.
func (c *Cell) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// ExitCode returns 0 if only principals of the stack can call the API, and no more than
// the stack's matrix says, and otherwise exitMore.
func (r *Report) ExitCode() int {
	if slices.ContainsFunc(r.Callers, func(c Caller) bool { return len(c.Beyond) > 0 }) {
		return exitMore
	}
	return 0
}

// exitMore is the exit code if a principal can call more than the stack says.
const exitMore = 11

// Who returns who in the account can call the routes of an API under IAM. The matrix is
// that of the API's stack.
//
// What the account's description says of a principal is decided. Conditions on the rest
// of a request are part of the cells. A policy whose document is missing or cannot be
// judged makes the cells unknown that depend on it.
func (a *Account) Who(api access.Api, matrix access.Matrix) (*Report, error) {
	if err := a.CheckApi(api.ExecutionArn); err != nil {
		return nil, err
	}
	w := a.newWho(api)
	report := &Report{}
	for _, s := range w.slots {
		report.Routes = append(report.Routes, s.route.Key.String())
	}
	report.Routes = slices.Compact(report.Routes)
	for _, p := range a.Principals {
		name := "user/" + p.Name
		if p.IsRole() {
			name = "role/" + p.Name
		}
		row, err := w.row(p, matrix[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Arn, err)
		}
		if len(row.Through) == 0 {
			report.Others++
			continue
		}
		report.Callers = append(report.Callers, Caller{Arn: p.Arn, Name: name, OfStack: matrix[name] != nil, Row: row})
	}
	return report, nil
}

// CheckApi accepts the execution ARN of an API in the account.
func (a *Account) CheckApi(arn string) error {
	if err := access.CheckExecutionArn(arn); err != nil {
		return fmt.Errorf("%.200q %w", arn, err)
	}
	fields := strings.Split(arn, ":")
	switch {
	case len(fields) != 6 || fields[3] == "" || fields[5] == "" || strings.ContainsAny(fields[5], "/*?"):
		return fmt.Errorf("%.200q must have a region and end with the API's id, without a stage", arn)
	case fields[1] != a.Partition || fields[4] != a.ID:
		return fmt.Errorf("%.200q must be an API in the account whose IAM is described, %s in the partition %s", arn, a.ID, a.Partition)
	}
	return nil
}

// who computes a report.
type who struct {
	account *Account
	api     access.Api
	slots   []slot
	word    string
	fills   []string
	meeting meeting
	about   map[*iam.IdentityPolicy]*iam.IdentityPolicy // what is about calls; nil for nothing
	covered map[iam.ResourcePattern][]coverage
	rows    map[rowKey]*Row
}

func (a *Account) newWho(api access.Api) *who {
	longest := 0
	for _, key := range api.Routes.Keys() {
		longest = max(longest, len(key))
	}
	word := strings.Repeat("x", longest+2) // no path has it
	return &who{
		account: a, api: api, slots: slotsOf(api), word: word, fills: fillsOf(api.Routes, word),
		about: map[*iam.IdentityPolicy]*iam.IdentityPolicy{}, covered: map[iam.ResourcePattern][]coverage{}, rows: map[rowKey]*Row{},
	}
}

// rowKey is what a row depends on.
type rowKey struct {
	terms    string
	boundary string
	matrix   *access.Row
}

// term is what is left to decide about a statement, for a principal.
type term struct {
	iam.Residue
	from string
}

// String returns all that the term says.
func (t *term) String() string {
	return fmt.Sprint(t.from, t.Document, t.Statement, t.Deny, t.Undecided, t.NotResource, t.Resources, t.Unknown)
}

// row returns the row of a principal, whose row in the stack's matrix is of, or nil.
func (w *who) row(p Principal, of *access.Row) (*Row, error) {
	terms, err := w.terms(p)
	if err != nil {
		return nil, err
	}
	key := rowKey{boundary: p.Boundary, matrix: of}
	for i := range terms {
		key.terms += terms[i].String() + "\n"
	}
	if w.rows[key] == nil {
		w.rows[key] = w.newRow(terms, p.Boundary, of)
	}
	return w.rows[key], nil
}

// terms returns the statements of a principal's policies that are about calls of the
// API.
func (w *who) terms(p Principal) ([]term, error) {
	var terms []term
	var policies iam.Policies
	var from []string
	add := func(attachment Attachment, kind iam.DocumentKind) {
		if attachment.Err != nil {
			terms = append(terms, term{from: attachment.From, Residue: iam.Residue{
				Match: iam.Match{Document: kind}, Unknown: fmt.Errorf("%s: %w", attachment.From, attachment.Err),
			}})
			return
		}
		about, known := w.about[attachment.Policy]
		if !known {
			about = attachment.Policy.About(access.ActionInvoke)
			w.about[attachment.Policy] = about
		}
		switch {
		case kind == iam.BoundaryDocument:
			policies.Boundary = about
		case about != nil:
			policies.Identity = append(policies.Identity, about)
			from = append(from, attachment.From)
		}
	}
	for _, attachment := range w.account.Attachments(p) {
		add(attachment, iam.IdentityDocument)
	}
	if len(policies.Identity)+len(terms) == 0 {
		return nil, nil
	}
	if p.Boundary != "" {
		boundary := w.account.Managed(p.Boundary)
		boundary.From = "permissions boundary " + p.Boundary
		add(boundary, iam.BoundaryDocument)
	}
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: p.Arn, Action: access.ActionInvoke, Resource: w.api.ExecutionArn, Context: p.context(w.account.ID),
	})
	if err != nil {
		return nil, err
	}
	for _, residue := range policies.Residues(request, p.unknown) {
		source := "permissions boundary " + p.Boundary
		if residue.Document == iam.IdentityDocument {
			source = from[residue.Index]
		}
		source += fmt.Sprintf(" statement %d", residue.Statement)
		if residue.Sid != "" {
			source += fmt.Sprintf(" %q", residue.Sid)
		}
		terms = append(terms, term{residue, source})
	}
	return terms, nil
}

// decided are the context keys that depend on the principal alone. A role's session has
// a part of aws:userid that its creator chooses, and may have tags of its own.
var decided = map[string]bool{
	"aws:principalarn": true, "aws:principalaccount": true, "aws:principaltype": true, "aws:username": true,
	"aws:principalisawsservice": true, "aws:principalservicename": true, "aws:principalservicenameslist": true,
}

// unknown reports whether a context key in lower case depends on more than the account's
// description says.
func (p Principal) unknown(key string) bool {
	if !p.IsRole() && (key == "aws:userid" && p.ID != "" || strings.HasPrefix(key, "aws:principaltag/")) {
		return false
	}
	return !decided[key]
}

// newRow computes a row.
func (w *who) newRow(terms []term, boundary string, of *access.Row) *Row {
	row := &Row{}
	digest := sha256.New()
	through := map[string]bool{}
	cells := map[string]*Cell{} // by the decisions' keys
	for i := 0; i < len(w.slots); {
		route := w.slots[i].route
		var decisions []*decision // by method
		var methods []string
		beyond := false
		for ; i < len(w.slots) && w.slots[i].route == route; i++ {
			d := w.decide(terms, i, boundary)
			decisions, methods = append(decisions, d), append(methods, w.slots[i].method)
			if d.denies() {
				continue
			}
			for _, t := range d.allow {
				through[t.from] = true
			}
			beyond = beyond || of == nil || d.beyond(of.Cells[route.Key.String()], w.slots[i].method, boundary)
		}
		if beyond {
			row.Beyond = append(row.Beyond, route.Key.String())
		}
		key := ""
		for i, d := range decisions {
			key += methods[i] + d.key
		}
		if cells[key] == nil {
			cells[key] = cellOf(decisions, methods)
		}
		row.Cells = append(row.Cells, cells[key])
		fmt.Fprintln(digest, cells[key])
	}
	digest.Sum(row.digest[:0])
	row.Through = slices.Sorted(maps.Keys(through))
	return row
}

// decision is what is left to decide about the requests of a slot: they are allowed if
// a term allows, a term of the boundary allows, if there is a boundary, and no term
// denies.
type decision struct {
	allow, boundary, deny []covering
	bounded               bool
	key                   string // equal for equal decisions of a row
}

// covering is a term with the condition on the resource under which it covers the
// requests of a slot, in words.
type covering struct {
	*term
	resource string
}

// always reports whether the term certainly applies to all requests of the slot.
func (c covering) always() bool {
	return len(c.Undecided) == 0 && c.resource == "" && c.Unknown == nil
}

// decide returns what is left to decide about the requests of a slot.
func (w *who) decide(terms []term, at int, boundary string) *decision {
	d := &decision{bounded: boundary != ""}
	for i := range terms {
		t := &terms[i]
		covered, resource := w.coverTerm(t, at)
		if covered == none {
			continue
		}
		c := covering{t, resource}
		switch {
		case t.Deny:
			d.deny = append(d.deny, c)
		case t.Document == iam.BoundaryDocument:
			d.boundary = append(d.boundary, c)
		default:
			d.allow = append(d.allow, c)
		}
	}
	d.key = keyOf(d.allow) + "|" + keyOf(d.boundary) + "|" + keyOf(d.deny)
	return d
}

// keyOf returns what the terms contribute to the key of a decision.
func keyOf(terms []covering) string {
	if slices.ContainsFunc(terms, covering.always) {
		return "always"
	}
	var key strings.Builder
	for _, t := range terms {
		fmt.Fprintf(&key, "%p %s\n", t.term, t.resource)
	}
	return key.String()
}

// coverTerm returns how many requests of a slot a term covers, and the condition for
// it in words.
func (w *who) coverTerm(t *term, at int) (coverage, string) {
	if len(t.Resources) == 0 { // it is about every resource, or that is unknown
		return all, ""
	}
	var texts []string
	for _, pattern := range t.Resources {
		switch w.cover(pattern)[at] {
		case all:
			if t.NotResource {
				return none, ""
			}
			return all, ""
		case some:
			texts = append(texts, pattern.String())
		}
	}
	switch {
	case len(texts) > 0:
		return some, w.resourceText(texts, at, t.NotResource)
	case t.NotResource:
		return all, ""
	}
	return none, ""
}

// resourceText returns a condition on the resource of requests of a slot, in words.
func (w *who) resourceText(patterns []string, at int, not bool) string {
	what := "path"
	paths := slices.Clone(patterns)
	for i, pattern := range patterns {
		path, hasPrefix := strings.CutPrefix(pattern, w.slots[at].prefix)
		if !hasPrefix {
			what, paths = "request", patterns
			break
		}
		paths[i] = path
	}
	is := "is like "
	if not {
		is = "is not like "
	}
	return "the " + what + " " + is + strings.Join(paths, " or ")
}

// denies reports whether the requests are certainly denied.
func (d *decision) denies() bool {
	return len(d.allow) == 0 || d.bounded && len(d.boundary) == 0 || slices.ContainsFunc(d.deny, covering.always)
}

// unknown returns why the decision is not known, one reason each, or nothing.
func (d *decision) unknown() []string {
	var reasons []string
	for _, terms := range [][]covering{d.allow, d.boundary, d.deny} {
		if slices.ContainsFunc(terms, covering.always) {
			continue
		}
		for _, t := range terms {
			if t.Unknown != nil && !slices.Contains(reasons, t.reason()) {
				reasons = append(reasons, t.reason())
			}
		}
	}
	return reasons
}

// reason returns why the term is unknown, with its source.
func (t *term) reason() string {
	text := t.Unknown.Error()
	if !strings.HasPrefix(text, t.from) {
		text = t.from + ": " + text
	}
	return strings.Join(strings.Fields(text), " ")
}

// beyond reports whether requests with a method may be allowed that the cell of the
// stack's matrix does not allow.
func (d *decision) beyond(of access.Cell, method, boundary string) bool {
	if of.Allows() {
		return false
	}
	if len(d.unknown()) > 0 {
		return true
	}
	var all []access.Alternative
	for _, t := range d.allow {
		a := access.AlternativeOf(t.Conditions)
		a.Methods, a.Text, a.Boundary = []string{method}, t.resource, boundary
		all = append(all, a)
	}
	return !access.AllowIf(all...).Within(of)
}

// cellOf returns the cell of a route for the decisions about its methods.
func cellOf(decisions []*decision, methods []string) *Cell {
	with := map[string][]string{} // methods by the decisions' keys
	for i, d := range decisions {
		with[d.key] = append(with[d.key], methods[i])
	}
	var unknown []string
	var all []access.Alternative
	for _, d := range decisions {
		if d.denies() || with[d.key] == nil {
			continue
		}
		only := with[d.key]
		if len(only) == len(methods) {
			only = nil
		}
		delete(with, d.key)
		all = append(all, d.alternatives(only)...)
		for _, reason := range d.unknown() {
			if !slices.Contains(unknown, reason) {
				unknown = append(unknown, reason)
			}
		}
	}
	return newCell(access.AllowIf(all...), unknown)
}

// alternatives returns the ways in which the known terms allow requests with these
// methods, which are nil if they are all that end at the route.
func (d *decision) alternatives(methods []string) []access.Alternative {
	var limits []string
	if condition := access.AllowIf(known(d.boundary)...).Condition(); condition != "" {
		limits = append(limits, "the permissions boundary allows it ("+condition+")")
	}
	if condition := access.AllowIf(known(d.deny)...).Condition(); condition != "" {
		limits = append(limits, "no statement denies it ("+condition+")")
	}
	all := known(d.allow)
	for i := range all {
		all[i].Methods = methods
		all[i].Text = strings.Join(slices.DeleteFunc(append([]string{all[i].Text}, limits...), isEmpty), " and ")
	}
	return all
}

func isEmpty(text string) bool { return text == "" }

// known returns alternatives for the terms that are known.
func known(terms []covering) []access.Alternative {
	var all []access.Alternative
	for _, t := range terms {
		if t.Unknown == nil {
			a := access.AlternativeOf(t.Undecided)
			a.Text = t.resource
			all = append(all, a)
		}
	}
	return all
}
