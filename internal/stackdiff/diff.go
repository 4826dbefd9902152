package stackdiff

import (
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
)

// Difference is who gains and who loses what; -json prints it.
type Difference struct {
	// Result is none, losses if somebody loses and nobody gains, or gains if
	// somebody gains or may gain.
	Result string `json:"result"`
	// Access are changes of who may make which calls.
	Access []Change `json:"access"`
	// Credentials are changes of how one becomes a principal.
	Credentials []Fact `json:"credentials"`
	Principals  Edits  `json:"principals"`
	Routes      Edits  `json:"routes"`
}

// Results of a comparison.
const (
	None   = "none"
	Losses = "losses"
	Gains  = "gains"
)

// Exit codes of a command that compares; 0 is no change and 1 an error.
const (
	ExitLosses = 10
	ExitGains  = 11
)

// ExitCode is that of a command that has found the difference.
func (d Difference) ExitCode() int {
	return map[string]int{Losses: ExitLosses, Gains: ExitGains}[d.Result]
}

// Change is what changes for principals for whom the same does.
type Change struct {
	Principals []string     `json:"principals"`
	Calls      []CallChange `json:"calls"`
}

// CallChange is how a call was decided and is going to be, as in the cells of a
// matrix. Gains and loses are both set where conditions change so that some
// requests may be allowed that were not, and the other way round.
type CallChange struct {
	Call string `json:"call"`
	From Cells  `json:"from"`
	To   Cells  `json:"to"`
	// Unordered are the routes on which it depends: AWS documents no order between
	// them. They are those of NEW if it depends on them there, and else those of OLD.
	Unordered []string `json:"unordered,omitempty"`
	Effect
}

// Cells are those of the routes that a call may end at, each once: several if it
// depends on the route.
type Cells []access.Cell

// String joins the cells by "or".
func (c Cells) String() string {
	texts := make([]string, len(c))
	for i, cell := range c {
		texts[i] = cell.String()
	}
	return strings.Join(texts, " or ")
}

// MarshalText returns the String.
func (c Cells) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Effect is what comes of a change.
type Effect struct {
	Gains bool `json:"gains"`
	Loses bool `json:"loses"`
}

// Fact is a change that is about one principal, in plain words that go on from
// its name.
type Fact struct {
	Principal string `json:"principal"`
	Says      string `json:"says"`
	Effect
}

// Edits are the names that are new and those that are gone.
type Edits struct {
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
}

func editsOf(old, new []string) Edits {
	without := func(names, others []string) []string {
		names = slices.DeleteFunc(slices.Sorted(slices.Values(names)), func(name string) bool { return slices.Contains(others, name) })
		return append([]string{}, names...)
	}
	return Edits{Added: without(new, old), Removed: without(old, new)}
}

// Compare finds what NEW changes.
func Compare(old, new Stack) Difference {
	calls := callsOf(old.Plan.Routes, new.Plan.Routes)
	a, b := newSide(old, calls), newSide(new, calls)
	d := Difference{
		Access:      accessChanges(a, b, calls),
		Credentials: credentialChanges(old, new),
		Principals:  editsOf(slices.Collect(maps.Keys(a.holders)), slices.Collect(maps.Keys(b.holders))),
		Routes:      editsOf(old.Plan.Routes.Keys(), new.Plan.Routes.Keys()),
	}
	var all Effect
	for _, change := range d.Access {
		for _, c := range change.Calls {
			all = all.and(c.Effect)
		}
	}
	for _, fact := range d.Credentials {
		all = all.and(fact.Effect)
	}
	switch {
	case all.Gains:
		d.Result = Gains
	case all.Loses:
		d.Result = Losses
	default:
		d.Result = None
	}
	return d
}

func (e Effect) and(other Effect) Effect {
	return Effect{e.Gains || other.Gains, e.Loses || other.Loses}
}
