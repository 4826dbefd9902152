package stackdiff

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"iam-secured-api/components/access"
)

// right is one way in which a call is allowed: to anyone, or to a principal of
// the API's account under the conditions of a policy and within a permissions
// boundary.
type right struct {
	open       bool
	conditions access.Conditions
	boundary   string // ARN; empty for none
}

// rights are all ways in which a call is allowed; none is a deny.
type rights []right

// String is the rights as the matrix writes its cells.
func (r rights) String() string {
	var ifs []string
	for _, one := range r {
		var parts []string
		if text := one.conditions.String(); text != "" {
			parts = append(parts, text)
		}
		if one.boundary != "" {
			parts = append(parts, "the permissions boundary "+one.boundary+" allows it")
		}
		if len(parts) == 0 {
			return access.CellAllow
		}
		ifs = append(ifs, strings.Join(parts, " and "))
	}
	if len(ifs) == 0 {
		return access.CellDeny
	}
	slices.Sort(ifs)
	return "allow if " + strings.Join(slices.Compact(ifs), ", or if ")
}

// within reports whether it is certain that the others allow whatever these rights
// allow.
func (r rights) within(others rights) bool {
	return !slices.ContainsFunc(r, func(one right) bool {
		return !slices.ContainsFunc(others, one.within)
	})
}

// within compares rights to the same call of the same principal: if anyone may make
// it, the principal's policies need not limit it.
func (r right) within(other right) bool {
	return other.open || (other.boundary == "" || other.boundary == r.boundary) && narrower(r.conditions, other.conditions)
}

// narrower reports whether it is certain that requests which meet some conditions
// meet others.
func narrower(c, others access.Conditions) bool {
	switch {
	case !others.NotBefore.IsZero() && c.NotBefore.Before(others.NotBefore),
		!others.NotAfter.IsZero() && (c.NotAfter.IsZero() || c.NotAfter.After(others.NotAfter)),
		others.RequireMFA && !c.RequireMFA,
		others.SecureTransport && !c.SecureTransport,
		others.PrincipalOrgID != "" && others.PrincipalOrgID != c.PrincipalOrgID:
		return false
	}
	for key, value := range others.PrincipalTags {
		if has, is := c.PrincipalTags[key]; !is || has != value {
			return false
		}
	}
	return others.SourceCIDRs == nil || c.SourceCIDRs != nil && !slices.ContainsFunc(c.SourceCIDRs, func(network string) bool {
		return !slices.ContainsFunc(others.SourceCIDRs, func(other string) bool { return inNetwork(network, other) })
	})
}

// inNetwork reports whether a network or address lies in another.
func inNetwork(text, other string) bool {
	a, oka := networkOf(text)
	b, okb := networkOf(other)
	return oka && okb && b.Bits() <= a.Bits() && b.Contains(a.Addr())
}

func networkOf(text string) (netip.Prefix, bool) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), true
	}
	network, err := netip.ParsePrefix(text)
	return network, err == nil
}

// side is one of two configurations that are compared: who may make which of the
// calls.
type side struct {
	templates map[string]bool // of the routes
	policies  map[string]policy
	holders   map[string][]string // principal -> its policies, sorted, none twice
	boundary  string
	ends      [][]end // by call: where it may end
}

// end is a route that a call may end at, or none: the call is answered with 404.
type end struct {
	key, template string
	open          bool // anyone may make the call
}

// policy is what may be called with it.
type policy struct {
	conditions access.Conditions
	granted    [][]bool // by call and end
}

// newSide prepares a configuration. Behind the calls comes one more, which
// stands for those of routes to come.
func newSide(s Stack, calls []call) side {
	routes := s.Plan.Routes
	side := side{
		templates: map[string]bool{},
		policies:  map[string]policy{},
		holders:   holdersOf(s),
		boundary:  s.Plan.PermissionsBoundary,
	}
	for _, route := range routes {
		side.templates[route.Key.Template()] = true
	}
	for _, c := range calls {
		var ends []end
		for _, route := range routes.Candidates(c.method, c.path) {
			ends = append(ends, end{route.Key.String(), route.Key.Template(), route.Authorization == access.Open})
		}
		if ends == nil {
			ends = []end{{}}
		}
		side.ends = append(side.ends, ends)
	}
	side.ends = append(side.ends, []end{{}})
	for name, declared := range s.Plan.Policies {
		p := policy{conditions: declared.Conditions}
		for i, c := range calls {
			granted := make([]bool, len(side.ends[i]))
			for j, end := range side.ends[i] {
				granted[j] = slices.Contains(declared.Granted[end.key], c.method)
			}
			p.granted = append(p.granted, granted)
		}
		p.granted = append(p.granted, []bool{slices.Contains(declared.Grants, access.WholeStage)})
		side.policies[name] = p
	}
	return side
}

// holdersOf are the principals, as the matrix names them, with their policies.
func holdersOf(s Stack) map[string][]string {
	holders := map[string][]string{}
	for _, principal := range s.Plan.Principals {
		holders[principal.Name] = sortedUnique(principal.Policies)
	}
	return holders
}

func sortedUnique[T cmp.Ordered](list []T) []T {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// rights are those of a principal with these policies to make a call, if it ends
// there.
func (s side) rights(policies []string, call, end int) rights {
	if s.ends[call][end].open {
		return rights{{open: true}}
	}
	var all rights
	for _, name := range policies {
		if p := s.policies[name]; p.granted[call][end] {
			all = append(all, right{conditions: p.conditions, boundary: s.boundary})
		}
	}
	return all
}

// cells are the rights to make a call as the matrix writes them, each once.
func (s side) cells(policies []string, call int) []string {
	var cells []string
	for end := range s.ends[call] {
		cells = append(cells, s.rights(policies, call, end).String())
	}
	return sortedUnique(cells)
}

// routes are the keys of the routes that a call may end at.
func (s side) routes(call int) []string {
	var keys []string
	for _, end := range s.ends[call] {
		keys = append(keys, end.key)
	}
	return keys
}

// principals are those of both sides, and Anyone.
func principals(a, b side) []string {
	names := slices.Concat(slices.Collect(maps.Keys(a.holders)), slices.Collect(maps.Keys(b.holders)), []string{access.Anyone})
	return sortedUnique(names)
}
