package provider_test

import (
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	none = pulumirpc.DiffResponse_DIFF_NONE
	some = pulumirpc.DiffResponse_DIFF_SOME
)

// TestLifecycle takes a resource of every type through all operations of the
// engine.
func TestLifecycle(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.token, func(t *testing.T) {
			e := start(t)
			g := prepare(e)
			before := e.cloud.Describe()
			in := s.in(g)

			r := e.create(s.token, in)
			require.NotEmpty(t, r.id)
			for k, v := range in {
				if k == "url" {
					v = strings.TrimPrefix(v.(string), "https://") // as AWS returns it
				}
				assert.Equalf(t, normal(v), normal(only(v, r.state[k])), "state of %s", k)
			}
			assert.Equal(t, none, e.diff(r, e.check(s.token, r.inputs, in)).GetChanges(), "no change")
			made := e.cloud.Describe()
			e.steady(r)
			if s.importID != nil {
				e.imports(s, r, in)
			}
			if s.change != nil {
				r = e.changes(s, g, r)
			}
			e.delete(r)
			switch {
			case strings.HasSuffix(s.token, "Exclusive"), s.token == tokenLogGroup: // changes nothing; skipDestroy
			default:
				assert.NotEqual(t, before, made)
				assert.Equal(t, before, e.cloud.Describe(), "nothing is left")
			}
			e.delete(r) // gone already: no error
		})
	}
}

// steady requires that a refresh finds no drift.
func (e *engine) steady(r res) {
	e.t.Helper()
	read, found := e.refresh(r)
	require.True(e.t, found)
	assert.Equal(e.t, r.id, read.id)
	assert.Equal(e.t, r.inputs, read.inputs)
	assert.Equal(e.t, r.state, read.state)
	assert.Equal(e.t, none, e.diff(read, r.inputs).GetChanges())
}

// notRead are inputs that AWS does not return, and an import does not find.
var notRead = []string{"code", "source", "userDataReplaceOnChange"}

// imports requires that an import of the resource returns the state of a
// program that describes it.
func (e *engine) imports(s sample, r res, in props) {
	e.t.Helper()
	got := e.adopt(s.token, s.importID(r))
	if s.token != tokenGroupAttach && s.token != tokenRoleAttach { // their ids are generated at creation
		assert.Equal(e.t, r.id, got.id)
	}
	for k, v := range r.state {
		if k != "secret" && !slices.Contains(notRead, k) { // AWS does not return them
			assert.Equalf(e.t, normal(v), normal(got.state[k]), "imported state of %s", k)
		}
	}
	d := e.diff(got, e.check(s.token, got.inputs, in))
	unknown := slices.DeleteFunc(slices.Clone(notRead), func(k string) bool { return in[k] == nil })
	if len(unknown) > 0 {
		assert.Equal(e.t, unknown, d.GetDiffs(), "the provider cannot know that it is the same")
	} else {
		assert.Equal(e.t, none, d.GetChanges(), "a program that describes what was imported")
	}
	assert.Equal(e.t, none, e.diff(got, got.inputs).GetChanges())
}

// changes updates one input after the other, each alone, and back. The way back
// starts from the state before the change, so that the change is drift: a
// refresh shows it, and the next update repairs it.
func (e *engine) changes(s sample, g ground, r res) res {
	e.t.Helper()
	in := s.in(g)
	for k, v := range s.change(g) {
		changed := with(in, k, v)
		d := e.diff(r, e.check(s.token, r.inputs, changed))
		require.Equalf(e.t, some, d.GetChanges(), "change of %s", k)
		assert.Equal(e.t, []string{k}, d.GetDiffs())
		assert.Empty(e.t, d.GetReplaces())
		before := e.cloud.Describe()
		updated := e.update(r, changed)
		assert.Equalf(e.t, normal(v), normal(only(v, updated.state[k])), "state of %s after its update", k)
		e.steady(updated)
		if _, given := in[k]; given && !slices.Contains(notRead, k) {
			read := e.drifted(r, k)
			updated = e.update(read, in)
			assert.Equalf(e.t, before, e.cloud.Describe(), "%s changed and changed back", k)
		} else {
			updated = e.update(updated, in)
		}
		e.steady(updated)
		r = updated
	}
	for k, v := range s.change(g) {
		in[k] = v
	}
	return e.update(r, in)
}

// drifted requires that a refresh shows the drift of one property only.
func (e *engine) drifted(r res, property string) res {
	e.t.Helper()
	read, found := e.refresh(r)
	require.True(e.t, found)
	assert.NotEqual(e.t, r.state[property], read.state[property])
	if r.inputs[property] != nil {
		assert.NotEqual(e.t, r.inputs[property], read.inputs[property])
	}
	assert.Equal(e.t, []string{property}, e.diff(read, r.inputs).GetDiffs())
	return read
}

// normal converts numbers and nested maps so that they can be compared.
func normal(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case props:
		out := props{}
		for k, x := range v {
			if n := normal(x); n != nil && n != false && n != float64(0) {
				out[k] = n
			}
		}
		return out
	case []any:
		out := []any{}
		for _, x := range v {
			out = append(out, normal(x))
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case bool:
		if !v {
			return nil
		}
	}
	return v
}
