package sigv4_test

import (
	"iam-secured-api/internal/sandbox/sigv4"
	"net/http"
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

// FuzzRequest: of the changes to a date, a token, a host or a path, none is
// verified.
func FuzzRequest(f *testing.F) {
	h := newHouse()
	for what := range uint8(6) {
		f.Add(what, uint16(3), uint8(0), ".5")
		f.Add(what, uint16(15), uint8(1), "")
		f.Add(what, uint16(9), uint8(0), ":443")
		f.Add(what, uint16(1), uint8(2), "%70")
	}
	f.Fuzz(func(t *testing.T, what uint8, at uint16, cut uint8, by string) {
		r := get("/prod/a%2Fb").signed(h.session)
		if what >= 3 {
			r = get("/prod/a%2Fb").presigned(h.session)
		}
		switch what % 3 {
		case 0:
			r.Host = spliced(r.Host, at, cut, by)
		case 1:
			target, err := url.ParseRequestURI(spliced(r.URL.EscapedPath(), at, cut, by))
			if err != nil || target.RawQuery != "" || target.EscapedPath() == r.URL.EscapedPath() {
				return
			}
			r.URL.Path, r.URL.RawPath = target.Path, target.RawPath
		case 2:
			for _, name := range []string{"X-Amz-Date", "X-Amz-Security-Token"} {
				if now := r.Header.Get(name); now != "" {
					changed := r.Clone(r.Context())
					changed.Header.Set(name, spliced(now, at, cut, by))
					wantUnchanged(t, h, changed, strings.TrimSpace(changed.Header.Get(name)) == now)
				}
			}
			return
		}
		// Space around a header's value is not part of it.
		wantUnchanged(t, h, r, strings.TrimSpace(r.Host) == host && r.URL.EscapedPath() == "/prod/a%2Fb")
	})
}

func wantUnchanged(t *testing.T, h *house, r *http.Request, unchanged bool) {
	t.Helper()
	_, err := h.verify(r)
	if err == nil {
		assert.True(t, unchanged)
		return
	}
	h.wantNothingSecret(t, err)
}
