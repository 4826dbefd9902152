package recorder

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// Resource is a registration.
type Resource struct {
	Type, Name string
	URN        resource.URN
	// Parent is the component that the resource descends from, or the stack.
	Parent resource.URN
	// Custom tells resources of a provider from components.
	Custom bool
	// Inputs are as registered, unknown and secret values included.
	Inputs resource.PropertyMap
	// ID and State are what the mocks answered: in a preview no id, and no state
	// beyond the inputs that are known.
	ID    string
	State resource.PropertyMap
	// DependsOn are all dependencies, Dependencies those of each input.
	DependsOn    []resource.URN
	Dependencies map[string][]resource.URN
	// ReplaceOnChanges are the inputs whose changes replace the resource, where the
	// program says so.
	ReplaceOnChanges []string
	// Provider is the reference of an explicit provider, or empty.
	Provider string
}

// String is the type and the logical name.
func (r Resource) String() string { return r.Type + "::" + r.Name }

// urn is built as the engine does: it holds the type of the parent.
func (r Resource) urn(project string) resource.URN {
	var parent tokens.Type
	if !r.OfStack() {
		parent = r.Parent.QualifiedType()
	}
	return resource.NewURN(Stack, tokens.PackageName(project), parent, tokens.Type(r.Type), r.Name)
}

// OfStack tells a resource that has no component above it.
func (r Resource) OfStack() bool {
	return r.Parent == "" || r.Parent.QualifiedType() == resource.RootStackType
}

// Input is an input as plain Go values; nil if it is not set.
func (r Resource) Input(key string) any {
	return plain(r.Inputs[resource.PropertyKey(key)])
}

// Output is an output as plain Go values; Unknown if it is not known yet.
func (r Resource) Output(key string) any {
	if v, known := r.State[resource.PropertyKey(key)]; known {
		return plain(v)
	}
	return Unknown
}

// Archive is the path of an input that is an archive.
func (r Resource) Archive(t *testing.T, key string) string {
	t.Helper()
	v := r.Inputs[resource.PropertyKey(key)]
	if !v.IsArchive() || !v.ArchiveValue().IsPath() {
		t.Fatalf("%s: %s is %v, not the path of an archive", r, key, v)
	}
	return v.ArchiveValue().Path
}

// Document is an input that holds JSON, decoded.
func (r Resource) Document(t *testing.T, key string) map[string]any {
	t.Helper()
	text, ok := r.Input(key).(string)
	if !ok {
		t.Fatalf("%s: %s is %v, not a document", r, key, r.Input(key))
	}
	return Decode(t, text)
}

// Decode reads a JSON object.
func Decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatalf("%q is no document: %v", text, err)
	}
	return document
}

// plain unwraps secrets and gives Unknown for what is not known.
func plain(v resource.PropertyValue) any {
	return v.MapRepl(nil, func(v resource.PropertyValue) (any, bool) {
		switch {
		case v.IsSecret():
			return plain(v.SecretValue().Element), true
		case v.IsComputed():
			return Unknown, true
		}
		return nil, false
	})
}

// All are the resources of a type, in the order of their names.
func (r Recording) All(typ string) []Resource {
	return slices.DeleteFunc(slices.Clone(r.Resources), func(x Resource) bool { return x.Type != typ })
}

// One is the only resource of a type.
func (r Recording) One(t *testing.T, typ string) Resource {
	t.Helper()
	all := r.All(typ)
	if len(all) != 1 {
		t.Fatalf("there are %d of %s, not one", len(all), typ)
	}
	return all[0]
}

// Named is the resource of a type and logical name.
func (r Recording) Named(t *testing.T, typ, name string) Resource {
	t.Helper()
	for _, x := range r.All(typ) {
		if x.Name == name {
			return x
		}
	}
	t.Fatalf("there is no %s::%s in:\n%s", typ, name, strings.Join(r.Names(), "\n"))
	return Resource{}
}

// Names are the types and logical names of all resources, sorted.
func (r Recording) Names() []string {
	names := make([]string, len(r.Resources))
	for i, x := range r.Resources {
		names[i] = x.String()
	}
	return names
}

// Components are the resources that no provider manages.
func (r Recording) Components() []Resource {
	return slices.DeleteFunc(slices.Clone(r.Resources), func(x Resource) bool { return x.Custom })
}

// Root is the outermost component that a resource descends from, itself if it
// is right below the stack.
func (r Recording) Root(t *testing.T, x Resource) Resource {
	t.Helper()
	for !x.OfStack() {
		i := slices.IndexFunc(r.Resources, func(parent Resource) bool { return parent.URN == x.Parent })
		if i < 0 {
			t.Fatalf("%s descends from %s, which is not registered", x, x.Parent)
		}
		x = r.Resources[i]
	}
	return x
}
