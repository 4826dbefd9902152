package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzDecide finds no line without exactly one answer, on one line.
func FuzzDecide(f *testing.F) {
	for _, v := range vectors() {
		f.Add([]byte(v[0]))
	}
	f.Add([]byte(`{"identity":[{"Statement":[]}],"context":{"a:b":[1,true,"\ud800"]}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		line = bytes.ReplaceAll(line, []byte("\n"), nil)
		var out bytes.Buffer
		require.NoError(t, decideAll(bytes.NewReader(append(line, '\n')), &out))
		answers := answersOf(t, out.String())
		require.Len(t, answers, 1)
		assert.NotEqual(t, answers[0].Error == "", answers[0].Decision == "")
	})
}

// FuzzMembers compares the members of an object with those that encoding/json
// finds.
func FuzzMembers(f *testing.F) {
	f.Add([]byte(` {"a" : [1, {"b":"]}\\\""}] ,"\u0063":null, "d":-1e5,"e":{},"f":[[],""]} `))
	f.Add([]byte(`{"a":1,"\u0061":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		members, err := objectOf(text)
		var want map[string]json.RawMessage
		invalid := json.Unmarshal(text, &want) != nil || want == nil
		if err != nil {
			return // a name twice, or no UTF-8
		}
		require.False(t, invalid, "%q", text)
		require.Len(t, members, len(want))
		for _, m := range members {
			assert.Equal(t, string(want[m.name]), string(m.value))
			if m.value[0] != '[' {
				continue
			}
			items, err := itemsOf(m.value)
			require.NoError(t, err)
			var wantItems []json.RawMessage
			require.NoError(t, json.Unmarshal(m.value, &wantItems))
			require.Len(t, items, len(wantItems))
			for i := range items {
				assert.Equal(t, string(wantItems[i]), string(items[i]))
			}
		}
	})
}
