package cloud_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const issuer = "https://issuer.example.com/a"

func TestOpenIDConnectProvider(t *testing.T) {
	c, a := account()
	thumbprint := strings.Repeat("Ab", 20)
	p := Must(a.CreateOpenIDConnectProvider(cloud.CreateOpenIDConnectProviderInput{
		URL: issuer, ClientIDList: []string{"x"}, ThumbprintList: []string{thumbprint}, Tags: map[string]string{"team": "shop"}}))
	assert.Equal(t, "arn:aws:iam::111122223333:oidc-provider/issuer.example.com/a", p.ARN)
	assert.Equal(t, "issuer.example.com/a", p.URL, "AWS returns it without the scheme")
	assert.Equal(t, []string{strings.ToLower(thumbprint)}, p.ThumbprintList, "AWS returns them in lower case")
	assert.Equal(t, p, Must(a.GetOpenIDConnectProvider(p.ARN)))
	assert.Len(t, newProvider(a, "https://issuer.example.com").ThumbprintList, 1, "AWS reads it from the issuer")
	newProvider(a, issuer+"/")
	newProvider(a, "https://issuer.example.com/A")
	newProvider(c.Account(cloud.CallerAccount), issuer)
	assert.Len(t, Must(a.ListOpenIDConnectProviders()), 4)

	for range 2 { // as documented, repeating them changes nothing
		OK(a.AddClientIDToOpenIDConnectProvider(p.ARN, "y"))
		OK(a.RemoveClientIDFromOpenIDConnectProvider(p.ARN, "x"))
	}
	OK(a.UpdateOpenIDConnectProviderThumbprint(p.ARN, []string{thumbprint, thumbprint}))
	OK(a.Tag("OpenIDConnectProvider", p.ARN, map[string]string{"team": "books"}))
	now := Must(a.GetOpenIDConnectProvider(p.ARN))
	assert.Equal(t, []string{"y"}, now.ClientIDList)
	assert.Len(t, now.ThumbprintList, 2)
	assert.Equal(t, map[string]string{"team": "books"}, now.Tags)

	newRole(a, "r", TrustFederated(p.ARN, ""))
	OK(a.DeleteOpenIDConnectProvider(p.ARN))
	assert.Equal(t, TrustFederated(p.ARN, ""), Must(a.GetRole("r")).AssumeRolePolicyDocument, "roles that trust it keep their trust policy")
}

func TestOpenIDConnectProviderRefusals(t *testing.T) {
	c, a := account()
	full := newProvider(a, issuer)
	for i := range 99 {
		OK(a.AddClientIDToOpenIDConnectProvider(full.ARN, fmt.Sprint("client-", i)))
	}
	type input = cloud.CreateOpenIDConnectProviderInput
	create := func(in input) error { return failed(a.CreateOpenIDConnectProvider(in)) }
	at := func(url string) error { return create(input{URL: url}) }
	printed := func(list ...string) error { return create(input{URL: "https://x.example.com", ThumbprintList: list}) }
	audiences := func(list ...string) error { return create(input{URL: "https://x.example.com", ClientIDList: list}) }
	thumbprint := strings.Repeat("0", 40)
	before := c.Describe()
	for name, row := range map[string]struct {
		code string
		err  error
	}{
		"it exists":                  {cloud.CodeEntityAlreadyExists, at(issuer)},
		"no URL":                     {cloud.CodeValidation, at("")},
		"no scheme":                  {cloud.CodeValidation, at("issuer.example.com")},
		"no host":                    {cloud.CodeValidation, at("https:///a")},
		"a long URL":                 {cloud.CodeValidation, at("https://x.example.com/" + long(255))},
		"http":                       {cloud.CodeInvalidInput, at("http://issuer.example.com")},
		"a scheme in capitals":       {cloud.CodeInvalidInput, at("HTTPS://issuer.example.com")},
		"a query":                    {cloud.CodeInvalidInput, at("https://issuer.example.com?a=b")},
		"a fragment":                 {cloud.CodeInvalidInput, at("https://issuer.example.com#a")},
		"a port":                     {cloud.CodeInvalidInput, at("https://issuer.example.com:8443")},
		"a user":                     {cloud.CodeInvalidInput, at("https://me@issuer.example.com")},
		"a host in capitals":         {"NotModelled", at("https://Issuer.example.com")},
		"an empty client id":         {cloud.CodeValidation, audiences("")},
		"a long client id":           {cloud.CodeValidation, audiences(long(256))},
		"101 client ids":             {cloud.CodeLimitExceeded, audiences(make([]string, 101)...)},
		"the 101st client id":        {cloud.CodeLimitExceeded, a.AddClientIDToOpenIDConnectProvider(full.ARN, "one-more")},
		"a short thumbprint":         {cloud.CodeValidation, printed("ab")},
		"a thumbprint, not in hex":   {cloud.CodeValidation, printed(long(40))},
		"6 thumbprints":              {cloud.CodeInvalidInput, printed(thumbprint, thumbprint, thumbprint, thumbprint, thumbprint, thumbprint)},
		"no thumbprint in an update": {cloud.CodeInvalidInput, a.UpdateOpenIDConnectProviderThumbprint(full.ARN, nil)},
		"51 tags":                    {cloud.CodeLimitExceeded, create(input{URL: "https://x.example.com", Tags: manyTags(51)})},
		"missing":                    {cloud.CodeNoSuchEntity, failed(a.GetOpenIDConnectProvider(full.ARN + "b"))},
	} {
		t.Run(name, func(t *testing.T) { WantCode(t, row.code, row.err) })
	}
	require.Equal(t, before, c.Describe(), "rejected requests change nothing")
	for i := range 99 {
		newProvider(a, fmt.Sprintf("https://issuer-%d.example.com", i))
	}
	WantCode(t, cloud.CodeLimitExceeded, at("https://x.example.com"))
}
