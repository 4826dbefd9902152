package stackdiff

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/table"
)

// credentialChanges compares what is not in the matrix: who may assume the roles and
// for how long, which tokens authorizers accept, which certificates clients need, which
// users have access keys, and which policies are not known.
func credentialChanges(old, new Stack) []Fact {
	all := facts{}
	for _, name := range sortedKeys(old.Plan.Roles, new.Plan.Roles) {
		before, was := old.Plan.Roles[name]
		after, is := new.Plan.Roles[name]
		role := "role/" + name
		if was && is && before.Trust.Terms().Source == after.Trust.Terms().Source {
			all = append(all, trustChanges(role, before.Trust, after.Trust)...)
			all = append(all, sessionChanges(role, before.MaxSessionSeconds, after.MaxSessionSeconds)...)
			continue
		}
		if was {
			all.lose(role, "may no longer be assumed by "+principalsOf(before.Trust))
		}
		if is {
			all.gain(role, "may now be assumed by "+principalsOf(after.Trust))
		}
	}
	all = append(all, authorizerChanges(old.Plan.Authorizers, new.Plan.Authorizers)...)
	all = append(all, certificateChanges(old.Plan.Domain, new.Plan.Domain)...)
	all = append(all, providerChanges(old.Plan.OidcProviders, new.Plan.OidcProviders)...)
	for _, name := range sortedKeys(old.Plan.Users, new.Plan.Users) {
		switch before, after := old.Plan.Users[name].AccessKey, new.Plan.Users[name].AccessKey; {
		case !before && after:
			all.gain("user/"+name, "gets an access key")
		case before && !after:
			all.lose("user/"+name, "loses the access key")
		}
	}
	all = append(all, attachedChanges(old, new)...)
	if old.Environment != new.Environment {
		all.both("anyone", "may be affected by the stack's environment, which has changed and is not read")
	}
	return all
}

// sortedKeys returns the keys of two maps.
func sortedKeys[V any](a, b map[string]V) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b)))))
}

// providerChanges compares the OIDC providers. Roles can be assumed with tokens of an issuer
// only if the account has its provider.
func providerChanges(before, after map[string]access.OidcProvider) []Fact {
	var all facts
	for _, issuer := range sortedKeys(before, after) {
		tokens := "tokens of " + issuer
		for _, audience := range without(after[issuer].Audiences, before[issuer].Audiences) {
			all.gain(tokens, fmt.Sprintf("are now accepted with the audience %q", audience))
		}
		for _, audience := range without(before[issuer].Audiences, after[issuer].Audiences) {
			all.lose(tokens, fmt.Sprintf("are no longer accepted with the audience %q", audience))
		}
	}
	return all
}

// principalsOf returns in words whom a role trusts, and what they must show.
func principalsOf(trust access.Trust) string {
	terms := trust.Terms()
	who := trust.String()
	if terms.Principals != nil {
		who = named(terms, terms.Principals)
	}
	if len(terms.Required) == 0 {
		return who
	}
	var with []string
	for _, term := range terms.Required {
		with = append(with, shown(term, term.Values))
	}
	return who + ", with " + strings.Join(with, " and ")
}

// named returns principals of a trust in words.
func named(terms access.Terms, principals []string) string {
	if slices.Contains(principals, access.WholeAccount) {
		return "whomever " + terms.Source + " allows to"
	}
	return table.People(principals) + " of " + terms.Source
}

// shown returns in words what a principal must show, with these values.
func shown(term access.Term, values []string) string {
	if term.Hidden || len(values) == 0 {
		return term.Name
	}
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = strconv.Quote(value)
	}
	return term.Name + " " + strings.Join(quoted, " or ")
}

// trustChanges compares two trusts with the same account, issuer or service.
func trustChanges(role string, before, after access.Trust) []Fact {
	a, b := before.Terms(), after.Terms()
	var all facts
	gain := func(text string) { all.gain(role, "may "+text) }
	lose := func(text string) { all.lose(role, "may "+text) }
	if names := without(b.Principals, a.Principals); len(names) > 0 {
		gain("now be assumed by " + named(b, names))
	}
	if names := without(a.Principals, b.Principals); len(names) > 0 {
		lose("no longer be assumed by " + named(a, names))
	}
	required, requires := byName(a.Required), byName(b.Required)
	for _, name := range sortedKeys(required, requires) {
		was, is := required[name], requires[name]
		added, removed := without(is.Values, was.Values), without(was.Values, is.Values)
		switch {
		case was.Name == "":
			lose("be assumed only with " + shown(is, is.Values))
		case is.Name == "":
			gain("be assumed without " + name)
		case was.Hidden && len(added) > 0:
			all.both(role, "may be assumed with another "+strings.TrimPrefix(name, "an ")+", and no longer with the one until now")
		default:
			if len(added) > 0 {
				gain("now be assumed with " + shown(is, added))
			}
			if len(removed) > 0 {
				lose("no longer be assumed with " + shown(was, removed))
			}
		}
	}
	for _, name := range without(b.Allowed, a.Allowed) {
		gain("now be assumed with " + name)
	}
	for _, name := range without(a.Allowed, b.Allowed) {
		lose("no longer be assumed with " + name)
	}
	if reflect.DeepEqual(a, b) && textOf(before) != textOf(after) { // a difference that the lines above do not describe
		all.both(role, "has another trust policy")
	}
	return all
}

// textOf returns a trust policy.
func textOf(trust access.Trust) string {
	text, _ := access.Render(trust.Document(access.PlaceholderExecutionArn)) // checked by the parser
	return text
}

func byName(terms []access.Term) map[string]access.Term {
	all := map[string]access.Term{}
	for _, term := range terms {
		all[term.Name] = term
	}
	return all
}

// without returns the values that no other value includes.
func without(values, others []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(value string) bool {
		return slices.ContainsFunc(others, func(other string) bool { return includes(other, value) })
	})
}

var likeWildcards = strings.NewReplacer(`\*`, `.*`, `\?`, `[^*]`)

// includes reports whether a pattern matches everything that a value with wildcards
// matches. WholeAccount includes all principals.
func includes(pattern, value string) bool {
	return regexp.MustCompile(`(?s)^` + likeWildcards.Replace(regexp.QuoteMeta(pattern)) + `$`).MatchString(value)
}

// sessionChanges compares the longest sessions of a role.
func sessionChanges(role string, before, after int) []Fact {
	if before == after {
		return nil
	}
	return []Fact{{role, fmt.Sprintf("may be used for %d seconds at a time; until now for %d", after, before),
		Effect{Gains: before < after, Loses: before > after}}}
}
