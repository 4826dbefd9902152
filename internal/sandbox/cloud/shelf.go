package cloud

import "strings"

// place is where things exist: an account, a region or an API.
type place[P any] interface {
	// view runs an action that only reads.
	view(f func(P) error) error
	// mutate runs an action that changes something, see [Account.mutate].
	mutate(action, target string, f func(P) error) error
	// world returns the state of all accounts, for use within the other two.
	world() *state
}

// stored is a thing in the state. Callers see a copy of its view.
type stored[V any] interface{ view(s *state) V }

// shelf describes one kind of thing: where it is in the state of a place, its
// quota, its tags and AWS's errors. It implements what all kinds have in
// common.
type shelf[P any, T stored[V], V any] struct {
	// things returns the field that holds the things of a place by their keys.
	things func(P) *map[string]T
	// key returns the key of a name. If nil, the name is the key.
	key func(p place[P], name string) string
	// missing returns the error for a thing that does not exist.
	missing func(p place[P], in P, name string) error
	// taken is the error for a second thing with the same key. It is zero for
	// keys that the sandbox generates.
	taken refusal
	// foldsCase: keys that differ only in case are the same.
	foldsCase bool
	quota     quota
	// kind is the kind in the names of IAM's actions for policies, for example
	// AttachUserPolicy. It is empty for things without policies.
	kind string
	// tags returns a pointer to the tags of a thing. It is nil if the kind has
	// no tags.
	tags func(T) *map[string]string
	// tagCode is the error code for invalid tags. If empty, IAM's codes are
	// used.
	tagCode string
	// changed, if set, is called after each change of the things of a place,
	// except for changes of tags.
	changed func(P)
}

// refusal is an error of AWS whose message takes one argument.
type refusal struct{ code, format string }

func (r refusal) of(what any) *Error { return errorf(r.code, r.format, what) }

// quota is how many things there may be, at most. A max of 0 means any number.
type quota struct {
	max  int
	code string // of the error
	name string
}

func (q quota) exceeded() *Error {
	return errorf(q.code, "cannot exceed quota for %s: %d", q.name, q.max)
}

// named returns the shelf of a kind of thing in IAM that is known by a name.
// Names that differ only in case are the same.
func named[T stored[V], V any](
	kind, noun string, most int, things func(*account) *map[string]T, tags func(T) *map[string]string,
) *shelf[*account, T, V] {
	return &shelf[*account, T, V]{
		kind: kind, things: things, tags: tags, foldsCase: true,
		missing: missing[*account](CodeNoSuchEntity, "the "+noun+" with name %s cannot be found"),
		taken:   refusal{CodeEntityAlreadyExists, noun + " with name %s already exists"},
		quota:   quota{most, CodeLimitExceeded, kind + "sPerAccount"},
	}
}

// missing returns an error function that is the same for all places.
func missing[P any](code, format string) func(place[P], P, string) error {
	return func(_ place[P], _ P, name string) error { return errorf(code, format, name) }
}

// keyOf returns the key of a name.
func (s *shelf[P, T, V]) keyOf(p place[P], name string) string {
	if s.key == nil {
		return name
	}
	return s.key(p, name)
}

// find returns the thing with a name.
func (s *shelf[P, T, V]) find(p place[P], in P, name string) (T, error) {
	x, ok := (*s.things(in))[s.keyOf(p, name)]
	if !ok {
		return x, s.missing(p, in, name)
	}
	return x, nil
}

// get returns one thing.
func (s *shelf[P, T, V]) get(p place[P], name string) (V, error) {
	return query(s, p, name, func(x T) (V, error) { return clone(x.view(p.world())), nil })
}

// query runs an action that only reads one thing and returns its result.
func query[P any, T stored[V], V, R any](s *shelf[P, T, V], p place[P], name string, f func(T) (R, error)) (R, error) {
	var out R
	err := s.read(p, name, func(_ P, x T) (err error) { out, err = f(x); return err })
	return reply(out, err)
}

// read runs an action that only reads one thing.
func (s *shelf[P, T, V]) read(p place[P], name string, f func(P, T) error) error {
	return p.view(func(in P) error {
		x, err := s.find(p, in, name)
		if err != nil {
			return err
		}
		return f(in, x)
	})
}

// list returns the things of a place that want accepts, or all if want is nil,
// ordered by key.
func (s *shelf[P, T, V]) list(p place[P], want func(T) bool) ([]V, error) {
	var out []V
	err := p.view(func(in P) error {
		things := *s.things(in)
		for _, key := range sortedKeys(things) {
			if want == nil || want(things[key]) {
				out = append(out, clone(things[key].view(p.world())))
			}
		}
		return nil
	})
	return reply(out, err)
}

// create adds the result of build, unless its key is taken or the quota is
// reached.
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
		things := s.things(in)
		if s.quota.max > 0 && len(*things) >= s.quota.max {
			return s.quota.exceeded()
		}
		if *things == nil {
			*things = map[string]T{}
		}
		(*things)[key] = clone(x)
		s.notify(in)
		out = clone(x.view(p.world()))
		return nil
	})
	return reply(out, err)
}

// put adds a thing with a key, or replaces the one that has the key. build gets the old
// thing, or nil.
func (s *shelf[P, T, V]) put(p place[P], action, key string, build func(in P, old T) (T, error)) error {
	return p.mutate(action, key, func(in P) error {
		things := s.things(in)
		old, exists := (*things)[key]
		x, err := build(in, old)
		if err != nil {
			return err
		}
		if !exists && s.quota.max > 0 && len(*things) >= s.quota.max {
			return s.quota.exceeded()
		}
		if *things == nil {
			*things = map[string]T{}
		}
		(*things)[key] = clone(x)
		return nil
	})
}

// free returns an error if a key is taken, unless by the thing with the key
// except.
func (s *shelf[P, T, V]) free(in P, key, except string) error {
	for k := range *s.things(in) {
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

// protected is implemented by kinds with things that only AWS can change.
type protected interface {
	// modifiable returns an error if only AWS can change the thing.
	modifiable() error
}

// change runs an action that changes one thing. f must change nothing if it
// returns an error.
func (s *shelf[P, T, V]) change(p place[P], action, name string, f func(P, T) error) error {
	return p.mutate(action, name, func(in P) error {
		x, err := s.find(p, in, name)
		if err != nil {
			return err
		}
		if x, ok := any(x).(protected); ok {
			if err := x.modifiable(); err != nil {
				return err
			}
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
		delete(*s.things(in), s.keyOf(p, name))
		return nil
	})
}
