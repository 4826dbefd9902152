package access_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

func TestParseInstant(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-01-31T08:00:00Z":          instant(8),
		"2026-01-31 08:00:00 +0000 UTC": instant(8), // a YAML timestamp, as the engine passes it on
		"1970-01-01T00:00:00Z":          time.Unix(0, 0).UTC(),
		"9999-12-31T23:59:59Z":          time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		"2028-02-29T23:59:59Z":          time.Date(2028, 2, 29, 23, 59, 59, 0, time.UTC),
	} {
		got, err := access.ParseInstant(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
}

func TestParseInstantRejects(t *testing.T) {
	for reason, texts := range map[string][]string{
		"recur": {
			"", "09:00", "9:00", "09:00Z", "T09:00:00Z", "09:00-17:00", "Mon-Fri 9-17", "Mon-Fri", "Monday", "daily", "weekdays", "0 9 * * 1-5", "R/2026-01-31T08:00:00Z/P1D",
			"now", "1769846400", "2026", "2026-01", "31.01.2026", "Jan 31 2026", "2026-1-31T08:00:00Z", "2026-01-31T08:00Z",
			"2026-01-31T08:00:00", "2026-01-31 08:00:00", "2026-01-31 08:00:00Z", "2026-01-31t08:00:00z", "2026-01-31T08:00:00.5Z", "2026-01-31T08:00:00,5Z",
			"2026-01-31T24:00:00Z", "2026-01-31T23:59:60Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-00T00:00:00Z", "12026-01-31T08:00:00Z", "-026-01-31T08:00:00Z",
			" 2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z ", "2026-01-31T08:00:00Z\n", "2026-W05-6T08:00:00Z", "*", "${aws:CurrentTime}", "2026-01-31 08:00:00.5 +0000 UTC",
		},
		`must be written in UTC, to the second: "2026-01-31T08:00:00Z"`: {
			"2026-01-31T09:00:00+01:00", "2026-01-31T02:30:00-05:30", "2026-01-31T08:00:00+00:00", "2026-01-31T08:00:00-00:00", "2026-01-31T8:00:00Z", "2026-01-31T08:00:00.000Z",
			"2026-01-31 09:00:00 +0100 +0100", "2026-01-31 09:00:00 +0100 CET", "2026-01-31 08:00:00 +0000 +0000",
		},
		`must say the time of day too, in UTC: "2026-01-31T00:00:00Z"`: {"2026-01-31"},
		"must be in the years 1970 to 9999":                            {"1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01 00:00:00 +0000 UTC"},
	} {
		for _, text := range texts {
			got, err := access.ParseInstant(text)
			assert.ErrorContains(t, err, reason, "%q", text)
			assert.True(t, got.IsZero(), "%q", text)
		}
	}
}

func TestCheckWindow(t *testing.T) {
	never, elsewhere := time.Time{}, time.FixedZone("", 3600)
	for _, window := range [][2]time.Time{
		{never, never}, {instant(8), never}, {never, instant(8)}, {instant(8), instant(9)}, {instant(8), instant(8).Add(time.Second)},
	} {
		assert.NoError(t, access.CheckWindow(window[0], window[1]))
	}
	for _, window := range [][2]time.Time{{instant(8), instant(8)}, {instant(9), instant(8)}, {instant(8), instant(8).In(elsewhere)}} {
		assert.Error(t, access.CheckWindow(window[0], window[1]))
	}
}

// TestCheckPrincipalTags has what CheckTags, which it includes, does not check.
func TestCheckPrincipalTags(t *testing.T) {
	for name, test := range map[string]struct {
		tags  map[string]string
		wrong int // how many problems
	}{
		"an empty value":           {map[string]string{"team": ""}, 0},
		"up to U+00FF":             {map[string]string{"Straße": "ÿ"}, 0},
		"nil":                      {nil, 1},
		"empty":                    {map[string]string{}, 1},
		"fifty-one":                {tags(51), 1},
		"variables":                {map[string]string{"team": "${aws:PrincipalTag/team}", "${aws:username}": "a", "b": "${$}"}, 3},
		"wildcards":                {map[string]string{"a": "*", "b": "shop?", "c*": "d"}, 3},
		"characters above U+00FF":  {map[string]string{"チーム": "a", "b": "東京", "c": "Ā", "d": "a\u2028"}, 4},
		"bytes that are not UTF-8": {map[string]string{"a": "\xff"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			errs := access.CheckPrincipalTags(test.tags)
			assert.Len(t, errs, test.wrong, "%v", errs)
			assertOneLine(t, errs...)
		})
	}
}

func TestConditionsCheck(t *testing.T) {
	many := make([]string, access.MaxSourceCIDRs+1)
	for i := range many {
		many[i] = fmt.Sprintf("203.0.113.%d", i)
	}
	for name, test := range map[string]struct {
		conditions access.Conditions
		fields     []string // that the problems are about, in order
	}{
		"none": {},
		"accepted": {conditions: access.Conditions{
			SourceCIDRs: many[1:], NotBefore: instant(8), NotAfter: instant(9), RequireMFA: true, SecureTransport: true,
			PrincipalOrgID: "o-a1b2c3d4e5", PrincipalTags: map[string]string{"team": "shop"},
		}},
		"networks":          {access.Conditions{SourceCIDRs: []string{"10.0.0.0/8", "203.0.113.0/24", "x"}}, []string{"sourceCidrs[0]", "sourceCidrs[2]"}},
		"no networks":       {access.Conditions{SourceCIDRs: []string{}}, []string{"sourceCidrs"}},
		"too many networks": {access.Conditions{SourceCIDRs: many}, []string{"sourceCidrs"}},
		"empty window":      {access.Conditions{NotBefore: instant(9), NotAfter: instant(9)}, []string{"notAfter"}},
		"half a second":     {access.Conditions{NotBefore: instant(8).Add(time.Second / 2)}, []string{"notBefore"}},
		"years":             {access.Conditions{NotBefore: time.Unix(-1, 0), NotAfter: instant(8).AddDate(8000, 0, 0)}, []string{"notBefore", "notAfter"}},
		"years of UTC":      {access.Conditions{NotAfter: time.Date(1969, 12, 31, 23, 0, 0, 0, time.FixedZone("", -3600))}, nil},
		"organization":      {access.Conditions{PrincipalOrgID: "shop"}, []string{"principalOrgId"}},
		"tags":              {access.Conditions{PrincipalTags: map[string]string{"a": "*", "b": "${c}"}}, []string{"principalTags", "principalTags"}},
		"no tags":           {access.Conditions{PrincipalTags: map[string]string{}}, []string{"principalTags"}},
		"several at once": {
			access.Conditions{
				SourceCIDRs: append([]string{"::1"}, many...), NotBefore: instant(9).Add(1), NotAfter: instant(8),
				PrincipalOrgID: "o-", PrincipalTags: map[string]string{"": ""},
			},
			[]string{"sourceCidrs", "sourceCidrs[0]", "notBefore", "notAfter", "principalOrgId", "principalTags"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			errs := test.conditions.Check()
			assert.Equal(t, test.fields, fieldsOf(errs), "%v", errs)
			assertOneLine(t, errs...)
		})
	}
}

func TestConditionReason(t *testing.T) {
	for about, keys := range map[string][]string{
		"NAT":         {"sourceVpc", "sourceVpce", "aws:SourceVpc", "aws:SourceVpce", "AWS:SOURCEVPC", "vpc", "vpcEndpoint", "vpc_endpoint", "vpc-endpoints", "vpceId", "aws:VpcSourceIp", "aws:Ec2InstanceSourceVPC"},
		"public":      {"privateCidrs", "vpcCidrs", "internalCidrs"},
		"recur":       {"hours", "businessHours", "business_hours", "officeHours", "weekdays", "daysOfWeek", "timeOfDay", "schedule", "cron"},
		"own":         {"resourcePolicy", "resourcePolicies", "ResourcePolicy", "resource-based-policy"},
		"access keys": {"mfaIfPresent", "mfaIfExists", "requireMfaIfPresent", "boolIfExists", "BoolIfExists", "aws:MultiFactorAuthPresentIfExists"},
	} {
		for _, key := range keys {
			reason, known := access.ConditionReason(key)
			assert.True(t, known, key)
			assert.Contains(t, reason, about, key)
			assert.NotContains(t, reason, "\n")
		}
	}
	for _, key := range []string{
		"sourceCidrs", "notBefore", "notAfter", "requireMfa", "secureTransport", "principalOrgId", "principalTags", // accepted
		"", "aws:", "soruceCidrs", "color", "allow",
	} {
		reason, known := access.ConditionReason(key)
		assert.False(t, known, key)
		assert.Empty(t, reason, key)
	}
}
