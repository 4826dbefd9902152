package sts_test

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// FuzzForm: every signed request has a response in XML, and never an internal error.
func FuzzForm(f *testing.F) {
	d := openWeb(f)
	valid := values().Encode()
	web := func(token string) string {
		return values("Action", "AssumeRoleWithWebIdentity", "RoleArn", nameOf("workflow"), "WebIdentityToken", token).Encode()
	}
	for _, seed := range []string{
		"", "&", "=", "%", ";", identity(), valid, valid + "&DurationSeconds=900", valid + "&ExternalId=partner-42",
		values("Policy", allowAll).Encode(), values("Policy", "{").Encode(), valid + "&Tags.member.1.Key=a", valid + "&RoleArn=x",
		valid + "&Tags.member.1.Key=a&Tags.member.1.Value=b&TransitiveTagKeys.member.1=A&SourceIdentity=me", valid + "&Tags=",
		web("x.y.z"), web(d.token(github, claims())), web(d.token("https://evil.example.com", claims())),
		values("RoleArn", "arn:aws:iam::111122223333:role/").Encode(), values("RoleArn", "arn:aws:iam::444455556666:role/a/b").Encode(),
		values("SerialNumber", "arn:aws:iam::444455556666:mfa/x", "TokenCode", "000000").Encode(), strings.Repeat("a", 65<<10),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		d.clock.Forward(time.Hour) // so that sessions expire
		w := d.do(call{body: body})
		var answer struct {
			XMLName xml.Name
			Code    string `xml:"Error>Code"`
		}
		assert.NoError(t, xml.Unmarshal(w.Body.Bytes(), &answer))
		assert.Less(t, w.Code, http.StatusInternalServerError)
		assert.Equal(t, w.Code == http.StatusOK, answer.Code == "")
		assert.NotContains(t, w.Body.String(), d.key.SecretAccessKey)
		assert.NotEqual(t, http.StatusOK, d.do(call{body: body, unsigned: true}).Code)
	})
}
