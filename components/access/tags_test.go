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
	tests := map[string]map[string]string{
		"none":                 nil,
		"one":                  {"team": "shop"},
		"empty value":          {"team": ""},
		"longest":              {long(128): long(256)},
		"longest, not ASCII":   {strings.Repeat("é", 128): strings.Repeat("名", 256)},
		"every sign":           {"_.:/=+-@": "_.:/=+-@ "},
		"letters and digits":   {"Straße 1": "東京 ٣ é"},
		"spaces":               {"cost center": "  "},
		"aws not at the start": {"my-aws:tag": "x-aws:", "aws": "aws"},
		"values alike":         {"a": "x", "b": "x"},
		"fifty":                tags(50),
	}
	for name, given := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Empty(t, access.CheckTags(given))
		})
	}
}

func TestCheckTagsRefuses(t *testing.T) {
	tests := map[string]struct {
		tags map[string]string
		keys []string // that the problems are about; "" is a problem of them all
	}{
		"fifty-one":                {tags(51), []string{""}},
		"empty key":                {map[string]string{"": "x"}, []string{`""`}},
		"key too long":             {map[string]string{long(129): "x"}, []string{`"` + long(129) + `"`}},
		"key too long, not ASCII":  {map[string]string{strings.Repeat("é", 129): "x"}, []string{`"` + strings.Repeat("é", 129) + `"`}},
		"value too long":           {map[string]string{"a": long(257)}, []string{`"a"`}},
		"value too long, no ASCII": {map[string]string{"a": strings.Repeat("名", 257)}, []string{`"a"`}},
		"reserved":                 {map[string]string{"aws:team": "x"}, []string{`"aws:team"`}},
		"reserved in capitals":     {map[string]string{"AWS:team": "x", "Aws:x": "x"}, []string{`"AWS:team"`, `"Aws:x"`}},
		"value reserved":           {map[string]string{"a": "aws:x"}, []string{`"a"`}},
		"value reserved, capitals": {map[string]string{"a": "AWS:x"}, []string{`"a"`}},
		"keys differ in case":      {map[string]string{"Team": "a", "team": "b"}, []string{`"team"`}},
		"three cases":              {map[string]string{"TEAM": "a", "Team": "b", "team": "c"}, []string{`"Team"`, `"team"`}},
		"signs in a key":           {map[string]string{"a*": "x", "b,": "x", "c?": "x"}, []string{`"a*"`, `"b,"`, `"c?"`}},
		"signs in a value":         {map[string]string{"a": "x;", "b": "x#", "c": "<x>", "d": "x&y", "e": "(x)", "f": `x\`}, []string{`"a"`, `"b"`, `"c"`, `"d"`, `"e"`, `"f"`}},
		"tab and newline":          {map[string]string{"a\n": "x", "b": "x\n", "c": "x\ty"}, []string{`"a\n"`, `"b"`, `"c"`}},
		"control characters":       {map[string]string{"a\x00": "x", "b": "\x7f"}, []string{`"a\x00"`, `"b"`}},
		"no UTF-8":                 {map[string]string{"\xff": "x", "b": "\xff"}, []string{`"b"`, `"\xff"`}},
		"emoji":                    {map[string]string{"a": "👍"}, []string{`"a"`}},
		"key and value":            {map[string]string{"a*": "b*"}, []string{`"a*"`, `"a*"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			errs := access.CheckTags(test.tags)
			require.Len(t, errs, len(test.keys), "%v", errs)
			for i, key := range test.keys {
				assert.True(t, strings.HasPrefix(errs[i].Error(), key), "%q is about %s", errs[i], key)
				assert.NotContains(t, errs[i].Error(), "\n")
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
