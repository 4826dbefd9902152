package access

import (
	"fmt"
	"time"
)

// write adds what a statement lists for the condition, if it is set: what follows
// the ContextKey, and the values.
func (k *ConditionKind) write(c *Conditions, add func(key string, values ...string)) {
	switch field := k.Field(c).(type) {
	case *bool:
		if *field {
			add("", "true")
		}
	case *time.Time:
		if !field.IsZero() {
			add("", instantText(*field))
		}
	case *string:
		if *field != "" {
			add("", *field)
		}
	case *[]string:
		if *field != nil {
			add("", networks(*field)...)
		}
	case *map[string]string:
		for _, key := range sortedKeys(*field) {
			add(key, (*field)[key])
		}
	}
}

// read sets the condition from what a statement lists. It reports whether that is
// what write adds for some value.
func (k *ConditionKind) read(c *Conditions, key string, values []string) bool {
	one := key == "" && len(values) == 1
	switch field := k.Field(c).(type) {
	case *bool:
		if !one || values[0] != "true" {
			return false
		}
		*field = true
	case *time.Time:
		if !one {
			return false
		}
		instant, err := time.Parse(instantLayout, values[0])
		if err != nil || instant.IsZero() || instantText(instant) != values[0] { // Parse accepts fractions of a second
			return false
		}
		*field = instant
	case *string:
		if !one || values[0] == "" {
			return false
		}
		*field = values[0]
	case *[]string:
		if key != "" {
			return false
		}
		*field = values
	case *map[string]string:
		if len(values) != 1 {
			return false
		}
		if *field == nil {
			*field = map[string]string{}
		}
		(*field)[key] = values[0]
	}
	return true
}

// check returns every problem of the condition, if it is set. Each begins with its
// place behind the Key.
func (k *ConditionKind) check(c *Conditions) (errs []error) {
	add := func(err error, format string, args ...any) {
		if err != nil {
			errs = append(errs, fmt.Errorf(format+"%w", append(args, err)...))
		}
	}
	switch field := k.Field(c).(type) {
	case *time.Time:
		if field.IsZero() {
			break
		}
		text := field.UTC().Format(time.RFC3339Nano)
		add(checkInstant(*field), ": %q ", text)
		if field == &c.NotAfter {
			add(CheckWindow(c.NotBefore, c.NotAfter), ": %q ", text)
		}
	case *string:
		if *field != "" {
			add(k.CheckText(*field), ": %q ", *field)
		}
	case *[]string:
		if *field == nil {
			break
		}
		add(k.CheckCount(len(*field)), ": %d ", len(*field))
		for i, err := range k.CheckItems(*field) {
			add(err, "[%d]: %q ", i, (*field)[i])
		}
	case *map[string]string:
		if *field == nil {
			break
		}
		for _, err := range k.CheckEntries(*field) {
			add(err, ": ")
		}
	}
	return errs
}
