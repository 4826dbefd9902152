package access

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// PlaceholderExecutionArn stands for an API that is not created yet: what its
// policies allow does not hang on its id.
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

// Anyone is the matrix's name for whoever calls without a signature.
const Anyone = "anyone"

// Cells of a matrix; a third kind begins with "allow if ".
const (
	CellAllow = "allow"
	CellDeny  = "deny"
)

// Matrix says who can call what: the name of each principal, and Anyone, to the
// route keys, each with CellAllow, CellDeny or "allow if " and what must hold.
// Principals whose rows are the same share one map.
type Matrix map[string]map[string]string

// NewMatrix evaluates the policies' documents, by the policies' names, for
// every principal and declared route. What a route may be called with stands
// for all such calls: a method that the documents treat otherwise than the
// route's others is named in the cell.
//
// Errors: a document that is none, or that denies, which no policy of this
// package does; a holder's policy without documents.
func NewMatrix(api Api, documents map[string][]string, holders []Holder) (Matrix, error) {
	granted := map[string]verdicts{}
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		of, err := api.judge(documents[name])
		if err != nil {
			return nil, fmt.Errorf("policy %q: %w", name, err)
		}
		granted[name] = of
	}
	methods := make([][]string, len(api.Routes))
	for i, route := range api.Routes {
		methods[i] = api.Routes.methods(route)
	}
	matrix := Matrix{Anyone: api.row(methods, nil, "")}
	rows := map[string]map[string]string{}
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
			rows[key] = api.row(methods, all, holder.Boundary)
		}
		matrix[holder.Name] = rows[key]
	}
	return matrix, nil
}

// row is the cells of a principal with all of these policies. The methods are
// those that end at each route.
func (a Api) row(methods [][]string, policies []verdicts, boundary string) map[string]string {
	row := make(map[string]string, len(a.Routes))
	for i, route := range a.Routes {
		key := route.Key.String()
		if route.Authorization == Open {
			row[key] = CellAllow
			continue
		}
		byMethod := map[string]verdict{}
		for _, of := range policies {
			for method, v := range of[i] {
				byMethod[method] = byMethod[method].or(v)
			}
		}
		if boundary != "" {
			for method, v := range byMethod {
				byMethod[method] = v.and("the permissions boundary " + boundary + " allows it")
			}
		}
		row[key] = cell(methods[i], byMethod)
	}
	return row
}

// cell puts what holds for each method of a route into words. An ANY route may
// have none, as all have routes of their own.
func cell(methods []string, byMethod map[string]verdict) string {
	if len(methods) == 0 {
		return CellDeny
	}
	first := byMethod[methods[0]].String()
	same := func(method string) bool { return byMethod[method].String() == first }
	if !slices.ContainsFunc(methods, func(m string) bool { return !same(m) }) {
		return first
	}
	with := map[string][]string{} // what must hold -> methods
	for _, method := range methods {
		if text := byMethod[method].String(); text != CellDeny {
			with[text] = append(with[text], method)
		}
	}
	var parts []string
	for _, text := range slices.Sorted(maps.Keys(with)) {
		part := "the method is " + strings.Join(with[text], " or ")
		if condition, conditional := strings.CutPrefix(text, "allow if "); conditional {
			part += " and " + condition
		}
		parts = append(parts, part)
	}
	return "allow if " + strings.Join(parts, "; or if ")
}

// verdict is what a policy says to a call: yes, no, or yes under conditions, of
// which one suffices.
type verdict struct {
	always bool
	ifs    []string // sorted, none twice; empty if always
}

func (v verdict) or(other verdict) verdict {
	if v.always || other.always {
		return verdict{always: true}
	}
	ifs := slices.Concat(v.ifs, other.ifs)
	slices.Sort(ifs)
	return verdict{ifs: slices.Compact(ifs)}
}

// and has something else hold too, if the call is allowed at all.
func (v verdict) and(condition string) verdict {
	if v.always {
		return verdict{ifs: []string{condition}}
	}
	var ifs []string
	for _, each := range v.ifs {
		ifs = append(ifs, each+" and "+condition)
	}
	return verdict{ifs: ifs}
}

func (v verdict) allowed() bool { return v.always || len(v.ifs) > 0 }

// String gives the verdict as a cell.
func (v verdict) String() string {
	switch {
	case v.always:
		return CellAllow
	case len(v.ifs) == 0:
		return CellDeny
	}
	return "allow if " + strings.Join(v.ifs, ", or if ")
}
