package cloud

import (
	"crypto/rand"
	"math/big"
)

const (
	base32Upper   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	alnumLower    = "abcdefghijklmnopqrstuvwxyz0123456789"
	base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)

// random returns n letters of the alphabet from the system's random source.
func random(n int, alphabet string) string {
	out := make([]byte, n)
	size := big.NewInt(int64(len(alphabet)))
	for i := range out {
		k, err := rand.Int(rand.Reader, size)
		if err != nil {
			panic("cloud: no randomness: " + err.Error()) // the system is broken
		}
		out[i] = alphabet[k.Int64()]
	}
	return string(out)
}

// Prefixes of IAM's unique ids.
const (
	prefixUser     = "AIDA"
	prefixGroup    = "AGPA"
	prefixRole     = "AROA"
	prefixPolicy   = "ANPA"
	prefixProfile  = "AIPA"
	prefixKey      = "AKIA"
	lenUniqueIDEnd = 17
)

// uniqueID returns a unique id of IAM: 21 characters.
func uniqueID(prefix string) string { return prefix + random(lenUniqueIDEnd, base32Upper) }

// accessKeyID returns 20 characters, as IAM's key ids have.
func accessKeyID() string { return prefixKey + random(16, base32Upper) }

// secretKey returns 40 characters, as IAM's secrets have.
func secretKey() string { return random(40, base64Letters) }

func apiID() string        { return random(10, alnumLower) }
func routeID() string      { return random(7, alnumLower) }
func authorizerID() string { return random(6, alnumLower) }
func deploymentID() string { return random(6, alnumLower) }
