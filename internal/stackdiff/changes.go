package stackdiff

import (
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
		var key strings.Builder
		for _, c := range of {
			key.WriteString(c.Call + "\n" + c.From + "\n" + c.To + "\n")
		}
		if together[key.String()] == nil {
			together[key.String()] = &Change{Calls: of}
		}
		together[key.String()].Principals = append(together[key.String()].Principals, names...)
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
// those of the other. What anyone gains is not said again of those who have
// policies.
func callChanges(a, b side, before, after []string, calls []call) []CallChange {
	var changes []CallChange
	for i := range len(calls) + 1 {
		if b.open[i] && len(before)+len(after) > 0 {
			continue
		}
		old, new := a.rights(before, i), b.rights(after, i)
		e := Effect{Gains: !new.within(old), Loses: !old.within(new)}
		if e == (Effect{}) {
			continue
		}
		c := CallChange{Call: toCome, From: old.String(), To: new.String(), Effect: e}
		if i < len(calls) {
			c.Call = calls[i].String()
		}
		changes = append(changes, c)
	}
	return foldMethods(changes)
}

// foldMethods makes one of the changes of a path if they are the same for all
// methods.
func foldMethods(changes []CallChange) []CallChange {
	alike := map[CallChange]int{} // how many methods, by the change with ANY
	for _, c := range changes {
		alike[c.ofAny()]++
	}
	var folded []CallChange
	for _, c := range changes {
		any := c.ofAny()
		switch alike[any] {
		case len(access.Methods):
			folded = append(folded, any)
			alike[any] = 0 // the others are in it
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
