package cloud

import "strings"

// place is where things are kept: an account, a region, or an API.
type place[P any] interface {
	// view runs a read-only call.
	view(f func(P) error) error
	// mutate runs a call that changes something, see [Account.mutate].
	mutate(action, target string, f func(P) error) error
	// world returns the state of all accounts, for use within the other two.
	world() *state
}

// stored is a thing as a shelf keeps it. Callers get a V, which shares no memory
// with it.
type stored[V any] interface{ view(s *state) V }

// shelf says how AWS keeps the things of one kind: where they are in the state of a
// place, how many there may be, how they are tagged, and in what words AWS refuses a
// call. What remains for a type is its settings, their check, and what it refuses
// besides.
type shelf[P any, T stored[V], V any] struct {
	// things returns those of a place, by their keys.
	things func(P) map[string]T
	// key returns the key of what a caller names. Nil: it is the name.
	key func(p place[P], name string) string
	// missing refuses calls on what does not exist.
	missing func(p place[P], in P, name string) error
	// taken refuses a second thing with a key. Its zero value is for keys that the
	// sandbox makes up.
	taken refusal
	// foldsCase says that keys which differ in case alone are the same.
	foldsCase bool
	// full refuses more things than the quota, 0 for no quota.
	full  refusal
	quota int
	// kind is what IAM calls the kind in the names of its calls. Other services name
	// none: their calls are TagResource and UntagResource.
	kind string
	// tags returns where a thing keeps its tags. Nil: it takes none.
	tags func(T) *map[string]string
	// tagCode is the code of refused tags, empty for IAM's.
	tagCode string
	// changed, if set, is called after each change of the things of a place, but for
	// that of tags.
	changed func(P)
}

// refusal is an error of AWS whose message has one blank.
type refusal struct{ code, format string }

func (r refusal) of(what any) *Error { return errorf(r.code, r.format, what) }

// missing refuses what does not exist, in the same words in each place.
func missing[P any](code, format string) func(place[P], P, string) error {
	return func(_ place[P], _ P, name string) error { return errorf(code, format, name) }
}

// keyOf returns the key of what a caller names.
func (s *shelf[P, T, V]) keyOf(p place[P], name string) string {
	if s.key == nil {
		return name
	}
	return s.key(p, name)
}

// find returns the thing that a caller names.
func (s *shelf[P, T, V]) find(p place[P], in P, name string) (T, error) {
	x, ok := s.things(in)[s.keyOf(p, name)]
	if !ok {
		return x, s.missing(p, in, name)
	}
	return x, nil
}

// get returns one thing.
func (s *shelf[P, T, V]) get(p place[P], name string) (V, error) {
	return ask(s, p, name, func(x T) (V, error) { return x.view(p.world()), nil })
}

// ask runs a read-only call on one thing and returns its answer.
func ask[P any, T stored[V], V, R any](s *shelf[P, T, V], p place[P], name string, f func(T) (R, error)) (R, error) {
	var out R
	err := s.read(p, name, func(_ P, x T) (err error) { out, err = f(x); return err })
	return reply(out, err)
}

// read runs a read-only call on one thing.
func (s *shelf[P, T, V]) read(p place[P], name string, f func(P, T) error) error {
	return p.view(func(in P) error {
		x, err := s.find(p, in, name)
		if err != nil {
			return err
		}
		return f(in, x)
	})
}

// list returns all things of a place that are wanted, all if want is nil, in the
// order of their keys.
func (s *shelf[P, T, V]) list(p place[P], want func(T) bool) ([]V, error) {
	var out []V
	err := p.view(func(in P) error {
		things := s.things(in)
		for _, key := range sortedKeys(things) {
			if want == nil || want(things[key]) {
				out = append(out, things[key].view(p.world()))
			}
		}
		return nil
	})
	return reply(out, err)
}

// create adds what build builds, unless its key is taken or the place is full.
func (s *shelf[P, T, V]) create(p place[P], action, target string, build func(P) (key string, x T, err error)) (V, error) {
	var out V
	err := p.mutate(action, target, func(in P) error {
		key, x, err := build(in)
		if err != nil {
			return err
		}
		if err := s.free(in, key, ""); err != nil {
			return err
		}
		if s.quota > 0 && len(s.things(in)) >= s.quota {
			return s.full.of(s.quota)
		}
		s.things(in)[key] = x
		s.notify(in)
		out = x.view(p.world())
		return nil
	})
	return reply(out, err)
}

// free refuses a key that is taken by another thing than that with the key except.
func (s *shelf[P, T, V]) free(in P, key, except string) error {
	for k := range s.things(in) {
		if k != except && (k == key || s.foldsCase && strings.EqualFold(k, key)) {
			return s.taken.of(key)
		}
	}
	return nil
}

func (s *shelf[P, T, V]) notify(in P) {
	if s.changed != nil {
		s.changed(in)
	}
}

// change runs a call that changes one thing. f must change nothing if it returns an
// error.
func (s *shelf[P, T, V]) change(p place[P], action, name string, f func(P, T) error) error {
	return p.mutate(action, name, func(in P) error {
		x, err := s.find(p, in, name)
		if err != nil {
			return err
		}
		if err := f(in, x); err != nil {
			return err
		}
		s.notify(in)
		return nil
	})
}

// remove deletes one thing, unless refuse, if set, returns an error.
func (s *shelf[P, T, V]) remove(p place[P], action, name string, refuse func(P, T) error) error {
	return s.change(p, action, name, func(in P, x T) error {
		if refuse != nil {
			if err := refuse(in, x); err != nil {
				return err
			}
		}
		delete(s.things(in), s.keyOf(p, name))
		return nil
	})
}

// tag adds tags to a thing, or changes them.
func (s *shelf[P, T, V]) tag(p place[P], name string, tags map[string]string) error {
	return s.retag(p, "Tag", name, tags, nil)
}

// untag removes tags from a thing.
func (s *shelf[P, T, V]) untag(p place[P], name string, keys []string) error {
	return s.retag(p, "Untag", name, nil, keys)
}

func (s *shelf[P, T, V]) retag(p place[P], action, name string, add map[string]string, remove []string) error {
	if s.kind == "" {
		action += "Resource"
	}
	return p.mutate(action+s.kind, name, func(in P) error {
		x, err := s.find(p, in, name)
		if err != nil {
			return err
		}
		tags := mergeTags(*s.tags(x), add, remove)
		if err := regionTags(tags, s.tagCode); err != nil {
			return err
		}
		*s.tags(x) = tags
		return nil
	})
}
