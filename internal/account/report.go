package account

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/table"
)

// Limits says who is not in a report.
const Limits = "The account's root user can call everything. What is not in the account's description is not " +
	"counted: policies of sessions and of an organization, which only take away, and who can start sessions of a role."

// Matrix returns what each caller can call, by its ARN. In the cells, what is not known
// is a condition.
func (r *Report) Matrix() access.Matrix {
	matrix := access.Matrix{}
	equal := map[[sha256.Size]byte]*access.Row{}
	for _, c := range r.Callers {
		if equal[c.digest] == nil {
			row := &access.Row{Cells: map[string]access.Cell{}}
			for i, cell := range c.Cells {
				row.Cells[r.Routes[i]] = cell.Cell
				if len(cell.Unknown) > 0 {
					row.Cells[r.Routes[i]] = access.AllowIf(access.Alternative{Text: cell.String()})
				}
			}
			equal[c.digest] = row
		}
		matrix[c.Arn] = equal[c.digest]
	}
	return matrix
}

// WriteJSON writes the report as a JSON object, with who can become a caller. Principals
// that cannot call any route are left out.
func (r *Report) WriteJSON(out io.Writer, becomes []Become) error {
	type caller struct {
		Routes  map[string]*Cell `json:"routes"`
		OfStack bool             `json:"ofStack"`
		Beyond  []string         `json:"beyond"`
		Through []string         `json:"through"`
	}
	buffer := bufio.NewWriter(out)
	write := func(prefix, indent string, value any) error {
		buffer.WriteString(prefix)
		var text strings.Builder
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent(indent, "  ")
		err := encoder.Encode(value)
		buffer.WriteString(strings.TrimSuffix(text.String(), "\n"))
		return err
	}
	separator := "{\n  \"principals\": {\n    "
	for _, c := range r.Callers { // one by one, since the whole may be large
		routes := map[string]*Cell{}
		for i, cell := range c.Cells {
			routes[r.Routes[i]] = cell
		}
		if err := write(separator, "", c.Arn); err != nil {
			return err
		}
		of := caller{routes, c.OfStack, append([]string{}, c.Beyond...), append([]string{}, c.Through...)}
		if err := write(": ", "    ", of); err != nil {
			return err
		}
		separator = ",\n    "
	}
	if len(r.Callers) == 0 {
		buffer.WriteString(separator)
	}
	if err := write("\n  },\n  \"becomes\": ", "  ", append([]Become{}, becomes...)); err != nil {
		return err
	}
	buffer.WriteString("\n}\n")
	return buffer.Flush()
}

// Text returns the report in words: first the principals that are not of the stack, then
// those of the stack that can call more than its matrix says, then the rest.
func (r *Report) Text(becomes []Become) string {
	var outside, beyond, rest []Caller
	for _, c := range r.Callers {
		switch {
		case !c.OfStack:
			outside = append(outside, c)
		case len(c.Beyond) > 0:
			beyond = append(beyond, c)
		default:
			rest = append(rest, c)
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "Can call more than the stack says: %s of %d\n\n", table.Plural(len(outside)+len(beyond), "principal"), len(r.Callers)+r.Others)
	if len(r.NotIAM) > 0 {
		table.Wrap(&out, "", "  ", strings.Fields("Not under IAM: "+strings.Join(r.NotIAM, ", ")))
		out.WriteString("\n")
	}
	r.section(&out, "Can call, and are not of the stack", outside)
	r.section(&out, "Of the stack, and can call more than its matrix says", beyond)
	r.section(&out, "Of the stack, and can call what its matrix says, or less", rest)
	fmt.Fprintf(&out, "Cannot call any route: %s\n\n", table.Plural(r.Others, "principal"))
	news := becomes
	declared := slices.IndexFunc(becomes, func(b Become) bool { return b.OfStack })
	if declared >= 0 {
		news = becomes[:declared]
	}
	fmt.Fprintf(&out, "Can become a caller, or one that can call more: %s\n\n", table.Plural(len(news), "way"))
	r.writeBecomes(&out, news)
	if declared >= 0 {
		ways := becomes[declared:]
		fmt.Fprintf(&out, "Can become a caller, as the stack's trust policies say: %s\n\n", table.Plural(len(ways), "way"))
		for _, become := range ways {
			table.Wrap(&out, "  ", "    ", strings.Fields(r.wayInWords(become)))
		}
		out.WriteString("\n")
	}
	table.Wrap(&out, "", "", strings.Fields(NotModelled))
	out.WriteString("\n")
	table.Wrap(&out, "", "", strings.Fields(Limits))
	return out.String()
}

// section writes principals. It groups those with equal cells.
func (r *Report) section(out *strings.Builder, heading string, callers []Caller) {
	fmt.Fprintf(out, "%s: %s\n\n", heading, table.Plural(len(callers), "principal"))
	together := map[string][]Caller{}
	var keys []string // in the order of the first principals
	for _, c := range callers {
		key := string(c.digest[:]) + strings.Join(c.Beyond, "\n")
		if together[key] == nil {
			keys = append(keys, key)
		}
		together[key] = append(together[key], c)
	}
	for _, key := range keys {
		alike := together[key]
		var names, through []string
		for _, c := range alike {
			names, through = append(names, c.Name), append(through, c.Through...)
		}
		group := [][]string{names}
		first := alike[0]
		cells := map[string]string{}
		for i, route := range r.Routes {
			cells[route] = first.Cells[i].String()
		}
		cell := func(_, route string) table.Cell { return table.Cell{Text: cells[route]} }
		table.Of(r.Routes, group, cell).WriteList(out, group)
		if len(names) > table.MostNamed {
			list(out, "principals", names)
		}
		if first.OfStack && len(first.Beyond) > 0 {
			list(out, "beyond the matrix", first.Beyond)
		}
		list(out, "through", r.through(through))
		out.WriteString("\n")
	}
}

// writeBecomes writes entries of the list of who can become a caller. Those that differ
// only in their actions share one.
func (r *Report) writeBecomes(out *strings.Builder, becomes []Become) {
	alike := map[string][]Become{}
	var keys []string
	for _, b := range becomes {
		key := fmt.Sprint(b.Principals, b.Effect, b.Targets, b.Via, b.Condition)
		if alike[key] == nil {
			keys = append(keys, key)
		}
		alike[key] = append(alike[key], b)
	}
	for _, key := range keys {
		first := alike[key][0]
		var ways, through []string
		for _, b := range alike[key] {
			ways, through = append(ways, b.Way), append(through, b.Through...)
		}
		table.Wrap(out, "", "  ", strings.Fields(r.wayInWords(first)+" ("+strings.Join(ways, "; or ")+")"))
		if first.Condition != "" {
			table.Wrap(out, "  if: ", "    ", strings.Fields(first.Condition))
		}
		for i, arns := range [][]string{first.Principals, first.Targets} {
			if len(arns) > table.MostNamed {
				list(out, []string{"principals", "targets"}[i], r.short(arns))
			}
		}
		list(out, "through", r.through(through))
		out.WriteString("\n")
	}
}

// wayInWords says who can become a caller, without the conditions. The account's own
// principals, groups and policies have names without the beginning of their ARNs.
func (r *Report) wayInWords(b Become) string {
	text := table.People(r.short(b.Principals)) + ": "
	if slices.Equal(b.Targets, []string{Itself}) {
		return text + b.Effect
	}
	effect := b.Effect
	if targets := r.short(b.Targets); targets[0] != b.Targets[0] {
		for _, kind := range []string{"role", "user", "group"} { // the name says so, too
			effect = strings.TrimSuffix(effect, " the "+kind)
		}
	}
	text += effect + " " + table.People(r.short(b.Targets))
	if len(b.Via) > 0 {
		text += ", after " + strings.Join(r.short(b.Via), ", then ")
	}
	return text
}

// short returns the ARNs of the account's IAM without their beginnings and paths.
func (r *Report) short(arns []string) []string {
	var all []string
	for _, arn := range arns {
		if name, own := strings.CutPrefix(arn, r.iam); own && r.iam != "" {
			kind, _, _ := strings.Cut(name, "/")
			arn = kind + name[strings.LastIndexByte(name, '/'):]
		}
		all = append(all, strings.Replace(arn, "users of "+r.iam, "users of ", 1))
	}
	return all
}

// through returns the names of statements, sorted. Each has the groups that have its
// policy and, if there are several, the actions that it allows.
func (r *Report) through(names []string) []string {
	short := strings.NewReplacer("policy "+r.iam+"policy/", "policy/", "boundary "+r.iam+"policy/", "boundary policy/")
	notes := map[string][]string{}
	for _, name := range names {
		note := ""
		for _, prefix := range []*regexp.Regexp{groupPrefix, actionPrefix} {
			if match := prefix.FindStringSubmatch(name); match != nil {
				note, name = match[1], strings.TrimPrefix(name, match[0])
			}
		}
		name = short.Replace(name)
		notes[name] = append(notes[name], note)
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(notes)) {
		of := slices.Compact(slices.Sorted(slices.Values(notes[name])))
		if of[0] == "" && len(of) > 1 {
			of[0] = "attached"
		}
		ofActions := actionPrefix.MatchString(of[0] + ": ")
		if of[0] != "" && !(ofActions && len(notes) == 1) {
			name += " (" + strings.Join(of, ", ") + ")"
		}
		all = append(all, name)
	}
	return all
}

var (
	groupPrefix  = regexp.MustCompile(`^(group [^ ]+), `)
	actionPrefix = regexp.MustCompile(`^([a-z0-9-]+:[A-Za-z]+): `)
)

// mostListed is the largest number of items of a list in the text.
const mostListed = 20

// list writes a list with a heading.
func list(out *strings.Builder, heading string, items []string) {
	if more := len(items) - mostListed; more > 0 {
		items = append(items[:mostListed:mostListed], fmt.Sprintf("and %d more", more))
	}
	table.Wrap(out, "  "+heading+": ", "    ", table.Enumerate(items))
}
