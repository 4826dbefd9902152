package stackdiff

import (
	"cmp"
	"slices"

	"iam-secured-api/components/access"
)

// renamed returns the old stack with its authorizers under the names that the new stack has
// for the same authorizers, because names do not affect who can call what.
func renamed(old, new Stack) Stack {
	names := map[string]string{} // old -> new
	for before, a := range old.Plan.Authorizers {
		for after, b := range new.Plan.Authorizers {
			_, stays := new.Plan.Authorizers[before]
			_, was := old.Plan.Authorizers[after]
			same := a.Issuer == b.Issuer && slices.Equal(slices.Sorted(slices.Values(a.Audiences)), slices.Sorted(slices.Values(b.Audiences)))
			if !stays && !was && same {
				names[before] = after
			}
		}
	}
	if len(names) == 0 {
		return old
	}
	plan := *old.Plan
	plan.Authorizers = map[string]access.Authorizer{}
	for name, a := range old.Plan.Authorizers {
		plan.Authorizers[cmp.Or(names[name], name)] = a
	}
	plan.Routes = slices.Clone(plan.Routes)
	for i, route := range plan.Routes {
		plan.Routes[i].Authorizer = cmp.Or(names[route.Authorizer], route.Authorizer)
	}
	plan.Principals = slices.Clone(plan.Principals)
	for i, p := range plan.Principals {
		if after, is := names[p.Authorizer]; is {
			plan.Principals[i] = access.Bearer(after)
		}
	}
	old.Plan = &plan
	return old
}

// authorizerChanges compares whose tokens the authorizers accept.
func authorizerChanges(before, after map[string]access.Authorizer) []Fact {
	var all facts
	for _, name := range sortedKeys(before, after) {
		was, is := before[name], after[name]
		added, removed := is.Audiences, was.Audiences
		if was.Issuer == is.Issuer {
			edits := editsOf(was.Audiences, is.Audiences)
			added, removed = edits.Added, edits.Removed
		}
		from := func(issuer string, audiences []string) string {
			return "be from " + issuer + ", with " + shown(access.Term{Name: "the audience"}, slices.Sorted(slices.Values(audiences)))
		}
		bearers := access.Bearer(name).Name
		if len(added) > 0 {
			all.gain(bearers, "may now "+from(is.Issuer, added))
		}
		if len(removed) > 0 {
			all.lose(bearers, "may no longer "+from(was.Issuer, removed))
		}
	}
	return all
}
