package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// read runs a reader over JSON text under the key "k" and returns the lines of
// the report.
func read(t *testing.T, text string, secret bool, reader func(Value)) []string {
	t.Helper()
	report := &Report{}
	reader(Settings{Values: map[string]string{"k": text}, Secret: map[string]bool{"k": secret}}.Value(report).At("k"))
	return report.problems
}

func accept(string) error { return nil }

func refuse(string) error { return errors.New("must be otherwise") }

func TestReadersReportTheValueAndWhatIsAccepted(t *testing.T) {
	for name, row := range map[string]struct {
		text   string
		reader func(Value)
		want   string
	}{
		"within":                     {`{"a":[1,{"b":2}]}`, func(v Value) { v.In("a", 1, "b", 0).Fail("is bad") }, `k.a[1].b: 2 is bad`},
		"within, too far":            {`{"a":[1]}`, func(v Value) { v.In("a", 1).Fail("is bad") }, `k.a: [1] is bad`},
		"a number for texts":         {`1`, func(v Value) { v.TextOrTexts("things") }, `k: 1 must be a list of things`},
		"a list as a map":            {`[1]`, func(v Value) { v.Entries("things", nil) }, `k: [1] must be a map of things`},
		"a map as a list":            {`{"a":1}`, func(v Value) { v.Texts("things") }, `k: {"a":1} must be a list of things`},
		"nothing as a list":          {`null`, func(v Value) { v.Texts("things") }, `k: null must be a list of things`},
		"a number in a list":         {`["a",2]`, func(v Value) { v.Texts("things") }, `k[1]: 2 must be a string that is not empty`},
		"twice in a list":            {`["a","a"]`, func(v Value) { v.Texts("things") }, `k[1]: "a" appears twice; list each once`},
		"an item":                    {`["a","b"]`, func(v Value) { v.Item("b").Fail("is bad") }, `k[1]: "b" is bad`},
		"a text that is refused":     {`"a"`, func(v Value) { v.Checked(refuse) }, `k: "a" must be otherwise`},
		"a number for a text":        {`1`, func(v Value) { v.Checked(accept) }, `k: 1 must be a string`},
		"a number for a picky text":  {`1`, func(v Value) { v.Checked(refuse) }, `k: 1 must be otherwise, as a string`},
		"digits that are refused":    {`0012`, func(v Value) { v.CheckedDigits(refuse) }, `k: "0012" must be otherwise`},
		"a number that is refused":   {`12`, func(v Value) { v.CheckedDigits(refuse) }, `k: "12" must be otherwise`},
		"a text for a flag":          {`"true"`, func(v Value) { v.Flag() }, `k: "true" must be true or false`},
		"a fraction":                 {`1.5`, func(v Value) { v.Whole(nil) }, `k: 1.5 must be a whole number`},
		"a text for a number":        {`"1"`, func(v Value) { v.Number() }, `k: "1" must be a number`},
		"a key that is missing":      {`{"a":1}`, func(v Value) { v.Require("other", "such as %d", 1) }, `k: {"a":1} must have the key other, such as 1`},
		"a key that is unknown":      {`{"colour":1}`, func(v Value) { v.Fields(readers("size", "color")) }, `k.colour: 1 is under an unknown key (did you mean color?); accepted are color, size`},
		"a key that is no word":      {`{"GET /x":1}`, func(v Value) { v.Fields(readers("size")) }, `k["GET /x"]: 1 is under an unknown key; accepted are size`},
		"a key that cannot be":       {`{"hours":[8]}`, func(v Value) { v.Fields(readers("hour"), reason) }, `k.hours: [8] cannot be set: nothing recurs`},
		"a key that another refuses": {`{"hours":[8]}`, func(v Value) { v.Fields(readers("hour"), noReason, reason) }, `k.hours: [8] cannot be set: nothing recurs`},
		"a key without a reason":     {`{"hour":8}`, func(v Value) { v.Fields(readers("hours"), reason) }, `k.hour: 8 is under an unknown key (did you mean hours?); accepted are hours`},
		"what shows itself":          {`["a"]`, func(v Value) { v.Refuse("[0]: %w", errors.New(`"a" is bad`)) }, `k[0]: "a" is bad`},
		"a character that is hidden": {`"\u001b\u2028\u009b"`, func(v Value) { v.Checked(refuse) }, "k: \"\\u001b\\u2028 \" must be otherwise"},
		"a map without its key":      {`[1]`, func(v Value) { v.Fields(readers("b", "a")) }, `k: [1] must be a map with a, b`},
		"a password":                 {`"https://ann:hun/ter@2@x/"`, func(v Value) { v.Checked(refuse) }, `k: "https://…@x/" must be otherwise`},
		"a long value":               {`"` + strings.Repeat("é", 100) + `"`, func(v Value) { v.Checked(refuse) }, `k: "` + strings.Repeat("é", 39) + `… must be otherwise`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, []string{row.want}, read(t, row.text, false, row.reader))
		})
	}
}

func noReason(string) (string, bool) { return "", false }

func reason(key string) (string, bool) { return "nothing recurs", key == "hours" }

func readers(keys ...string) map[string]func(Value) {
	all := map[string]func(Value){}
	for _, key := range keys {
		all[key] = func(Value) {}
	}
	return all
}

func TestReadersAccept(t *testing.T) {
	for name, row := range map[string]struct {
		text   string
		reader func(t *testing.T, v Value)
	}{
		"nothing as a map":          {``, func(t *testing.T, v Value) { v.Entries("things", nil) }},
		"null as a map":             {`null`, func(t *testing.T, v Value) { v.Fields(nil) }},
		"a map":                     {`{"b":1,"a":2}`, func(t *testing.T, v Value) { require.Equal(t, []string{"a", "b"}, v.Keys()) }},
		"a list":                    {`["b","a"]`, func(t *testing.T, v Value) { require.Equal(t, []string{"b", "a"}, v.Texts("things")) }},
		"an empty list":             {`[]`, func(t *testing.T, v Value) { require.Equal(t, []string{}, v.Texts("things")) }},
		"digits as text":            {`"012"`, func(t *testing.T, v Value) { require.Equal(t, "012", v.CheckedDigits(accept)) }},
		"digits as a number":        {`444455556666`, func(t *testing.T, v Value) { require.Equal(t, "444455556666", v.CheckedDigits(accept)) }},
		"a flag":                    {`true`, func(t *testing.T, v Value) { require.True(t, v.Flag()) }},
		"a number":                  {`0.5`, func(t *testing.T, v Value) { require.Equal(t, 0.5, v.Number()) }},
		"a key that is read":        {`{"hours":8}`, func(t *testing.T, v Value) { v.Fields(readers("hours"), reason) }},
		"a required key":            {`{"color":1}`, func(t *testing.T, v Value) { v.Require("color", "") }},
		"a text":                    {`"a"`, func(t *testing.T, v Value) { require.Equal(t, "a", v.Text()) }},
		"one text or several":       {`"a"`, func(t *testing.T, v Value) { require.Equal(t, []string{"a"}, v.TextOrTexts("things")) }},
		"several texts or one":      {`["a","b"]`, func(t *testing.T, v Value) { require.Equal(t, []string{"a", "b"}, v.TextOrTexts("things")) }},
		"a list, which has no keys": {`[1]`, func(t *testing.T, v Value) { v.Require("color", "") }},
	} {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, read(t, row.text, false, func(v Value) { row.reader(t, v) }))
		})
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	for _, reader := range []func(Value){
		func(v Value) { v.Fail("is bad") },
		func(v Value) { v.Refuse(": %w", errors.New(`"hunter2" is bad`)) },
		func(v Value) { v.Checked(refuse) },
		func(v Value) { v.Texts("things") },
		func(v Value) { v.Entries("things", func(_ string, entry Value) { entry.Fail("is bad") }) },
		func(v Value) { v.Item("hunter2").Fail("is bad") },
		func(v Value) { v.At("x").Fail("is bad") },
		func(v Value) {
			v.Fields(readers(), func(string) (string, bool) { return "nothing recurs", true })
		},
	} {
		for _, text := range []string{`"hunter2"`, `{"x":"hunter2"}`, `["hunter2",["hunter2"]]`, `hunter2`} {
			for _, line := range read(t, text, true, reader) {
				require.NotContains(t, line, "hunter2")
				require.Contains(t, line, "[secret]")
			}
		}
	}
}

func TestFailed(t *testing.T) {
	read(t, `{"a":{"b c":1},"ab":2,"d":[3]}`, false, func(v Value) {
		require.False(t, v.Failed())
		v.At("a").At("b c").Fail("is bad")
		v.In("d", 0).Fail("is bad")
		require.True(t, v.Failed())
		require.True(t, v.At("a").Failed())
		require.True(t, v.At("d").Failed())
		require.False(t, v.At("ab").Failed())
		require.False(t, v.At("a").At("b").Failed())
	})
}

func TestReportCountsItsLines(t *testing.T) {
	report := &Report{}
	require.NoError(t, report.Err())
	report.Add("a: %s", "line\r\nbreak")
	require.EqualError(t, report.Err(), "1 problem in the stack's configuration:\n  a: line  break")
	report.Add("b")
	require.Equal(t, 2, report.Len())
	require.EqualError(t, report.Err(), "2 problems in the stack's configuration:\n  a: line  break\n  b")
}

func TestRequireOfSettings(t *testing.T) {
	report := &Report{}
	v := Settings{Values: map[string]string{"routs": "", "users": "", "roles": ""}}.Value(report)
	v.Require("routes", "a map")
	require.Equal(t, []string{"routes: must be set to a map"}, report.problems, "roles is another key, and routs was not reported")

	report.problems = nil
	v.Fields(map[string]func(Value){"routes": nil, "users": func(Value) {}, "roles": func(Value) {}})
	require.Len(t, report.problems, 1)
	require.Contains(t, report.problems[0], "routs: null is under an unknown key (did you mean routes?)")
	report.problems = nil
	v.Require("routes", "a map")
	v.Require("users", "a map")
	v.Require("backend", "a map of %s", "url")
	require.Equal(t, []string{"backend: must be set to a map of url"}, report.problems)
}

// TestRequireAndUnknownKeys checks that a key that is misspelt is reported once.
func TestRequireAndUnknownKeys(t *testing.T) {
	require.Len(t, read(t, `{"colour":1}`, false, func(v Value) {
		v.Fields(map[string]func(Value){"color": nil})
		v.Require("color", "")
	}), 1)
	require.Len(t, read(t, `{"colour":1}`, false, func(v Value) { v.Require("color", "") }), 1)
}

func TestDidYouMean(t *testing.T) {
	known := []string{"accessKey", "groups"}
	require.Equal(t, " (did you mean accessKey?)", DidYouMean("acesskey", known))
	require.Equal(t, " (did you mean groups?)", DidYouMean("group", known))
	require.Equal(t, "", DidYouMean("policies", known))
	require.Equal(t, "", DidYouMean("groups", nil))
	require.Equal(t, "", DidYouMean("id", []string{"url"}))
}
