package provider

import (
	"fmt"
	"math"
	"strings"

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
	aSet      // of strings, without order
	aList     // of strings, in order
	anObject  // with fields
	anObjects // a set of objects with fields
	aDocument // JSON text of a policy; an object is accepted and rendered
	anArchive // of a local file or folder, known by the hash of its content
	anAsset   // a local file, known by the hash of its content
	anIssuer  // a URL that AWS returns without https://
)

var kindNames = map[kind]string{
	aString: "a string", anInteger: "an integer", aNumber: "a number", aBoolean: "a boolean", aMap: "a map of strings",
	aSet: "a list of strings", aList: "a list of strings", anObject: "an object", anObjects: "a list of objects", aDocument: "JSON text or an object",
	anArchive: "an archive of a local file or folder", anAsset: "a local file", anIssuer: "a string",
}

// property is one input of a type.
type property struct {
	name string
	kind kind
	// field is the name of the field that the property is bound to, in all
	// structs of package cloud that create, change or describe a resource and
	// have such a field. It is empty if the property is not bound, or if it is
	// an object whose fields are bound themselves.
	field    string
	fields   []property
	required bool
	// replaces: a change of the property replaces the resource.
	replaces bool
	// byDefault is the provider's own default, nil for none.
	byDefault any
	// keeps: the property keeps its value if the program omits it.
	keeps bool
	// local: AWS does not return the property, so its value in the state is
	// kept.
	local bool
	// unmodelled: the property exists in pulumi-aws, but values other than its
	// default are rejected. The state has the default, if there is one.
	unmodelled bool
}

// resourceType describes a resource type.
type resourceType struct {
	token string
	// autoname is the maximum length of autonamed names, 0 for a type that is
	// not autonamed.
	autoname int
	// named is the property that autonaming sets, empty for "name".
	named  string
	inputs []property
	// unmodelled are the other inputs of pulumi-aws, which are rejected. Types that only
	// examples/instance-caller uses do not list them: inputs without a row are rejected, too.
	unmodelled []string
	// outputs are the computed properties that are not inputs, except for
	// tagsAll.
	outputs []property
	// secrets are the outputs that are secret.
	secrets []string
	// moves are the outputs that change when one of the inputs is updated.
	moves map[string][]string
	// recordsCurrent: after a failed update the state is the current one, not the
	// planned one. It is set for types that pulumi-aws implements with
	// terraform-plugin-framework.
	recordsCurrent bool
	// unique is the input whose value must be unique on AWS, empty for none.
	unique string

	// creates is the action that creates a resource with an id of its own,
	// empty for a type that only relates others, like an attachment.
	creates string
	// calls are the other changing actions that its operations use, except for
	// those for tags.
	calls []string
	// tags is the end of the names of the actions that tag resources: User for
	// TagUser and UntagUser. It is empty for a type without tags.
	tags string

	// create creates the resource. With an error it returns an id if something
	// was created. It sets ch.known to what only the creation returns.
	create func(c *client, ch *change) (id string, err error)
	// read returns a struct with every field that a property is bound to, or
	// nil if the resource does not exist. prior are the properties that are
	// known so far.
	read func(c *client, id string, prior values) (any, error)
	// update changes everything but tags, which were changed before. A rename
	// sets ch.id to the new id. It is nil if every change replaces the
	// resource.
	update func(c *client, ch *change) error
	delete func(c *client, id string, state values) error
	// locate converts the id of an import to the resource's id and the
	// properties that read needs. It is nil if the type cannot be imported.
	locate func(c *client, importID string) (id string, prior values, err error)
	// list returns the import ids of all resources. It is nil if the type has
	// no ids of its own, or if only examples/instance-caller uses it.
	list func(c *client) ([]string, error)
}

// nameProperty returns the property that autonaming sets.
func (t *resourceType) nameProperty() string {
	if t.named != "" {
		return t.named
	}
	return propName
}

// prefixProperty returns the property that sets a prefix in place of the name.
func (t *resourceType) prefixProperty() string { return t.nameProperty() + suffixPrefix }

// input returns the input with the name, or nil.
func (t *resourceType) input(name string) *property { return lookup(t.inputs, name) }

func lookup(list []property, name string) *property {
	for i := range list {
		if list[i].name == name {
			return &list[i]
		}
	}
	return nil
}

// saysNothing reports whether a value means the same as an absent one.
func (p *property) saysNothing(v resource.PropertyValue) bool {
	return isZero(v) || p.byDefault != nil && p.equal(v, resource.NewPropertyValue(p.byDefault))
}

// typeError says what is wrong with the type of a value, or returns an empty
// string. A value that is not known yet has any type.
func (p *property) typeError(path string, v resource.PropertyValue) string {
	if v.IsComputed() {
		return ""
	}
	if !p.kind.accepts(v) {
		return fmt.Sprintf("%s is %s, must be %s", path, v.TypeString(), kindNames[p.kind])
	}
	switch p.kind {
	case aMap:
		for k, x := range plain(v.ObjectValue()) {
			if why := (&property{kind: aString}).typeError(path+"."+k, x); why != "" {
				return why
			}
		}
	case aSet, aList, anObjects:
		for i, x := range v.ArrayValue() {
			if why := p.element().typeError(fmt.Sprintf("%s[%d]", path, i), x); why != "" {
				return why
			}
		}
	case anObject:
		return fieldsError(p.fields, path, plain(v.ObjectValue()))
	}
	return ""
}

// accepts reports whether a value has the kind, apart from what it contains.
func (k kind) accepts(v resource.PropertyValue) bool {
	switch k {
	case aBoolean:
		return v.IsBool()
	case aNumber:
		return v.IsNumber()
	case anInteger:
		return v.IsNumber() && v.NumberValue() == math.Trunc(v.NumberValue())
	case aMap, anObject:
		return v.IsObject()
	case aSet, aList, anObjects:
		return v.IsArray()
	case aDocument:
		return v.IsString() || v.IsObject()
	case anArchive:
		// The engine omits the content of an archive that it does not want to
		// change.
		return v.IsArchive() && (v.ArchiveValue().IsPath() || !v.ArchiveValue().HasContents())
	case anAsset:
		return v.IsAsset() && (v.AssetValue().IsPath() || !v.AssetValue().HasContents())
	}
	return v.IsString()
}

// element returns the property that an element of a set or a list is.
func (p *property) element() *property {
	if p.kind == anObjects {
		return &property{kind: anObject, fields: p.fields}
	}
	return &property{kind: aString}
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
	case anAsset:
		return sameAsset(a, b)
	case anIssuer:
		return strings.TrimPrefix(a.StringValue(), "https://") == strings.TrimPrefix(b.StringValue(), "https://")
	}
	return a.DeepEquals(b)
}
