package stackdiff

import (
	"fmt"
	"slices"
	"strings"

	"iam-secured-api/components/access"
)

// accessChanges compares the access of all principals. It compares principals that call
// with the same before and after only once.
func accessChanges(a, b side, calls []call) []Change {
	groups := map[string][]string{} // by what they call with
	for _, name := range sortedKeys(a.principals, b.principals) {
		key := fmt.Sprintf("%q %q", a.principals[name], b.principals[name])
		groups[key] = append(groups[key], name)
	}
	together := map[string]*Change{} // by the calls that change
	for _, names := range groups {
		of := callChanges(a, b, a.principals[names[0]], b.principals[names[0]], calls)
		if len(of) == 0 {
			continue
		}
		key := fmt.Sprintf("%+v", of)
		if together[key] == nil {
			together[key] = &Change{Calls: of}
		}
		together[key].Principals = append(together[key].Principals, names...)
	}
	changes := []Change{}
	for _, c := range together {
		slices.Sort(c.Principals)
		changes = append(changes, *c)
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Principals[0], b.Principals[0]) })
	return changes
}

// toCome is the call of routes that are not declared yet.
const toCome = "routes to come"

// callChanges compares the calls that a principal may make on one side and on the
// other.
func callChanges(a, b side, before, after principal, calls []call) []CallChange {
	var changes []CallChange
	for i := range len(calls) + 1 {
		c := CallChange{Call: toCome, Effect: effectOn(a, b, before, after, i)}
		if c.Effect == (Effect{}) {
			continue
		}
		if i < len(calls) {
			c.Call = calls[i].String()
		}
		c.From, c.To = a.cells(before, i), b.cells(after, i)
		if len(c.To) > 1 {
			c.Unordered = b.routes(i)
		} else if len(c.From) > 1 {
			c.Unordered = a.routes(i)
		}
		changes = append(changes, c)
	}
	return foldMethods(changes)
}

// effectOn compares a call before and after. If the call may end at several routes, AWS
// documents no order between them, and the effects of every order count. The order is
// assumed to be the same on both sides: of two routes that both sides have, a call
// does not end at one before the change and at the other after it. What Anyone gains
// is not repeated for principals with policies or tokens.
func effectOn(a, b side, before, after principal, call int) Effect {
	var e Effect
	for i, was := range a.ends[call] {
		for j, is := range b.ends[call] {
			if was.template != is.template && a.templates[is.template] && b.templates[was.template] {
				continue
			}
			old, new := a.cell(before, call, i), b.cell(after, call, j)
			e.Gains = e.Gains || !new.Within(old) && (is.route.Authorization != access.Open || before.isAnyone() && after.isAnyone())
			e.Loses = e.Loses || !old.Within(new)
		}
	}
	return e
}

// foldMethods replaces the changes of a path by one if they are the same for all
// methods.
func foldMethods(changes []CallChange) []CallChange {
	alike := map[string]int{} // how many methods, by the change with ANY
	for _, c := range changes {
		alike[fmt.Sprintf("%+v", c.ofAny())]++
	}
	var folded []CallChange
	for _, c := range changes {
		any := c.ofAny()
		switch key := fmt.Sprintf("%+v", any); alike[key] {
		case len(access.Methods):
			folded = append(folded, any)
			alike[key] = 0 // the others are in it
		case 0:
		default:
			folded = append(folded, c)
		}
	}
	return folded
}

// ofAny returns the change as that of all methods.
func (c CallChange) ofAny() CallChange {
	if _, path, found := strings.Cut(c.Call, " /"); found {
		c.Call = "ANY /" + path
	} else if strings.HasSuffix(c.Call, " "+access.DefaultRoute) {
		c.Call = access.DefaultRoute
	}
	return c
}
