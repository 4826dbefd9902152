package stackdiff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/table"
)

// credentialChanges compares what is not in the matrix: who may assume the roles and
// for how long, which users have access keys, and which policies are not known.
func credentialChanges(old, new Stack) []Fact {
	facts := []Fact{}
	a, b := assumptionsOf(old), assumptionsOf(new)
	for _, name := range sortedKeys(a, b) {
		before, was := a[name]
		after, is := b[name]
		if was && is && before.account == after.account {
			facts = append(facts, before.changes(name, after)...)
			continue
		}
		if was {
			facts = append(facts, Fact{name, "may no longer be assumed by " + before.String(), Effect{Loses: true}})
		}
		if is {
			facts = append(facts, Fact{name, "may now be assumed by " + after.String(), Effect{Gains: true}})
		}
	}
	for _, name := range sortedKeys(old.Plan.Users, new.Plan.Users) {
		switch before, after := old.Plan.Users[name].AccessKey, new.Plan.Users[name].AccessKey; {
		case !before && after:
			facts = append(facts, Fact{"user/" + name, "gets an access key", Effect{Gains: true}})
		case before && !after:
			facts = append(facts, Fact{"user/" + name, "loses the access key", Effect{Loses: true}})
		}
	}
	facts = append(facts, attachedChanges(old, new)...)
	if old.Environment != new.Environment {
		facts = append(facts, Fact{"anyone", "may be affected by the stack's environment, which has changed and is not read", Effect{true, true}})
	}
	return facts
}

// sortedKeys returns the keys of two maps.
func sortedKeys[V any](a, b map[string]V) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b)))))
}

// assumption says who may assume a role.
type assumption struct {
	account    string   // empty for a service
	principals []string // sorted
	externalID string
	mfa        bool
	seconds    int
	document   string // the trust policy
}

// assumptionsOf returns the assumptions of all roles, by their names in the matrix.
func assumptionsOf(s Stack) map[string]assumption {
	all := map[string]assumption{}
	for name, role := range s.Plan.Roles {
		a := assumption{principals: []string{role.Trust.String()}, seconds: role.MaxSessionSeconds}
		a.document, _ = access.Render(role.Trust.Document("aws")) // checked by the parser
		if trust, is := role.Trust.(access.AccountTrust); is {
			a.account, a.principals = trust.AccountID, slices.Sorted(slices.Values(trust.Principals))
			a.externalID, a.mfa = trust.ExternalID, trust.RequireMFA
		}
		all["role/"+name] = a
	}
	return all
}

// who returns principals of the account in words.
func (a assumption) who(principals []string) string {
	switch {
	case a.account == "":
		return table.Listed(principals)
	case slices.Contains(principals, access.WholeAccount):
		return "whomever account " + a.account + " allows to"
	}
	return table.People(principals) + " of account " + a.account
}

// String returns in words who may assume the role, and under which conditions.
func (a assumption) String() string {
	var with []string
	if a.externalID != "" {
		with = append(with, "the external id")
	}
	if a.mfa {
		with = append(with, "MFA")
	}
	if len(with) == 0 {
		return a.who(a.principals)
	}
	return a.who(a.principals) + ", with " + strings.Join(with, " and ")
}

// changes compares a with b, which is of the same account.
func (a assumption) changes(role string, b assumption) []Fact {
	var facts []Fact
	add := func(e Effect, format string, args ...any) {
		facts = append(facts, Fact{role, fmt.Sprintf(format, args...), e})
	}
	gain, loss := Effect{Gains: true}, Effect{Loses: true}
	if names := a.without(b.principals); len(names) > 0 {
		add(gain, "may now be assumed by %s", b.who(names))
	}
	if names := b.without(a.principals); len(names) > 0 {
		add(loss, "may no longer be assumed by %s", a.who(names))
	}
	switch {
	case a.externalID == b.externalID:
	case a.externalID == "":
		add(loss, "may be assumed only with an external id")
	case b.externalID == "":
		add(gain, "may be assumed without an external id")
	default:
		add(Effect{true, true}, "may be assumed with another external id, and no longer with the one until now")
	}
	if a.mfa != b.mfa {
		add(Effect{Gains: a.mfa, Loses: b.mfa}, "may be assumed %s",
			map[bool]string{true: "only with MFA", false: "without MFA"}[b.mfa])
	}
	if len(facts) == 0 && a.document != b.document { // a difference that has no words above
		add(Effect{true, true}, "has another trust policy")
	}
	if a.seconds != b.seconds {
		add(Effect{Gains: a.seconds < b.seconds, Loses: a.seconds > b.seconds},
			"may be used for %d seconds at a time; until now for %d", b.seconds, a.seconds)
	}
	return facts
}

// without returns those of the principals that may not assume the role.
func (a assumption) without(principals []string) []string {
	if slices.Contains(a.principals, access.WholeAccount) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(principals), func(name string) bool { return slices.Contains(a.principals, name) })
}
