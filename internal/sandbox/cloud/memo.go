package cloud

import "sync"

// Memo keeps what was read from a Cloud until the accounts change. Its zero value
// is empty.
type Memo[T any] struct {
	mu      sync.Mutex
	version uint64 // of the Cloud
	values  map[string]T
}

// Get returns what read returned for the key, or calls it if the accounts have
// changed since. Errors are not kept.
func (m *Memo[T]) Get(c *Cloud, key string, read func() (T, error)) (T, error) {
	version := c.version.Load()
	m.mu.Lock()
	if m.values == nil || m.version != version {
		m.values, m.version = map[string]T{}, version
	}
	value, known := m.values[key]
	m.mu.Unlock()
	if known {
		return value, nil
	}
	value, err := read()
	if err != nil {
		return value, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.version == version {
		m.values[key] = value
	}
	return value, nil
}
