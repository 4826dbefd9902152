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
	// NotIAM says who can call each of the other routes, on which no policy has an effect.
	NotIAM []string
	// Callers are the principals that can call a route, perhaps under conditions, and
	// those for which that is unknown. They are sorted by ARN.
	Callers []Caller
	// Others is the number of principals that cannot call any route.
	Others int

	iam string // beginning of the ARNs of the account's IAM
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
	// Beyond are the keys of routes that the principal can or may call although the
	// stack's matrix does not say so. For a principal that is not of the stack, these are
	// all routes that it can or may call.
	Beyond []string
	// Through names the statements, with their policies, that allow or may allow calls.
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
// Who decides all that depends only on the account's description. Conditions on the rest
// of a request are part of the cells. If a policy's document is missing or cannot be
// judged, the cells that depend on it are unknown.
func (a *Account) Who(api access.Api, matrix access.Matrix) (*Report, error) {
	if err := a.CheckApi(api.ExecutionArn); err != nil {
		return nil, err
	}
	w := a.newWho(api)
	report := &Report{iam: a.iamPrefix()}
	for _, s := range w.slots {
		report.Routes = append(report.Routes, s.route.Key.String())
	}
	report.Routes = slices.Compact(report.Routes)
	for _, route := range api.Routes {
		switch route.Authorization {
		case access.Open:
			report.NotIAM = append(report.NotIAM, route.Key.String()+" (anyone)")
		case access.Token:
			report.NotIAM = append(report.NotIAM, route.Key.String()+" (bearers of tokens of "+route.Authorizer+")")
		}
	}
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
		return fmt.Errorf("%.200q must be an API in the account that is described, %s in the partition %s", arn, a.ID, a.Partition)
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
	about   map[*iam.IdentityPolicy]*iam.IdentityPolicy // the statements about calls; nil if there are none
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
		about:   map[*iam.IdentityPolicy]*iam.IdentityPolicy{},
		covered: map[iam.ResourcePattern][]coverage{},
		rows:    map[rowKey]*Row{},
	}
}

// rowKey is what a row depends on.
type rowKey struct {
	terms    string
	boundary string
	matrix   *access.Row
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
		for ; i < len(w.slots) && w.slots[i].route.Key == route.Key; i++ {
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
