package sigv4

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest returns the text that a signature covers: the method, the path,
// the query, the signed headers and the hash of the body, in the form that AWS
// publishes. Each header of AWS's own must be signed.
func canonicalRequest(r *http.Request, s signature, body []byte) (string, error) {
	for i, name := range s.signedHeaders {
		if i > 0 && name <= s.signedHeaders[i-1] {
			return "", refuse(CodeDoesNotMatch, "SignedHeaders must be sorted and list each header once")
		}
	}
	for name := range r.Header {
		if !strings.EqualFold(name[:min(len(name), len("x-amz-"))], "x-amz-") {
			continue
		}
		if lower := strings.ToLower(name); !slices.Contains(s.signedHeaders, lower) {
			return "", refuse(CodeDoesNotMatch, "the header %s must be a signed header, as all that begin with x-amz-", lower)
		}
	}
	var b strings.Builder
	b.WriteString(r.Method + "\n" + canonicalPath(r.URL) + "\n" + canonicalQuery(s.query) + "\n")
	for _, name := range s.signedHeaders {
		values := signedHeader(r, name, len(body))
		if len(values) == 0 {
			return "", refuse(CodeDoesNotMatch, "SignedHeaders lists %s, which the request does not have", name)
		}
		b.WriteString(name + ":")
		for i, value := range values {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(withoutExtraSpaces(value))
		}
		b.WriteByte('\n')
	}
	b.WriteString("\n" + strings.Join(s.signedHeaders, ";") + "\n" + hashOf(body))
	return b.String(), nil
}

// canonicalPath encodes the path as sent, escapes included. AWS encodes paths in this
// way for every service but S3. API Gateway does not resolve dots or empty segments.
func canonicalPath(u *url.URL) string {
	path := u.RawPath // set if it is not Path in its default encoding
	if path == "" {
		path = u.EscapedPath()
	}
	if path == "" {
		return "/"
	}
	return strings.ReplaceAll(encode(path), "%2F", "/")
}

// canonicalQuery encodes names and values, and sorts what it encoded: by name, then
// by value.
func canonicalQuery(query url.Values) string {
	type parameter struct{ name, value string }
	parameters := make([]parameter, 0, len(query))
	for name, values := range query {
		for _, value := range values {
			parameters = append(parameters, parameter{encode(name), encode(value)})
		}
	}
	slices.SortFunc(parameters, func(a, b parameter) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.value, b.value))
	})
	var b strings.Builder
	for i, p := range parameters {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + p.value)
	}
	return b.String()
}

// encode escapes all but letters, digits and "-._~".
func encode(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// signedHeader returns the values of a header, including those that net/http keeps
// in other fields of the request. A body may come in chunks: the length is that of
// the body received.
func signedHeader(r *http.Request, name string, length int) []string {
	switch name {
	case "host":
		return []string{r.Host}
	case "content-length":
		return []string{strconv.Itoa(length)}
	case "transfer-encoding":
		return r.TransferEncoding
	}
	return r.Header.Values(name)
}

// withoutExtraSpaces trims a header's value and collapses spaces inside it. Other
// white space is part of the value.
func withoutExtraSpaces(value string) string {
	value = strings.Trim(value, " ")
	for strings.Contains(value, "  ") {
		value = strings.ReplaceAll(value, "  ", " ")
	}
	return value
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// sign returns the signature of a canonical request.
func (v *Verifier) sign(canonical string, s signature, secret string) string {
	scope := strings.Join([]string{s.day, s.region, s.service, scopeTerminator}, "/")
	text := strings.Join([]string{algorithm, s.date, scope, hashOf([]byte(canonical))}, "\n")
	return hex.EncodeToString(mac(v.signingKey(s, secret), text))
}

// maxSigningKeys limits the signing keys that a verifier keeps. A key serves one
// access key for a day.
const maxSigningKeys = 1000

// signingKey derives the key that signs requests of a scope.
func (v *Verifier) signingKey(s signature, secret string) []byte {
	name := strings.Join([]string{secret, s.day, s.region, s.service}, "/")
	v.mu.Lock()
	defer v.mu.Unlock()
	key := v.signingKeys[name]
	if key == nil {
		key = []byte("AWS4" + secret)
		for _, part := range []string{s.day, s.region, s.service, scopeTerminator} {
			key = mac(key, part)
		}
		if len(v.signingKeys) >= maxSigningKeys {
			clear(v.signingKeys)
		}
		v.signingKeys[name] = key
	}
	return key
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
