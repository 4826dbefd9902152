package account

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"

	"iam-secured-api/components/access"
)

// Become says who can become a caller, and how. Similar principals and targets share
// one entry.
type Become struct {
	// Principals are ARNs, or texts for principals that are not of the account, such as
	// "service lambda.amazonaws.com", "account 444455556666" and "everyone".
	Principals []string `json:"principals"`
	// Way lists the actions of the way. Effect says what it does, with the principal
	// as its subject.
	Way    string `json:"way"`
	Effect string `json:"effect"`
	// Targets are the ARNs of the principals whose permissions are gained, or of the groups
	// or policies that change. Others are Itself, "a new user" and "a new role".
	Targets []string `json:"targets"`
	// Via are the ARNs of the roles that are assumed before the target, in this order.
	Via []string `json:"via,omitempty"`
	// Through names the statements that allow each step.
	Through []string `json:"through"`
	// Condition says what must hold. It is empty if the way is always possible.
	Condition string `json:"condition,omitempty"`
	// Source is the address of a description of the way, or empty.
	Source string `json:"source,omitempty"`
	// OfStack reports whether the stack declares this: the trust policy alone allows it,
	// and is the one that the stack declares for the role.
	OfStack bool `json:"ofStack"`
}

// Itself is the target of a way by which a principal changes its own permissions.
const Itself = "itself"

// atWillWay is listed for principals that have most other ways.
const atWillWay = "IAM at will"

// becoming finds who can become a caller.
type becoming struct {
	*asker
	api     access.Api
	region  string
	stack   map[string]string // trust policies
	probes  map[string]string // example resource of each route under IAM
	all     *access.Row       // allows every route under IAM
	covered map[[2]*access.Row]bool
	edges   map[*person][]edge
	callers map[bool][]string // ARNs of callers, by whether they are roles
	others  map[bool][]string // those of principals that cannot call everything and can be changed
	found   []Become
}

// Becomes returns who can become a caller of an API: who can assume a role that can call,
// directly or through other roles, and who can write to IAM or run code to become one,
// for example by attaching a policy to itself. The rows say what users and roles can call, by ARN; those without a row cannot
// call. trusts are the trust policies that the stack declares, by the names of its roles.
//
// A principal is listed with a target only if the target can call something that it cannot
// call itself. A principal that can do most things in IAM is listed for that alone. The
// evaluator decides about each request. Conditions on unknown parts of a request are in
// Condition.
//
// It supposes that other accounts, services and identity providers allow their own
// principals the request. NotModelled says what is left out.
func (a *Account) Becomes(api access.Api, rows access.Matrix, trusts map[string]string) []Become {
	b := &becoming{
		asker: newAsker(a, rows), api: api, stack: trusts, probes: map[string]string{}, all: &access.Row{Cells: map[string]access.Cell{}},
		covered: map[[2]*access.Row]bool{}, edges: map[*person][]edge{}, callers: map[bool][]string{}, others: map[bool][]string{},
	}
	if fields := strings.Split(api.ExecutionArn, ":"); len(fields) > 3 {
		b.region = fields[3]
	}
	for _, route := range api.Routes {
		if route.Authorization != access.IAM {
			continue
		}
		b.all.Cells[route.Key.String()] = access.Allow()
		if examples := api.Routes.Examples(route); len(examples) > 0 {
			b.probes[route.Key.String()] = api.ExecutionArn + "/" + api.Stage + "/" + examples[0].Method + examples[0].Path
		}
	}
	b.listUnjudged()
	b.listWays()
	for i := range a.Principals {
		who := b.people[a.Principals[i].Arn]
		if who.IsRole() && (who.writes || b.calls(who.row)) {
			b.chains(who, b.power(who))
		}
	}
	return folded(b.found)
}

// calls reports whether a row may allow anything.
func (b *becoming) calls(row *access.Row) bool { return !b.covers(nil, row) }

// power returns what a principal can call or can become able to call.
func (b *becoming) power(who *person) *access.Row {
	if who.writes {
		return b.all
	}
	return who.row
}

// covers reports whether a row certainly allows what the other does, for the routes under
// IAM.
func (b *becoming) covers(row, other *access.Row) bool {
	if row == other || other == nil {
		return true
	}
	key := [2]*access.Row{row, other}
	covers, done := b.covered[key]
	if !done {
		covers = true
		for route := range b.all.Cells {
			var cell access.Cell
			if row != nil {
				cell = row.Cells[route]
			}
			covers = covers && other.Cells[route].Within(cell)
		}
		b.covered[key] = covers
	}
	return covers
}

// assumersOf returns who may assume a role directly.
func (b *becoming) assumersOf(role *person) []edge {
	edges, done := b.edges[role]
	if !done {
		edges = b.assumers(role)
		b.edges[role] = edges
	}
	return edges
}

func (b *becoming) list(entry Become) { b.found = append(b.found, entry) }

// listUnjudged lists principals with policies that the evaluator rejects or that are
// missing: they may have ways that are not found.
func (b *becoming) listUnjudged() {
	for _, c := range b.classes {
		for _, text := range c.unjudged {
			b.list(Become{
				Principals: arns(c.members), Way: "not judged", Effect: "has a policy that cannot be judged",
				Targets: []string{Itself}, Through: []string{text},
			})
		}
	}
}

func arns(people []*person) []string {
	var all []string
	for _, who := range people {
		all = append(all, who.Arn)
	}
	return all
}

// folded joins entries that differ only in their principals, and then those that differ
// only in their targets. Entries are sorted by way, target and principal; assuming a role
// comes first, and what the stack declares last.
func folded(entries []Become) []Become {
	entries = joined(entries, func(e *Become) *[]string { return &e.Principals })
	entries = joined(entries, func(e *Become) *[]string { return &e.Targets })
	slices.SortStableFunc(entries, func(x, y Become) int {
		if x.OfStack != y.OfStack {
			if x.OfStack {
				return 1
			}
			return -1
		}
		byWay := strings.Compare(strings.TrimPrefix(x.Way, assumeRole), strings.TrimPrefix(y.Way, assumeRole))
		return cmp.Or(byWay, slices.Compare(x.Targets, y.Targets), slices.Compare(x.Principals, y.Principals))
	})
	return entries
}

// joined joins entries that differ only in one list.
func joined(entries []Become, list func(*Become) *[]string) []Become {
	byRest := map[[sha256.Size]byte]*Become{}
	var order []*Become
	for _, entry := range entries {
		values := *list(&entry)
		*list(&entry) = nil
		rest, _ := json.Marshal(entry)
		key := sha256.Sum256(rest) // the other list may be long
		if byRest[key] == nil {
			byRest[key] = &entry
			order = append(order, &entry)
		}
		*list(byRest[key]) = append(*list(byRest[key]), values...)
	}
	var all []Become
	for _, entry := range order {
		of := list(entry)
		slices.Sort(*of)
		*of = slices.Compact(*of)
		all = append(all, *entry)
	}
	return all
}
