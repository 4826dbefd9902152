package access

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// PlaceholderExecutionArn stands for an API that is not created yet: what its
// policies allow does not depend on its id.
const PlaceholderExecutionArn = "arn:aws:execute-api:us-east-1:123456789012:placeholder"

// Api is what principals call: a stage of an API and the routes declared there.
type Api struct {
	// ExecutionArn is the API's, or PlaceholderExecutionArn.
	ExecutionArn string
	// Stage is the stage's name.
	Stage string
	// Routes are the declared ones.
	Routes Routes
}

// Holder is a principal and what decides its calls.
type Holder struct {
	// Name is how the matrix calls it, such as "user/john-readonly".
	Name string
	// Policies are the names of the policies that it has, in any order.
	Policies []string
	// Boundary is the ARN of its permissions boundary, whose document is not
	// known; empty if it has none.
	Boundary string
}

// Anyone is the matrix's name for a caller without a signature.
const Anyone = "anyone"

// Matrix says who can call what: it has the row of each principal by its name, and
// that of Anyone. Principals whose rows are the same may share one.
type Matrix map[string]*Row

// Row says what a principal can call.
type Row struct {
	// Cells has a cell for each declared route, by its key. The rows of a matrix have
	// the same keys.
	Cells map[string]Cell
}

// NewMatrix evaluates the policies' documents, by the policies' names, for every
// principal and declared route. A cell stands for all calls that end at the route. If
// the documents treat some methods otherwise than others, the cell names the methods.
//
// It returns an error for a document that is malformed or that denies, as no policy of
// this package does, and for a holder's policy without documents.
func NewMatrix(api Api, documents map[string][]string, holders []Holder) (Matrix, error) {
	b := builder{routes: api.Routes, bounded: map[bounds]*alternative{}}
	for _, route := range api.Routes {
		b.methods = append(b.methods, api.Routes.methods(route))
	}
	granted := map[string]verdicts{}
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		judge, err := newJudge(api, documents[name])
		if err == nil {
			granted[name], err = judge.verdicts(b.methods)
		}
		if err != nil {
			return nil, fmt.Errorf("policy %q: %w", name, err)
		}
	}
	matrix := Matrix{Anyone: b.row(nil, "")}
	rows := map[string]*Row{}
	for _, holder := range holders {
		policies := slices.Compact(slices.Sorted(slices.Values(holder.Policies)))
		key := strings.Join(append(policies, holder.Boundary), "\n")
		if rows[key] == nil {
			var all []verdicts
			for _, name := range policies {
				of, known := granted[name]
				if !known {
					return nil, fmt.Errorf("%s: has the policy %q, of which there is no document", holder.Name, name)
				}
				all = append(all, of)
			}
			rows[key] = b.row(all, holder.Boundary)
		}
		matrix[holder.Name] = rows[key]
	}
	return matrix, nil
}

// builder makes the rows of a matrix.
type builder struct {
	routes  Routes
	methods [][]string              // that end at each route
	bounded map[bounds]*alternative // made so far
}

// bounds is an alternative within a permissions boundary.
type bounds struct {
	of       *alternative
	boundary string
}

// row makes the row of a principal with all of these policies.
func (b *builder) row(policies []verdicts, boundary string) *Row {
	row := &Row{make(map[string]Cell, len(b.routes))}
	var cells []Cell
	for i, route := range b.routes {
		key := route.Key.String()
		if route.Authorization == Open {
			row.Cells[key] = allow
			continue
		}
		cells = cells[:0] // of the route's methods
		for j := range b.methods[i] {
			var cell Cell
			for _, policy := range policies {
				cell = cell.Or(policy[i][j])
			}
			if boundary != "" {
				cell = b.within(cell, boundary)
			}
			cells = append(cells, cell)
		}
		row.Cells[key] = merged(b.methods[i], cells)
	}
	return row
}

// within returns the cell within a permissions boundary.
func (b *builder) within(c Cell, boundary string) Cell {
	var all []*alternative
	for _, a := range c.alternatives {
		key := bounds{a, boundary}
		if b.bounded[key] == nil {
			within := a.Alternative
			within.Boundary = boundary
			b.bounded[key] = newAlternative(within)
		}
		all = append(all, b.bounded[key])
	}
	return Cell{all}
}

// merged makes one cell of those of a route's methods. An ANY route may have no
// methods, as all of them have routes of their own.
func merged(methods []string, cells []Cell) Cell {
	if len(cells) == 0 {
		return Cell{}
	}
	if i := slices.IndexFunc(cells, func(c Cell) bool { return !c.Equal(cells[0]) }); i < 0 {
		return cells[0]
	}
	var all []*alternative
	for i, cell := range cells {
		if slices.IndexFunc(cells, cell.Equal) < i {
			continue // it is merged already
		}
		var with []string
		for j, other := range cells {
			if other.Equal(cell) {
				with = append(with, methods[j])
			}
		}
		for _, a := range cell.alternatives {
			made := *a
			made.Methods = with
			all = append(all, &made)
		}
	}
	return Cell{all}
}
