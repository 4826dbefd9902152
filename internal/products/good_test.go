package products_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products"
)

func body(text string) func(*event) {
	return func(e *event) { e.Body = text }
}

// goodCalls are requests at the limits of what is accepted.
var goodCalls = map[string]struct {
	change func(*event)
	want   func(p products.Product) bool
}{
	"a name alone": {body(`{"name": "New Product"}`), func(p products.Product) bool {
		return p.Name == "New Product" && p.Price == nil && p.Currency == ""
	}},
	"price 0":           {body(kettle("2599", "0")), func(p products.Product) bool { return *p.Price == 0 }},
	"highest price":     {body(kettle("2599", "999999999999")), func(p products.Product) bool { return *p.Price == products.MaxPrice }},
	"no description":    {body(kettle(`"description":"1.7 l",`, "")), func(p products.Product) bool { return p.Description == "" }},
	"empty description": {body(kettle("1.7 l", "")), func(p products.Product) bool { return p.Description == "" }},
	"lines":             {body(kettle("1.7 l", `a\n\tb`)), func(p products.Product) bool { return p.Description == "a\n\tb" }},
	"longest name": {body(kettle("Kettle", strings.Repeat("🫖", products.MaxName))), func(p products.Product) bool {
		return p.Name == strings.Repeat("🫖", products.MaxName)
	}},
	"everything longest and escaped": {
		body(`{"currency":"EUR","price":1,"name":"` + strings.Repeat(`\ud83e\uded6`, products.MaxName) + `","description":"` +
			strings.Repeat(`\ud83e\uded6`, products.MaxDescription) + `"}`),
		func(p products.Product) bool { return len(p.Description) == 4*products.MaxDescription },
	},
	"markup":         {body(kettle("Kettle", `<b>\"&\u2028é`)), nil},
	"largest body":   {func(e *event) { e.Body += strings.Repeat(" ", products.MaxBody-len(e.Body)) }, nil},
	"largest bytes":  {bytesOf(kettle("", "") + strings.Repeat("\n", products.MaxBody-len(kettle("", "")))), nil},
	"charset":        {contentType(`Application/JSON ; charset="UTF-8"`), nil},
	"header's case":  {func(e *event) { e.Headers = map[string]string{"Content-Type": "application/json"} }, nil},
	"not compressed": {func(e *event) { e.Headers["content-encoding"] = "identity" }, nil},
	"presigned":      {query("X-Amz-Signature", "signature-of-the-fixtures"), nil},
	"spaced out":     {body(" {\n \"name\" :\t\"Kettle\" , \"price\" : 1 , \"currency\" : \"EUR\" } \n"), nil},
}

func TestGoodCalls(t *testing.T) {
	for store, open := range stores {
		for name, row := range goodCalls {
			t.Run(store+"/"+name, func(t *testing.T) {
				s := newService(open(t))
				call := fixture(t, "add-iam-role")
				row.change(&call)
				got := s.call(t, call)
				require.Equal(t, 201, got.status, got.text)
				assert.NotRegexp(t, `:(null|"")`, got.text, "what was not given is omitted")
				if row.want != nil {
					assert.True(t, row.want(got.added), got.text)
				}
				assert.Equal(t, []products.Product{got.added}, s.listAll(t, "100"))
			})
		}
	}
}
