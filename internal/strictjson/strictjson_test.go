package strictjson

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestObject(t *testing.T) {
	members, err := Object([]byte(` {"b" : [1, {"x":"]}"}] ,"\u0061":null, "a":-1e5} `))
	require.NoError(t, err)
	require.Equal(t, []Member{
		{"b", json.RawMessage(`[1, {"x":"]}"}]`), false},
		{"a", json.RawMessage(`null`), false},
		{"a", json.RawMessage(`-1e5`), true},
	}, members)

	for text, want := range map[string]error{"[]": ErrNotObject, "null": ErrNotObject, "1": ErrNotObject, "{\"a\xff\":1}": ErrNotUTF8} {
		_, err := Object([]byte(text))
		require.ErrorIs(t, err, want, text)
	}
	for _, text := range []string{"", "{", `{"a":1} {}`, `{"a":1}]`, `{"a":01}`} {
		_, err := Object([]byte(text))
		var syntax *json.SyntaxError
		require.ErrorAs(t, err, &syntax, text)
	}
}

func TestText(t *testing.T) {
	text, ok := Text(json.RawMessage(`"a\u0062"`))
	require.True(t, ok)
	require.Equal(t, "ab", text)
	for _, value := range []string{`null`, `1`, `["a"]`} {
		_, ok := Text(json.RawMessage(value))
		require.False(t, ok, value)
	}
}

func TestDecode(t *testing.T) {
	value, err := Decode(`{"a": 1.50}`)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"a": json.Number("1.50")}, value)
	for _, text := range []string{"", "{", "1 2", "{} x"} {
		_, err := Decode(text)
		require.Error(t, err, text)
	}
}

// FuzzObject compares the members with those that encoding/json finds.
func FuzzObject(f *testing.F) {
	f.Add([]byte(` {"a" : [1, {"b":"]}\\\""}] ,"\u0063":null, "d":-1e5,"e":{},"f":[[],""]} `))
	f.Add([]byte(`{"a":1,"\u0061":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		members, err := Object(text)
		if err != nil {
			return
		}
		var want map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(text, &want), "%q", text)
		found := map[string]json.RawMessage{}
		for _, m := range members {
			require.Equal(t, found[m.Name] != nil, m.Repeated)
			found[m.Name] = m.Value
		}
		require.Equal(t, len(want), len(found))
		for name := range want {
			require.Equal(t, string(want[name]), string(found[name]))
		}
	})
}
