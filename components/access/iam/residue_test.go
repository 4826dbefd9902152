package iam_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
)

// TestResidues has statements that depend in part on the user's name. The source address
// and the resource of the requests are not known.
func TestResidues(t *testing.T) {
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: "arn:aws:iam::111122223333:user/ann", Action: "s3:GetObject", Resource: "arn:aws:s3:::any",
		Context: given("aws:username=ann"),
	})
	require.NoError(t, err)
	unknown := func(key string) bool { return key == "aws:sourceip" }
	for name, test := range map[string]struct{ elements, want string }{
		"every resource":                {`"Action":"s3:*","Resource":"*"`, "* if "},
		"another action":                {`"Action":"s3:PutObject","Resource":"*"`, ""},
		"another service":               {`"Action":"*","Resource":"arn:aws:sqs:::b"`, ""},
		"some resources":                {`"Action":"*","Resource":["arn:aws:s3:::b/?","arn:aws:s3:::a","arn:aws:sqs:::b"]`, "a b/? if "},
		"NotResource":                   {`"NotAction":"iam:*","NotResource":["arn:aws:s3:::b","arn:aws:sqs:::c"]`, "not b if "},
		"NotResource of others":         {`"Action":"*","NotResource":"arn:aws:sqs:::c"`, "not if "},
		"NotResource of everything":     {`"Action":"*","NotResource":"*"`, ""},
		"a variable":                    {`"Action":"*","Resource":"arn:aws:s3:::b/${aws:username}*"`, "b/${aws:username}* (b/ann*) if "},
		"a variable without value":      {`"Action":"*","Resource":"arn:aws:s3:::b/${aws:userid}"`, ""},
		"NotResource with such one":     {`"Action":"*","NotResource":"arn:aws:s3:::b/${aws:userid}"`, ""},
		"an unknown variable":           {`"Action":"*","Resource":"arn:aws:s3:::b/${aws:SourceIp}"`, "b/${aws:SourceIp} (b/*) if "},
		"NotResource not known":         {`"Action":"*","NotResource":"arn:aws:s3:::b/${aws:SourceIp}"`, "unknown"},
		"fields missing":                {`"Action":"*","Resource":"arn:aws:s3"`, "unknown"},
		"a condition that holds":        {`"Action":"*","Resource":"*",` + when(`"StringEquals":{"aws:username":"ann"}`), "* if "},
		"one that fails":                {`"Action":"*","Resource":"*",` + when(`"StringEquals":{"aws:username":"bob","aws:SourceIp":"x"}`), ""},
		"a condition on an absent key":  {`"Action":"*","Resource":"*",` + when(`"Null":{"aws:userid":"true"}`), "* if "},
		"one known key and one unknown": {`"Action":"*","Resource":"*",` + when(`"StringEquals":{"aws:username":"ann","aws:SourceIp":"x"}`), "* if StringEquals aws:SourceIp x"},
		"one with a variable":           {`"Action":"*","Resource":"*",` + when(`"StringEquals":{"aws:username":"${aws:sourceip}"}`), "* if StringEquals aws:username ${aws:sourceip}"},
		"an unknown operator":           {`"Action":"*","Resource":"*",` + when(`"StringIs":{"aws:username":"x"}`), "unknown"},
		"an unknown service":            {`"Action":"*:GetObject","Resource":"*"`, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := iam.CompileIdentity(`{"Version":"2012-10-17","Statement":{"Effect":"Allow",` + test.elements + `}}`)
			require.NoError(t, err)
			residues := (&iam.Policies{Identity: []*iam.IdentityPolicy{policy}}).Residues(request, unknown)
			var got string
			for _, r := range residues {
				var texts []string
				if r.NotResource {
					texts = append(texts, "not")
				}
				for _, p := range r.Resources {
					text := p.String()
					if p.Glob() != text {
						text += " (" + p.Glob() + ")"
						assert.False(t, p.Matches("b/x"))
					}
					texts = append(texts, text)
				}
				got = strings.Join(texts, " ") + " if " + strings.Trim(fmt.Sprint(r.Undecided), "[]")
				if r.Unknown != nil {
					got = "unknown"
				}
			}
			assert.Equal(t, test.want, got)
			about := policy.About("s3:getobject")
			assert.Equal(t, name == "another action", about == nil)
			if about != nil {
				same := (&iam.Policies{Identity: []*iam.IdentityPolicy{about}}).Residues(request, unknown)
				assert.Equal(t, len(residues), len(same))
			}
		})
	}
}

// TestSuppose has statements that depend on a user's name, and on a source address that
// is not known.
func TestSuppose(t *testing.T) {
	unknown := func(key string) bool { return key == "aws:sourceip" }
	may := func(effect string, more ...string) string {
		return "{" + strings.Join(append([]string{`"Effect":"` + effect + `","Action":"*","Resource":"*"`}, more...), ",") + "}"
	}
	const onAddress, onName = `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, `"StringEquals":{"aws:username":"ann"}`
	for name, test := range map[string]struct {
		statements  string
		most, least bool // allowed for the two suppositions
	}{
		"an Allow":                     {may("Allow"), true, true},
		"one under a condition":        {may("Allow", when(onAddress)), true, false},
		"one under a known condition":  {may("Allow", when(onName)), true, true},
		"one that fails":               {may("Allow", when(onAddress+`,"StringEquals":{"aws:username":"bob"}`)), false, false},
		"an unknown operator":          {may("Allow", when(`"Like":{"aws:SourceIp":"x"}`)), true, false},
		"a value that is not known":    {may("Allow", when(`"StringEquals":{"aws:username":"${aws:SourceIp}"}`)), true, false},
		"a Deny under a condition":     {may("Allow") + "," + may("Deny", when(onAddress)), true, false},
		"a Deny under a known one":     {may("Allow") + "," + may("Deny", when(onName)), false, false},
		"a resource with a variable":   {`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:SourceIp}${aws:username}"}`, true, false},
		"another one":                  {`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:SourceIp}x"}`, false, false},
		"a NotResource":                {`{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::${aws:SourceIp}"}`, true, false},
		"a Deny with a variable":       {may("Allow") + `,{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::${aws:SourceIp}*"}`, true, false},
		"a NotResource with a literal": {`{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::b-ann"}`, false, false},
	} {
		policy, err := iam.CompileIdentity(`{"Version":"2012-10-17","Statement":[` + test.statements + `]}`)
		require.NoError(t, err, name)
		request, err := iam.NewRequest(iam.RequestInput{
			Principal: "arn:aws:iam::111122223333:user/ann", Action: "s3:GetObject", Resource: "arn:aws:s3:::b-ann", Context: given("aws:username=ann"),
		})
		require.NoError(t, err)
		for supposed, want := range map[bool]bool{true: test.most, false: test.least} {
			decision, err := (&iam.Policies{Identity: []*iam.IdentityPolicy{policy.Suppose(unknown, supposed)}}).Decide(request)
			require.NoError(t, err, name)
			assert.Equal(t, want, decision.Allowed(), "%s, %t", name, supposed)
		}
	}
}
