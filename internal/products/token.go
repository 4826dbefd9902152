package products

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"unicode/utf8"
)

// maxKey is DynamoDB's limit of a partition key, in bytes.
const maxKey = 2048

const checksumSize = 4

// pageToken encodes the id after which a page begins, with a checksum. So a token that
// was cut or mistyped is rejected, and does not begin another page.
func pageToken(after string) string {
	packed := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(after)))
	return base64.RawURLEncoding.EncodeToString(append(packed, after...))
}

// startOf returns the id in a page token. It accepts only what [pageToken] returns.
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
