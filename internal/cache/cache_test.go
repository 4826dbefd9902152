package cache

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCacheIsBounded(t *testing.T) {
	computed := 0
	c := Cache[string]{}
	compute := func(text string) (string, error) {
		computed++
		if text == "bad" {
			return "", errors.New("bad")
		}
		return text + "!", nil
	}
	get := func(text string) string {
		value, err := c.Get(text, compute)
		require.NoError(t, err)
		return value
	}
	assert.Equal(t, "a!", get("a"))
	assert.Equal(t, "a!", get("a"))
	assert.Equal(t, 1, computed)
	for range 2 {
		_, err := c.Get("bad", compute)
		assert.Error(t, err)
	}
	assert.Equal(t, 3, computed)
	const size, texts = 1 << 10, 10_000
	for i := range texts {
		text := fmt.Sprintf("%0*d", size, i)
		assert.Equal(t, text+"!", get(text))
		get("a") // is used all the time
		assert.LessOrEqual(t, (len(c.young)+len(c.older)-2)*size, 2*maxBytes)
	}
	assert.Equal(t, 3+texts, computed, "what is used stays")
}
