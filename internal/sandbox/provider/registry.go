package provider

import (
	"fmt"

	"iam-secured-api/internal/sandbox/cloud"
)

// Type is a resource type of the provider, for tests that range over all types.
type Type struct{ kind *resourceType }

// Types returns the types that the program uses.
func Types() []Type { return typesOf(resourceTypes) }

// InstanceTypes returns the types that only examples/instance-caller uses.
func InstanceTypes() []Type { return typesOf(instanceTypes) }

func typesOf(list []*resourceType) []Type {
	types := make([]Type, 0, len(list))
	for _, t := range list {
		types = append(types, Type{t})
	}
	return types
}

// Token returns Pulumi's token of the type.
func (t Type) Token() string { return t.kind.token }

// Creates returns the action of AWS that creates a resource with an id of its
// own. It is empty for a type that only relates others, like an attachment.
func (t Type) Creates() string { return t.kind.creates }

// Calls returns all changing actions of AWS that operations on a resource of
// the type use.
func (t Type) Calls() []string {
	var calls []string
	if t.kind.creates != "" {
		calls = append(calls, t.kind.creates)
	}
	calls = append(calls, t.kind.calls...)
	if t.kind.tags != "" {
		calls = append(calls, "Tag"+t.kind.tags, "Untag"+t.kind.tags)
	}
	return calls
}

// Unique returns the input whose value must be unique on AWS. It is empty if
// two resources of the type may be equal.
func (t Type) Unique() string { return t.kind.unique }

// Takes reports whether the type has an input with the name.
func (t Type) Takes(input string) bool { return t.kind.input(input) != nil }

// TakesTags reports whether resources of the type can be tagged.
func (t Type) TakesTags() bool { return t.kind.tags != "" }

// Existing is a resource that exists in an account, whether or not it is in a
// state.
type Existing struct {
	ID       string // Pulumi's
	ImportID string // the id for `pulumi import`
}

// List returns the resources of the type in a region of an account, including
// those that are in no state. It is empty for a type without [Type.Creates], and
// for [InstanceTypes].
func (t Type) List(a *cloud.Account, region string) ([]Existing, error) {
	if t.kind.list == nil {
		return nil, nil
	}
	c := clientOf(a, region)
	ids, err := t.kind.list(c)
	if err != nil {
		return nil, err
	}
	var found []Existing
	for _, importID := range ids {
		id, _, err := t.kind.locate(c, importID)
		if err != nil {
			return nil, err
		}
		found = append(found, Existing{ID: id, ImportID: importID})
	}
	return found, nil
}

// Delete deletes a resource that List returned.
func (t Type) Delete(a *cloud.Account, region string, e Existing) error {
	return t.on(a, region, e, t.kind.delete)
}

// Tag adds tags to a resource that List returned, or changes them.
func (t Type) Tag(a *cloud.Account, region string, e Existing, tags map[string]string) error {
	return t.on(a, region, e, func(c *client, id string, state values) error { return t.kind.tag(c, id, state, tags) })
}

// Untag removes tags from a resource that List returned.
func (t Type) Untag(a *cloud.Account, region string, e Existing, keys ...string) error {
	return t.on(a, region, e, func(c *client, id string, state values) error { return t.kind.untag(c, id, state, keys) })
}

// on reads a resource and applies a function to it.
func (t Type) on(a *cloud.Account, region string, e Existing, do func(c *client, id string, state values) error) error {
	c := clientOf(a, region)
	id, prior, err := t.kind.locate(c, e.ImportID)
	if err != nil {
		return err
	}
	state, err := t.kind.state(c, id, prior)
	if err == nil && state == nil {
		err = fmt.Errorf("%s %s is gone", t.kind.token, e.ImportID)
	}
	if err != nil {
		return err
	}
	return do(c, id, state)
}

func clientOf(a *cloud.Account, region string) *client {
	return &client{account: a, region: a.Region(region)}
}
