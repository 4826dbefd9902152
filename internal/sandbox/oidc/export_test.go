package oidc

import "github.com/go-jose/go-jose/v4"

// SignPayload returns a token of an issuer with any payload and further headers.
func (s *Issuers) SignPayload(issuer, payload string, headers map[jose.HeaderKey]any) (string, error) {
	return s.sign(issuer, jose.ES256, []byte(payload), headers)
}
