package stackdiff

import (
	"slices"
	"strings"

	"iam-secured-api/components/access"
)

// Difference says which principals gain or lose access. With -json it is the output.
type Difference struct {
	// Result is None, Losses if principals lose and none gains, or Gains if a principal
	// gains or may gain.
	Result string `json:"result"`
	// Access are changes of the calls that principals may make.
	Access []Change `json:"access"`
	// Credentials are changes of roles' trust, of authorizers, of mutual TLS and of access
	// keys.
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

// Exit codes of a command that compares. 0 means that nothing changed, and 1 an error.
const (
	ExitLosses = 10
	ExitGains  = 11
)

// ExitCode returns the exit code of a command that found the difference.
func (d Difference) ExitCode() int {
	return map[string]int{Losses: ExitLosses, Gains: ExitGains}[d.Result]
}

// Change is a change that is the same for several principals.
type Change struct {
	Principals []string     `json:"principals"`
	Calls      []CallChange `json:"calls"`
}

// CallChange is a change of the decision about a call, as cells of a matrix. It may both
// gain and lose: some requests may be newly allowed and others newly denied.
type CallChange struct {
	Call string `json:"call"`
	From Cells  `json:"from"`
	To   Cells  `json:"to"`
	// Unordered are routes without a documented order, on which the decision depends:
	// those of NEW, or those of OLD if it does not depend on routes in NEW.
	Unordered []string `json:"unordered,omitempty"`
	Effect
}

// Cells are the distinct cells of the routes that a call may end at.
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

// Effect is the effect of a change.
type Effect struct {
	Gains bool `json:"gains"`
	Loses bool `json:"loses"`
}

// Fact is a change of one principal, in words that follow its name.
type Fact struct {
	Principal string `json:"principal"`
	Says      string `json:"says"`
	Effect
}

// facts collects changes of principals.
type facts []Fact

func (f *facts) gain(principal, says string) {
	*f = append(*f, Fact{principal, says, Effect{Gains: true}})
}
func (f *facts) lose(principal, says string) {
	*f = append(*f, Fact{principal, says, Effect{Loses: true}})
}
func (f *facts) both(principal, says string) {
	*f = append(*f, Fact{principal, says, Effect{true, true}})
}

// Edits are the names that were added and removed.
type Edits struct {
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
}

func editsOf(old, new []string) Edits {
	without := func(names, others []string) []string {
		names = slices.DeleteFunc(slices.Sorted(slices.Values(names)),
			func(name string) bool { return slices.Contains(others, name) })
		return append([]string{}, names...)
	}
	return Edits{Added: without(new, old), Removed: without(old, new)}
}

// Compare returns the difference between two stacks.
func Compare(old, new Stack) Difference {
	edits := editsOf(namesOf(principals(old)), namesOf(principals(new)))
	old = renamed(old, new)
	calls := callsOf(old.Plan.Routes, new.Plan.Routes)
	a, b := newSide(old, calls), newSide(new, calls)
	d := Difference{
		Access:      accessChanges(a, b, calls),
		Credentials: credentialChanges(old, new),
		Principals:  edits,
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

func namesOf(principals []access.Principal) []string {
	var names []string
	for _, p := range principals {
		names = append(names, p.Name)
	}
	return names
}

func (e Effect) and(other Effect) Effect {
	return Effect{e.Gains || other.Gains, e.Loses || other.Loses}
}
