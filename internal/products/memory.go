package products

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// Rows keeps values by key, as a table does. Its methods are safe for concurrent
// use. Callers must not change values that they passed or received.
type Rows interface {
	// Insert stores a value, unless the key already has one, which it then returns.
	Insert(key string, value []byte) (existing []byte, err error)
	// After returns the values of up to limit keys greater than after, in the order
	// of the keys' bytes.
	After(after string, limit int) (values [][]byte, err error)
}

// Memory is a [Store] over [Rows] that keeps each product in JSON by its id.
type Memory struct {
	rows Rows
}

// NewMemory returns a store over rows, which need not be empty.
func NewMemory(rows Rows) *Memory {
	return &Memory{rows: rows}
}

// Add implements [Store].
func (m *Memory) Add(ctx context.Context, p Product) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("add product %s: %w", p.ID, err)
	}
	value, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("add product %s: %w", p.ID, err)
	}
	existing, err := m.rows.Insert(p.ID, value)
	if err != nil {
		return fmt.Errorf("add product %s: %w", p.ID, err)
	}
	if existing == nil {
		return nil
	}
	var other Product
	if err := json.Unmarshal(existing, &other); err != nil || !p.same(other) {
		return fmt.Errorf("add product %s: %w", p.ID, ErrTaken)
	}
	return nil
}

// List implements [Store].
func (m *Memory) List(ctx context.Context, limit int, after string) (Page, error) {
	if err := ctx.Err(); err != nil {
		return Page{}, fmt.Errorf("list products: %w", err)
	}
	values, err := m.rows.After(after, limit)
	if err != nil {
		return Page{}, fmt.Errorf("list products: %w", err)
	}
	page := Page{Products: make([]Product, len(values))}
	for i, value := range values {
		if err := json.Unmarshal(value, &page.Products[i]); err != nil {
			return Page{}, fmt.Errorf("list products: a row is not a product: %w", err)
		}
	}
	if len(values) == limit {
		page.Next = page.Products[limit-1].ID
	}
	return page, nil
}

// MemoryRows are [Rows] in memory. The zero value is empty.
type MemoryRows struct {
	mu     sync.RWMutex
	keys   []string // in order
	values map[string][]byte
}

// Insert implements [Rows].
func (r *MemoryRows) Insert(key string, value []byte) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, taken := slices.BinarySearch(r.keys, key)
	if taken {
		return r.values[key], nil
	}
	if r.values == nil {
		r.values = map[string][]byte{}
	}
	r.keys = slices.Insert(r.keys, at, key)
	r.values[key] = value
	return nil, nil
}

// After implements [Rows].
func (r *MemoryRows) After(after string, limit int) ([][]byte, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	from, found := slices.BinarySearch(r.keys, after)
	if found {
		from++
	}
	keys := r.keys[from:]
	keys = keys[:min(limit, len(keys))]
	values := make([][]byte, len(keys))
	for i, key := range keys {
		values[i] = r.values[key]
	}
	return values, nil
}
