package sigv4_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/internal/sandbox/sigv4"
)

const (
	vectorSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	vectorToken  = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/" +
		"qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+" +
		"scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
	unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	getVanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
)

// vector is a request of AWS's Signature Version 4 test suite, with the signature
// that the suite has for it.
type vector struct {
	name, line string   // method and target
	headers    []string // without Host and X-Amz-Date
	signed     string   // if it is not host and x-amz-date
	body       string
	signature  string
}

// request returns the request as it is received.
func (v vector) request() *http.Request {
	signed := v.signed
	if signed == "" {
		signed = "host;x-amz-date"
	}
	lines := append([]string{v.line + " HTTP/1.1", "Host:example.amazonaws.com", "X-Amz-Date:20150830T123600Z"}, v.headers...)
	// The suite's AKIDEXAMPLE is too short for a key's id, which is not signed.
	lines = append(lines, "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE00000/20150830/us-east-1/service/aws4_request, SignedHeaders="+
		signed+", Signature="+v.signature, "", v.body)
	return sandboxtest.Must(http.ReadRequest(bufio.NewReader(strings.NewReader(strings.Join(lines, "\r\n")))))
}

// TestVectors checks the suite's requests that are sent as they were signed.
func TestVectors(t *testing.T) {
	for _, v := range []vector{
		{name: "get-vanilla", line: "GET /", signature: getVanilla},
		{name: "get-unreserved", line: "GET /" + unreserved,
			signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
		{name: "get-utf8", line: "GET /\u1234",
			signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
		{name: "get-vanilla-query-order-key", line: "GET /?Param1=value2&Param1=Value1",
			signature: "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"},
		{name: "get-vanilla-query-order-key-case", line: "GET /?Param2=value2&Param1=value1",
			signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{name: "get-vanilla-query-order-value", line: "GET /?Param1=value2&Param1=value1",
			signature: "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"},
		{name: "get-vanilla-query-order-encoded", line: "GET /?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
			signature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
		{name: "get-vanilla-query-unreserved", line: "GET /?" + unreserved + "=" + unreserved,
			signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
		{name: "get-vanilla-empty-query-key", line: "GET /?Param1=value1",
			signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
		{name: "get-vanilla-utf8-query", line: "GET /?\u1234=bar",
			signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
		{name: "get-header-key-duplicate", line: "GET /", headers: []string{"My-Header1:value2", "My-Header1:value2", "My-Header1:value1"},
			signed:    "host;my-header1;x-amz-date",
			signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
		{name: "get-header-value-order", line: "GET /", headers: []string{"My-Header1:value4", "My-Header1:value1", "My-Header1:value3", "My-Header1:value2"},
			signed:    "host;my-header1;x-amz-date",
			signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
		{name: "get-header-value-trim", line: "GET /", headers: []string{"My-Header1: value1", `My-Header2: "a   b   c"`},
			signed:    "host;my-header1;my-header2;x-amz-date",
			signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
		{name: "get-header-value-multiline", line: "GET /", headers: []string{"My-Header1:value1", "My-Header1:value2", "My-Header1:value3"},
			signed:    "host;my-header1;x-amz-date",
			signature: "ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790"},
		{name: "post-vanilla", line: "POST /",
			signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{name: "post-vanilla-query", line: "POST /?Param1=value1",
			signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
		{name: "post-vanilla-query-nonunreserved", line: "POST /?%2B=%2F%2C%3F%3E%3C%60%22;%3A%5C%7C%5D%5B%7B%7D&@%23$%25%5E",
			signature: "66c82657c86e26fb25238d0e69f011edc4c6df5ae71119d7cb98ed9b87393c1e"},
		{name: "post-vanilla-query-space", line: "POST /?p=",
			signature: "e71688addb58a26418614085fb730ba3faa623b461c17f48f2fbdb9361b94a9b"},
		{name: "post-header-key-sort", line: "POST /", headers: []string{"My-Header1:value1"},
			signed:    "host;my-header1;x-amz-date",
			signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
		{name: "post-header-key-case", line: "POST /", headers: []string{"MY-HEADER1:value1"},
			signed:    "host;my-header1;x-amz-date",
			signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
		{name: "post-header-value-case", line: "POST /", headers: []string{"My-Header1:VALUE1"},
			signed:    "host;my-header1;x-amz-date",
			signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
		{name: "post-x-www-form-urlencoded", line: "POST /", headers: []string{"Content-Type:application/x-www-form-urlencoded", "Content-Length:13"},
			signed: "content-type;host;x-amz-date",
			body:   "Param1=value1", signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
		{name: "post-x-www-form-urlencoded-parameters", line: "POST /", headers: []string{"Content-Type:application/x-www-form-urlencoded; charset=utf8"},
			signed: "content-type;host;x-amz-date",
			body:   "Param1=value1", signature: "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
		{name: "post-sts-header-before", line: "POST /", headers: []string{"X-Amz-Security-Token:" + vectorToken},
			signed:    "host;x-amz-date;x-amz-security-token",
			signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
		{name: "get-vanilla-with-session-token", line: "GET /", headers: []string{"X-Amz-Security-Token:6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"},
			signed: "host;x-amz-date;x-amz-security-token", signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
	} {
		t.Run(v.name, func(t *testing.T) {
			signed, err := sigv4.IsSignedWith(vectorSecret, v.request(), []byte(v.body))
			require.NoError(t, err)
			assert.True(t, signed)
			signed, _ = sigv4.IsSignedWith("x"+vectorSecret, v.request(), []byte(v.body))
			assert.False(t, signed, "with another key")
			signed, _ = sigv4.IsSignedWith(vectorSecret, v.request(), []byte(v.body+" "))
			assert.False(t, signed, "with another body")
		})
	}
}

// TestVectorsThatAreRefused: API Gateway does not normalise paths, and a token must
// be signed.
func TestVectorsThatAreRefused(t *testing.T) {
	for _, v := range []vector{
		{name: "get-relative", line: "GET /example/..", signature: getVanilla},
		{name: "get-slash", line: "GET //", signature: getVanilla},
		{name: "get-slash-dot-slash", line: "GET /./", signature: getVanilla},
		{name: "get-slash-pointless-dot", line: "GET /./example",
			signature: "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
		{name: "get-slashes", line: "GET //example//",
			signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
		{name: "post-sts-header-after", line: "POST /", headers: []string{"X-Amz-Security-Token:" + vectorToken},
			signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
	} {
		t.Run(v.name, func(t *testing.T) {
			signed, _ := sigv4.IsSignedWith(vectorSecret, v.request(), nil)
			assert.False(t, signed)
		})
	}
}
