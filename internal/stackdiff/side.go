package stackdiff

import (
	"slices"
	"strings"

	"iam-secured-api/components/access"
)

// side is one of two configurations that are compared.
type side struct {
	templates  map[string]bool // of the routes
	policies   map[string]policy
	principals map[string]principal
	ends       [][]end // by call
}

// principal is what a principal calls with. The zero principal is Anyone.
type principal struct {
	policies   []string // distinct and sorted keys
	authorizer string   // of its tokens; empty for others
}

func (p principal) isAnyone() bool { return len(p.policies) == 0 && p.authorizer == "" }

// end is a route that a call may end at. The zero end is that of a call without a
// route, which API Gateway answers with 404.
type end struct {
	key, template string
	route         access.Route
}

// policy says which calls a policy allows.
type policy struct {
	cell    access.Cell // of granted calls
	granted [][]bool    // by call and end
}

// newSide prepares a configuration. It adds one more call at the end, for the calls of
// routes to come.
func newSide(s Stack, calls []call) side {
	routes := s.Plan.Routes
	side := side{
		templates:  map[string]bool{},
		policies:   map[string]policy{},
		principals: map[string]principal{access.Anyone: {}},
	}
	for _, p := range principals(s) {
		var keys []string
		for _, name := range p.Policies {
			keys = append(keys, within(p.Boundary, name))
		}
		slices.Sort(keys)
		side.principals[p.Name] = principal{slices.Compact(keys), p.Authorizer}
	}
	for _, route := range routes {
		side.templates[route.Key.Template()] = true
	}
	for _, c := range calls {
		var ends []end
		for _, route := range routes.Candidates(c.method, c.path) {
			ends = append(ends, end{route.Key.String(), route.Key.Template(), route})
		}
		if ends == nil {
			ends = []end{{}}
		}
		side.ends = append(side.ends, ends)
	}
	side.ends = append(side.ends, []end{{}})
	for name, declared := range s.Plan.Policies {
		p := policy{cell: access.AllowIf(access.Alternative{Conditions: declared.Conditions})}
		for i, c := range calls {
			granted := make([]bool, len(side.ends[i]))
			for j, end := range side.ends[i] {
				granted[j] = slices.Contains(declared.Granted[end.key], c.method)
			}
			p.granted = append(p.granted, granted)
		}
		p.granted = append(p.granted, []bool{slices.Contains(declared.Grants, access.WholeStage)})
		side.policies[within("", name)] = p
		p.cell = access.AllowIf(access.Alternative{Conditions: declared.Conditions, Boundary: s.Plan.PermissionsBoundary})
		side.policies[within(s.Plan.PermissionsBoundary, name)] = p
	}
	return side
}

// within returns the key of a policy within a permissions boundary. The stack's boundary
// does not apply to existing roles and permission sets.
func within(boundary, policy string) string { return boundary + " " + policy }

// cell returns the cell of a principal for a call that ends there.
func (s side) cell(of principal, call, end int) access.Cell {
	switch route := s.ends[call][end].route; route.Authorization {
	case access.Open, access.Token:
		return route.Cell(of.authorizer)
	}
	var cell access.Cell
	for _, name := range of.policies {
		if p := s.policies[name]; p.granted[call][end] {
			cell = cell.Or(p.cell)
		}
	}
	return cell
}

// cells returns the distinct cells of a call.
func (s side) cells(of principal, call int) Cells {
	var cells Cells
	for end := range s.ends[call] {
		cells = append(cells, s.cell(of, call, end))
	}
	slices.SortFunc(cells, func(a, b access.Cell) int { return strings.Compare(a.String(), b.String()) })
	return slices.CompactFunc(cells, access.Cell.Equal)
}

// routes returns the keys of the routes that a call may end at.
func (s side) routes(call int) []string {
	var keys []string
	for _, end := range s.ends[call] {
		keys = append(keys, end.key)
	}
	return keys
}
