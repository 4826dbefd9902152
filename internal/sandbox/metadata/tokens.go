package metadata

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

const (
	maxTTL   = 21600 // seconds
	lenStamp = 8
	lenNonce = 8
)

// tokens creates and checks tokens. It stores no token: each contains the time of its
// end and is signed.
type tokens struct{ key []byte }

func newTokens() *tokens { return &tokens{key: random(sha256.Size)} }

func (t *tokens) make(until time.Time) string {
	said := binary.BigEndian.AppendUint64(nil, uint64(until.UnixNano()))
	said = append(said, random(lenNonce)...)
	return base64.URLEncoding.EncodeToString(append(said, t.sign(said)...))
}

func (t *tokens) valid(token string, at time.Time) bool {
	b, err := base64.URLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != lenStamp+lenNonce+sha256.Size {
		return false
	}
	said, signature := b[:lenStamp+lenNonce], b[lenStamp+lenNonce:]
	return hmac.Equal(signature, t.sign(said)) && at.UnixNano() < int64(binary.BigEndian.Uint64(said))
}

func (t *tokens) sign(said []byte) []byte {
	mac := hmac.New(sha256.New, t.key)
	mac.Write(said)
	return mac.Sum(nil)
}

// random returns bytes from the system's random source.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: without randomness it ends the program
	return b
}
