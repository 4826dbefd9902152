package stackdiff

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestClientCertificatesAreCompared changes mutual TLS, which applies to every principal.
func TestClientCertificatesAreCompared(t *testing.T) {
	stack := func(more string) string {
		return base + `  domain: {name: api.example.com, certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/own"` + more + "}\n"
	}
	const who = "everyone who may call the API"
	one, two := stack(`, mutualTls: {truststoreUri: s3://shop/one.pem}`), stack(`, mutualTls: {truststoreUri: s3://shop/one.pem, truststoreVersion: v2}`)
	kept := stack(`, keepEndpoint: true, mutualTls: {truststoreUri: s3://shop/one.pem}`)
	needs := []Fact{{who, "needs a client certificate of s3://shop/one.pem", Effect{Loses: true}}}
	free := []Fact{{who, "no longer needs a client certificate", Effect{Gains: true}}}
	for name, row := range map[string]struct {
		from, to string
		want     []Fact
		code     int
	}{
		"turned on":              {stack(""), one, needs, ExitLosses},
		"turned off":             {one, stack(""), free, ExitGains},
		"with the domain":        {base, one, needs, ExitLosses},
		"without the domain":     {one, base, free, ExitGains},
		"the own endpoint stays": {one, kept, free, ExitGains},
		"the own endpoint goes":  {kept, one, needs, ExitLosses},
		"another version": {one, two, []Fact{{
			who, "needs a client certificate of s3://shop/one.pem in version v2 in place of s3://shop/one.pem", Effect{true, true},
		}}, ExitGains},
		"a domain alone": {base, stack(""), nil, 0},
		"the same":       {two, two, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d, _, code := diffOf(t, row.from, row.to)
			assert.ElementsMatch(t, row.want, d.Credentials)
			assert.Equal(t, row.code, code)
		})
	}
}
