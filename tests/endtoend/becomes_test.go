package endtoend_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/account"
	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

// TestBecomes creates random accounts. Each principal tries to assume each role that can
// call the API, and the outcomes are compared with the account's details.
func TestBecomes(t *testing.T) {
	settings := harness.Config(t)
	base := harness.New(t, settings)
	base.Up(t)
	plan := planOf(t, settings)
	for seed := range uint64(20) {
		t.Run("random", func(t *testing.T) {
			t.Logf("seed %d", seed)
			w := newAccountWorld(t, base.Branch(), plan)
			a := w.run.Cloud.Account(cloud.APIAccount)
			roles, keys := createAssumable(a, rand.New(rand.NewPCG(seed, 14)))
			w.compareAssumed(t, roles, keys)
		})
	}
}

// createAssumable creates users and roles whose policies and trust policies may allow
// assuming a role. It returns the ARNs of the roles that can call the API, and the access
// keys of the other principals by ARN.
func createAssumable(a *cloud.Account, random *rand.Rand) (roles []string, keys map[string]string) {
	keys = map[string]string{}
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	arn := func(kind string, i int) string {
		return fmt.Sprintf("arn:aws:iam::%s:%s/%s-%d", cloud.APIAccount, kind, kind, i)
	}
	statement := func() string {
		return pick(`"Effect":"Allow"`, `"Effect":"Allow"`, `"Effect":"Deny"`) + "," +
			pick(`"Action":"sts:AssumeRole"`, `"Action":"sts:*"`, `"NotAction":["execute-api:*","iam:*"]`, `"Action":"s3:*"`) + "," +
			pick(`"Resource":`, `"Resource":`, `"NotResource":`) +
			pick(`"*"`, `"`+arn("role", 0)+`"`, `"`+arn("role", random.IntN(6))+`"`, `"arn:aws:iam::*:role/role-*"`)
	}
	for i := range 9 {
		m := member{name: fmt.Sprintf("user-%d", i)}
		if i >= 6 {
			m = member{name: fmt.Sprintf("helper-%d", i), service: "lambda"}
		}
		for range random.IntN(3) {
			m.policy += ";" + statement()
		}
		m.policy = strings.TrimPrefix(m.policy, ";")
		keys[m.arn()] = m.create(a, "").AccessKeyID
	}
	for i := range 6 {
		principal := pick(`"AWS":"`+cloud.APIAccount+`"`, `"AWS":"`+arn("user", random.IntN(6))+`"`, `"AWS":"*"`, `"Service":"lambda.amazonaws.com"`,
			`"AWS":["`+arn("user", random.IntN(3))+`","`+arn("user", 3+random.IntN(3))+`"]`)
		condition := pick("", "", "", `,"Condition":{"StringEquals":{"sts:ExternalId":"x1"}}`, `,"Condition":{"StringLike":{"aws:PrincipalArn":"*:user/*"}}`,
			`,"Condition":{"ArnEquals":{"aws:PrincipalArn":"`+arn("user", random.IntN(6))+`"}}`, `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)
		trust := `{"Effect":"Allow","Principal":{` + principal + `},"Action":"sts:AssumeRole"` + condition + `}`
		if random.IntN(4) == 0 {
			trust += `,{"Effect":"Deny","Principal":{"AWS":"` + arn("user", random.IntN(6)) + `"},"Action":"sts:*"}`
		}
		name := fmt.Sprintf("role-%d", i)
		Must(a.CreateRole(cloud.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: `{"Version":"2012-10-17","Statement":[` + trust + `]}`}))
		OK(a.RolePolicies().Put(name, Allow("calls", "execute-api:Invoke", "*")))
		roles = append(roles, arn("role", i))
	}
	return roles, keys
}

// compareAssumed tries to assume the roles as each principal, with and without an
// external id. A principal that succeeds must be in the report's list of principals that
// can become a caller. A principal that is in the list without a condition must succeed.
func (w *accountWorld) compareAssumed(t *testing.T, roles []string, keys map[string]string) {
	described, err := account.Read(bytes.NewReader(w.details(t)))
	require.NoError(t, err)
	report, err := described.Who(w.api, w.plan.Matrix)
	require.NoError(t, err)
	becomes := described.Becomes(w.api, report.Matrix(), nil)
	for arn, key := range keys {
		caller := Must(w.run.Cloud.Caller(key, w.e.Now()))
		assume := func(role, externalID string) bool {
			in := cloud.AssumeRoleInput{RoleARN: role, RoleSessionName: "tried", ExternalID: externalID}
			_, err := w.run.Cloud.AssumeRole(caller, in, caller.Context, w.e.Now())
			require.True(t, err == nil || cloud.IsCode(err, cloud.CodeAccessDeniedSTS), "%v", err)
			return err == nil
		}
		for _, role := range roles {
			i := slices.IndexFunc(becomes, func(b account.Become) bool {
				return strings.HasPrefix(b.Way, access.ActionAssumeRole) && len(b.Via) == 0 &&
					slices.Contains(b.Principals, arn) && slices.Contains(b.Targets, role)
			})
			if assume(role, "") || assume(role, "x1") {
				assert.GreaterOrEqual(t, i, 0, "%s assumes %s", arn, role)
			}
			if i >= 0 && becomes[i].Condition == "" {
				assert.True(t, assume(role, ""), "%s cannot assume %s", arn, role)
			}
		}
	}
}
