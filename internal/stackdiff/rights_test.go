package stackdiff

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

const (
	executionArn = "arn:aws:execute-api:us-east-1:111122223333:abc123"
	product      = executionArn + "/prod/GET/products"
)

func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

// randomConditions are out of few values, so that two of them often have to do
// with each other.
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

// meets asks IAM's rules, with a policy's document.
func meets(t *testing.T, all []access.Conditions, context map[string][]string) bool {
	t.Helper()
	policies := iam.Policies{}
	for _, conditions := range all {
		text, err := access.Render(access.InvokeDocument(executionArn, "prod", []access.Invoke{{Method: "GET", Path: "/products"}}, conditions))
		require.NoError(t, err)
		compiled, err := iam.CompileIdentity(text)
		require.NoError(t, err)
		policies.Identity = append(policies.Identity, compiled)
	}
	request, err := iam.NewRequest(iam.Call{
		Principal: "arn:aws:iam::111122223333:user/john", Action: access.ActionInvoke, Resource: product, Context: context,
	})
	require.NoError(t, err)
	decision, err := policies.Decide(request)
	require.NoError(t, err)
	return decision.Allowed()
}

// TestWithinIsCertain: what lies within other rights by their conditions is
// never allowed where those do not.
func TestWithinIsCertain(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 6))
	certain, allowed := 0, 0
	for range 2000 {
		var sides [2]rights
		var conditions [2][]access.Conditions
		for i := range sides {
			for range 1 + r.IntN(2) {
				c := randomConditions(r)
				conditions[i] = append(conditions[i], c)
				sides[i] = append(sides[i], right{conditions: c})
			}
		}
		if !sides[0].within(sides[1]) {
			continue
		}
		certain++
		for range 20 {
			context := randomContext(r)
			if meets(t, conditions[0], context) {
				allowed++
				require.True(t, meets(t, conditions[1], context), "%v is within %v, but not for %v", sides[0], sides[1], context)
			}
		}
	}
	assert.Greater(t, certain, 100)
	assert.Greater(t, allowed, 100)
}

func TestWithin(t *testing.T) {
	mfa := right{conditions: access.Conditions{RequireMFA: true}}
	always, open := right{}, right{open: true}
	bounded := right{boundary: "arn:aws:iam::111122223333:policy/b"}
	for name, row := range map[string]struct {
		a, b rights
		want bool
	}{
		"nothing in nothing":            {nil, nil, true},
		"nothing in something":          {nil, rights{mfa}, true},
		"something in nothing":          {rights{mfa}, nil, false},
		"conditions in none":            {rights{mfa}, rights{always}, true},
		"none in conditions":            {rights{always}, rights{mfa}, false},
		"all in open":                   {rights{mfa, always, bounded}, rights{open}, true},
		"open in principals'":           {rights{open}, rights{always}, true}, // of who may always call, too
		"open in conditions":            {rights{open}, rights{mfa, bounded}, false},
		"bounded in unbounded":          {rights{bounded}, rights{always}, true},
		"unbounded in bounded":          {rights{always}, rights{bounded}, false},
		"another boundary":              {rights{{boundary: "arn:aws:iam::111122223333:policy/c"}}, rights{bounded}, false},
		"each in one of several":        {rights{mfa, bounded}, rights{bounded, mfa}, true},
		"one of several in none of one": {rights{mfa, bounded}, rights{mfa}, false},
	} {
		assert.Equal(t, row.want, row.a.within(row.b), name)
	}
}
