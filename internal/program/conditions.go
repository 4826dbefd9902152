package program

import (
	"fmt"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// readConditions reads what must hold besides a policy's grants.
func readConditions(v config.Value) access.Conditions {
	var c access.Conditions
	readers := map[string]func(config.Value){}
	for _, kind := range access.ConditionKinds() {
		readers[kind.Key] = func(v config.Value) { readCondition(v, kind.Value, &c) }
	}
	v.Fields(readers, access.ConditionReason)
	if err := access.CheckWindow(c.NotBefore, c.NotAfter); err != nil {
		v.At("notAfter").Fail("%v", err)
	}
	return c
}

func readCondition(v config.Value, of access.ConditionValue, c *access.Conditions) {
	switch of := of.(type) {
	case access.FlagValue:
		*of.Of(c) = v.Flag()
	case access.InstantValue:
		v.Checked(func(text string) (err error) {
			*of.Of(c), err = access.ParseInstant(text)
			return err
		})
	case access.TextValue:
		*of.Of(c) = v.Checked(of.Check)
	case access.ListValue:
		*of.Of(c) = readList(v, of)
	case access.MapValue:
		*of.Of(c) = readMap(v, of)
	default:
		panic(fmt.Sprintf("%s: a condition's value cannot be a %T", v.Path(), of))
	}
}

func readList(v config.Value, of access.ListValue) []string {
	items := v.Texts(of.Noun)
	if items == nil {
		return nil // reported
	}
	if err := of.CheckCount(len(items)); err != nil {
		v.Fail("%v", err)
	}
	for i, err := range of.Check(items) {
		if err != nil {
			v.Item(items[i]).Fail("%v", err)
		}
	}
	return items
}

func readMap(v config.Value, of access.MapValue) map[string]string {
	entries := map[string]string{}
	v.Entries(of.Noun, func(name string, entry config.Value) {
		entries[name] = entry.Checked(func(string) error { return nil })
	})
	if !v.IsMap() {
		return nil // reported
	}
	for _, err := range of.Check(entries) {
		v.Refuse(": %w", err)
	}
	return entries
}
