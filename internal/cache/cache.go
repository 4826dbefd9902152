// Package cache keeps what is costly to compute from a text, such as a compiled
// policy document.
package cache

import "sync"

// maxBytes bounds the texts that a cache keeps in one generation. It has two.
const maxBytes = 2 << 20

// Cache keeps what was computed from texts, those used last. Once a generation is
// full it becomes the older one, and the older one before it is forgotten. The zero
// Cache is ready and safe for concurrent use.
type Cache[T any] struct {
	mu           sync.Mutex
	young, older map[string]T
	size         int // of the texts in young
}

// Get returns what is kept for a text, or else computes it. Errors are not kept.
func (c *Cache[T]) Get(text string, compute func(text string) (T, error)) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if result, kept := c.young[text]; kept {
		return result, nil
	}
	result, kept := c.older[text]
	if !kept {
		var err error
		if result, err = compute(text); err != nil {
			return result, err
		}
	}
	if c.young == nil || c.size+len(text) > maxBytes {
		c.young, c.older, c.size = map[string]T{}, c.young, 0
	}
	c.young[text] = result
	c.size += len(text)
	return result, nil
}
