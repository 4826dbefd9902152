package provider

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"iam-secured-api/internal/sandbox/cloud"
)

// request is the part that all operations on a resource have in common.
type request struct {
	kind   *resourceType
	client *client
	urn    string
}

func (p *provider) request(ctx context.Context, urn string) (request, error) {
	t, err := typeOf(urn)
	if err != nil {
		return request{}, err
	}
	c, err := p.client(ctx)
	return request{kind: t, client: c, urn: urn}, err
}

// Create creates a resource, or returns its planned state.
func (p *provider) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	r, err := p.request(ctx, req.GetUrn())
	if err != nil {
		return nil, err
	}
	in, err := decode(req.GetProperties())
	if err != nil {
		return nil, err
	}
	secret := r.kind.secretNames(req.GetProperties())
	if req.GetPreview() {
		props, err := encode(r.kind.planned(in), secret)
		return &pulumirpc.CreateResponse{Properties: props}, err
	}
	what := operation("creating", r.kind, req.GetUrn())
	ch := &change{kind: r.kind, new: in}
	id, createErr := r.kind.create(r.client, ch)
	if createErr != nil && id == "" {
		return nil, failure(what, createErr)
	}
	prior := in.overlaid(ch.known)
	state, err := r.kind.state(r.client, id, prior)
	if err != nil || state == nil {
		state = prior // it was created, so the state must not be lost
		createErr = errors.Join(createErr, err)
	}
	r.kind.record(state, in, createErr)
	props, err := encode(state, secret)
	if err != nil {
		return nil, err
	}
	if createErr != nil {
		return nil, partialFailure(what, id, props, req.GetProperties(), createErr)
	}
	return &pulumirpc.CreateResponse{Id: id, Properties: props}, nil
}

// planned returns the state after a creation, with unknown outputs.
func (t *resourceType) planned(in values) values {
	out := in.overlaid(nil)
	delete(out, defaultsKey)
	for _, p := range t.outputs {
		out[p.name] = unknown()
	}
	if t.tags != "" {
		out[propTagsAll] = unknown()
	}
	for i := range t.inputs {
		p := &t.inputs[i]
		if !in.has(p.name) && p.name == t.nameProperty() && t.autoname > 0 {
			out[p.name] = unknown()
		}
		if object := out.object(p.name); p.kind == anObject && out.has(p.name) {
			for _, f := range p.fields {
				if f.keeps && !object.has(f.name) {
					object[f.name] = unknown()
				}
			}
			out[p.name] = objectValue(object)
		}
	}
	return out
}

// state reads a resource and adds what AWS does not return. It returns nil if
// the resource does not exist.
func (t *resourceType) state(c *client, id string, prior values) (values, error) {
	thing, err := t.read(c, id, prior)
	if err != nil || thing == nil {
		return nil, err
	}
	properties := slices.Concat(t.inputs, t.outputs)
	live := bound(properties, reflect.ValueOf(thing))
	if name := live.str(t.nameProperty()); t.input(t.prefixProperty()) != nil && rePrefixed.MatchString(name) {
		live.setString(t.prefixProperty(), rePrefixed.ReplaceAllString(name, ""))
	}
	for i := range properties {
		p := &properties[i]
		switch {
		case p.unmodelled && p.byDefault != nil:
			live[p.name] = resource.NewPropertyValue(p.byDefault)
		case p.local && prior.has(p.name):
			live[p.name] = prior[p.name]
		case p.local && p.byDefault != nil:
			live[p.name] = resource.NewPropertyValue(p.byDefault)
		case p.kind == anIssuer: // pulumi-aws returns it as AWS does
		case prior.has(p.name) && live.has(p.name) && p.equal(prior[p.name], live[p.name]):
			live[p.name] = prior[p.name] // equal, but in the program's words and order
		}
	}
	if t.tags != "" {
		live[propTagsAll] = mapValue(live.stringMap(propTags))
	}
	return live, nil
}

// record replaces the properties of the current state that pulumi-aws records as
// planned. After a creation or an update these are the sets: only a refresh finds
// elements that were added by hand (normalizeNullValues in terraform-plugin-sdk).
// After a failure these are all inputs: only a refresh finds what was not done
// (pulumi-aws issue 6062).
func (t *resourceType) record(state, in values, failed error) {
	switch {
	case failed == nil:
		recordSets(t.inputs, state, in)
	case !t.recordsCurrent:
		for i := range t.inputs {
			p := &t.inputs[i]
			if v := p.wantedOver(state, in); !v.IsNull() {
				state[p.name] = v
			} else if !t.leavesAlone(p) {
				delete(state, p.name)
			}
		}
		if t.tags != "" {
			state[propTagsAll] = mapValue(in.stringMap(propTags))
		}
	}
}

func recordSets(properties []property, state, in values) {
	for i := range properties {
		p := &properties[i]
		switch {
		case !in.has(p.name), isZero(in[p.name]) && !state.has(p.name):
		case p.kind == aSet || p.kind == anObjects:
			state[p.name] = in[p.name]
		case p.kind == anObject && state.has(p.name):
			object := state.object(p.name)
			recordSets(p.fields, object, in.object(p.name))
			state[p.name] = objectValue(object)
		}
	}
}

// Update changes a resource, or returns its planned state.
func (p *provider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	r, err := p.request(ctx, req.GetUrn())
	if err != nil {
		return nil, err
	}
	old, in, err := decodeBoth(req.GetOlds(), req.GetNews())
	if err != nil {
		return nil, err
	}
	in = r.kind.keepIgnored(old, in, req.GetIgnoreChanges())
	secret := r.kind.secretNames(req.GetNews())
	ch := &change{kind: r.kind, id: req.GetId(), old: old, new: in}
	if req.GetPreview() {
		props, err := encode(r.kind.plannedUpdate(ch), secret)
		return &pulumirpc.UpdateResponse{Properties: props}, err
	}
	what := operation("updating", r.kind, req.GetUrn())
	updateErr := r.kind.apply(r.client, ch)
	state, err := r.kind.state(r.client, ch.id, old.overlaid(in))
	if err != nil || state == nil {
		if updateErr == nil {
			updateErr = errors.Join(errors.New("the resource is gone"), err)
		}
		return nil, failure(what, updateErr)
	}
	r.kind.record(state, in, updateErr)
	props, err := encode(state, secret)
	if err != nil {
		return nil, err
	}
	if updateErr != nil {
		return nil, partialFailure(what, req.GetId(), props, req.GetNews(), updateErr)
	}
	return &pulumirpc.UpdateResponse{Properties: props}, nil
}

// apply makes the changes, starting with tags.
func (t *resourceType) apply(c *client, ch *change) error {
	if t.tags != "" {
		if err := t.retag(c, ch); err != nil {
			return err
		}
	}
	if t.update == nil {
		return nil
	}
	return t.update(c, ch)
}

// plannedUpdate returns the state after an update. Outputs stay, except for
// those that the type says move.
func (t *resourceType) plannedUpdate(ch *change) values {
	out := ch.old.overlaid(ch.new)
	delete(out, defaultsKey)
	for i := range t.inputs {
		p := &t.inputs[i]
		switch {
		case !ch.new.has(p.name) && !t.leavesAlone(p):
			delete(out, p.name)
		case p.kind == anIssuer: // a change replaces the resource
			out[p.name] = ch.old[p.name]
		case p.kind == anObject && ch.new.has(p.name):
			out[p.name] = p.wantedOver(ch.old, ch.new)
		}
	}
	for output, inputs := range t.moves {
		if ch.of(inputs...) {
			out[output] = unknown()
		}
	}
	return out
}

// keepIgnored replaces the inputs that the program ignores by their current
// state.
func (t *resourceType) keepIgnored(state, inputs values, ignore []string) values {
	out := inputs.overlaid(nil)
	for _, name := range ignore {
		if t.input(name) == nil {
			continue
		}
		delete(out, name)
		if state.has(name) {
			out[name] = state[name]
		}
	}
	return out
}

// secretNames returns the names of the properties that are secret in one of the
// lists or always.
func (t *resourceType) secretNames(lists ...*structpb.Struct) []string {
	out := slices.Clone(t.secrets)
	for _, s := range lists {
		m, err := decodeMap(s)
		if err != nil {
			continue // decoded before: cannot happen
		}
		for k, v := range m {
			if v.ContainsSecrets() {
				out = append(out, string(k))
			}
		}
	}
	if slices.Contains(out, propTags) {
		out = append(out, propTagsAll)
	}
	return out
}

// Delete deletes a resource, unless the program set skipDestroy. It succeeds if
// the resource does not exist.
func (p *provider) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	r, err := p.request(ctx, req.GetUrn())
	if err != nil {
		return nil, err
	}
	state, err := decode(req.GetProperties())
	if err != nil {
		return nil, err
	}
	if state.boolean(propSkipDestroy) {
		return &emptypb.Empty{}, nil
	}
	if err := r.kind.delete(r.client, req.GetId(), state); err != nil && !cloud.IsNotFound(err) {
		return nil, failure(operation("deleting", r.kind, req.GetUrn()), err)
	}
	return &emptypb.Empty{}, nil
}
