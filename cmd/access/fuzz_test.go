package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzDecide requires exactly one response, on one line, to any line.
func FuzzDecide(f *testing.F) {
	for _, v := range vectors() {
		f.Add([]byte(v[0]))
	}
	f.Add([]byte(`{"identity":[{"Statement":[]}],"context":{"a:b":[1,true,"\ud800"]}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		line = bytes.ReplaceAll(line, []byte("\n"), nil)
		var out bytes.Buffer
		require.NoError(t, decideAll(bytes.NewReader(append(line, '\n')), &out))
		responses := responsesOf(t, out.String())
		require.Len(t, responses, 1)
		assert.NotEqual(t, responses[0].Error == "", responses[0].Decision == "")
	})
}
