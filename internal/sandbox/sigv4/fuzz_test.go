package sigv4_test

import (
	"iam-secured-api/internal/sandbox/sigv4"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// spliced returns text with a piece of it replaced.
func spliced(text string, at uint16, cut uint8, by string) string {
	from := min(int(at), len(text))
	return text[:from] + by + text[min(from+int(cut), len(text)):]
}

// FuzzAuthorization: of the changes to a valid header Authorization, those that
// are verified change nothing but the space and the order of its parts.
func FuzzAuthorization(f *testing.F) {
	h := newHouse()
	for _, seed := range []string{"", " ", ",", ";", "=", "/", "Signature=", "SignedHeaders=host", "AWS4-HMAC-SHA256 ", "\x00", "\u00e9"} {
		f.Add(uint16(0), uint8(0), seed)
		f.Add(uint16(17), uint8(1), seed)
		f.Add(uint16(100), uint8(200), seed)
	}
	parts := func(authorization string) []string {
		rest, _ := strings.CutPrefix(authorization, "AWS4-HMAC-SHA256 ")
		var list []string
		for part := range strings.SplitSeq(rest, ",") {
			list = append(list, strings.TrimSpace(part))
		}
		slices.Sort(list)
		return list
	}
	f.Fuzz(func(t *testing.T, at uint16, cut uint8, by string) {
		for _, key := range h.keys() {
			r := get("/prod").signed(key)
			valid := r.Header.Get("Authorization")
			r.Header.Set("Authorization", spliced(valid, at, cut, by))
			caller, err := h.verify(r)
			if err != nil {
				h.wantNothingSecret(t, err)
				continue
			}
			assert.Equal(t, key.AccessKeyID, caller.Key.AccessKeyID)
			assert.Equal(t, parts(valid), parts(r.Header.Get("Authorization")))
		}
	})
}

// FuzzPresignedQuery: of the changes to a valid query, those that are verified
// change nothing but the order and the spelling.
func FuzzPresignedQuery(f *testing.F) {
	h := newHouse()
	for _, seed := range []string{"", "&", "=", ";", "%", "%41", "+", "x=y&", "&X-Amz-Expires=1", "&x-amz-signature=", "X-Amz-Signature=", "\x00"} {
		f.Add(uint16(0), uint8(0), seed)
		f.Add(uint16(40), uint8(1), seed)
		f.Add(uint16(200), uint8(255), seed)
	}
	sorted := func(query string) url.Values {
		values, err := sigv4.ParseQuery(query)
		assert.NoError(f, err)
		for _, list := range values {
			slices.Sort(list)
		}
		return values
	}
	f.Fuzz(func(t *testing.T, at uint16, cut uint8, by string) {
		for _, key := range h.keys() {
			r := get("/prod?a=b&a=c&X-Amz-Expires=60").presigned(key)
			valid := r.URL.RawQuery
			r.URL.RawQuery = spliced(valid, at, cut, by)
			caller, err := h.verify(r)
			if err != nil {
				h.wantNothingSecret(t, err)
				continue
			}
			assert.Equal(t, key.AccessKeyID, caller.Key.AccessKeyID)
			assert.Equal(t, sorted(valid), sorted(r.URL.RawQuery))
		}
	})
}
