package stackdiff

import (
	"encoding/json"
	"io"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/table"
)

// Text returns the difference in words.
func (d Difference) Text() string {
	var out strings.Builder
	d.section(&out, "Gains:", "  + ", Effect{Gains: true})
	d.section(&out, "Losses:", "  - ", Effect{Loses: true})
	d.section(&out, "Changes by which some may gain and some lose:", "  ~ ", Effect{Gains: true, Loses: true})
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
			table.Wrap(&also, "  "+of.what, "    ", table.Enumerate(atMost(of.names)))
		}
	}
	if also.Len() > 0 {
		out.WriteString("\nIn the file:\n" + also.String())
	}
	return out.String()
}

// mostItems is the largest number of items of a list in the text.
const mostItems = 40

// atMost shortens a list to mostItems.
func atMost(items []string) []string {
	if len(items) <= mostItems {
		return items
	}
	return append(items[:mostItems:mostItems], "and "+table.Plural(len(items)-mostItems, "other"))
}

// section writes the changes with one effect.
func (d Difference) section(out *strings.Builder, heading, prefix string, of Effect) {
	var lines strings.Builder
	for _, change := range d.Access {
		for _, sentence := range change.sentences(of) {
			table.Wrap(&lines, prefix, "      ", sentence)
		}
	}
	for _, fact := range d.Credentials {
		if fact.Effect == of {
			table.Wrap(&lines, prefix, "      ", strings.Fields(fact.Principal+" "+fact.Says))
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

// sentences returns sentences about the calls with one effect, one for all calls with
// the same change. Each sentence is a list of pieces that are not broken.
func (c Change) sentences(of Effect) [][]string {
	type phrase struct{ before, after string } // the calls
	var phrases []phrase
	calls := map[phrase][]string{}
	for _, call := range c.Calls {
		if call.Effect != of {
			continue
		}
		var p phrase
		text := call.Call
		if len(call.Unordered) > 0 {
			p = phrase{possible[of], "as AWS documents no order between the routes in parentheses"}
			text += " (" + strings.Join(call.Unordered, " or ") + ")"
		} else {
			p.before, p.after = certain(of, call.From[0], call.To[0])
		}
		if calls[p] == nil {
			phrases = append(phrases, p)
		}
		calls[p] = append(calls[p], text)
	}
	var sentences [][]string
	for _, p := range phrases {
		pieces := strings.Fields(table.People(c.Principals) + " " + p.before)
		for _, call := range table.Enumerate(atMost(calls[p])) {
			pieces = append(pieces, strings.Split(lineBreaks.Replace(call), "\n")...)
		}
		sentences = append(sentences, append(pieces, strings.Fields(p.after)...))
	}
	return sentences
}

// lineBreaks are the places where a list of routes may be broken.
var lineBreaks = strings.NewReplacer(" (", "\n(", " or ", " or\n")

// possible is the verb of a change that depends on which route takes a call.
var possible = map[Effect]string{
	{Gains: true}: "may gain", {Loses: true}: "may lose", {Gains: true, Loses: true}: "may gain or lose",
}

// certain returns the words before and after calls that end at one route.
func certain(of Effect, from, to access.Cell) (before, after string) {
	condition := func(cell access.Cell) string {
		if cell.Allows() {
			return "always"
		}
		return cell.Condition()
	}
	switch {
	case to.Denies():
		return "may no longer call", from.Condition()
	case from.Denies():
		return "may now call", to.Condition()
	case of == Effect{Loses: true}:
		return "may call", "only " + condition(to) + "; until now " + condition(from)
	}
	return "may call", condition(to) + "; until now " + condition(from)
}

// WriteJSON writes a value as indented JSON.
func WriteJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
