package main

// cacheBytes bounds the size of the documents in each of the two generations of a
// cache.
const cacheBytes = 2 << 20

// cache keeps the most recently used compiled documents. When the young generation is
// full, it replaces the older one.
type cache[T any] struct {
	compile      func(document string) (T, error)
	young, older map[string]T
	size         int // of the texts in young
}

func newCache[T any](compile func(string) (T, error)) *cache[T] {
	return &cache[T]{compile: compile, young: map[string]T{}}
}

// get returns the compiled document. It does not keep errors.
func (c *cache[T]) get(document []byte) (T, error) {
	if compiled, kept := c.young[string(document)]; kept {
		return compiled, nil
	}
	text := string(document)
	compiled, kept := c.older[text]
	if !kept {
		var err error
		if compiled, err = c.compile(text); err != nil {
			return compiled, err
		}
	}
	if c.size+len(text) > cacheBytes {
		c.young, c.older, c.size = map[string]T{}, c.young, 0
	}
	c.young[text] = compiled
	c.size += len(text)
	return compiled, nil
}
