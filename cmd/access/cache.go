package main

// cacheBytes bounds the texts of the documents that a cache keeps in one
// generation, of which it has two.
const cacheBytes = 2 << 20

// cache keeps what documents compile to, those used last: once a generation is
// full it becomes the older one, and the older one before it is forgotten.
type cache[T any] struct {
	compile      func(document string) (T, error)
	young, older map[string]T
	size         int // of the texts in young
}

func newCache[T any](compile func(string) (T, error)) *cache[T] {
	return &cache[T]{compile: compile, young: map[string]T{}}
}

// get compiles a document unless it is kept. Errors are not kept.
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
