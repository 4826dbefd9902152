package recorder

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// Resource is the registration of a resource.
type Resource struct {
	Type, Name string
	URN        resource.URN
	// Parent is the component above the resource, or the stack.
	Parent resource.URN
	// Custom reports whether a provider manages the resource, so that it is not a
	// component.
	Custom bool
	// Inputs are as registered, including unknown and secret values.
	Inputs resource.PropertyMap
	// ID and State are what the mocks returned. In a preview, the id is empty, and the
	// state is the inputs.
	ID    string
	State resource.PropertyMap
	// DependsOn lists all dependencies, Dependencies those of each input.
	DependsOn    []resource.URN
	Dependencies map[string][]resource.URN
	// ReplaceOnChanges lists the inputs whose changes replace the resource at the
	// program's request.
	ReplaceOnChanges []string
	// Protected reports whether Pulumi refuses to delete the resource.
	Protected bool
	// Provider is the reference of an explicit provider, or empty.
	Provider string
}

// String returns the type, without the prefix "aws:", and the logical name.
func (r Resource) String() string { return strings.TrimPrefix(r.Type, "aws:") + " " + r.Name }

// urn returns the URN as the engine forms it, with the parent's type.
func (r Resource) urn(project string) resource.URN {
	var parent tokens.Type
	if !r.OfStack() {
		parent = r.Parent.QualifiedType()
	}
	return resource.NewURN(Stack, tokens.PackageName(project), parent, tokens.Type(r.Type), r.Name)
}

// OfStack reports whether the resource has no component above it.
func (r Resource) OfStack() bool {
	return r.Parent == "" || r.Parent.QualifiedType() == resource.RootStackType
}

// Input returns an input as plain Go values, or nil if it is not set.
func (r Resource) Input(key string) any {
	return plain(r.Inputs[resource.PropertyKey(key)])
}

// Output returns an output of the stack as plain Go values.
func (r Recording) Output(name string) any { return plain(r.Outputs[resource.PropertyKey(name)]) }

// Output returns an output as plain Go values, or Unknown.
func (r Resource) Output(key string) any {
	if v, known := r.State[resource.PropertyKey(key)]; known {
		return plain(v)
	}
	return Unknown
}

// Archive returns the path of an input that is an archive.
func (r Resource) Archive(t *testing.T, key string) string {
	t.Helper()
	v := r.Inputs[resource.PropertyKey(key)]
	if !v.IsArchive() || !v.ArchiveValue().IsPath() {
		t.Fatalf("%s: %s is %v, not the path of an archive", r, key, v)
	}
	return v.ArchiveValue().Path
}

// Document decodes an input that contains JSON.
func (r Resource) Document(t *testing.T, key string) map[string]any {
	t.Helper()
	text, ok := r.Input(key).(string)
	if !ok {
		t.Fatalf("%s: %s is %v, not a document", r, key, r.Input(key))
	}
	return Decode(t, text)
}

// Decode decodes a JSON object.
func Decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatalf("%q is not a document: %v", text, err)
	}
	return document
}

// All returns the resources of a type, sorted by name.
func (r Recording) All(typ string) []Resource {
	return slices.DeleteFunc(slices.Clone(r.Resources), func(x Resource) bool { return x.Type != typ })
}

// One returns the only resource of a type.
func (r Recording) One(t *testing.T, typ string) Resource {
	t.Helper()
	all := r.All(typ)
	if len(all) != 1 {
		t.Fatalf("there are %d of %s, not one", len(all), typ)
	}
	return all[0]
}

// Named returns the resource with a type and logical name.
func (r Recording) Named(t *testing.T, typ, name string) Resource {
	t.Helper()
	for _, x := range r.All(typ) {
		if x.Name == name {
			return x
		}
	}
	t.Fatalf("there is no %s %s in:\n%s", typ, name, strings.Join(r.Names(), "\n"))
	return Resource{}
}

// Names returns the sorted types and logical names of all resources.
func (r Recording) Names() []string {
	names := make([]string, len(r.Resources))
	for i, x := range r.Resources {
		names[i] = x.String()
	}
	return names
}

// Components returns the resources that no provider manages.
func (r Recording) Components() []Resource {
	return slices.DeleteFunc(slices.Clone(r.Resources), func(x Resource) bool { return x.Custom })
}

// Root returns the outermost component above a resource, or the resource itself if it
// is directly below the stack.
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
