package sigv4_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/sandboxtest"
)

// signedByRules returns the request signed step by step as AWS's text says, with no
// code of a signer: all headers, the path and the query as they are spelled.
func (m message) signedByRules(key aws.Credentials) *http.Request {
	path, query, _ := strings.Cut(m.target, "?")
	return m.signedAs(key, encodedByRules(path, "/"), queryByRules(query))
}

// signedAs is like signedByRules for a canonical path and query.
func (m message) signedAs(key aws.Credentials, path, query string) *http.Request {
	const date = "20260304T120000Z"
	header := http.Header{}
	if m.header.Get("Date") == "" {
		header.Set("X-Amz-Date", date)
	}
	if key.SessionToken != "" {
		header.Set("X-Amz-Security-Token", key.SessionToken)
	}
	for name, values := range m.header {
		header[name] = values
	}
	lines := map[string]string{"host": host}
	for name, values := range header {
		var trimmed []string
		for _, value := range values {
			words := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' })
			trimmed = append(trimmed, strings.Join(words, " "))
		}
		lines[strings.ToLower(name)] = strings.Join(trimmed, ",")
	}
	var names []string
	for name := range lines {
		names = append(names, name)
	}
	slices.Sort(names)
	signedHeaders := strings.Join(names, ";")
	canonical := m.method + "\n" + path + "\n" + query + "\n"
	for _, name := range names {
		canonical += name + ":" + lines[name] + "\n"
	}
	canonical += "\n" + signedHeaders + "\n" + sum(m.body)

	scope := "20260304/" + region + "/" + service + "/aws4_request"
	text := "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + sum(canonical)
	secret := []byte("AWS4" + key.SecretAccessKey)
	for _, part := range append(strings.Split(scope, "/"), text) {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(part))
		secret = mac.Sum(nil)
	}
	header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key.AccessKeyID+"/"+scope+
		", SignedHeaders="+signedHeaders+", Signature="+hex.EncodeToString(secret))
	m.header = header
	return received(m.request())
}

func encodedByRules(text, keep string) string {
	var out strings.Builder
	for _, c := range []byte(text) {
		if strings.IndexByte(unreserved+keep, c) >= 0 {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

func queryByRules(query string) string {
	var pairs [][2]string
	for part := range strings.SplitSeq(query, "&") {
		if part != "" {
			name, value, _ := strings.Cut(part, "=")
			pairs = append(pairs, [2]string{recoded(name), recoded(value)})
		}
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	var parts []string
	for _, pair := range pairs {
		parts = append(parts, pair[0]+"="+pair[1])
	}
	return strings.Join(parts, "&")
}

func recoded(text string) string {
	return encodedByRules(sandboxtest.Must(url.PathUnescape(strings.ReplaceAll(text, "+", " "))), "")
}

// TestRules spells canonical paths and queries out. What is signed in another
// spelling is refused.
func TestRules(t *testing.T) {
	h := newHouse()
	for name, test := range map[string]struct{ target, path, query, wrong string }{
		"sorted by the encoded name":  {"/prod?a%5D=1&aS=2", "/prod", "a%5D=1&aS=2", "aS=2&a%5D=1"},
		"names that are not ASCII":    {"/prod?%E2%82%AC=1&x=2", "/prod", "%E2%82%AC=1&x=2", "x=2&%E2%82%AC=1"},
		"a name that begins another":  {"/prod?a-b=1&a=2", "/prod", "a=2&a-b=1", "a-b=1&a=2"},
		"sorted by the encoded value": {"/prod?a=z&a=%7B", "/prod", "a=%7B&a=z", "a=z&a=%7B"},
		"semicolon":                   {"/prod?a=1;b=2", "/prod", "a=1%3Bb%3D2", "a=1&b=2"},
		"unescaped":                   {"/prod?filter[a]=x:y", "/prod", "filter%5Ba%5D=x%3Ay", "filter[a]=x:y"},
		"lower escapes":               {"/prod?a=%2f%7e", "/prod", "a=%2F~", "a=%2f%7e"},
		"space":                       {"/prod?a=%20&b=+", "/prod", "a=%20&b=%20", "a=%20&b=%2B"},
		"no value":                    {"/prod?a", "/prod", "a=", "a"},
		"escaped path":                {"/prod/a%20b%2Fc", "/prod/a%2520b%252Fc", "", ""},
		"escaped path, lower":         {"/prod/%c3%a9", "/prod/%25c3%25a9", "", ""},
		"dots and empty segments":     {"/prod/..//./x/", "/prod/..//./x/", "", ""},
		"delimiters in a path":        {"/prod/a:b@c,d", "/prod/a%3Ab%40c%2Cd", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := get(test.target)
			for _, key := range h.keys() {
				h.accepts(t, key, m.signedAs(key, test.path, test.query))
				if test.wrong != "" {
					h.refuses(t, doesNotMatch, m.signedAs(key, test.path, test.wrong))
				}
				for _, other := range []string{"/prod", sandboxtest.Must(url.PathUnescape(test.path)), test.path + "/"} {
					if other != test.path {
						h.refuses(t, doesNotMatch, m.signedAs(key, other, test.query))
					}
				}
			}
		})
	}
}

// TestAnyHeaderCanBeSigned: also those that the SDK's signer leaves out, and those
// that net/http does not keep among the headers.
func TestAnyHeaderCanBeSigned(t *testing.T) {
	h := newHouse()
	for name, value := range map[string]string{
		"User-Agent": "agent", "Expect": "100-continue", "X-Amzn-Trace-Id": "Root=1", "X-Empty": "",
		"Content-Length": "0", "Transfer-Encoding": "chunked",
	} {
		t.Run(name, func(t *testing.T) {
			m := message{method: http.MethodPost, target: "/prod", header: http.Header{name: {value}}}
			h.accepts(t, h.user, m.signedByRules(h.user))
			m.header = http.Header{name: {value + "x"}}
			r := m.signedByRules(h.user)
			if name != "Content-Length" && name != "Transfer-Encoding" {
				r.Header.Set(name, value)
			}
			h.refuses(t, doesNotMatch, r)
		})
	}
	r := get("/prod").signedByRules(h.user)
	h.refuses(t, doesNotMatch, editAuthorization(r, "SignedHeaders=host;", "SignedHeaders=host;not-there;"))
}

// TestDateHeader: Date takes the place of X-Amz-Date.
func TestDateHeader(t *testing.T) {
	h := newHouse()
	for _, date := range []string{"20260304T120000Z", "Wed, 04 Mar 2026 12:00:00 GMT", "Wed, 04 Mar 2026 12:00:00 -0000"} {
		m := get("/prod")
		m.header = http.Header{"Date": {date}}
		h.accepts(t, h.user, m.signedByRules(h.user))
		r := m.signedByRules(h.user)
		r.Header.Set("Date", "20260304T120001Z")
		h.refuses(t, doesNotMatch, r)
		r = m.signedByRules(h.user)
		r.Header.Add("Date", date)
		h.refuses(t, incomplete, r)
	}
}

// random generates requests.
type random struct{ *rand.Rand }

func (r random) text(alphabet string, longest int) string {
	text := ""
	for range r.IntN(longest + 1) {
		text += string([]rune(alphabet)[r.IntN(len([]rune(alphabet)))])
	}
	return text
}

// message returns a request whose parameters have such names, each once: the SDK
// sorts parameters before it escapes them.
func (r random) message(names string) message {
	const any = "aZ09-._~ !\"#$%&'()*+,/:;<=>?@[]^`{|}\u00e9\u20ac"
	m := message{method: []string{"GET", "POST", "PUT", "DELETE"}[r.IntN(4)], header: http.Header{}, body: r.text(any, 20)}
	for range r.IntN(4) {
		m.target += "/" + encodedByRules(r.text(any, 6), "!$&'()*+,;=:@")
	}
	m.target = "/prod" + m.target + "?"
	for range r.IntN(5) {
		if name := encodedByRules(r.text(names, 6), ""); !strings.Contains(m.target, name+"=") {
			m.target += name + "=" + encodedByRules(r.text(any, 8), "/") + "&"
		}
	}
	for i := range r.IntN(4) {
		m.header[fmt.Sprintf("X-Header-%d", i)] = []string{"v" + r.text("ab  ,;=", 9) + "v", r.text("ab", 3)}
	}
	return m
}

// mutations returns changes of one part of a signed request each.
func mutations(r *http.Request) map[string]func(*http.Request) {
	all := map[string]func(*http.Request){
		"method":                 func(r *http.Request) { r.Method += "X" },
		"host":                   func(r *http.Request) { r.Host = "127.0.0.1:8081" },
		"host's port":            func(r *http.Request) { r.Host = "127.0.0.1" },
		"path":                   func(r *http.Request) { r.URL.Path, r.URL.RawPath = r.URL.Path+"a", "" },
		"path's end":             func(r *http.Request) { r.URL.Path, r.URL.RawPath = r.URL.Path+"/", "" },
		"path's spelling":        func(r *http.Request) { r.URL.RawPath = strings.Replace(r.URL.EscapedPath(), "/p", "/%70", 1) },
		"one more parameter":     func(r *http.Request) { r.URL.RawQuery += "&zz" },
		"content hash":           func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", sum("x")) },
		"one more X-Amz- header": func(r *http.Request) { r.Header["x-amz-target"] = []string{"x"} },
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Header-") {
			all[name+" is gone"] = func(r *http.Request) { r.Header.Del(name) }
			all[name+" is another"] = func(r *http.Request) { r.Header[name][0] += "a" }
			all[name+" in another case"] = func(r *http.Request) { r.Header[name][0] = "V" + r.Header[name][0][1:] }
			all[name+" ends in another space"] = func(r *http.Request) { r.Header[name][0] += "\u00a0" }
			all[name+" is longer"] = func(r *http.Request) { r.Header.Add(name, "a") }
		}
	}
	parts := strings.FieldsFunc(r.URL.RawQuery, func(c rune) bool { return c == '&' })
	for i := range parts {
		all[fmt.Sprintf("without parameter %d", i)] = func(r *http.Request) {
			r.URL.RawQuery = strings.Join(slices.Concat(parts[:i], parts[i+1:]), "&")
		}
		all[fmt.Sprintf("parameter %d twice", i)] = func(r *http.Request) { r.URL.RawQuery += "&" + parts[i] }
	}
	return all
}

// TestGeneratedRequests accepts what the SDK's signer signs, and any query that is
// signed by the rules, and refuses each mutation.
func TestGeneratedRequests(t *testing.T) {
	h := newHouse()
	d := random{rand.New(rand.NewPCG(20150830, 123600))}
	for range 100 {
		key := []aws.Credentials{h.user, h.session}[d.IntN(2)]
		plain, odd := d.message("abcXYZ019"), d.message("aZ09-._~ []{}%&=+;\u20ac")
		for kind, sign := range map[string]func() *http.Request{
			"signed":    func() *http.Request { return plain.signed(key) },
			"presigned": func() *http.Request { return plain.presigned(key) },
			"by rules":  func() *http.Request { return odd.signedByRules(key) },
		} {
			h.accepts(t, key, sign())
			for name, mutate := range mutations(sign()) {
				r := sign()
				mutate(r)
				if _, err := h.verify(r); !assert.Error(t, err, "%s, %s: %s", kind, name, r.URL) {
					return
				}
			}
			for _, body := range []string{plain.body + odd.body + "x", "\x00"} {
				_, err := h.verifier.Verify(sign(), []byte(body))
				h.wantRefusal(t, doesNotMatch, err)
			}
		}
	}
}

// FuzzCanonicalQuery: a query that can be read is accepted in the spelling of the
// rules, and one in which anything differs is not.
func FuzzCanonicalQuery(f *testing.F) {
	for _, seed := range []string{
		"", "a", "a=1;b=2", "a%5D=1&aS=2", "a=z&a=%7B", "&&=&=x", "%e2%82%ac=+", "a-b=1&a=2", "%zz", "a==b", "x?y/z",
	} {
		f.Add(seed)
	}
	h := newHouse()
	f.Fuzz(func(t *testing.T, query string) {
		outside := func(c rune) bool { return c <= ' ' || c == 0x7f || c == '#' }
		if strings.ContainsFunc(query, outside) || strings.Contains(strings.ToLower(query), "amz") {
			return // not a query, or one with a signature
		}
		m := get("/prod?" + query)
		if _, err := url.PathUnescape(query); err != nil {
			m.target = "/prod"
			r := m.signedByRules(h.user)
			r.URL.RawQuery = query
			h.refuses(t, incomplete, r)
			return
		}
		h.accepts(t, h.user, m.signedByRules(h.user))
		h.refuses(t, doesNotMatch, m.signedAs(h.user, "/prod", queryByRules(query)+"a"))
	})
}
