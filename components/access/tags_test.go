package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

func TestCheckTagsAccepts(t *testing.T) {
	for _, tags := range []map[string]string{
		nil, tags(50), {"team": ""}, {long(128): long(256)}, {strings.Repeat("é", 128): strings.Repeat("名", 256)}, {"_.:/=+-@": "_.:/=+-@ "},
		{"Straße 1": "東京 ٣ é"}, {"cost center": "  "}, {"my-aws:tag": "x-aws:", "aws": "aws"}, {"a": "x", "b": "x"},
	} {
		assert.Empty(t, access.CheckTags(tags))
	}
}

func TestCheckTagsRejects(t *testing.T) {
	for name, test := range map[string]struct {
		tags map[string]string
		keys []string // that the problems are about, empty for the number of tags
	}{
		"fifty-one":           {tags(51), []string{""}},
		"lengths of keys":     {map[string]string{"": "x", strings.Repeat("é", 129): "x"}, []string{`""`, `"` + strings.Repeat("é", 129) + `"`}},
		"lengths of values":   {map[string]string{"a": long(257), "b": strings.Repeat("名", 257)}, []string{`"a"`, `"b"`}},
		"reserved keys":       {map[string]string{"AWS:team": "x", "Aws:x": "x", "aws:y": "x"}, []string{`"AWS:team"`, `"Aws:x"`, `"aws:y"`}},
		"reserved values":     {map[string]string{"a": "aws:x", "b": "AWS:x"}, []string{`"a"`, `"b"`}},
		"keys differ in case": {map[string]string{"TEAM": "a", "Team": "b", "team": "c"}, []string{`"Team"`, `"team"`}},
		"signs in keys":       {map[string]string{"a*": "x", "b,": "x", "c?": "x"}, []string{`"a*"`, `"b,"`, `"c?"`}},
		"signs in values": {
			map[string]string{"a": "x;", "b": "x#", "c": "<x>", "d": "x&y", "e": "(x)", "f": `x\`, "g": "👍"},
			[]string{`"a"`, `"b"`, `"c"`, `"d"`, `"e"`, `"f"`, `"g"`},
		},
		"control characters": {
			map[string]string{"a\n": "x", "b": "x\n", "c": "x\ty", "d\x00": "x", "e": "\x7f"},
			[]string{`"a\n"`, `"b"`, `"c"`, `"d\x00"`, `"e"`},
		},
		"bytes that are not UTF-8": {map[string]string{"\xff": "x", "b": "\xff"}, []string{`"b"`, `"\xff"`}},
		"a key and its value":      {map[string]string{"a*": "b*"}, []string{`"a*"`, `"a*"`}},
	} {
		t.Run(name, func(t *testing.T) {
			errs := access.CheckTags(test.tags)
			require.Len(t, errs, len(test.keys), "%v", errs)
			assertOneLine(t, errs...)
			for i, key := range test.keys {
				assert.True(t, strings.HasPrefix(errs[i].Error(), key), "%q is about %s", errs[i], key)
			}
		})
	}
}

func tags(count int) map[string]string {
	tags := map[string]string{}
	for i := range count {
		tags[fmt.Sprintf("tag-%d", i)] = "x"
	}
	return tags
}
