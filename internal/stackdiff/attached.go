package stackdiff

import (
	"slices"
	"strings"

	"iam-secured-api/components/access"
)

// setsWith is the beginning of the names of permission sets in the comparison.
const setsWith = "permission sets with "

// principals returns the stack's principals. It adds one for each policy with a fixed name:
// the permission sets that refer to it. These are not in the matrix, and may have other
// policies, too.
func principals(s Stack) []access.Principal {
	all := slices.Clone(s.Plan.Principals)
	for name, policy := range s.Plan.Policies {
		if references := policy.Naming.References(); len(references) > 0 {
			all = append(all, access.Principal{Name: setsWith + references[0], Policies: []string{name}})
		}
	}
	return all
}

// attachedChanges compares what the documents of the stack's policies do not show: the
// managed policies of roles, whose documents are not known, and the names that permission
// sets must refer to.
func attachedChanges(old, new Stack) []Fact {
	var all facts
	for _, name := range sortedKeys(old.Plan.Roles, new.Plan.Roles) {
		after, stays := new.Plan.Roles[name]
		if !stays {
			continue
		}
		edits := editsOf(old.Plan.Roles[name].ManagedPolicies, after.ManagedPolicies)
		for _, arn := range edits.Added {
			all.both("role/"+name, "gets the managed policy "+arn+", whose document is not known")
		}
		for _, arn := range edits.Removed {
			all.both("role/"+name, "loses the managed policy "+arn+", whose document is not known")
		}
	}
	before, after := references(old), references(new)
	for _, set := range sortedKeys(before, after) {
		if before[set] == nil || after[set] == nil {
			continue // they are compared as principals
		}
		if added := editsOf(before[set], after[set]).Added; len(added) > 0 {
			all.lose(set, "lose what moves to "+strings.Join(added, ", ")+" until they refer to it, too")
		}
	}
	return all
}

// references returns the paths and names of the documents of each policy with a fixed
// name, by the permission sets that refer to them.
func references(s Stack) map[string][]string {
	all := map[string][]string{}
	for _, policy := range s.Plan.Policies {
		if references := policy.Naming.References(); len(references) > 0 {
			all[setsWith+references[0]] = references
		}
	}
	return all
}
