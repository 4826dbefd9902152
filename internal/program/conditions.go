package program

import (
	"fmt"
	"time"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// readConditions reads the conditions of a policy.
func readConditions(v config.Value) access.Conditions {
	var c access.Conditions
	readers := map[string]func(config.Value){}
	for _, kind := range access.ConditionKinds() {
		readers[kind.Key] = func(v config.Value) { readCondition(v, kind, &c) }
	}
	v.Fields(readers, access.ConditionReason)
	if err := access.CheckWindow(c.NotBefore, c.NotAfter); err != nil {
		v.At("notAfter").Fail("%v", err)
	}
	return c
}

func readCondition(v config.Value, kind access.ConditionKind, c *access.Conditions) {
	switch field := kind.Field(c).(type) {
	case *bool:
		*field = v.Flag()
	case *time.Time:
		v.Checked(func(text string) (err error) {
			*field, err = access.ParseInstant(text)
			return err
		})
	case *string:
		*field = v.Checked(kind.CheckText)
	case *[]string:
		*field = readItems(v, kind)
	case *map[string]string:
		*field = readEntries(v, kind)
	default:
		panic(fmt.Sprintf("%s: a condition's value cannot be a %T", v.Path(), field))
	}
}

func readItems(v config.Value, kind access.ConditionKind) []string {
	items := v.Texts(kind.Noun)
	if items == nil {
		return nil // reported
	}
	if err := kind.CheckCount(len(items)); err != nil {
		v.Fail("%v", err)
	}
	for i, err := range kind.CheckItems(items) {
		if err != nil {
			v.Item(items[i]).Fail("%v", err)
		}
	}
	return items
}

func readEntries(v config.Value, kind access.ConditionKind) map[string]string {
	entries := map[string]string{}
	v.Entries(kind.Noun, func(name string, entry config.Value) {
		entries[name] = entry.Text()
	})
	if !v.IsMap() {
		return nil // reported
	}
	for _, err := range kind.CheckEntries(entries) {
		v.Refuse(": %w", err)
	}
	return entries
}
