package cloud_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
)

const (
	allowInvoke = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/products"}]}`
	allowOther  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:111122223333:abc/prod/POST/products"}]}`
	trustEC2    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	region      = "us-east-1"
)

func trustAWS(principal string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":%q},"Action":"sts:AssumeRole"}]}`, principal)
}

// account returns a fresh Cloud and the account that owns the API.
func account() (*cloud.Cloud, *cloud.Account) {
	c := cloud.New()
	return c, c.Account(cloud.APIAccount)
}

func wantCode(t *testing.T, code string, err error) {
	t.Helper()
	require.Error(t, err)
	assert.Truef(t, cloud.IsCode(err, code), "want %s, got %v", code, err)
	assert.NotContains(t, err.Error(), "\n")
}

// must fails the test if a call of its preparation does.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ok(err error) {
	if err != nil {
		panic(err)
	}
}

func newPolicy(a *cloud.Account, name string) cloud.Policy {
	return must(a.CreatePolicy(cloud.CreatePolicyInput{PolicyName: name, PolicyDocument: allowInvoke}))
}

func newRole(a *cloud.Account, name, trust string) cloud.Role {
	return must(a.CreateRole(cloud.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trust}))
}

func newUser(a *cloud.Account, name string) cloud.User {
	return must(a.CreateUser(cloud.CreateUserInput{UserName: name}))
}

func TestNewHasTheCallersUserAndNothingElse(t *testing.T) {
	c := cloud.New()
	users := must(c.Account(cloud.CallerAccount).ListUsers())
	require.Len(t, users, 1)
	assert.Equal(t, "arn:aws:iam::444455556666:user/my-user", users[0].ARN)
	keys := must(c.Account(cloud.CallerAccount).ListAccessKeys(cloud.CallerUser))
	require.Len(t, keys, 1)
	assert.Equal(t, cloud.KeyActive, keys[0].Status)
	assert.Empty(t, must(c.Account(cloud.APIAccount).ListUsers()))
}

func TestAccountOfAccessKey(t *testing.T) {
	c, a := account()
	newUser(a, "jane")
	key := must(a.CreateAccessKey("jane"))
	caller := must(c.Account(cloud.CallerAccount).ListAccessKeys(cloud.CallerUser))[0]
	for id, want := range map[string]string{
		cloud.APIOperatorKey:    cloud.APIAccount,
		cloud.CallerOperatorKey: cloud.CallerAccount,
		key.AccessKeyID:         cloud.APIAccount,
		caller.AccessKeyID:      cloud.CallerAccount,
	} {
		got, ok := c.AccountOfAccessKey(id)
		assert.True(t, ok)
		assert.Equal(t, want, got)
		assert.Regexp(t, `^AKIA[A-Z0-9]{16}$`, id)
	}
	_, found := c.AccountOfAccessKey("AKIAXXXXXXXXXXXXXXXX")
	assert.False(t, found)
	ok(a.DeleteAccessKey("jane", key.AccessKeyID))
	_, found = c.AccountOfAccessKey(key.AccessKeyID)
	assert.False(t, found)
}

func TestUnknownAccount(t *testing.T) {
	a := cloud.New().Account("999999999999")
	_, err := a.CreateUser(cloud.CreateUserInput{UserName: "x"})
	wantCode(t, "InvalidClientTokenId", err)
	_, err = a.Region(region).GetApis()
	wantCode(t, "InvalidClientTokenId", err)
}

func TestSecretIsAnsweredOnce(t *testing.T) {
	_, a := account()
	newUser(a, "jane")
	key := must(a.CreateAccessKey("jane"))
	assert.Len(t, key.SecretAccessKey, 40)
	assert.NotContains(t, fmt.Sprintf("%v %+v %s", key, key, key), key.SecretAccessKey)
	assert.Empty(t, must(a.ListAccessKeys("jane"))[0].SecretAccessKey)
	assert.Equal(t, key, must(a.Credential(key.AccessKeyID)))
	assert.Equal(t, "jane", must(a.UserOfAccessKey(key.AccessKeyID)))
	_, err := a.Credential("AKIAXXXXXXXXXXXXXXXX")
	wantCode(t, cloud.CodeNoSuchEntity, err)
}

func TestAnswersAreCopies(t *testing.T) {
	_, a := account()
	u := must(a.CreateUser(cloud.CreateUserInput{UserName: "jane", Tags: map[string]string{"team": "shop"}}))
	u.Tags["team"] = "other"
	assert.Equal(t, map[string]string{"team": "shop"}, must(a.GetUser("jane")).Tags)
}

func TestFaults(t *testing.T) {
	c, a := account()
	var seen []cloud.Mutation
	faults := map[int]cloud.Fault{2: cloud.FailBefore, 3: cloud.LoseReply}
	c.OnMutation(func(m cloud.Mutation) cloud.Fault {
		seen = append(seen, m)
		_, err := a.ListUsers() // no lock is held
		require.NoError(t, err)
		return faults[m.Seq]
	})
	newUser(a, "one")
	_, err := a.CreateUser(cloud.CreateUserInput{UserName: "two"})
	wantCode(t, "ServiceUnavailable", err)
	lost, err := a.CreateUser(cloud.CreateUserInput{UserName: "three"})
	wantCode(t, "RequestTimeout", err)
	assert.Empty(t, lost)
	_, err = a.GetUser("two")
	wantCode(t, cloud.CodeNoSuchEntity, err)
	assert.Equal(t, "three", must(a.GetUser("three")).UserName)
	assert.Equal(t, []cloud.Mutation{
		{Seq: 1, Account: cloud.APIAccount, Action: "CreateUser", Target: "one"},
		{Seq: 2, Account: cloud.APIAccount, Action: "CreateUser", Target: "two"},
		{Seq: 3, Account: cloud.APIAccount, Action: "CreateUser", Target: "three"},
	}, seen)

	c.OnMutation(func(m cloud.Mutation) cloud.Fault {
		assert.Equal(t, 1, m.Seq, "counts anew")
		return cloud.LoseReply
	})
	_, err = a.CreateUser(cloud.CreateUserInput{UserName: "one"})
	wantCode(t, cloud.CodeEntityAlreadyExists, err)
	c.OnMutation(nil)
	newUser(a, "two")
}

func TestLostReplyToCreateAccessKeyTellsNoSecret(t *testing.T) {
	c, a := account()
	newUser(a, "jane")
	c.OnMutation(func(cloud.Mutation) cloud.Fault { return cloud.LoseReply })
	key, err := a.CreateAccessKey("jane")
	require.Error(t, err)
	assert.Empty(t, key.SecretAccessKey)
	keys := must(a.ListAccessKeys("jane"))
	require.Len(t, keys, 1)
	secret := must(a.Credential(keys[0].AccessKeyID)).SecretAccessKey
	assert.NotContains(t, err.Error(), secret)
}

func TestMutationsOfADeadCallerAreNotSent(t *testing.T) {
	c, a := account()
	ctx, cancel := context.WithCancel(context.Background())
	bound := a.WithContext(ctx)
	newUser(bound, "one")
	c.OnMutation(func(cloud.Mutation) cloud.Fault {
		cancel() // dies while its call is on the way
		return cloud.NoFault
	})
	newUser(bound, "two")
	_, err := bound.CreateUser(cloud.CreateUserInput{UserName: "three"})
	wantCode(t, "RequestCanceled", err)
	assert.Len(t, must(bound.ListUsers()), 2)
}

func TestCloneIsDeep(t *testing.T) {
	c := deployed(t, nil)
	text := c.Describe()
	twin := c.Clone()
	require.Equal(t, text, twin.Describe())
	a, b := c.Account(cloud.APIAccount), twin.Account(cloud.APIAccount)
	keys := must(a.ListAccessKeys("john"))
	assert.Equal(t, must(a.Credential(keys[0].AccessKeyID)), must(b.Credential(keys[0].AccessKeyID)))

	ok(b.RemoveUserFromGroup("readers", "john"))
	ok(b.DetachGroupPolicy("readers", must(b.ListAttachedGroupPolicies("readers"))[0]))
	ok(b.DeleteAccessKey("john", keys[0].AccessKeyID))
	api := must(b.Region(region).GetApis())[0]
	ok(b.Region(region).DeleteApi(api.APIID))
	assert.Equal(t, text, c.Describe())
	assert.NotEqual(t, text, twin.Describe())
}

func TestConcurrentUse(t *testing.T) {
	c, a := account()
	r := a.Region(region)
	api := must(r.CreateApi(cloud.APISettings{Name: "shop", ProtocolType: "HTTP"}))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			name := fmt.Sprintf("user-%d", i)
			newUser(a, name)
			must(a.CreateAccessKey(name))
			route := must(r.CreateRoute(api.APIID, cloud.RouteSettings{RouteKey: fmt.Sprintf("GET /r%d", i)}))
			must(r.GetRoute(api.APIID, route.RouteID))
			must(a.ListUsers())
			c.OnMutation(func(cloud.Mutation) cloud.Fault { return cloud.NoFault })
			_ = c.Describe()
			_ = c.Clone()
		}()
	}
	wg.Wait()
	assert.Len(t, must(a.ListUsers()), 8)
	assert.Len(t, must(r.GetRoutes(api.APIID)), 8)
}

// long returns n letters.
func long(n int) string { return strings.Repeat("x", n) }
