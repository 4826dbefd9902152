package products_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products"
)

// stores returns each kind of store, over an empty table.
var stores = map[string]func(t *testing.T) products.Store{
	"memory":   func(*testing.T) products.Store { return products.NewMemory(&products.MemoryRows{}) },
	"dynamodb": func(t *testing.T) products.Store { return newWire(t).store() },
}

// newProduct returns a product with a new id.
func newProduct(t *testing.T) products.Product {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	return products.Product{
		ID:          id.String(),
		Name:        "Kettle \"Ω\" <&> " + id.String(),
		Description: "two lines,\n\tone of them with a tab 🫖",
		Price:       aws.Int64(products.MaxPrice),
		Currency:    "EUR",
		CreatedBy:   "arn:aws:sts::111122223333:assumed-role/maker/session",
		CreatedAt:   time.Now().UTC().Truncate(time.Second),
	}
}

func ids(list []products.Product) (ids []string) {
	for _, p := range list {
		ids = append(ids, p.ID)
	}
	return ids
}

// all lists everything, page by page. No product may come twice.
func all(t *testing.T, store products.Store, limit int) []products.Product {
	t.Helper()
	var found []products.Product
	for after := ""; ; {
		page, err := store.List(t.Context(), limit, after)
		require.NoError(t, err)
		require.NotNil(t, page.Products)
		require.LessOrEqual(t, len(page.Products), limit)
		for _, p := range page.Products {
			require.NotContains(t, ids(found), p.ID, "listed twice")
			found = append(found, p)
		}
		if page.Next == "" {
			return found
		}
		require.NotEqual(t, after, page.Next, "the same page again")
		after = page.Next
	}
}

// TestStores checks both stores in the same way.
func TestStores(t *testing.T) {
	promises := map[string]func(*testing.T, products.Store){
		"an empty store lists nothing": func(t *testing.T, store products.Store) {
			assert.Empty(t, all(t, store, 1))
			assert.Empty(t, all(t, store, products.MaxLimit))
		},
		"what was added is listed as it was":           addedIsListed,
		"pages hold every product once":                pagesHoldAll,
		"an id is taken once":                          idTakenOnce,
		"a page begins after an id that never was":     pageAfterUnknown,
		"concurrent adds lose and double nothing":      concurrentAdds,
		"concurrent adds of one id: one of them wins":  concurrentSameID,
		"a context that is over ends a call":           contextOver,
		"products that fill a page by their size only": largeProducts,
	}
	for store, open := range stores {
		for name, keep := range promises {
			t.Run(store+"/"+name, func(t *testing.T) { keep(t, open(t)) })
		}
	}
}

func addedIsListed(t *testing.T, store products.Store) {
	full, bare := newProduct(t), newProduct(t)
	bare.Description, bare.Price, bare.Currency = "", nil, ""
	require.NoError(t, store.Add(t.Context(), full))
	assert.Equal(t, []products.Product{full}, all(t, store, 10), "at once")
	require.NoError(t, store.Add(t.Context(), bare))
	assert.ElementsMatch(t, []products.Product{full, bare}, all(t, store, 10))
}

func pagesHoldAll(t *testing.T, store products.Store) {
	var added []products.Product
	for range 13 {
		p := newProduct(t)
		require.NoError(t, store.Add(t.Context(), p))
		added = append(added, p)
	}
	for _, limit := range []int{1, 2, 6, 12, 13, 14, products.MaxLimit} {
		assert.ElementsMatch(t, added, all(t, store, limit), "pages of %d", limit)
	}
}

func idTakenOnce(t *testing.T, store products.Store) {
	first := newProduct(t)
	require.NoError(t, store.Add(t.Context(), first))
	require.NoError(t, store.Add(t.Context(), first), "the same once more")
	for name, change := range map[string]func(*products.Product){
		"name":      func(p *products.Product) { p.Name += "!" },
		"price":     func(p *products.Product) { p.Price = aws.Int64(*p.Price - 1) },
		"no price":  func(p *products.Product) { p.Price = nil },
		"createdBy": func(p *products.Product) { p.CreatedBy += "!" },
		"createdAt": func(p *products.Product) { p.CreatedAt = p.CreatedAt.Add(time.Second) },
	} {
		other := first
		change(&other)
		assert.ErrorIs(t, store.Add(t.Context(), other), products.ErrTaken, name)
	}
	assert.Equal(t, []products.Product{first}, all(t, store, 10))
}

func pageAfterUnknown(t *testing.T, store products.Store) {
	added := map[string]bool{}
	for range 5 {
		p := newProduct(t)
		require.NoError(t, store.Add(t.Context(), p))
		added[p.ID] = true
	}
	page, err := store.List(t.Context(), 10, uuid.NewString())
	require.NoError(t, err)
	for _, p := range page.Products {
		assert.True(t, added[p.ID])
	}
}

func concurrentAdds(t *testing.T, store products.Store) {
	const adders, each = 16, 8
	added := make(chan products.Product, adders*each)
	var group sync.WaitGroup
	for range adders {
		group.Go(func() {
			for range each {
				p := newProduct(t)
				assert.NoError(t, store.Add(t.Context(), p))
				added <- p
			}
		})
	}
	for range 3 {
		group.Go(func() { all(t, store, 7) })
	}
	group.Wait()
	close(added)
	var want []products.Product
	for p := range added {
		want = append(want, p)
	}
	assert.ElementsMatch(t, want, all(t, store, 7))
}

func concurrentSameID(t *testing.T, store products.Store) {
	const adders = 16
	base := newProduct(t)
	errs := make([]error, adders)
	var group sync.WaitGroup
	for i := range adders {
		group.Go(func() {
			p := base
			p.Name = fmt.Sprint("adder ", i)
			errs[i] = store.Add(t.Context(), p)
		})
	}
	group.Wait()
	found := all(t, store, 10)
	require.Len(t, found, 1)
	for i, err := range errs {
		if found[0].Name == fmt.Sprint("adder ", i) {
			assert.NoError(t, err)
		} else {
			assert.ErrorIs(t, err, products.ErrTaken)
		}
	}
}

func contextOver(t *testing.T, store products.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, store.Add(ctx, newProduct(t)), context.Canceled)
	_, err := store.List(ctx, 1, "")
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, all(t, store, 10))
}

// largeProducts adds products that are larger than the handler allows. Six of them
// are more than DynamoDB reads for one page.
func largeProducts(t *testing.T, store products.Store) {
	var added []products.Product
	for range 6 {
		p := newProduct(t)
		p.Description = strings.Repeat("d", 300_000)
		require.NoError(t, store.Add(t.Context(), p))
		added = append(added, p)
	}
	assert.ElementsMatch(t, added, all(t, store, products.MaxLimit))
}
