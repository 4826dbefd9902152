package access

import (
	"cmp"
	"slices"
	"strings"

	"iam-secured-api/components/access/iam"
)

// Cell says whether a principal may call a route: it may if one of the alternatives
// holds. The zero Cell denies. Equal cells have equal texts.
type Cell struct {
	alternatives []*alternative // distinct; one that always holds is the only one
}

// Alternative is one way in which requests are allowed: every field that is set must
// hold. The zero Alternative always holds.
type Alternative struct {
	// Methods are the methods of the request, or nil for all that end at the route.
	Methods []string
	// Text is a condition in words that the other fields cannot express, or empty.
	Text string
	// Conditions are the conditions of a policy.
	Conditions Conditions
	// Others are conditions of a statement that are not in the table of conditions.
	Others []iam.Condition
	// Boundary is the ARN of a permissions boundary that must also allow the request,
	// or empty.
	Boundary string
	// Scopes are scopes, or nil. The token must have at least one of them.
	Scopes []string
}

// alternative is an Alternative with values that are computed once.
type alternative struct {
	Alternative
	written []written // its Conditions and Others
	text    string    // of all but the methods
}

func newAlternative(a Alternative) *alternative {
	result := &alternative{Alternative: a, written: a.Conditions.write()}
	parts := []string{a.Text, inWords(result.written)}
	for _, condition := range a.Others {
		result.written = append(result.written, written{Condition: condition})
		parts = append(parts, condition.String())
	}
	if a.Boundary != "" {
		parts = append(parts, "the permissions boundary "+a.Boundary+" allows it")
	}
	if len(a.Scopes) > 0 {
		result.Scopes = slices.Sorted(slices.Values(a.Scopes))
		parts = append(parts, "the token has scope "+strings.Join(result.Scopes, " or "))
	}
	result.text = joined(parts, " and ")
	return result
}

// joined joins the parts that are not empty.
func joined(parts []string, separator string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), separator)
}

func (a *alternative) always() bool {
	return len(a.Methods)+len(a.written)+len(a.Scopes) == 0 && a.Boundary == "" && a.Text == ""
}

func (a *alternative) compare(b *alternative) int {
	return cmp.Or(strings.Compare(a.text, b.text), slices.Compare(a.Methods, b.Methods))
}

func (a *alternative) equal(b *alternative) bool {
	return a == b || slices.Equal(a.Methods, b.Methods) && a.Boundary == b.Boundary && a.Text == b.Text &&
		slices.Equal(a.Scopes, b.Scopes) && slices.EqualFunc(a.written, b.written, written.equal)
}

// within reports whether b certainly holds whenever a does.
func (a *alternative) within(b *alternative) bool {
	if b.Boundary != "" && b.Boundary != a.Boundary || b.Text != "" && b.Text != a.Text {
		return false
	}
	if !oneOf(a.Methods, b.Methods) || !oneOf(a.Scopes, b.Scopes) {
		return false
	}
	return subset(b.written, a.written, func(of, by written) bool { return by.within(of) })
}

// oneOf reports whether everything with one of the items certainly has one of the others.
// An empty list means that none is required.
func oneOf(items, others []string) bool {
	same := func(a, b string) bool { return a == b }
	return len(others) == 0 || len(items) > 0 && subset(items, others, same)
}

// subset reports whether every item is the same as one of the others.
func subset[T any](items, others []T, same func(item, other T) bool) bool {
	return !slices.ContainsFunc(items, func(item T) bool {
		return !slices.ContainsFunc(others, func(other T) bool { return same(item, other) })
	})
}

var allow = Cell{[]*alternative{newAlternative(Alternative{})}}

// Allow returns the cell that always allows.
func Allow() Cell { return allow }

// AllowIf returns the cell that allows if one of the alternatives holds.
func AllowIf(alternatives ...Alternative) Cell {
	all := make([]*alternative, len(alternatives))
	for i, a := range alternatives {
		all[i] = newAlternative(a)
	}
	return newCell(all)
}

// newCell returns the cell with these alternatives. It sorts them in place.
func newCell(alternatives []*alternative) Cell {
	if slices.ContainsFunc(alternatives, (*alternative).always) {
		return allow
	}
	slices.SortFunc(alternatives, (*alternative).compare)
	return Cell{slices.CompactFunc(alternatives, (*alternative).equal)}
}

// Allows reports whether the cell always allows.
func (c Cell) Allows() bool { return len(c.alternatives) == 1 && c.alternatives[0].always() }

// Denies reports whether the cell always denies.
func (c Cell) Denies() bool { return len(c.alternatives) == 0 }

// Or returns the cell that allows what c or other allows.
func (c Cell) Or(other Cell) Cell {
	switch {
	case c.Denies() || other.Allows():
		return other
	case other.Denies() || c.Allows():
		return c
	}
	return newCell(slices.Concat(c.alternatives, other.alternatives))
}

// Equal reports whether both cells have the same alternatives, in the same order.
func (c Cell) Equal(other Cell) bool {
	return slices.EqualFunc(c.alternatives, other.alternatives, (*alternative).equal)
}

// Within reports whether other certainly allows everything that c allows.
func (c Cell) Within(other Cell) bool {
	return subset(c.alternatives, other.alternatives, (*alternative).within)
}

// String returns "allow", "deny", or "allow " and the Condition.
func (c Cell) String() string {
	switch {
	case c.Denies():
		return "deny"
	case c.Allows():
		return "allow"
	}
	return "allow " + c.Condition()
}

// MarshalText returns the String.
func (c Cell) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Condition returns the condition in words, such as "if with MFA, or if in
// organization o-a1b2c3d4e5". It is empty if the cell always allows or always denies.
func (c Cell) Condition() string {
	if c.Denies() || c.Allows() {
		return ""
	}
	byMethods := map[string][]string{}
	for _, a := range c.alternatives {
		methods := strings.Join(a.Methods, " or ")
		byMethods[methods] = append(byMethods[methods], a.text)
	}
	type group struct{ condition, methods string }
	var groups []group
	for methods, conditions := range byMethods {
		groups = append(groups, group{strings.Join(conditions, ", or if "), methods})
	}
	slices.SortFunc(groups, func(a, b group) int { return strings.Compare(a.condition, b.condition) })
	parts := make([]string, len(groups))
	for i, g := range groups {
		parts[i] = g.condition
		if g.methods != "" {
			parts[i] = joined([]string{"the method is " + g.methods, g.condition}, " and ")
		}
	}
	return "if " + strings.Join(parts, "; or if ")
}
