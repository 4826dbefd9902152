package main

import (
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/table"
)

// text says in plain words who gains and who loses what.
func (d difference) text() string {
	var out strings.Builder
	d.section(&out, "Gains:", "  + ", effect{Gains: true})
	d.section(&out, "Losses:", "  - ", effect{Loses: true})
	d.section(&out, "Changes by which some may gain and some lose:", "  ~ ", effect{Gains: true, Loses: true})
	if out.Len() == 0 {
		out.WriteString("Nothing changes in who can call what.\n")
	}
	var also strings.Builder
	for _, of := range []struct {
		what  string
		names []string
	}{
		{"new principals: ", d.Principals.Added}, {"principals that go: ", d.Principals.Removed},
		{"new routes: ", d.Routes.Added}, {"routes that go: ", d.Routes.Removed},
	} {
		if len(of.names) > 0 {
			wrapped(&also, "  "+of.what, "    ", enumerated(atMost(of.names)))
		}
	}
	if also.Len() > 0 {
		out.WriteString("\nIn the file:\n" + also.String())
	}
	return out.String()
}

// mostItems is how many items of a list are said.
const mostItems = 40

// atMost cuts a list short.
func atMost(items []string) []string {
	if len(items) <= mostItems {
		return items
	}
	return append(items[:mostItems:mostItems], "and "+plural(len(items)-mostItems, "other"))
}

// section lists the changes with one effect.
func (d difference) section(out *strings.Builder, heading, prefix string, of effect) {
	var lines strings.Builder
	for _, change := range d.Access {
		for _, sentence := range change.sentences(of) {
			wrapped(&lines, prefix, "      ", sentence)
		}
	}
	for _, fact := range d.Credentials {
		if fact.effect == of {
			wrapped(&lines, prefix, "      ", strings.Fields(fact.Principal+" "+fact.Says))
		}
	}
	if lines.Len() == 0 {
		return
	}
	if out.Len() > 0 {
		out.WriteString("\n")
	}
	out.WriteString(heading + "\n" + lines.String())
}

// sentences say what changes, one for all calls of which the same is to be said.
// They are in pieces that stay whole.
func (c change) sentences(of effect) [][]string {
	type kind struct{ from, to string }
	var kinds []kind
	calls := map[kind][]string{}
	for _, call := range c.Calls {
		if call.effect != of {
			continue
		}
		k := kind{call.From, call.To}
		if calls[k] == nil {
			kinds = append(kinds, k)
		}
		calls[k] = append(calls[k], call.Call)
	}
	var sentences [][]string
	for _, k := range kinds {
		before, after := phrase(of, k.from, k.to)
		pieces := append(strings.Fields(table.People(c.Principals)+" "+before), enumerated(atMost(calls[k]))...)
		if after != "" {
			pieces = append(pieces, strings.Fields(after)...)
		}
		sentences = append(sentences, pieces)
	}
	return sentences
}

// phrase is what stands before and after the calls.
func phrase(of effect, from, to string) (before, after string) {
	condition := func(cell string) string {
		if cell == access.CellAllow {
			return "always"
		}
		return strings.TrimPrefix(cell, "allow ")
	}
	switch {
	case to == access.CellDeny:
		return "may no longer call", strings.TrimPrefix(from, access.CellAllow)
	case from == access.CellDeny:
		return "may now call", strings.TrimPrefix(to, access.CellAllow)
	case of == effect{Loses: true}:
		return "may call", "only " + condition(to) + "; until now " + condition(from)
	}
	return "may call", condition(to) + "; until now " + condition(from)
}
