package stackdiff

import (
	"fmt"
	"slices"
	"strings"

	"iam-secured-api/components/access"
)

// accessChanges compares the rights of all principals. Those with the same
// policies, before and after, are looked at once.
func accessChanges(a, b side, calls []call) []Change {
	groups := map[string][]string{} // by policies
	for _, name := range principals(a, b) {
		key := strings.Join(a.holders[name], "\n") + "\n\n" + strings.Join(b.holders[name], "\n")
		groups[key] = append(groups[key], name)
	}
	together := map[string]*Change{} // by what changes
	for _, names := range groups {
		of := callChanges(a, b, a.holders[names[0]], b.holders[names[0]], calls)
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

// toCome stands for the calls of routes that are not declared yet.
const toCome = "routes to come"

// callChanges compares what one may call with policies of the one side and with
// those of the other.
func callChanges(a, b side, before, after []string, calls []call) []CallChange {
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

// effectOn compares what one may do with a call. Where it may end at several
// routes, AWS documents no order between them, and whatever some order makes
// possible counts. But the order is taken to be the same on both sides: of two
// routes that both sides have, a call does not end at the one before the change and
// at the other after it. What anyone gains is not said again of those who have
// policies.
func effectOn(a, b side, before, after []string, call int) Effect {
	var e Effect
	for i, was := range a.ends[call] {
		for j, is := range b.ends[call] {
			if was.template != is.template && a.templates[is.template] && b.templates[was.template] {
				continue
			}
			old, new := a.cell(before, call, i), b.cell(after, call, j)
			e.Gains = e.Gains || !new.Within(old) && !(is.open && len(before)+len(after) > 0)
			e.Loses = e.Loses || !old.Within(new)
		}
	}
	return e
}

// foldMethods makes one of the changes of a path if they are the same for all
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

// ofAny is the change as that of all methods.
func (c CallChange) ofAny() CallChange {
	if _, path, found := strings.Cut(c.Call, " /"); found {
		c.Call = "ANY /" + path
	} else if strings.HasSuffix(c.Call, " "+access.DefaultRoute) {
		c.Call = access.DefaultRoute
	}
	return c
}
