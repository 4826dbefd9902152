package several_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/faults"
	"iam-secured-api/tests/harness"
)

// TestAnAccountRefuses makes one account refuse all requests that change something. The up
// fails, but deploys what does not depend on the account. The next up converges.
func TestAnAccountRefuses(t *testing.T) {
	whole := newShop(t)
	empty := whole.Cloud.Describe()
	whole.Up(t)
	want := whole.Cloud.Describe()
	for account, test := range map[string]struct {
		reachable bool // the account's role can be assumed, nevertheless
		check     func(t *testing.T, c *cloud.Cloud)
	}{
		apis: {true, func(t *testing.T, c *cloud.Cloud) {
			assert.Empty(t, Must(c.Account(apis).Region(harness.Region).GetApis()))
			for _, other := range []string{partner, warehouse} {
				assert.Empty(t, Must(c.Account(other).ListPolicies()), "the roles that they could assume do not exist")
			}
		}},
		partner: {false, func(t *testing.T, c *cloud.Cloud) {
			assert.Equal(t, empty, c.Describe(), "nothing is created anywhere")
		}},
		partner + " but STS": {true, func(t *testing.T, c *cloud.Cloud) {
			assert.Equal(t, texts(deployed(whole.Cloud)), texts(deployed(c)), "both APIs and all roles are there")
			assert.Empty(t, Must(c.Account(partner).ListPolicies()))
			assert.Len(t, Must(c.Account(warehouse).RolePolicies().Attached(packer)), 1)
		}},
		warehouse: {true, func(t *testing.T, c *cloud.Cloud) {
			assert.Equal(t, texts(deployed(whole.Cloud)), texts(deployed(c)), "both APIs and all roles are there")
			assert.Empty(t, Must(c.Account(warehouse).ListPolicies()))
			assert.Len(t, Must(c.Account(partner).GroupPolicies().Attached("Shop-Callers")), 1)
		}},
	} {
		t.Run(account, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.Cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
				if strings.HasPrefix(account, m.Account) && !(test.reachable && m.Action == "AssumeRole") {
					return cloud.FailBefore
				}
				return cloud.NoFault
			})
			_, err := s.TryUp(engine.Options{ContinueOnError: true})
			require.ErrorContains(t, err, "ServiceUnavailable")
			s.Cloud.OnMutation(nil)
			test.check(t, s.Cloud)
			s.Up(t)
			assert.Equal(t, want, s.Cloud.Describe())
			assert.Empty(t, s.Preview(t))
		})
	}
}

// TestRequestsFail makes requests fail, one in each up: all of the other accounts, and a
// sample of those of the APIs' account. The next up converges, and a failure in one
// account leaves nothing in another after a destroy.
func TestRequestsFail(t *testing.T) {
	start := newShop(t)
	empty := start.Cloud.Describe()
	whole := start.fork(t)
	calls := map[string][]faults.Call{} // by account
	var mu sync.Mutex
	faults.Watch(whole.Cloud, func(call faults.Call, m cloud.Mutation) cloud.Fault {
		mu.Lock()
		defer mu.Unlock()
		calls[m.Account] = append(calls[m.Account], call)
		return cloud.NoFault
	})
	whole.Up(t)
	whole.Cloud.OnMutation(nil)
	want := whole.Cloud.Describe()
	require.Equal(t, []string{apis, partner, warehouse}, slices.Sorted(maps.Keys(calls)))
	require.Greater(t, len(calls[apis]), 25)
	slices.SortFunc(calls[apis], func(a, b faults.Call) int { return strings.Compare(a.String(), b.String()) })
	for account, all := range calls {
		for i, call := range all {
			if account == apis && i%6 != 0 {
				continue
			}
			t.Run(call.String(), func(t *testing.T) {
				t.Parallel()
				s := start.fork(t)
				_, err := faults.RunWithFault(t, s.Run, faults.Up, call, cloud.FailBefore)
				require.ErrorContains(t, err, "injected fault")
				half := s.fork(t)
				s.Up(t)
				assert.Equal(t, want, s.Cloud.Describe())
				half.Destroy(t)
				assert.Equal(t, empty, half.Cloud.Describe())
			})
		}
	}
}

// TestDrift changes something by hand in each account.
func TestDrift(t *testing.T) {
	start := newShop(t)
	start.Up(t)
	want := start.Cloud.Describe()
	const audit = "arn:aws:iam::aws:policy/SecurityAudit"
	for name, test := range map[string]struct {
		change func(c *cloud.Cloud)
		drift  harness.Changes
	}{
		"the warehouse's half is detached": {func(c *cloud.Cloud) {
			packers := c.Account(warehouse).RolePolicies()
			OK(packers.Detach(packer, Must(packers.Attached(packer))[0]))
		}, harness.Changes{"delete iam/rolePolicyAttachment:RolePolicyAttachment warehouse-callers-packer"}},
		"the partner's user leaves the group": {func(c *cloud.Cloud) {
			OK(c.Account(partner).RemoveUserFromGroup("Shop-Callers", cloud.CallerUser))
		}, harness.Changes{"update iam/groupMembership:GroupMembership partner-callers-Shop-Callers-members"}},
		"another policy for the partner's group": {func(c *cloud.Cloud) {
			OK(c.Account(partner).GroupPolicies().Attach("Shop-Callers", audit))
		}, harness.Changes{
			"update iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive partner-callers-Shop-Callers-policies",
		}},
		"another policy for the role at the APIs": {func(c *cloud.Cloud) {
			OK(c.Account(apis).RolePolicies().Attach("shop-warehouse", audit))
		}, harness.Changes{"update iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive warehouse-policies"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start.fork(t)
			test.change(s.Cloud)
			require.NotEqual(t, want, s.Cloud.Describe())
			assert.Equal(t, test.drift, s.Refresh(t))
			assert.NotEmpty(t, s.Up(t))
			assert.Equal(t, want, s.Cloud.Describe())
			assert.Empty(t, s.Preview(t))
		})
	}
}
