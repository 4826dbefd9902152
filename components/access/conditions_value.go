package access

import (
	"fmt"
	"time"
)

// ConditionValue is where Conditions hold the value of a condition, and of which kind
// the value is: a [FlagValue], [InstantValue], [TextValue], [ListValue] or [MapValue].
type ConditionValue interface {
	// write adds what a statement lists for the value, with what stands behind the
	// context key. It adds nothing for a value that is not set.
	write(c *Conditions, add func(key string, values ...string))
	// read sets the value from what a statement lists. It reports whether that is what
	// write adds for some value.
	read(c *Conditions, key string, values []string) bool
	// check returns every problem of a value that is set. Each begins with its place
	// behind the condition's key.
	check(c *Conditions) []error
}

// single returns the only value of a context key, or "".
func single(key string, values []string) string {
	if key != "" || len(values) != 1 {
		return ""
	}
	return values[0]
}

// FlagValue is true if the condition must hold.
type FlagValue struct{ Of func(*Conditions) *bool }

func (v FlagValue) write(c *Conditions, add func(string, ...string)) {
	if *v.Of(c) {
		add("", "true")
	}
}

func (v FlagValue) read(c *Conditions, key string, values []string) bool {
	holds := single(key, values) == "true"
	*v.Of(c) = *v.Of(c) || holds
	return holds
}

func (v FlagValue) check(*Conditions) []error { return nil }

// InstantValue is a point in time, zero if it is not set. See ParseInstant.
type InstantValue struct {
	Of    func(*Conditions) *time.Time
	begin func(*Conditions) *time.Time // of the window that the instant ends; nil if it ends none
}

func (v InstantValue) write(c *Conditions, add func(string, ...string)) {
	if instant := *v.Of(c); !instant.IsZero() {
		add("", instantText(instant))
	}
}

func (v InstantValue) read(c *Conditions, key string, values []string) bool {
	text := single(key, values)
	instant, err := time.Parse(instantLayout, text)
	if err != nil || instant.IsZero() || instantText(instant) != text { // Parse takes fractions of a second
		return false
	}
	*v.Of(c) = instant
	return true
}

func (v InstantValue) check(c *Conditions) []error {
	instant := *v.Of(c)
	if instant.IsZero() {
		return nil
	}
	problems := []error{checkInstant(instant)}
	if v.begin != nil {
		problems = append(problems, CheckWindow(*v.begin(c), instant))
	}
	var errs []error
	for _, err := range problems {
		if err != nil {
			errs = append(errs, fmt.Errorf(": %q %w", instant.UTC().Format(time.RFC3339Nano), err))
		}
	}
	return errs
}

// TextValue is text, empty if it is not set.
type TextValue struct {
	Of func(*Conditions) *string
	// Check accepts a text.
	Check func(text string) error
}

func (v TextValue) write(c *Conditions, add func(string, ...string)) {
	if text := *v.Of(c); text != "" {
		add("", text)
	}
}

func (v TextValue) read(c *Conditions, key string, values []string) bool {
	text := single(key, values)
	if text != "" {
		*v.Of(c) = text
	}
	return text != ""
}

func (v TextValue) check(c *Conditions) []error {
	text := *v.Of(c)
	if text == "" {
		return nil
	}
	if err := v.Check(text); err != nil {
		return []error{fmt.Errorf(": %q %w", text, err)}
	}
	return nil
}

// ListValue is a list of texts of which one must match, nil if it is not set.
type ListValue struct {
	Of func(*Conditions) *[]string
	// Noun is what messages call the items.
	Noun string
	// CheckCount accepts a number of items.
	CheckCount func(count int) error
	// Check returns for each item what is wrong with it, or nil.
	Check func(items []string) []error

	canonical func(items []string) []string // the same items in the form of documents
}

func (v ListValue) write(c *Conditions, add func(string, ...string)) {
	if items := *v.Of(c); items != nil {
		add("", v.canonical(items)...)
	}
}

func (v ListValue) read(c *Conditions, key string, values []string) bool {
	if key != "" {
		return false
	}
	*v.Of(c) = values
	return true
}

func (v ListValue) check(c *Conditions) []error {
	items := *v.Of(c)
	if items == nil {
		return nil
	}
	var errs []error
	if err := v.CheckCount(len(items)); err != nil {
		errs = append(errs, fmt.Errorf(": %d %w", len(items), err))
	}
	for i, err := range v.Check(items) {
		if err != nil {
			errs = append(errs, fmt.Errorf("[%d]: %q %w", i, items[i], err))
		}
	}
	return errs
}

// MapValue is texts by key, all of which must match, nil if it is not set.
type MapValue struct {
	Of func(*Conditions) *map[string]string
	// Noun is what messages call the entries.
	Noun string
	// Check returns every problem of the entries, each with the entry.
	Check func(entries map[string]string) []error
}

func (v MapValue) write(c *Conditions, add func(string, ...string)) {
	entries := *v.Of(c)
	for _, key := range sortedKeys(entries) {
		add(key, entries[key])
	}
}

func (v MapValue) read(c *Conditions, key string, values []string) bool {
	if len(values) != 1 {
		return false
	}
	entries := v.Of(c)
	if *entries == nil {
		*entries = map[string]string{}
	}
	(*entries)[key] = values[0]
	return true
}

func (v MapValue) check(c *Conditions) []error {
	entries := *v.Of(c)
	if entries == nil {
		return nil
	}
	var errs []error
	for _, err := range v.Check(entries) {
		errs = append(errs, fmt.Errorf(": %w", err))
	}
	return errs
}
