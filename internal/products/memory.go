package products

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// Rows keeps values by key, as a table does. Its methods are safe for concurrent
// use. The caller does not change a value that it gave or got.
type Rows interface {
	// Insert keeps a value, unless the key has one already: that one stays, and is
	// returned.
	Insert(key string, value []byte) (existing []byte, err error)
	// After returns up to limit values, in the order of their keys as bytes, of
	// keys greater than after.
	After(after string, limit int) (values [][]byte, err error)
}

// Memory is a [Store] over [Rows]: id -> the product in JSON.
type Memory struct {
	rows Rows
}

// NewMemory makes a store of rows, whatever they hold already.
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
			return Page{}, fmt.Errorf("list products: a row is no product: %w", err)
		}
	}
	if len(values) == limit {
		page.Next = page.Products[limit-1].ID
	}
	return page, nil
}

// MemoryRows are [Rows] in memory. The zero value is empty and ready.
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
