package access_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

func FuzzCheckSourceCIDR(f *testing.F) {
	for _, seed := range []string{"203.0.113.0/24", "203.0.113.9", "2001:DB8::/32", "10.0.0.0/8", "0.0.0.0/0", "::ffff:203.0.113.9", "fe80::1%eth0", "100.0.0.0/8", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		conditions := access.Conditions{SourceCIDRs: []string{text}}
		if err := access.CheckSourceCIDR(text); err != nil {
			assertOneLine(t, append(conditions.Check(), err)...)
			assert.Len(t, conditions.Check(), 1)
			return
		}
		require.Empty(t, conditions.Check())
		written := statement(t, underConditions(conditions)).Condition["IpAddress"]["aws:SourceIp"]
		require.Len(t, written, 1)
		network, err := netip.ParsePrefix(written[0])
		require.NoError(t, err)
		assert.Equal(t, network.Masked(), network)
		assert.False(t, network.Addr().Is4In6())
		assert.Equal(t, "from "+written[0], conditions.String())
		if network.IsSingleIP() {
			assert.True(t, network.Addr().IsGlobalUnicast() && !network.Addr().IsPrivate(), "as the standard library sees it")
		}
	})
}

func FuzzParseInstant(f *testing.F) {
	for _, seed := range []string{"2026-01-31T08:00:00Z", "2026-01-31 08:00:00 +0000 UTC", "2026-01-31T08:00:00+01:00", "2026-01-31", "09:00", "Mon-Fri 9-17", "0001-01-01T00:00:00Z", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := access.ParseInstant(text)
		if err != nil {
			assert.True(t, at.IsZero())
			assertOneLine(t, err)
			return
		}
		assert.False(t, at.IsZero(), "or it would be no condition")
		assert.Equal(t, time.UTC, at.Location())
		conditions := access.Conditions{NotAfter: at}
		require.Empty(t, conditions.Check())
		written := statement(t, underConditions(conditions)).Condition["DateLessThan"]["aws:CurrentTime"]
		require.Len(t, written, 1)
		again, err := access.ParseInstant(written[0])
		require.NoError(t, err)
		assert.Equal(t, at, again)
	})
}

func FuzzConditionsCheck(f *testing.F) {
	f.Add("o-a1b2c3d4e5", "team", "shop", int64(0), int64(1))
	f.Add("", "${aws:username}", "*", int64(5), int64(-5))
	f.Add("x", "aws:a", "\xff", int64(1)<<62, int64(-1)<<62)
	f.Fuzz(func(t *testing.T, org, key, value string, from, to int64) {
		conditions := access.Conditions{
			NotBefore: time.Unix(from, 0), NotAfter: time.Unix(to, 0),
			PrincipalOrgID: org, PrincipalTags: map[string]string{key: value},
		}
		errs := conditions.Check()
		assertOneLine(t, errs...)
		reason, known := access.ConditionReason(key)
		assert.Equal(t, known, reason != "")
		rendered, err := access.Render(underConditions(conditions))
		require.NoError(t, err)
		if len(errs) > 0 {
			return
		}
		assert.NotRegexp(t, control, conditions.String())
		assert.Regexp(t, documentText, rendered)
		assert.NotContains(t, rendered, "${")
		block := statement(t, underConditions(conditions)).Condition
		assert.Equal(t, oneOrMore{value}, block["StringEquals"]["aws:PrincipalTag/"+key])
	})
}
