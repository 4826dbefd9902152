package products_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/products"
)

type event = events.APIGatewayV2HTTPRequest

// kettle returns an accepted body with one part replaced.
func kettle(old, replacement string) string {
	return strings.Replace(`{"name":"Kettle","description":"1.7 l","price":2599,"currency":"EUR"}`, old, replacement, 1)
}

// badBodies are bodies that are rejected with 400, and the beginning of the message.
var badBodies = map[string]struct{ body, says string }{
	"empty":                    {"", "body: "},
	"white space":              {" \r\n\t", "body: "},
	"no JSON":                  {"name=Kettle&price=2599", "body: "},
	"XML":                      {"<product/>", "body: "},
	"byte order mark":          {"\ufeff" + kettle("", ""), "body: "},
	"cut off":                  {kettle("}", ""), "body: "},
	"trailing comma":           {kettle("}", ",}"), "body: "},
	"trailing text":            {kettle("", "") + "x", "body: "},
	"two objects":              {kettle("", "") + kettle("", ""), "body: "},
	"comment":                  {kettle("{", "{/* a product */"), "body: "},
	"single quotes":            {"{'name':'Kettle'}", "body: "},
	"not a number":             {kettle("2599", "NaN"), "body: "},
	"leading zero":             {kettle("2599", "02599"), "body: "},
	"hexadecimal":              {kettle("2599", "0xA27"), "body: "},
	"raw control character":    {kettle("Kettle", "Ket\x01tle"), "body: "},
	"null":                     {"null", "body null: "},
	"true":                     {"true", "body true: "},
	"number":                   {"17", "body 17: "},
	"string":                   {`"Kettle"`, `body "Kettle": `},
	"array":                    {"[]", "body (an array): "},
	"array of products":        {"[" + kettle("", "") + "]", "body (an array): "},
	"deep arrays":              {strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "body (an array): "},
	"deeper than JSON goes":    {strings.Repeat("[", 30000) + strings.Repeat("]", 30000), "body: "},
	"deep value":               {kettle("2599", strings.Repeat(`{"a":`, 3000)+"1"+strings.Repeat("}", 3000)), "price (an object): "},
	"nothing given":            {"{}", "name is missing: "},
	"no name":                  {kettle(`"name":"Kettle",`, ""), "name is missing: "},
	"no price":                 {kettle(`"price":2599,`, ""), "price and currency: must both "},
	"no currency":              {kettle(`,"currency":"EUR"`, ""), "price and currency: must both "},
	"unknown field":            {kettle("{", `{"colour":"red",`), `field "colour": `},
	"field of the service":     {kettle("{", `{"createdBy":"arn:aws:iam::111122223333:user/x",`), `field "createdBy": `},
	"an id of its own":         {kettle("{", `{"id":"1",`), `field "id": `},
	"another case":             {kettle(`"name"`, `"Name"`), `field "Name": `},
	"empty field":              {kettle("{", `{"":1,`), `field "": `},
	"long field":               {kettle("{", `{"`+strings.Repeat("x", 60000)+`":1,`), `field "xxxx`},
	"a field twice":            {kettle("{", `{"name":"Pan",`), `field "name": `},
	"a field twice, escaped":   {kettle("{", `{"\u006eame":"Pan",`), `field "name": `},
	"name null":                {kettle(`"Kettle"`, "null"), "name null: "},
	"name true":                {kettle(`"Kettle"`, "true"), "name true: "},
	"name number":              {kettle(`"Kettle"`, "1"), "name 1: "},
	"name array":               {kettle(`"Kettle"`, `["Kettle"]`), "name (an array): "},
	"name object":              {kettle(`"Kettle"`, `{"en":"Kettle"}`), "name (an object): "},
	"name empty":               {kettle("Kettle", ""), `name "": `},
	"name of spaces":           {kettle("Kettle", "  "), `name "  ": `},
	"name with space before":   {kettle("Kettle", " Kettle"), `name " Kettle": `},
	"name with space after":    {kettle("Kettle", `Kettle\u00a0`), `name "Kettle\u00a0": `},
	"name too long":            {kettle("Kettle", strings.Repeat("K", products.MaxName+1)), `name "KKK`},
	"name of too many letters": {kettle("Kettle", strings.Repeat("ü", products.MaxName+1)), `name "üüü`},
	"name with newline":        {kettle("Kettle", `Ket\ntle`), `name "Ket\ntle": `},
	"name with NUL":            {kettle("Kettle", `Ket\u0000tle`), `name "Ket\x00tle": `},
	"name with DEL":            {kettle("Kettle", "Ket\x7ftle"), "name "},
	"name with C1":             {kettle("Kettle", `Ket\u0085tle`), "name "},
	"name with half a pair":    {kettle("Kettle", `Ket\ud800tle`), `name "Ket`},
	"name that was broken":     {kettle("Kettle", "Ket\ufffdtle"), "name "},
	"description null":         {kettle(`"1.7 l"`, "null"), "description null: "},
	"description number":       {kettle(`"1.7 l"`, "1.7"), "description 1.7: "},
	"description false":        {kettle(`"1.7 l"`, "false"), "description false: "},
	"description array":        {kettle(`"1.7 l"`, "[]"), "description (an array): "},
	"description too long":     {kettle("1.7 l", strings.Repeat("d", products.MaxDescription+1)), `description "ddd`},
	"description with return":  {kettle("1.7 l", `1.7\rl`), "description "},
	"description with escape":  {kettle("1.7 l", `\u001b[31m`), "description "},
	"price null":               {kettle("2599", "null"), "price null: "},
	"price string":             {kettle("2599", `"2599"`), `price "2599": `},
	"price true":               {kettle("2599", "true"), "price true: "},
	"price array":              {kettle("2599", "[2599]"), "price (an array): "},
	"price object":             {kettle("2599", `{"amount":2599}`), "price (an object): "},
	"price negative":           {kettle("2599", "-1"), "price -1: "},
	"price minus zero":         {kettle("2599", "-0"), "price -0: "},
	"price with fraction":      {kettle("2599", "25.99"), "price 25.99: "},
	"price with zero fraction": {kettle("2599", "2599.0"), "price 2599.0: "},
	"price with exponent":      {kettle("2599", "1e3"), "price 1e3: "},
	"price too high":           {kettle("2599", "1000000000000"), "price 1000000000000: "},
	"price beyond 64 bits":     {kettle("2599", "18446744073709551617"), "price 18446744073709551617: "},
	"price of many digits":     {kettle("2599", "9"+strings.Repeat("0", 50000)), "price 9000"},
	"currency null":            {kettle(`"EUR"`, "null"), "currency null: "},
	"currency number":          {kettle(`"EUR"`, "978"), "currency 978: "},
	"currency array":           {kettle(`"EUR"`, `["EUR"]`), "currency (an array): "},
	"currency empty":           {kettle("EUR", ""), `currency "": `},
	"currency in small":        {kettle("EUR", "eur"), `currency "eur": `},
	"currency sign":            {kettle("EUR", "€"), `currency "€": `},
	"currency name":            {kettle("EUR", "EURO"), `currency "EURO": `},
	"currency of two letters":  {kettle("EUR", "EU"), `currency "EU": `},
	"currency with a digit":    {kettle("EUR", "EU1"), `currency "EU1": `},
	"currency of other script": {kettle("EUR", "ΕUR"), "currency "},
}

func TestBadBodies(t *testing.T) {
	for name, row := range badBodies {
		t.Run(name, func(t *testing.T) {
			s := newService(products.NewMemory(&products.MemoryRows{}))
			for form, call := range map[string]event{"text": withBody(t, row.body), "base64": withBytes(t, []byte(row.body))} {
				got := s.call(t, call)
				assert.Equal(t, 400, got.status, form)
				assert.True(t, strings.HasPrefix(got.message, row.says), "%s: %s", form, got.message)
				assert.Contains(t, got.message, " ", form)
			}
			assert.Empty(t, s.listAll(t, "100"))
			assert.Empty(t, s.logged())
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	s := newService(products.NewMemory(&products.MemoryRows{}))
	got := s.call(t, withBody(t, `{"name":"","price":-1,"colour":1}`))
	for _, part := range []string{`field "colour"`, `name ""`, "price -1", "price and currency: must both"} {
		assert.Contains(t, got.message, part)
	}
	many := s.call(t, withBody(t, "{"+strings.Repeat(`"x":1,`, 5000)+`"x":1}`))
	assert.Equal(t, 400, many.status)
}

// badCalls are changes of a request that is accepted.
var badCalls = map[string]struct {
	fixture string
	change  func(*event)
	status  int
	says    string
}{
	"invalid UTF-8": {"add-iam-role", bytesOf(kettle("Kettle", "Ket\xfftle")), 400, "body: "},
	"UTF-16":        {"add-iam-role", bytesOf("\xff\xfe{\x00}\x00"), 400, "body: "},
	"Latin-1":       {"add-iam-role", bytesOf(kettle("Kettle", "K\xfcbel")), 400, "body: "},
	"gzip":          {"add-iam-role", bytesOf("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"), 400, "body: "},
	"no base64":     {"add-base64", func(e *event) { e.Body = "{}" }, 400, "body: "},
	"base64 cut":    {"add-base64", func(e *event) { e.Body = e.Body[:len(e.Body)-1] }, 400, "body: "},
	"base64 of URLs": {"add-base64", func(e *event) {
		e.Body = base64.RawURLEncoding.EncodeToString([]byte(kettle("Kettle", "??>>")))
	}, 400, "body: "},
	"base64 with garbage behind": {"add-base64", func(e *event) { e.Body += "!" }, 400, "body: "},
	"base64 twice": {"add-base64", func(e *event) {
		e.Body = base64.StdEncoding.EncodeToString([]byte(e.Body))
	}, 400, "body: "},
	"base64 not marked": {"add-base64", func(e *event) { e.IsBase64Encoded = false }, 400, "body: "},

	"body too large":         {"add-iam-role", func(e *event) { e.Body += strings.Repeat(" ", products.MaxBody) }, 413, "body: "},
	"body too large by one":  {"add-iam-role", func(e *event) { e.Body += strings.Repeat(" ", products.MaxBody+1-len(e.Body)) }, 413, "body: "},
	"bytes too large by one": {"add-iam-role", bytesOf(kettle("", "") + strings.Repeat(" ", products.MaxBody+1-len(kettle("", "")))), 413, "body: "},
	"bytes far too large":    {"add-iam-role", bytesOf(strings.Repeat("x", 5<<20)), 413, "body: "},

	"no content-type":       {"add-iam-role", func(e *event) { delete(e.Headers, "content-type") }, 415, "content-type "},
	"no headers":            {"add-iam-role", func(e *event) { e.Headers = nil }, 415, "content-type "},
	"a form":                {"add-iam-role", contentType("application/x-www-form-urlencoded"), 415, "content-type "},
	"text":                  {"add-iam-role", contentType("text/json"), 415, "content-type "},
	"a kind of JSON":        {"add-iam-role", contentType("application/merge-patch+json"), 415, "content-type "},
	"two content-types":     {"add-iam-role", contentType("application/json,application/json"), 415, "content-type "},
	"malformed parameter":   {"add-iam-role", contentType("application/json; charset"), 415, "content-type "},
	"long content-type":     {"add-iam-role", contentType(strings.Repeat("x/", 4000)), 415, "content-type "},
	"another charset":       {"add-iam-role", contentType("application/json; charset=iso-8859-1"), 415, "charset "},
	"compressed":            {"add-iam-role", func(e *event) { e.Headers["content-encoding"] = "gzip" }, 415, "content-encoding "},
	"query of a POST":       {"add-iam-role", query("dryRun", "true"), 400, `query parameter "dryRun": `},
	"limit of a POST":       {"add-iam-role", query("limit", "1"), 400, `query parameter "limit": `},
	"no authorizer":         {"add-iam-role", func(e *event) { e.RequestContext.Authorizer = nil }, 403, "no caller: "},
	"no IAM authorizer":     {"add-iam-role", func(e *event) { e.RequestContext.Authorizer.IAM = nil }, 403, "no caller: "},
	"no subject":            {"add-jwt", func(e *event) { delete(e.RequestContext.Authorizer.JWT.Claims, "sub") }, 403, "no caller: "},
	"no ARN":                {"add-iam-role", func(e *event) { e.RequestContext.Authorizer.IAM.UserARN = "" }, 403, "no caller: "},
	"no caller and no JSON": {"add-public", func(e *event) { e.Body = "x" }, 403, "no caller: "},

	"limit empty":           {"list-iam-user", query("limit", ""), 400, `limit "": `},
	"limit 0":               {"list-iam-user", query("limit", "0"), 400, `limit "0": `},
	"limit negative":        {"list-iam-user", query("limit", "-1"), 400, `limit "-1": `},
	"limit 101":             {"list-iam-user", query("limit", "101"), 400, `limit "101": `},
	"limit huge":            {"list-iam-user", query("limit", "99999999999999999999"), 400, `limit "99999999999999999999": `},
	"limit with sign":       {"list-iam-user", query("limit", "+5"), 400, `limit "+5": `},
	"limit with zero":       {"list-iam-user", query("limit", "05"), 400, `limit "05": `},
	"limit with space":      {"list-iam-user", query("limit", " 5"), 400, `limit " 5": `},
	"limit with fraction":   {"list-iam-user", query("limit", "5.0"), 400, `limit "5.0": `},
	"limit of letters":      {"list-iam-user", query("limit", "ten"), 400, `limit "ten": `},
	"limit of other digits": {"list-iam-user", query("limit", "５"), 400, "limit "},
	"limit twice":           {"list-iam-user", query("limit", "5,6"), 400, `limit "5,6": `},
	"limit in another case": {"list-iam-user", query("Limit", "5"), 400, `query parameter "Limit": `},
	"unknown parameter":     {"list-iam-user", query("sort", "price"), 400, `query parameter "sort": `},
	"empty parameter":       {"list-iam-user", query("", ""), 400, `query parameter "": `},
	"parameter with line":   {"list-iam-user", query("a\nb", "1"), 400, `query parameter "a\nb": `},
	"token empty":           {"list-iam-user", query("pageToken", ""), 400, `pageToken "": `},
	"token of words":        {"list-iam-user", query("pageToken", "next page"), 400, `pageToken "next page": `},
	"token short":           {"list-iam-user", query("pageToken", "AAAA"), 400, "pageToken "},
	"token without id":      {"list-iam-user", query("pageToken", "AAAAAA"), 400, "pageToken "},
	"token is an id":        {"list-iam-user", query("pageToken", "0198c2a4-0000-7000-8000-000000000001"), 400, "pageToken "},
	"token is JSON":         {"list-iam-user", query("pageToken", `{"id":{"S":"x"}}`), 400, "pageToken "},
	"token padded":          {"list-iam-user", query("pageToken", "AAAAAGE="), 400, "pageToken "},
	"token of zeros":        {"list-iam-user", query("pageToken", strings.Repeat("A", 27)), 400, "pageToken "},
	"token huge":            {"list-iam-user", query("pageToken", strings.Repeat("A", 8000)), 400, "pageToken "},
}

func bytesOf(body string) func(*event) {
	return func(e *event) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(body)), true
	}
}

func contentType(value string) func(*event) {
	return func(e *event) { e.Headers["content-type"] = value }
}

func query(name, value string) func(*event) {
	return func(e *event) { e.QueryStringParameters = map[string]string{name: value} }
}

func TestBadCalls(t *testing.T) {
	for name, row := range badCalls {
		t.Run(name, func(t *testing.T) {
			s := newService(products.NewMemory(&products.MemoryRows{}))
			call := fixture(t, row.fixture)
			row.change(&call)
			got := s.call(t, call)
			assert.Equal(t, row.status, got.status, got.text)
			assert.True(t, strings.HasPrefix(got.message, row.says), got.message)
			assert.Empty(t, s.listAll(t, "100"))
			assert.Empty(t, s.logged())
		})
	}
}

// TestBadTokens changes an accepted token at every position.
func TestBadTokens(t *testing.T) {
	s := newService(products.NewMemory(&products.MemoryRows{}))
	for range 2 {
		s.call(t, fixture(t, "add-iam-role"))
	}
	first := fixture(t, "list-iam-user")
	first.QueryStringParameters = map[string]string{"limit": "1"}
	token := s.call(t, first).next
	refused := func(token string) {
		next := fixture(t, "list-iam-user")
		next.QueryStringParameters = map[string]string{"pageToken": token}
		assert.Equal(t, 400, s.call(t, next).status, token)
	}
	for i := range token {
		refused(token[:i])
		refused(token[:i] + token[i+1:])
		for _, letter := range "Aa0-_+/= " {
			if changed := token[:i] + string(letter) + token[i+1:]; changed != token {
				refused(changed)
			}
		}
	}
	refused(token + token)
	refused(token + "\n")
}
