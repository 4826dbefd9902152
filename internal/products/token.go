package products

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"unicode/utf8"
)

// maxKey is the longest partition key that DynamoDB has, in bytes.
const maxKey = 2048

const checksumSize = 4

// pageToken packs the id that a page begins after: a checksum, so that a token
// which was cut or mistyped is not taken for a place elsewhere, and the id. A
// token gives its holder nothing but a place to begin at.
func pageToken(after string) string {
	packed := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(after)))
	return base64.RawURLEncoding.EncodeToString(append(packed, after...))
}

// startOf is the id that a page token holds. Only tokens that [pageToken] makes
// are accepted.
func startOf(token string) (after string, ok bool) {
	if len(token) > base64.RawURLEncoding.EncodedLen(checksumSize+maxKey) {
		return "", false
	}
	packed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(packed) <= checksumSize {
		return "", false
	}
	after = string(packed[checksumSize:])
	ok = utf8.ValidString(after) && pageToken(after) == token
	return after, ok
}
