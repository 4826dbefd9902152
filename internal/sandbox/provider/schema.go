package provider

import (
	"fmt"
	"math"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"iam-secured-api/internal/sandbox/cloud"
)

// kind is the type of a property.
type kind int

const (
	aString kind = iota
	anInteger
	aNumber
	aBoolean
	aMap      // of strings
	aSet      // of strings: order means nothing
	anObject  // with fields
	anObjects // a set of objects with fields
	aDocument // JSON text of a policy; an object is accepted and rendered
	anArchive // of a local file or folder, known by the hash of its content
)

var kindNames = map[kind]string{
	aString: "a string", anInteger: "an integer", aNumber: "a number", aBoolean: "a boolean", aMap: "a map of strings",
	aSet: "a list of strings", anObject: "an object", anObjects: "a list of objects", aDocument: "JSON text or an object",
	anArchive: "an archive of a local file or folder",
}

// property is one input of a type.
type property struct {
	name string
	kind kind
	// field names the field that holds the property in structs of package cloud:
	// in those that create, change and describe a resource, as far as they have
	// it. Empty: not bound, or an object whose fields are bound by themselves.
	field    string
	fields   []property
	required bool
	// replaces: a change of it replaces the resource.
	replaces bool
	// byDefault is the provider's own default, nil for none.
	byDefault any
	// keeps: what is left out of the program stays as it is.
	keeps bool
	// local: reading a resource does not return it; the state keeps it.
	local bool
	// unmodelled: exists in pulumi-aws; what is not its default is refused here.
	// With a default, the state holds that.
	unmodelled bool
}

// resourceType is what the sandbox knows of one resource type.
type resourceType struct {
	token string
	// autoname is how long the names may be that autonaming makes, 0 for a type
	// that is not autonamed.
	autoname int
	// named is the property that autonaming makes, empty for "name".
	named  string
	inputs []property
	// outputs are the computed properties that are not inputs, but for tagsAll.
	outputs []property
	// secrets are the outputs that are secret.
	secrets []string
	// moves are the outputs that change with an update of one of the inputs.
	moves map[string][]string
	// unique is the input whose value AWS accepts once, empty for none.
	unique string

	// creates is the call that makes what has an id of its own, empty for a type
	// that only relates others, such as an attachment.
	creates string
	// calls are the other calls of its operations that change something, but for
	// those that tag.
	calls []string
	// tags is how resources are tagged, nil for a type that takes no tags.
	tags *tagging

	// create creates the resource. With an error it returns an id if something was
	// created. What is known at creation alone it leaves in ch.known.
	create func(c *client, ch *change) (id string, err error)
	// read returns a struct with every field that a property is bound to, nil if
	// the resource is gone. prior are the properties that are known so far.
	read func(c *client, id string, prior values) (any, error)
	// update changes everything but tags, which were changed before; a rename
	// leaves the new id in ch.id. Nil: every change replaces the resource.
	update func(c *client, ch *change) error
	delete func(c *client, id string, state values) error
	// locate turns the id of an import into the resource's id and the
	// properties that read needs. Nil: the type cannot be imported.
	locate func(c *client, importID string) (id string, prior values, err error)
	// list returns the import ids of all that exist. Nil: the type has no ids of
	// its own.
	list func(c *client) ([]string, error)
}

// nameProperty is the property that autonaming makes.
func (t *resourceType) nameProperty() string {
	if t.named != "" {
		return t.named
	}
	return propName
}

// prefixProperty is what a name may be made from in its place.
func (t *resourceType) prefixProperty() string { return t.nameProperty() + suffixPrefix }

// input returns the property with the name, nil if there is none.
func (t *resourceType) input(name string) *property { return lookup(t.inputs, name) }

func lookup(list []property, name string) *property {
	for i := range list {
		if list[i].name == name {
			return &list[i]
		}
	}
	return nil
}

// saysNothing reports whether a value says no more than an absent one.
func (p *property) saysNothing(v resource.PropertyValue) bool {
	return isZero(v) || p.byDefault != nil && p.equal(v, resource.NewPropertyValue(p.byDefault))
}

// typeError returns what is wrong with the type of a value, empty if nothing
// is. What is not known yet fits everywhere.
func (p *property) typeError(path string, v resource.PropertyValue) string {
	if v.IsComputed() {
		return ""
	}
	wrong := fmt.Sprintf("%s is %s, must be %s", path, v.TypeString(), kindNames[p.kind])
	switch p.kind {
	case aString:
		return unless(v.IsString(), wrong)
	case aBoolean:
		return unless(v.IsBool(), wrong)
	case aNumber:
		return unless(v.IsNumber(), wrong)
	case anInteger:
		return unless(v.IsNumber() && v.NumberValue() == math.Trunc(v.NumberValue()), wrong)
	case aDocument:
		return unless(v.IsString() || v.IsObject(), wrong)
	case anArchive:
		// The engine leaves the content out of what it does not want changed.
		return unless(v.IsArchive() && (v.ArchiveValue().IsPath() || !v.ArchiveValue().HasContents()), wrong)
	case aMap:
		if !v.IsObject() {
			return wrong
		}
		for k, x := range v.ObjectValue() {
			if !x.IsString() && !x.IsComputed() {
				return fmt.Sprintf("%s.%s is %s, must be a string", path, k, x.TypeString())
			}
		}
	case aSet:
		if !v.IsArray() {
			return wrong
		}
		for i, x := range v.ArrayValue() {
			if !x.IsString() && !x.IsComputed() {
				return fmt.Sprintf("%s[%d] is %s, must be a string", path, i, x.TypeString())
			}
		}
	case anObject:
		if !v.IsObject() {
			return wrong
		}
		return fieldsError(p.fields, path, plain(v.ObjectValue()))
	case anObjects:
		if !v.IsArray() {
			return wrong
		}
		for i, x := range v.ArrayValue() {
			if why := (&property{kind: anObject, fields: p.fields}).typeError(fmt.Sprintf("%s[%d]", path, i), x); why != "" {
				return why
			}
		}
	}
	return ""
}

func unless(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

func fieldsError(fields []property, path string, v values) string {
	for _, k := range v.keys() {
		if k == defaultsKey {
			continue
		}
		f := lookup(fields, k)
		if f == nil {
			return fmt.Sprintf("%s has no field %q", path, k)
		}
		if f.unmodelled && !isZero(v[k]) {
			return fmt.Sprintf("the sandbox does not model field %s.%s", path, k)
		}
		if why := f.typeError(path+"."+k, v[k]); why != "" {
			return why
		}
	}
	for _, f := range fields {
		if f.required && !v.has(f.name) {
			return fmt.Sprintf("missing required field %s.%s", path, f.name)
		}
	}
	return ""
}

// equal reports whether two values of a property mean the same. An absent value
// means the same as an empty one.
func (p *property) equal(a, b resource.PropertyValue) bool {
	if a.ContainsUnknowns() || b.ContainsUnknowns() {
		return false
	}
	if isZero(a) && isZero(b) {
		return true
	}
	switch p.kind {
	case aDocument:
		return a.IsString() && b.IsString() && cloud.EquivalentDocuments(a.StringValue(), b.StringValue())
	case aSet, anObjects:
		return sameElements(p.elements(a), p.elements(b))
	case anObject:
		return p.canonical(a) == p.canonical(b)
	case anArchive:
		return sameArchive(a, b)
	}
	return a.DeepEquals(b)
}
