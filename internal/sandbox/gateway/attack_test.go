package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// attack is a request that must be refused. It differs in one thing from a request
// that is accepted. Each attack has a world of its own, where both are sent.
type attack struct {
	name string
	// call returns the request that is accepted; nil for [adding].
	call func(*world) *message
	// spoil changes the request or the world.
	spoil func(*world, *message)
	// status and body of the refusal; 403 Forbidden if they are left out.
	status int
	body   string
}

// adding adds a product as jane, listing lists some as john.
func adding(w *world) *message  { return w.signed(w.jane, "POST", "/prod/products", tea) }
func listing(w *world) *message { return w.signed(w.john, "GET", "/prod/products?limit=5", "") }

func (a attack) run(t *testing.T) {
	w := newWorld(t, nil)
	call := a.call
	if call == nil {
		call = adding
	}
	if a.status == 0 {
		a.status, a.body = 403, forbidden
	}
	m := call(w)
	status, body := w.wire(m)
	require.Contains(t, []int{200, 201}, status, "the call itself: %s", body)
	require.Equal(t, 1, w.invoked())
	before := w.products()

	a.spoil(w, m)
	status, body = w.wire(m)
	assert.Equal(t, a.status, status, body)
	assert.Equal(t, a.body, body)
	assert.Equal(t, 1, w.invoked(), "the backend was reached")
	assert.Equal(t, before, w.products(), "a product was added")
}

func runAttacks(t *testing.T, attacks []attack) {
	names := map[string]bool{}
	for _, a := range attacks {
		require.False(t, names[a.name], a.name)
		names[a.name] = true
		t.Run(a.name, a.run)
	}
}
