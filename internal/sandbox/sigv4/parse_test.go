package sigv4_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/sigv4"
)

func TestNoSignature(t *testing.T) {
	h := newHouse()
	for _, target := range []string{"/prod", "/prod?x=y", "/prod?X-Amz-Date=20260304T120000Z&X-Amz-SignedHeaders=host"} {
		h.refuses(t, sigv4.CodeMissingToken, received(get(target).request()))
	}
	r := get("/prod").signed(h.user)
	r.URL.RawQuery = "a=%zz"
	h.refuses(t, incomplete, r)
}

func TestHeaderAuthorization(t *testing.T) {
	h := newHouse()
	fresh := func() *http.Request { return get("/prod").signed(h.user) }
	whole := fresh().Header.Get("Authorization")
	key, signature := h.user.AccessKeyID, whole[strings.Index(whole, "Signature="):]
	for name, test := range map[string]struct{ old, by, code string }{
		"key":                     {key, "AKIAXXXXXXXXXXXXXXXX", invalidToken},
		"key of another":          {key, h.session.AccessKeyID, invalidToken},
		"day":                     {"/20260304/", "/20260303/", doesNotMatch},
		"line end in the day":     {"/20260304/", "/2026\n0304/", doesNotMatch},
		"region":                  {"/us-east-1/", "/us-west-2/", doesNotMatch},
		"service":                 {"/execute-api/", "/sts/", doesNotMatch},
		"signature":               {signature, "Signature=" + strings.Repeat("0", 64), doesNotMatch},
		"less signed headers":     {"host;x-amz-date", "host", doesNotMatch},
		"signed headers in order": {"host;x-amz-date", "x-amz-date;host", doesNotMatch},
		"signed header twice":     {"host;x-amz-date", "host;host;x-amz-date", doesNotMatch},

		"nothing":                  {whole, "", incomplete},
		"another scheme":           {"AWS4-HMAC-SHA256", "Basic", incomplete},
		"asymmetric":               {"AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", incomplete},
		"scheme's case":            {"AWS4-HMAC-SHA256", "aws4-hmac-sha256", incomplete},
		"no scheme":                {"AWS4-HMAC-SHA256 ", "", incomplete},
		"scheme alone":             {whole, "AWS4-HMAC-SHA256 ", incomplete},
		"no credential":            {"Credential=", "Credentials=", incomplete},
		"no signature":             {", " + signature, "", incomplete},
		"signature twice":          {signature, signature + ", " + signature, incomplete},
		"a fourth part":            {signature, signature + ", X=y", incomplete},
		"empty part":               {signature, signature + ",", incomplete},
		"signature, empty":         {signature, "Signature=", incomplete},
		"scheme with a tail":       {"AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256-PAYLOAD", incomplete},
		"credential twice":         {"Credential=", "Credential=x, Credential=", incomplete},
		"signature, short":         {signature, signature[:len(signature)-1], incomplete},
		"signature, long":          {signature, signature + "0", incomplete},
		"signature, upper case":    {signature, "Signature=" + strings.ToUpper(strings.Repeat("ab", 32)), incomplete},
		"signature, not hex":       {signature, "Signature=" + strings.Repeat("g", 64), incomplete},
		"scope's end":              {"/aws4_request", "/aws5_request", incomplete},
		"scope too long":           {"/aws4_request", "/x/aws4_request", incomplete},
		"scope too short":          {"/us-east-1", "", incomplete},
		"key too short":            {key, "AKIA", incomplete},
		"key with a slash":         {key, key + "/", incomplete},
		"key's characters":         {key, "AKIAXXXXXXXXXXXXXXX\u00e9", incomplete},
		"no signed headers":        {"host;x-amz-date", "", incomplete},
		"host is not signed":       {"host;x-amz-date", "x-amz-date", incomplete},
		"signed headers' case":     {"host;x-amz-date", "Host;x-amz-date", incomplete},
		"signed headers, bare end": {"host;x-amz-date", "host;x-amz-date;", incomplete},
		"signed headers, space":    {"host;x-amz-date", "host; x-amz-date", incomplete},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, whole, test.old)
			h.refuses(t, test.code, editAuthorization(fresh(), test.old, test.by))
		})
	}
	for name, harmless := range map[string][2]string{"no spaces": {", ", ","}, "more spaces": {", ", " ,  "}} {
		r := fresh()
		r.Header.Set("Authorization", strings.ReplaceAll(whole, harmless[0], harmless[1]))
		_, err := h.verify(r)
		assert.NoError(t, err, name)
	}
}

func TestHeadersOfASignature(t *testing.T) {
	h := newHouse()
	for name, test := range map[string]struct {
		code   string
		change func(http.Header)
	}{
		"two signatures": {incomplete, func(x http.Header) { x.Add("Authorization", x.Get("Authorization")) }},
		"no date":        {incomplete, func(x http.Header) { x.Del("X-Amz-Date") }},
		"two dates":      {incomplete, func(x http.Header) { x.Add("X-Amz-Date", x.Get("X-Amz-Date")) }},
		"date's form":    {incomplete, func(x http.Header) { x.Set("X-Amz-Date", "Wed, 04 Mar 2026 12:00:00 GMT") }},
		"fraction":       {incomplete, func(x http.Header) { x.Set("X-Amz-Date", "20260304T120000.5Z") }},
		"another second": {doesNotMatch, func(x http.Header) { x.Set("X-Amz-Date", "20260304T120001Z") }},
		"another day":    {doesNotMatch, func(x http.Header) { x.Set("X-Amz-Date", "20260305T120000Z") }},
		"no token":       {invalidToken, func(x http.Header) { x.Del("X-Amz-Security-Token") }},
		"two tokens":     {incomplete, func(x http.Header) { x.Add("X-Amz-Security-Token", x.Get("X-Amz-Security-Token")) }},
		"token's case":   {invalidToken, func(x http.Header) { x.Set("X-Amz-Security-Token", swapCase(x.Get("X-Amz-Security-Token"))) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := get("/prod").signed(h.session)
			test.change(r.Header)
			h.refuses(t, test.code, r)
		})
	}
}

func swapCase(text string) string {
	if upper := strings.ToUpper(text); upper != text {
		return upper
	}
	return strings.ToLower(text)
}

func TestPresignedQuery(t *testing.T) {
	h := newHouse()
	fresh := func() *http.Request { return get("/prod?X-Amz-Expires=60&x=y").presigned(h.session) }
	query := fresh().URL.Query()
	signature := "X-Amz-Signature=" + query.Get("X-Amz-Signature")
	key := h.session.AccessKeyID
	for name, test := range map[string]struct{ old, by, code string }{
		"key":                    {key, "ASIAXXXXXXXXXXXXXXXX", invalidToken},
		"key of another":         {key, h.user.AccessKeyID, invalidToken},
		"day":                    {"%2F20260304%2F", "%2F20260303%2F", doesNotMatch},
		"region":                 {"us-east-1", "us-west-2", doesNotMatch},
		"service":                {"execute-api", "sts", doesNotMatch},
		"another second":         {"T120000Z", "T120001Z", doesNotMatch},
		"another day":            {"20260304T", "20260305T", doesNotMatch},
		"longer":                 {"X-Amz-Expires=60", "X-Amz-Expires=61", doesNotMatch},
		"as long, otherwise":     {"X-Amz-Expires=60", "X-Amz-Expires=060", doesNotMatch},
		"unlimited":              {"X-Amz-Expires=60&", "", doesNotMatch},
		"signature":              {signature, "X-Amz-Signature=" + strings.Repeat("0", 64), doesNotMatch},
		"more signed headers":    {"SignedHeaders=host", "SignedHeaders=host%3Bx-a", doesNotMatch},
		"token":                  {"X-Amz-Security-Token=", "X-Amz-Security-Token=A", invalidToken},
		"no token":               {"X-Amz-Security-Token=", "X-Amz-Other=", invalidToken},
		"signature is elsewhere": {"X-Amz-Signature=", "X-Amz-Signatures=", incomplete},
		"no algorithm":           {"X-Amz-Algorithm=AWS4-HMAC-SHA256&", "", incomplete},
		"another algorithm":      {"AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1", incomplete},
		"algorithm twice":        {"X-Amz-Algorithm=", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Algorithm=", incomplete},
		"no credential":          {"X-Amz-Credential=", "X-Amz-Credentials=", incomplete},
		"credential twice":       {"X-Amz-Credential=", "X-Amz-Credential=x&X-Amz-Credential=", incomplete},
		"no date":                {"X-Amz-Date=", "X-Amz-Dates=", incomplete},
		"fraction":               {"T120000Z", "T120000.5Z", incomplete},
		"never":                  {"X-Amz-Expires=60", "X-Amz-Expires=0", incomplete},
		"before":                 {"X-Amz-Expires=60", "X-Amz-Expires=-1", incomplete},
		"more than a week":       {"X-Amz-Expires=60", "X-Amz-Expires=604801", incomplete},
		"no number":              {"X-Amz-Expires=60", "X-Amz-Expires=1m", incomplete},
		"empty":                  {"X-Amz-Expires=60", "X-Amz-Expires=", incomplete},
		"huge":                   {"X-Amz-Expires=60", "X-Amz-Expires=99999999999999999999", incomplete},
		"no signed headers":      {"X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=", incomplete},
		"host is not signed":     {"X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=x-a", incomplete},
		"spelling":               {"X-Amz-SignedHeaders=", "X-Amz-Signedheaders=", incomplete},
		"lower case":             {"X-Amz-Signature=", "x-amz-signature=", incomplete},
		"twice, in two cases":    {"X-Amz-Expires=", "x-amz-expires=1&X-Amz-Expires=", incomplete},
		"token twice":            {"X-Amz-Security-Token=", "X-Amz-Security-Token=x&X-Amz-Security-Token=", incomplete},
		"semicolon":              {"x=y", "x=y;z=a", doesNotMatch},
		"escape":                 {"x=y", "x=%zz", incomplete},
	} {
		t.Run(name, func(t *testing.T) { h.refuses(t, test.code, edit(fresh(), test.old, test.by)) })
	}
	both := fresh()
	both.Header.Set("Authorization", get("/prod").signed(h.session).Header.Get("Authorization"))
	h.refuses(t, incomplete, both)
	h.accepts(t, h.session, edit(edit(fresh(), "&x=y", ""), "X-Amz-Algorithm", "x=y&X-Amz-Algorithm")) // the order is not signed
}

// TestHosts: the host is signed as it is sent. A default port is part of it.
func TestHosts(t *testing.T) {
	h := newHouse()
	m := message{method: http.MethodGet, target: "/prod", host: "127.0.0.1"}
	for _, other := range []string{"127.0.0.1:80", "127.0.0.1:443", "127.0.0.1]:443", "a%zz", "a b", "[::1", "a?b", "127.0.0.1:", "\x7f"} {
		for _, r := range []*http.Request{m.signed(h.user), m.presigned(h.user)} {
			h.accepts(t, h.user, r)
			r.Host = other
			h.refuses(t, doesNotMatch, r)
		}
	}
}
