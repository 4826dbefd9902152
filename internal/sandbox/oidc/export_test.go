package oidc

import "github.com/go-jose/go-jose/v4"

// SignPayload returns a token of an issuer with any payload and further headers.
func (s *Issuers) SignPayload(issuer, payload string, headers map[jose.HeaderKey]any) (string, error) {
	return s.sign(issuer, jose.ES256, []byte(payload), headers)
}

// Rotate replaces the keys that an issuer signs with. The old ones stay published only
// if keep is true.
func (s *Issuers) Rotate(issuer string, keep bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.issuers[address(issuer)]
	clear(i.current)
	if !keep {
		i.published = nil
	}
}
