package access

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// PlaceholderExecutionArn is used for an API that does not exist yet. What its
// policies allow does not depend on its id.
const PlaceholderExecutionArn = "arn:aws:execute-api:us-east-1:123456789012:placeholder"

// Api is a stage of an API with its declared routes.
type Api struct {
	// ExecutionArn is the API's, or PlaceholderExecutionArn.
	ExecutionArn string
	// Stage is the stage's name.
	Stage string
	// Routes are the declared routes.
	Routes Routes
}

// Principal is a principal with its policies.
type Principal struct {
	// Name is the principal's name in the matrix, such as "user/john-readonly" or
	// "token/customers".
	Name string
	// Policies are the names of its policies, in any order.
	Policies []string
	// Authorizer is the name of the authorizer whose tokens the principal has, or empty
	// for a principal that signs its requests.
	Authorizer string
	// Boundary is the ARN of its permissions boundary, or empty. The boundary's
	// document is not known.
	Boundary string
}

// Bearer returns the principal with tokens that an authorizer accepts.
func Bearer(authorizer string) Principal {
	return Principal{Name: "token/" + authorizer, Authorizer: authorizer}
}

// Anyone is the name in the matrix for requests without a signature and without a token.
const Anyone = "anyone"

// Matrix has the row of each principal by its name, and the row of Anyone. Principals
// with equal rows may share one.
type Matrix map[string]*Row

// Row says what a principal may call.
type Row struct {
	// Cells has a cell for each declared route, by its key. All rows of a matrix have
	// the same keys.
	Cells map[string]Cell
}

// NewMatrix evaluates the documents of policies, by name, for every principal and
// declared route. A cell is about all requests that end at the route. If the documents
// treat methods differently, the cell names the methods.
//
// NewMatrix returns an error for a document that is malformed or that denies, which
// policies of this package never do, and for a policy without documents.
func NewMatrix(api Api, documents map[string][]string, principals []Principal) (Matrix, error) {
	b := builder{routes: api.Routes, bounded: map[bounds]*alternative{}}
	for _, route := range api.Routes {
		b.methods = append(b.methods, api.Routes.MethodsOf(route))
	}
	granted := map[string]decisions{}
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		judge, err := newJudge(api, documents[name])
		if err == nil {
			granted[name], err = judge.decisions(b.methods)
		}
		if err != nil {
			return nil, fmt.Errorf("policy %q: %w", name, err)
		}
	}
	matrix := Matrix{Anyone: b.row(Principal{}, nil)}
	rows := map[string]*Row{}
	for _, principal := range principals {
		policies := slices.Compact(slices.Sorted(slices.Values(principal.Policies)))
		key := strings.Join(append(policies, principal.Boundary, principal.Authorizer), "\n")
		if rows[key] == nil {
			var all []decisions
			for _, name := range policies {
				of, known := granted[name]
				if !known {
					return nil, fmt.Errorf("%s: has the policy %q, which has no documents", principal.Name, name)
				}
				all = append(all, of)
			}
			rows[key] = b.row(principal, all)
		}
		matrix[principal.Name] = rows[key]
	}
	return matrix, nil
}

// builder computes the rows of a matrix.
type builder struct {
	routes  Routes
	methods [][]string              // by route
	bounded map[bounds]*alternative // computed so far
}

// bounds is an alternative within a permissions boundary.
type bounds struct {
	of       *alternative
	boundary string
}

// row returns the row of a principal with the decisions of its policies.
func (b *builder) row(principal Principal, policies []decisions) *Row {
	row := &Row{make(map[string]Cell, len(b.routes))}
	var cells []Cell
	for i, route := range b.routes {
		key := route.Key.String()
		if route.Authorization != IAM && len(b.methods[i]) > 0 {
			row.Cells[key] = route.Cell(principal.Authorizer)
			continue
		}
		cells = cells[:0] // of the route's methods
		for j := range b.methods[i] {
			var cell Cell
			for _, policy := range policies {
				cell = cell.Or(policy[i][j])
			}
			if principal.Boundary != "" {
				cell = b.within(cell, principal.Boundary)
			}
			cells = append(cells, cell)
		}
		row.Cells[key] = merged(b.methods[i], cells)
	}
	return row
}

// Cell returns the cell of a route that is not under IAM. It is that of bearers of an
// authorizer's tokens, or of everyone else if authorizer is empty.
func (r Route) Cell(authorizer string) Cell {
	switch {
	case r.Authorization == Open:
		return allow
	case r.Authorization == Token && r.Authorizer == authorizer:
		return AllowIf(Alternative{Scopes: r.Scopes})
	}
	return Cell{}
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

// merged returns one cell for the cells of a route's methods. An ANY route has no
// methods if each method has a route of its own.
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
			continue // already merged
		}
		var with []string
		for j, other := range cells {
			if other.Equal(cell) {
				with = append(with, methods[j])
			}
		}
		for _, a := range cell.alternatives {
			restricted := *a
			restricted.Methods = with
			all = append(all, &restricted)
		}
	}
	return Cell{all}
}
