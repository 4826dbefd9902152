package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestMalformedRoutesAreRefused(t *testing.T) {
	for key, accepted := range map[string]string{
		"/products":            `must be "METHOD /path" with one space`,
		"GET":                  `must be "METHOD /path" with one space`,
		"GET products":         `must be "METHOD /path" with one space`,
		"GET  /products":       `must be "METHOD /path" with one space`,
		"GET/products":         `must be "METHOD /path" with one space`,
		" GET /products":       `must be "METHOD /path" with one space`,
		"get /products":        "method out of ANY, DELETE, GET",
		"FETCH /products":      "method out of ANY, DELETE, GET",
		"* /products":          "method out of ANY, DELETE, GET",
		"$DEFAULT":             `or "$default"`,
		"GET $default":         `must be "METHOD /path" with one space`,
		"GET /products/":       `does not end in "/"`,
		"GET //products":       `has the path part ""`,
		"GET /a b":             `has the path part "a b"`,
		"GET /products?x=1":    `has the path part "products?x=1"`,
		"GET /products/*":      `has the path part "*"`,
		"GET /x{id}":           `has the path part "x{id}"`,
		"GET /{id":             `has the path part "{id"`,
		"GET /{}":              `has the path part "{}"`,
		"GET /{id}/{id}":       "variable {id} twice",
		"GET /{all+}/reviews":  "greedy variable {all+} before the end",
		"GET /käse":            `has the path part "käse"`,
		"GET /${stageVariable": `has the path part "${stageVariable"`,
	} {
		refuse(t, []row{{key, fmt.Sprintf("routes: {%q: {}}", key), []problem{{"routes", fmt.Sprintf("%q", key), accepted}}}})
	}
}

func TestRoutesThatAreTheSameAreRefused(t *testing.T) {
	refuse(t, []row{
		{"a variable", `routes: {"GET /products/{id}": {}, "GET /products/{product}": {}}`, []problem{{"routes", `"GET /products/{product}" is the same route as "GET /products/{id}"`, "the names of their variables"}}},
		{"a greedy one", `routes: {"ANY /{proxy+}": {}, "ANY /{all+}": {}}`, []problem{{"routes", `"ANY /{proxy+}" is the same route as "ANY /{all+}"`, "the names of their variables"}}},
		{"with different authorization", `routes: {"GET /{a}/x/{b}": {}, "GET /{b}/x/{a}": {authorization: none}}`, []problem{{"routes", `is the same route as`, "the names of their variables"}}},
		{"too many", `routes: {` + manyRoutes(301) + `}`, []problem{{"routes", "301", "1 to 300 routes"}}},
	})
}

func manyRoutes(n int) string {
	var routes []string
	for i := range n {
		routes = append(routes, fmt.Sprintf(`"GET /r%d": {}`, i))
	}
	return strings.Join(routes, ", ")
}

func TestBadGrantsAreRefused(t *testing.T) {
	const variables = `routes: {"GET /products/{id}": {}, "GET /products/{id}/reviews": {}, "ANY /orders": {}}` + "\n"
	grants := func(list string) string { return `policies: {p: {allow: [` + list + `]}}` }
	refuse(t, []row{
		{"none", grants(``), []problem{{"policies.p.allow", "allows nothing", `list route keys, "METHOD *" or "*"`}}},
		{"an empty one", grants(`""`), []problem{{"policies.p.allow[0]", `""`, "must be a string that is not empty"}}},
		{"no declared route", grants(`GET /orders`), []problem{{"policies.p.allow", `"GET /orders"`, "declared are GET /products, POST /products"}}},
		{"another method", grants(`DELETE /products`), []problem{{"policies.p.allow", `"DELETE /products"`, "names no declared route"}}},
		{"a method that no route has", grants(`"PATCH *"`), []problem{{"policies.p.allow", `"PATCH *"`, "names no declared route"}}},
		{"an unknown method", grants(`"FETCH *"`), []problem{{"policies.p.allow", `"FETCH *"`, "method out of ANY, DELETE"}}},
		{"a path without its method", grants(`/products`), []problem{{"policies.p.allow", `"/products"`, `"METHOD /path"`}}},
		{"a wildcard in a path", grants(`GET /prod*`), []problem{{"policies.p.allow", `"GET /prod*"`, "a part is letters, digits"}}},
		{"an ARN", grants(`"arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/products"`), []problem{{"policies.p.allow", `"arn:aws:execute-api`, `"METHOD /path"`}}},
		{"a route by another variable", variables + grants(`"GET /products/{product}"`), []problem{{"policies.p.allow", `"GET /products/{product}"`, "names no declared route"}}},
		{"one that reaches further", variables + grants(`"GET /products/{id}"`), []problem{{"policies.p.allow", `"GET /products/{id}" cannot leave out "GET /products/{id}/reviews"`, `grant "GET /products/{id}/reviews" too`}}},
		{"one that reaches everything", `routes: {GET /products: {}, ANY /orders: {}, $default: {}}` + "\n" + grants(`$default`), []problem{
			{"policies.p.allow", `"$default" cannot leave out "ANY /orders"`, "grant"},
			{"policies.p.allow", `"$default" cannot leave out "GET /products"`, "grant"},
		}},
		{"several", grants(`GET /a, GET /b, GET /products`), []problem{
			{"policies.p.allow", `"GET /a"`, "names no declared route"},
			{"policies.p.allow", `"GET /b"`, "names no declared route"},
		}},
	})
}
