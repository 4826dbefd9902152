package sigv4

import "net/http"

// IsSignedWith reports whether a request with this body is signed with a secret
// access key.
func IsSignedWith(secret string, r *http.Request, body []byte) (bool, error) {
	s, err := parse(r)
	if err != nil {
		return false, err
	}
	canonical, err := canonicalRequest(r, s, body)
	return err == nil && New(nil, "", "", nil).sign(canonical, s, secret) == s.signature, err
}
