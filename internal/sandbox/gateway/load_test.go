package gateway_test

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLoad has many clients send requests at once. Some are allowed, some are denied,
// and some are unsigned. Each gets its own response, and each product that was added
// exists once.
func TestLoad(t *testing.T) {
	before := goroutines()
	t.Run("calls", func(t *testing.T) { load(t, 200, 5) })
	for wait := time.Millisecond; goroutines() > before && wait < 10*time.Second; wait *= 2 {
		time.Sleep(wait) // connections end on their own, once they are closed
	}
	if n := goroutines(); n > before {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines, %d before:\n%s", n, before, stacks[:runtime.Stack(stacks, true)])
	}
}

// goroutines counts those that serve or call.
func goroutines() int {
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	n := 0
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "net/http.") || strings.Contains(stack, "internal/sandbox/") && !strings.Contains(stack, "testing.tRunner") {
			n++
		}
	}
	return n
}

func load(t *testing.T, clients, rounds int) {
	w := newWorld(t, nil)
	w.role("reader", w.allow("prod/GET/products"))
	wrong := w.jane
	wrong.SecretAccessKey = w.john.SecretAccessKey
	kinds := []struct {
		name      string
		key       aws.Credentials
		list, add int
	}{
		{"john", w.john, 200, 403},
		{"jane", w.jane, 200, 201},
		{"session", w.assume("reader", "load", ""), 200, 403},
		{"nobody", aws.Credentials{}, 403, 403},
		{"wrong", wrong, 403, 403},
	}
	var mu sync.Mutex
	added := map[string]bool{}
	var group sync.WaitGroup
	for i := range clients {
		group.Go(func() {
			kind := kinds[i%len(kinds)]
			for round := range rounds {
				name := fmt.Sprintf("%s %d %d", kind.name, i, round)
				status, text, err := w.try(kind.key, "GET", "")
				assert.NoError(t, err)
				assert.Equal(t, kind.list, status, "%s lists: %s", name, text)
				status, text, err = w.try(kind.key, "POST", strings.Replace(tea, "Tea", name, 1))
				assert.NoError(t, err)
				if !assert.Equal(t, kind.add, status, "%s adds: %s", name, text) || status != 201 {
					continue
				}
				var product struct{ ID, Name, CreatedBy string }
				if assert.NoError(t, json.Unmarshal([]byte(text), &product)) {
					assert.Equal(t, name, product.Name, "the response to another request")
					assert.True(t, strings.HasSuffix(product.CreatedBy, ":user/jane"), product.CreatedBy)
					mu.Lock()
					added[product.ID] = true
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	require.Len(t, added, clients/len(kinds)*rounds)
	_, text := w.as(w.john, "GET", "/prod/products", "")
	var list struct{ Products []struct{ ID string } }
	require.NoError(t, json.Unmarshal([]byte(text), &list))
	for _, product := range list.Products {
		require.True(t, added[product.ID], "%s is there twice, or was not added", product.ID)
		delete(added, product.ID)
	}
	assert.Empty(t, added, "lost")
	lines := w.logged()
	assert.GreaterOrEqual(t, len(lines), clients*rounds*2)
}

// try sends a request to /prod/products, signed if there is a key. It may be used from
// any goroutine.
func (w *world) try(key aws.Credentials, method, body string) (int, string, error) {
	r := w.request(method, "/prod/products", body)
	if key.AccessKeyID != "" {
		w.sign(r, key, body)
	}
	response, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}
