package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"iam-secured-api/internal/sandbox/cloud"
)

// Read returns a resource's current state. With only an id it imports the
// resource. An empty response means that the resource does not exist.
func (p *provider) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	r, err := p.request(ctx, req.GetUrn())
	if err != nil {
		return nil, err
	}
	prior, err := decode(req.GetProperties())
	if err != nil {
		return nil, err
	}
	what := operation("reading", r.kind, req.GetUrn())
	id := req.GetId()
	imports := len(prior) == 0
	if imports {
		if id, prior, err = r.locate(id); err != nil {
			return nil, failure(what, err)
		}
	}
	state, err := r.kind.state(r.client, id, prior)
	if err != nil && !cloud.IsNotFound(err) {
		return nil, failure(what, err)
	}
	if state == nil {
		return &pulumirpc.ReadResponse{}, nil
	}
	secret := r.kind.secretNames(req.GetInputs(), req.GetProperties())
	props, err := encode(state, secret)
	if err != nil {
		return nil, err
	}
	inputs := r.kind.importedInputs(state)
	if !imports {
		old, err := decode(req.GetInputs())
		if err != nil {
			return nil, err
		}
		inputs = r.kind.refreshedInputs(old, state)
	}
	in, err := encode(inputs, slices.DeleteFunc(secret, func(k string) bool { return r.kind.input(k) == nil }))
	if err != nil {
		return nil, err
	}
	return &pulumirpc.ReadResponse{Id: id, Properties: props, Inputs: in}, nil
}

func (r request) locate(importID string) (string, values, error) {
	if r.kind.locate == nil {
		return "", nil, fmt.Errorf("resource type %s cannot be imported", r.kind.token)
	}
	return r.kind.locate(r.client, importID)
}

// refreshedInputs returns the program's inputs with the values of the current
// state.
func (t *resourceType) refreshedInputs(old, state values) values {
	out := values{}
	for k, v := range old {
		p := t.input(k)
		switch {
		case p == nil:
			out[k] = v // an addition of Check
		case p.equal(p.wantedOver(state, old), state[k]):
			out[k] = v
		case state.has(k):
			out[k] = p.asInput(old, state)
		}
	}
	return out
}

// asInput returns the property's value in a state. From an object, it omits the fields that
// keep their values and that the program's inputs omit.
func (p *property) asInput(old, state values) resource.PropertyValue {
	if p.kind != anObject || !state[p.name].IsObject() {
		return state[p.name]
	}
	object, before := state.object(p.name), old.object(p.name)
	for i := range p.fields {
		if f := &p.fields[i]; f.keeps && !before.has(f.name) {
			delete(object, f.name)
		}
	}
	return objectValue(object)
}

// importedInputs returns the inputs that lead to the state.
func (t *resourceType) importedInputs(state values) values {
	out := values{}
	for i := range t.inputs {
		p := &t.inputs[i]
		v, ok := state[p.name]
		if !ok || p.unmodelled || p.name == t.prefixProperty() || isZero(v) && !p.required {
			continue
		}
		if p.byDefault != nil && p.equal(v, resource.NewPropertyValue(p.byDefault)) {
			continue
		}
		out[p.name] = p.asInput(values{}, state)
	}
	out.setStrings(defaultsKey, nil)
	return out
}
