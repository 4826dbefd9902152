package access_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// instant is a time on 2026-01-31.
func instant(hour int) time.Time { return time.Date(2026, 1, 31, hour, 0, 0, 0, time.UTC) }

func TestInvokeDocumentUnderConditions(t *testing.T) {
	type block = map[string]map[string]oneOrMore
	tests := map[string]struct {
		conditions access.Conditions
		want       block
	}{
		"none":             {},
		"all false":        {conditions: access.Conditions{RequireMFA: false, SecureTransport: false}},
		"one network":      {access.Conditions{SourceCIDRs: []string{"203.0.113.0/24"}}, block{"IpAddress": {"aws:SourceIp": {"203.0.113.0/24"}}}},
		"a bare address":   {access.Conditions{SourceCIDRs: []string{"203.0.113.9"}}, block{"IpAddress": {"aws:SourceIp": {"203.0.113.9/32"}}}},
		"a bare address 6": {access.Conditions{SourceCIDRs: []string{"2001:DB8:0::1"}}, block{"IpAddress": {"aws:SourceIp": {"2001:db8::1/128"}}}},
		"networks in order": {
			access.Conditions{SourceCIDRs: []string{"203.0.113.0/24", "2001:db8::/32", "198.51.100.0/24"}},
			block{"IpAddress": {"aws:SourceIp": {"198.51.100.0/24", "2001:db8::/32", "203.0.113.0/24"}}},
		},
		"start":        {access.Conditions{NotBefore: instant(8)}, block{"DateGreaterThanEquals": {"aws:CurrentTime": {"2026-01-31T08:00:00Z"}}}},
		"end":          {access.Conditions{NotAfter: instant(9)}, block{"DateLessThan": {"aws:CurrentTime": {"2026-01-31T09:00:00Z"}}}},
		"in UTC":       {access.Conditions{NotAfter: instant(9).In(time.FixedZone("", 7200))}, block{"DateLessThan": {"aws:CurrentTime": {"2026-01-31T09:00:00Z"}}}},
		"MFA":          {access.Conditions{RequireMFA: true}, block{"Bool": {"aws:MultiFactorAuthPresent": {"true"}}}},
		"TLS":          {access.Conditions{SecureTransport: true}, block{"Bool": {"aws:SecureTransport": {"true"}}}},
		"organization": {access.Conditions{PrincipalOrgID: "o-a1b2c3d4e5"}, block{"StringEquals": {"aws:PrincipalOrgID": {"o-a1b2c3d4e5"}}}},
		"tags": {
			access.Conditions{PrincipalTags: map[string]string{"team": "shop", "Cost Center": ""}},
			block{"StringEquals": {"aws:PrincipalTag/team": {"shop"}, "aws:PrincipalTag/Cost Center": {""}}},
		},
		"all": {
			access.Conditions{
				SourceCIDRs: []string{"203.0.113.0/24"}, NotBefore: instant(8), NotAfter: instant(9), RequireMFA: true,
				SecureTransport: true, PrincipalOrgID: "o-a1b2c3d4e5", PrincipalTags: map[string]string{"team": "shop"},
			},
			block{
				"IpAddress":             {"aws:SourceIp": {"203.0.113.0/24"}},
				"DateGreaterThanEquals": {"aws:CurrentTime": {"2026-01-31T08:00:00Z"}},
				"DateLessThan":          {"aws:CurrentTime": {"2026-01-31T09:00:00Z"}},
				"Bool":                  {"aws:MultiFactorAuthPresent": {"true"}, "aws:SecureTransport": {"true"}},
				"StringEquals":          {"aws:PrincipalOrgID": {"o-a1b2c3d4e5"}, "aws:PrincipalTag/team": {"shop"}},
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, test.conditions.Check())
			given := slices.Clone(test.conditions.SourceCIDRs)
			assert.Equal(t, decodedStatement{
				Sid:       "InvokeApi",
				Effect:    "Allow",
				Action:    oneOrMore{"execute-api:Invoke"},
				Resource:  oneOrMore{executionArn + "/prod/GET/a"},
				Condition: test.want,
			}, statement(t, underConditions(test.conditions)))
			assert.Equal(t, given, test.conditions.SourceCIDRs, "what was passed in stays as it was")
		})
	}
}

func underConditions(conditions access.Conditions) *access.Document {
	return access.InvokeDocument(executionArn, "prod", []access.Invoke{{Method: "GET", Path: "/a"}}, conditions)
}

// A list of no networks, which Check refuses, must not open what it was to close:
// the document still names the key, without a value, and IAM takes no such document.
func TestNoNetworksOpenNothing(t *testing.T) {
	text, err := access.Render(underConditions(access.Conditions{SourceCIDRs: []string{}}))
	require.NoError(t, err)
	var document struct {
		Statement []struct{ Condition map[string]map[string]any }
	}
	require.NoError(t, json.Unmarshal([]byte(text), &document))
	require.Len(t, document.Statement, 1)
	assert.Equal(t, map[string]map[string]any{"IpAddress": {"aws:SourceIp": nil}}, document.Statement[0].Condition)
}

// The most networks leave the greater part of a policy to routes.
func TestMostNetworksTakeLessThanHalfOfAPolicy(t *testing.T) {
	var conditions access.Conditions
	for i := range access.MaxSourceCIDRs {
		conditions.SourceCIDRs = append(conditions.SourceCIDRs, fmt.Sprintf("2001:db80:ffff:ffff:ffff:ffff:ffff:%x", 0xf000+i))
	}
	require.Empty(t, conditions.Check())
	with, err := access.Render(underConditions(conditions))
	require.NoError(t, err)
	without, err := access.Render(underConditions(access.Conditions{}))
	require.NoError(t, err)
	assert.Less(t, len(with)-len(without), 6144/2)
}

func TestConditionsString(t *testing.T) {
	for name, test := range map[string]struct {
		conditions access.Conditions
		want       string
	}{
		"none":           {access.Conditions{}, ""},
		"network":        {access.Conditions{SourceCIDRs: []string{"203.0.113.0/24"}}, "from 203.0.113.0/24"},
		"three networks": {access.Conditions{SourceCIDRs: []string{"203.0.113.9", "2001:db8::/32", "198.51.100.0/24"}}, "from 198.51.100.0/24 or 2001:db8::/32 or 203.0.113.9/32"},
		"no networks":    {access.Conditions{SourceCIDRs: []string{}}, "from no networks"},
		"start":          {access.Conditions{NotBefore: instant(8)}, "not before 2026-01-31T08:00:00Z"},
		"tag":            {access.Conditions{PrincipalTags: map[string]string{"team": "shop"}}, "tagged team=shop"},
		"tags":           {access.Conditions{PrincipalTags: map[string]string{"b": "", "a=b": "c d"}}, `tagged "a=b"="c d" and b=""`},
		"as the matrix shows it": {
			access.Conditions{SourceCIDRs: []string{"203.0.113.0/24"}, NotAfter: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), RequireMFA: true},
			"from 203.0.113.0/24, until 2026-12-31T00:00:00Z, with MFA",
		},
		"all others": {
			access.Conditions{SecureTransport: true, PrincipalOrgID: "o-a1b2c3d4e5", PrincipalTags: map[string]string{"team": "shop"}},
			"over TLS, in organization o-a1b2c3d4e5, tagged team=shop",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 5 { // tags are a map, walked in another order each time
				assert.Equal(t, test.want, test.conditions.String())
			}
		})
	}
}

func TestConditionsStringFoldsLongLists(t *testing.T) {
	networks := []string{"198.51.100.0/24", "203.0.113.1", "203.0.113.2", "203.0.113.3"}
	text := access.Conditions{SourceCIDRs: networks}.String()
	assert.Regexp(t, regexp.MustCompile(`^from 4 networks \(#[0-9a-f]{12}\)$`), text)
	reversed := slices.Clone(networks)
	slices.Reverse(reversed)
	assert.Equal(t, text, access.Conditions{SourceCIDRs: reversed}.String(), "the order makes no difference")
	networks[3] = "203.0.113.4"
	assert.NotEqual(t, text, access.Conditions{SourceCIDRs: networks}.String(), "another network does")

	tags := map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"}
	text = access.Conditions{PrincipalTags: tags}.String()
	assert.Regexp(t, regexp.MustCompile(`^tagged 4 tags \(#[0-9a-f]{12}\)$`), text)
	other := maps.Clone(tags)
	other["d"] = "5"
	assert.NotEqual(t, text, access.Conditions{PrincipalTags: other}.String(), "another value does")
}

func TestConditionsForRole(t *testing.T) {
	conditions := access.Conditions{SourceCIDRs: []string{"203.0.113.0/24"}, PrincipalTags: map[string]string{"a": "b"}, SecureTransport: true}
	assert.NoError(t, conditions.CheckForRole())
	conditions.RequireMFA = true
	err := conditions.CheckForRole()
	require.Error(t, err)
	assertOneLine(t, err)
}
