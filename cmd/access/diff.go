package main

import (
	"io"
	"maps"
	"slices"
)

// showDiff runs the subcommand diff and gives its exit code.
func showDiff(args arguments, in io.Reader, out, log io.Writer) (int, error) {
	var stacks [2]stack
	for i, file := range args.files {
		var err error
		if stacks[i], err = readStack(file, in, log); err != nil {
			return 0, err
		}
	}
	d := compare(stacks[0], stacks[1])
	code := map[string]int{resultLosses: exitLosses, resultGains: exitGains}[d.Result]
	if args.asJSON {
		return code, writeJSON(out, d)
	}
	_, err := io.WriteString(out, d.text())
	return code, err
}

// difference is who gains and who loses what; -json prints it.
type difference struct {
	// Result is none, losses if somebody loses and nobody gains, or gains if
	// somebody gains or may gain.
	Result string `json:"result"`
	// Access are changes of who may make which calls.
	Access []change `json:"access"`
	// Credentials are changes of how one becomes a principal.
	Credentials []fact `json:"credentials"`
	Principals  edits  `json:"principals"`
	Routes      edits  `json:"routes"`
}

// Results of a comparison.
const (
	resultNone   = "none"
	resultLosses = "losses"
	resultGains  = "gains"
)

// change is what changes for principals for whom the same does.
type change struct {
	Principals []string     `json:"principals"`
	Calls      []callChange `json:"calls"`
}

// callChange is how a call was decided and is going to be, as in the cells of a
// matrix. Gains and loses are both set where conditions change so that some
// requests may be allowed that were not, and the other way round.
type callChange struct {
	Call string `json:"call"`
	From string `json:"from"`
	To   string `json:"to"`
	effect
}

// effect tells what comes of a change.
type effect struct {
	Gains bool `json:"gains"`
	Loses bool `json:"loses"`
}

// fact is a change that is about one principal, in plain words that go on from
// its name.
type fact struct {
	Principal string `json:"principal"`
	Says      string `json:"says"`
	effect
}

// edits are the names that are new and those that are gone.
type edits struct {
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
}

func editsOf[A, B any](old map[string]A, new map[string]B) edits {
	e := edits{Added: []string{}, Removed: []string{}}
	for _, name := range slices.Sorted(maps.Keys(new)) {
		if _, was := old[name]; !was {
			e.Added = append(e.Added, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if _, is := new[name]; !is {
			e.Removed = append(e.Removed, name)
		}
	}
	return e
}

// compare finds what NEW changes.
func compare(old, new stack) difference {
	calls := callsOf(routesOf(old), routesOf(new))
	a, b := newSide(old, calls), newSide(new, calls)
	d := difference{
		Access:      accessChanges(a, b, calls),
		Credentials: credentialChanges(old, new),
		Principals:  editsOf(a.holders, b.holders),
		Routes:      editsOf(old.config.Routes, new.config.Routes),
	}
	var all effect
	for _, change := range d.Access {
		for _, c := range change.Calls {
			all = all.and(c.effect)
		}
	}
	for _, fact := range d.Credentials {
		all = all.and(fact.effect)
	}
	switch {
	case all.Gains:
		d.Result = resultGains
	case all.Loses:
		d.Result = resultLosses
	default:
		d.Result = resultNone
	}
	return d
}

func (e effect) and(other effect) effect {
	return effect{e.Gains || other.Gains, e.Loses || other.Loses}
}
