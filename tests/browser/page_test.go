//go:build browser

package browser

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/examples/browser/page"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

const (
	issuer = "https://issuer.example.com"
	tea    = `{"name": "Tea", "price": 450, "currency": "EUR"}`
)

// setting is a deployed API, a page that its CORS lists, and one that it does not.
type setting struct {
	*harness.Endpoints
	t               *testing.T
	run             *harness.Run
	browser         *chromium
	app, stranger   string // origins
	reader, manager aws.Credentials
}

// TestPage deploys an API and calls it from the browser, which applies its own checks.
func TestPage(t *testing.T) {
	var origins [2]string
	for i := range origins {
		server := httptest.NewServer(page.Handler())
		t.Cleanup(server.Close)
		origins[i] = server.URL
	}
	run := harness.New(t, harness.Merge(t, harness.Config(t), `
cors: {allowOrigins: [`+origins[0]+`], exposeHeaders: [apigw-requestid], maxAgeSeconds: 600}
authorizers: {customers: {issuer: "`+issuer+`", audiences: [shop]}}
routes:
  GET /catalog: {authorization: customers}
  ANY /any: {}
  "GET /items/{name}": {}
policies: {readOnly: {allow: [GET /products, ANY /any, "GET /items/{name}"]}}
roles:
  page-reader: {trust: {account: "`+cloud.APIAccount+`", principals: [user/jane-admin]}, policies: [readOnly]}
  page-manager: {trust: {account: "`+cloud.APIAccount+`", principals: [user/jane-admin]}, policies: [admin]}
`))
	run.Up(t)
	base := &setting{run: run, browser: start(t), app: origins[0], stranger: origins[1]}
	for _, test := range []struct {
		name string
		run  func(*setting)
	}{
		{"signed", testSigned}, {"odd paths", testOddPaths}, {"token", testToken}, {"stranger", testStranger}, {"preflights", testPreflights},
		{"cookies", testCookies}, {"long-lived key", testLongLivedKey}, {"keyboard", testKeyboard}, {"keeps nothing", testKeepsNothing},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := *base
			s.t, s.run = t, run.Branch()
			s.Endpoints = s.run.Open(t)
			s.reader, s.manager = s.assume("page-reader"), s.assume("page-manager")
			test.run(&s)
		})
	}
}

// assume returns temporary credentials of a role, from the sandbox's STS.
func (s *setting) assume(role string) aws.Credentials {
	client := sts.New(sts.Options{Region: harness.Region, BaseEndpoint: &s.STS, Credentials: s.User("jane-admin"), HTTPClient: s.Client})
	key, err := stscreds.NewAssumeRoleProvider(client, s.Output("roles", role, "arn")).Retrieve(s.t.Context())
	require.NoError(s.t, err)
	return key
}

// filled opens the page and fills it in, for a signed request.
func (s *setting) filled(origin string, key aws.Credentials, method, path, body string) *tab {
	p := s.browser.open(s.t, origin+"/")
	p.fill("Method", method)
	p.fill("URL", s.InvokeURL+path)
	p.fill("Body", body)
	p.fill("Region", harness.Region)
	p.fill("Access key id", key.AccessKeyID)
	p.fill("Secret access key", key.SecretAccessKey)
	p.fill("Session token", key.SessionToken)
	return p
}

func (p *tab) send() (line, answer string) {
	p.Helper()
	p.eval(`document.querySelector("button").click()`)
	return p.status()
}

func testSigned(s *setting) {
	line, answer := s.filled(s.app, s.reader, "GET", "/products", "").send()
	assert.Equal(s.t, "200 OK", line)
	assert.JSONEq(s.t, `{"products": []}`, answer)
	line, answer = s.filled(s.app, s.reader, "POST", "/products", tea).send()
	assert.Equal(s.t, "403 Forbidden", line)
	assert.JSONEq(s.t, `{"message": "Forbidden"}`, answer)
	line, answer = s.filled(s.app, s.manager, "POST", "/products", tea).send()
	assert.Equal(s.t, "201 Created", line)
	var product struct{ Name, CreatedBy string }
	require.NoError(s.t, json.Unmarshal([]byte(answer), &product))
	assert.Equal(s.t, "Tea", product.Name)
	assert.Contains(s.t, product.CreatedBy, "assumed-role/page-manager/")
	line, answer = s.filled(s.app, s.reader, "GET", "/nowhere", "").send()
	assert.Equal(s.t, "404 Not Found", line)
	assert.JSONEq(s.t, `{"message": "Not Found"}`, answer)
	wrong := s.reader
	wrong.SecretAccessKey += "x"
	line, _ = s.filled(s.app, wrong, "GET", "/products", "").send()
	assert.Equal(s.t, "403 Forbidden", line)
}

// testOddPaths signs encoded paths and queries in an unusual order. The product service does
// not have the route, but its response shows that the signature is right.
func testOddPaths(s *setting) {
	p := s.browser.open(s.t, s.app+"/")
	for _, path := range []string{
		"/items/a", "/items/a%20b", "/items/a+b", "/items/a'b(c)!*", "/items/%C3%A9", "/items/é", "/items/a%2Fb", "/items/~x-._", "/items/a:b@c",
		"/items/a?b=2&a=1", "/items/a?b=2&b=1&b", "/items/a?é=ü&x=y%20z&y=a+b", "/items/a?a-b=1&a=2&A=3", "/items/a?x=a/b:c'(d)*!&", "/items/a?=1", "/items/a#part",
	} {
		answer := p.eval(`import("./call.js").then(async ({ sign, send }) => {
			const signed = await sign({ method: "GET", url: ` + quoted(s.InvokeURL+path) + `, region: "us-east-1", credentials: ` + credentialsOf(s.reader) + ` });
			const response = await send({ method: "GET", ...signed });
			return response.status + " " + await response.text();
		})`)
		assert.Regexp(s.t, `^404 .*must be a request to /products`, answer, path)
	}
}

func credentialsOf(key aws.Credentials) string {
	return `{ accessKeyId: ` + quoted(key.AccessKeyID) + `, secretAccessKey: ` + quoted(key.SecretAccessKey) + `, sessionToken: ` + quoted(key.SessionToken) + ` }`
}

func testToken(s *setting) {
	bearing := func(token string) (string, string) {
		p := s.browser.open(s.t, s.app+"/")
		p.fill("URL", s.InvokeURL+"/catalog")
		p.fill("Token", "")
		p.fill("Bearer token", token)
		return p.send()
	}
	claims := map[string]any{"aud": "shop", "sub": "ann", "exp": s.Now().Unix() + 600}
	line, _ := bearing(sandboxtest.Must(s.Issuers.Sign(issuer, jose.RS256, claims)))
	assert.Equal(s.t, "200 OK", line)
	claims["aud"] = "other"
	line, answer := bearing(sandboxtest.Must(s.Issuers.Sign(issuer, jose.RS256, claims)))
	assert.Equal(s.t, "401 Unauthorized", line)
	assert.JSONEq(s.t, `{"message": "Unauthorized"}`, answer)
}

// testStranger sends from an origin that the API does not list. The browser does not
// send the request.
func testStranger(s *setting) {
	for _, method := range []string{"POST", "GET"} {
		line, answer := s.filled(s.stranger, s.manager, method, "/products", tea).send()
		assert.Contains(s.t, line, "TypeError: the browser got no response that this page may read.")
		assert.Contains(s.t, line, "list "+s.stranger+",")
		assert.Empty(s.t, answer)
	}
	assert.Zero(s.t, s.Invoked())
	assert.Equal(s.t, []string{"OPTIONS 204 -", "OPTIONS 204 -"}, s.logged())
}

// logged returns the method, the status and the route key of each line of the access log.
func (s *setting) logged() []string {
	region := s.run.Cloud.Account(cloud.APIAccount).Region(harness.Region)
	var list []string
	for _, group := range sandboxtest.Must(region.DescribeLogGroups()) {
		if !strings.HasPrefix(group.LogGroupName, "/aws/vendedlogs/") {
			continue
		}
		for _, line := range sandboxtest.Must(region.FilterLogEvents(group.LogGroupName)) {
			var entry struct{ Method, Status, RouteKey string }
			require.NoError(s.t, json.Unmarshal([]byte(line), &entry))
			list = append(list, entry.Method+" "+entry.Status+" "+entry.RouteKey)
		}
	}
	return list
}

// testPreflights shows that the browser keeps a preflight's response, and cannot call a route
// that matches preflights itself.
func testPreflights(s *setting) {
	p := s.filled(s.app, s.reader, "GET", "/products", "")
	for range 2 {
		line, _ := p.send()
		assert.Equal(s.t, "200 OK", line)
		p.eval(`document.getElementById("status").dataset.state = "idle"`)
	}
	assert.Equal(s.t, []string{"OPTIONS 204 -", "GET 200 GET /products", "GET 200 GET /products"}, s.logged())
	line, _ := s.filled(s.app, s.reader, "GET", "/any", "").send()
	assert.Contains(s.t, line, "TypeError")
	assert.Equal(s.t, "OPTIONS 403 ANY /any", s.logged()[3])
	assert.Len(s.t, s.logged(), 4)
}

// testCookies shows that the browser refuses requests with cookies if origins are a wildcard,
// and that a page can read only the headers that are exposed.
func testCookies(s *setting) {
	region := s.run.Cloud.Account(cloud.APIAccount).Region(harness.Region)
	api := sandboxtest.Must(region.GetApis())[0]
	settings := api.APISettings
	settings.CORS.AllowOrigins = []string{"*"}
	sandboxtest.OK(region.UpdateApi(api.APIID, settings))
	p := s.browser.open(s.t, s.stranger+"/")
	fetched := func(mode string) any {
		return p.eval(`fetch(` + quoted(s.InvokeURL+"/products") + `, { credentials: ` + quoted(mode) + ` })
			.then((r) => [r.status, r.headers.has("apigw-requestid"), r.headers.has("date")].join(), (e) => e.name)`)
	}
	assert.Equal(s.t, "403,true,false", fetched("omit"))
	assert.Equal(s.t, "TypeError", fetched("include"))
}

func testLongLivedKey(s *setting) {
	key, err := s.User("john-readonly").Retrieve(s.t.Context())
	require.NoError(s.t, err)
	key.SessionToken = "x"
	line, _ := s.filled(s.app, key, "GET", "/products", "").send()
	assert.Equal(s.t, "This is not a temporary access key: those begin with ASIA.", line)
	assert.Empty(s.t, s.logged())
}

// testKeyboard uses the keyboard alone: Enter in a field sends, and Tab reaches all fields in
// their order.
func testKeyboard(s *setting) {
	p := s.filled(s.app, s.reader, "GET", "/products", "")
	p.eval(`document.getElementById("region").focus()`)
	p.press("Enter", 13, "\r")
	line, _ := p.status()
	assert.Equal(s.t, "200 OK", line)
	p.eval(`document.getElementById("method").focus()`)
	var order []string
	for range 8 {
		p.press("Tab", 9, "")
		order = append(order, p.eval(`document.activeElement.id || document.activeElement.type + document.activeElement.value`).(string))
	}
	assert.Equal(s.t, []string{"url", "body", "radiosignature", "region", "access-key-id", "secret-access-key", "session-token", "submit"}, order)
	assert.Equal(s.t, "", p.eval(`[...document.querySelectorAll("input, select, textarea")].filter((f) => !f.labels.length).map((f) => f.id).join()`))
}

// testKeepsNothing looks for credentials in what the browser stores of the page.
func testKeepsNothing(s *setting) {
	p := s.filled(s.app, s.reader, "GET", "/products", "")
	p.send()
	assert.Equal(s.t, "0,0,,0", p.eval(`(async () => [
		localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length,
	].join())()`))
	assert.Equal(s.t, s.app+"/", p.eval(`location.href`))
}
