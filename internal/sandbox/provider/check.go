package provider

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const (
	propName       = "name"
	suffixPrefix   = "Prefix"
	propNamePrefix = propName + suffixPrefix

	// defaultsKey is the input that lists the names of inputs that the provider
	// chose, so that Diff recognizes an autonamed name.
	defaultsKey = "__defaults"
	// autonameDigits is how many hex digits autonaming adds.
	autonameDigits = 7
)

// Check validates a program's inputs and adds names and defaults.
func (p *provider) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	t, err := typeOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	olds, err := decode(req.GetOlds())
	if err != nil {
		return nil, err
	}
	raw, err := decodeMap(req.GetNews())
	if err != nil {
		return nil, err
	}
	news := plain(raw)
	delete(news, defaultsKey)
	failures := t.check(news)
	if len(failures) > 0 {
		return &pulumirpc.CheckResponse{Inputs: req.GetNews(), Failures: failures}, nil
	}
	if err := t.renderDocuments(news); err != nil {
		return nil, err
	}
	if err := t.addDefaults(news, olds, req); err != nil {
		return nil, err
	}
	out := resource.PropertyMap{}
	for k, v := range news {
		key := resource.PropertyKey(k)
		if given, ok := raw[key]; ok && given.ContainsSecrets() {
			if plainValue(given).DeepEqualsIncludeUnknowns(v) {
				v = given
			} else {
				v = resource.MakeSecret(v)
			}
		}
		out[key] = v
	}
	inputs, err := plugin.MarshalProperties(out, marshalOptions)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CheckResponse{Inputs: inputs}, nil
}

// check returns the failures of a resource's inputs.
func (t *resourceType) check(in values) []*pulumirpc.CheckFailure {
	var out []*pulumirpc.CheckFailure
	fail := func(name, format string, args ...any) {
		out = append(out, &pulumirpc.CheckFailure{Property: name, Reason: fmt.Sprintf(format, args...)})
	}
	for _, k := range in.keys() {
		p := t.input(k)
		switch {
		case p == nil:
			fail(k, "%s has no input property %q, or the sandbox does not know it", t.token, k)
		case p.unmodelled && p.saysNothing(in[k]):
			delete(in, k)
		case p.keeps && p.kind == aList && isZero(in[k]):
			delete(in, k) // AWS computes the list, so empty means not set
		case p.unmodelled:
			fail(k, "the sandbox does not model property %q of %s", k, t.token)
		default:
			if why := p.typeError(k, in[k]); why != "" {
				fail(k, "%s: %s", t.token, why)
			}
		}
	}
	for _, p := range t.inputs {
		if p.required && !in.has(p.name) {
			fail(p.name, "%s: missing required property %q", t.token, p.name)
		}
	}
	if name, prefix := t.nameProperty(), t.prefixProperty(); in.has(name) && in.has(prefix) {
		fail(prefix, "%s: %q conflicts with %q", t.token, prefix, name)
	}
	return out
}

// renderDocuments turns policy documents that are objects into JSON text.
func (t *resourceType) renderDocuments(in values) error {
	for _, p := range t.inputs {
		if p.kind != aDocument || !in[p.name].IsObject() {
			continue
		}
		if in[p.name].ContainsUnknowns() {
			in[p.name] = unknown()
			continue
		}
		b, err := json.Marshal(in[p.name].Mappable())
		if err != nil {
			return fmt.Errorf("%s: %s cannot be rendered as JSON: %w", t.token, p.name, err)
		}
		in[p.name] = resource.NewProperty(string(b))
	}
	return nil
}

// addDefaults adds the provider's defaults and the name of an autonamed
// resource, and lists the added inputs in defaultsKey.
func (t *resourceType) addDefaults(in, olds values, req *pulumirpc.CheckRequest) error {
	var added []string
	for _, p := range t.inputs {
		if p.byDefault != nil && !in.has(p.name) {
			in[p.name] = resource.NewPropertyValue(p.byDefault)
			added = append(added, p.name)
		}
	}
	if named := t.nameProperty(); t.autoname > 0 && !in.has(named) && !in.has(t.prefixProperty()) {
		name, err := t.autonamed(olds, req)
		if err != nil {
			return err
		}
		if name != "" {
			in.setString(named, name)
			added = append(added, named)
		}
	}
	slices.Sort(added)
	in.setStrings(defaultsKey, added)
	return nil
}

// autonamed returns the name that autonaming chose before, or a new one. It is
// empty if the project's configuration disables autonaming.
func (t *resourceType) autonamed(olds values, req *pulumirpc.CheckRequest) (string, error) {
	if named := t.nameProperty(); slices.Contains(olds.strings(defaultsKey), named) && olds.str(named) != "" {
		return olds.str(named), nil
	}
	if o := req.GetAutonaming(); o != nil {
		if o.GetMode() == pulumirpc.CheckRequest_AutonamingOptions_DISABLE {
			return "", nil
		}
		return o.GetProposedName(), nil
	}
	name, err := resource.NewUniqueName(req.GetRandomSeed(), resource.URN(req.GetUrn()).Name()+"-", autonameDigits, t.autoname, nil)
	if err != nil {
		return "", fmt.Errorf("%s: name of %s: %w", t.token, req.GetUrn(), err)
	}
	return name, nil
}

var rePrefixed = regexp.MustCompile(`[0-9]{18}[0-9a-f]{8}$`)

// uniqueEnd returns what the provider appends to a prefix: the time in 18
// digits and 8 hex digits.
func uniqueEnd() string {
	b := make([]byte, 4)
	if _, err := rand.Read(b); err != nil {
		panic("provider: no randomness: " + err.Error()) // the system is broken
	}
	return strings.ReplaceAll(time.Now().UTC().Format("20060102150405.0000"), ".", "") + hex.EncodeToString(b)
}

// name returns the name for the creation of a resource: the name in the inputs,
// or one that begins with the prefix in the inputs.
func (ch *change) name() string {
	if name := ch.new.str(ch.kind.nameProperty()); name != "" {
		return name
	}
	prefix := ch.new.str(ch.kind.prefixProperty())
	if prefix == "" {
		prefix = "terraform-" // as in pulumi-aws without any name
	}
	return prefix + uniqueEnd()
}
