package stackdiff

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

const executionArn = "arn:aws:execute-api:us-east-1:111122223333:abc123"

func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

// randomConditions returns conditions with few different values, so that two of them
// often overlap.
func randomConditions(r *rand.Rand) access.Conditions {
	year := func(years ...int) time.Time {
		if y := pick(r, years...); y > 0 {
			return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		return time.Time{}
	}
	return access.Conditions{
		SourceCIDRs: pick(r, nil, nil, []string{"203.0.113.0/24"}, []string{"203.0.113.0/25"}, []string{"203.0.113.9"},
			[]string{"203.0.113.0/25", "198.51.100.0/24"}, []string{"2001:db8::/32"}, []string{"2001:db8::1"}),
		NotBefore:      year(0, 0, 2020, 2021),
		NotAfter:       year(0, 0, 2022, 2023),
		RequireMFA:     pick(r, false, false, true),
		PrincipalOrgID: pick(r, "", "", "o-aaaaaaaaaa", "o-bbbbbbbbbb"),
		PrincipalTags:  pick(r, nil, nil, map[string]string{"team": "a"}, map[string]string{"team": "b"}, map[string]string{"team": "a", "site": "x"}),
	}
}

func randomContext(r *rand.Rand) map[string][]string {
	context := map[string][]string{}
	for key, values := range map[string][]string{
		"aws:SourceIp":               {"203.0.113.9", "203.0.113.200", "198.51.100.7", "2001:db8::1", "2001:db8::2"},
		"aws:CurrentTime":            {"2019-06-01T00:00:00Z", "2020-06-01T00:00:00Z", "2021-06-01T00:00:00Z", "2022-06-01T00:00:00Z", "2022-01-01T00:00:00Z"},
		"aws:MultiFactorAuthPresent": {"true", "false"},
		"aws:PrincipalOrgID":         {"o-aaaaaaaaaa", "o-bbbbbbbbbb"},
		"aws:PrincipalTag/team":      {"a", "b"},
		"aws:PrincipalTag/site":      {"x"},
	} {
		if r.IntN(6) > 0 {
			context[key] = []string{pick(r, values...)}
		}
	}
	return context
}

func TestWithin(t *testing.T) {
	type alternatives = []access.Alternative
	mfa, always := access.Alternative{Conditions: access.Conditions{RequireMFA: true}}, access.Alternative{}
	bounded := access.Alternative{Boundary: "arn:aws:iam::111122223333:policy/b"}
	get, other := access.Alternative{Methods: []string{"GET"}}, access.Alternative{Others: []iam.Condition{{Operator: "Bool", Key: "aws:ViaAWSService", Values: []string{"false"}}}}
	for name, row := range map[string]struct {
		a, b alternatives
		want bool
	}{
		"nothing in nothing":            {nil, nil, true},
		"nothing in something":          {nil, alternatives{mfa}, true},
		"something in nothing":          {alternatives{mfa}, nil, false},
		"conditions in none":            {alternatives{mfa}, alternatives{always}, true},
		"none in conditions":            {alternatives{always}, alternatives{mfa}, false},
		"all in always":                 {alternatives{mfa, always, bounded}, alternatives{always}, true},
		"always in conditions":          {alternatives{always}, alternatives{mfa, bounded}, false},
		"bounded in unbounded":          {alternatives{bounded}, alternatives{always}, true},
		"unbounded in bounded":          {alternatives{always}, alternatives{bounded}, false},
		"another boundary":              {alternatives{{Boundary: "arn:aws:iam::111122223333:policy/c"}}, alternatives{bounded}, false},
		"each in one of several":        {alternatives{mfa, bounded}, alternatives{bounded, mfa}, true},
		"one of several in none of one": {alternatives{mfa, bounded}, alternatives{mfa}, false},
		"a method in all":               {alternatives{get}, alternatives{always}, true},
		"all methods in one":            {alternatives{always}, alternatives{get}, false},
		"a method in several":           {alternatives{get}, alternatives{{Methods: []string{"GET", "PUT"}}}, true},
		"several methods in one":        {alternatives{{Methods: []string{"GET", "PUT"}}}, alternatives{get}, false},
		"another condition in none":     {alternatives{other}, alternatives{always}, true},
		"none in another condition":     {alternatives{mfa}, alternatives{other}, false},
	} {
		assert.Equal(t, row.want, access.AllowIf(row.a...).Within(access.AllowIf(row.b...)), name)
	}
}
