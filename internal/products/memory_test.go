package products_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products"
)

// lost are rows that cannot be reached.
type lost struct{}

var errLost = errors.New("the table is gone")

func (lost) Insert(string, []byte) ([]byte, error) { return nil, errLost }
func (lost) After(string, int) ([][]byte, error)   { return nil, errLost }

func TestMemoryOverLostRows(t *testing.T) {
	store := products.NewMemory(lost{})
	require.ErrorIs(t, store.Add(t.Context(), newProduct(t)), errLost)
	_, err := store.List(t.Context(), 1, "")
	require.ErrorIs(t, err, errLost)
}

func TestMemoryOverForeignRows(t *testing.T) {
	rows := &products.MemoryRows{}
	p := newProduct(t)
	_, err := rows.Insert(p.ID, []byte("no product"))
	require.NoError(t, err)
	store := products.NewMemory(rows)
	require.ErrorIs(t, store.Add(t.Context(), p), products.ErrTaken)
	_, err = store.List(t.Context(), 1, "")
	require.Error(t, err)
}

// TestMemoryShared: what one store adds, another over the same rows lists.
func TestMemoryShared(t *testing.T) {
	rows := &products.MemoryRows{}
	p := newProduct(t)
	require.NoError(t, products.NewMemory(rows).Add(t.Context(), p))
	assert.Equal(t, []products.Product{p}, all(t, products.NewMemory(rows), 5))
}

func TestMemoryRows(t *testing.T) {
	rows := &products.MemoryRows{}
	for _, key := range []string{"b", "d", "a", "c"} {
		existing, err := rows.Insert(key, []byte("value of "+key))
		require.NoError(t, err)
		require.Nil(t, existing)
	}
	existing, err := rows.Insert("b", []byte("another"))
	require.NoError(t, err)
	assert.Equal(t, "value of b", string(existing))
	for after, want := range map[string][]string{
		"":   {"value of a", "value of b", "value of c"},
		"a":  {"value of b", "value of c", "value of d"},
		"aa": {"value of b", "value of c", "value of d"},
		"c":  {"value of d"},
		"d":  {},
		"e":  {},
	} {
		values, err := rows.After(after, 3)
		require.NoError(t, err)
		got := []string{}
		for _, value := range values {
			got = append(got, string(value))
		}
		assert.Equal(t, want, got, "after %q", after)
	}
}
