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
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const (
	products = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/products"
	creates  = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/POST/products"
	invoke   = "execute-api:Invoke"
)

var (
	allowInvoke = Document("Allow", invoke, products)
	allowOther  = Document("Allow", invoke, creates)
	trustEC2    = TrustService("ec2")
	trustLambda = TrustService("lambda")
)

// account returns a fresh Cloud and the account that owns the API.
func account() (*cloud.Cloud, *cloud.Account) {
	c := cloud.New()
	return c, c.Account(cloud.APIAccount)
}

func newPolicy(a *cloud.Account, name string) cloud.Policy {
	return Must(a.CreatePolicy(cloud.CreatePolicyInput{PolicyName: name, PolicyDocument: allowInvoke}))
}

func newRole(a *cloud.Account, name, trust string) cloud.Role {
	return Must(a.CreateRole(cloud.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trust}))
}

func newUser(a *cloud.Account, name string) cloud.User {
	return Must(a.CreateUser(cloud.CreateUserInput{UserName: name}))
}

func TestNew(t *testing.T) {
	c := cloud.New()
	users := Must(c.Account(cloud.CallerAccount).ListUsers())
	require.Len(t, users, 1)
	assert.Equal(t, "arn:aws:iam::444455556666:user/my-user", users[0].ARN)
	keys := Must(c.Account(cloud.CallerAccount).ListAccessKeys(cloud.CallerUser))
	require.Len(t, keys, 1)
	assert.Equal(t, cloud.KeyActive, keys[0].Status)
	assert.Empty(t, Must(c.Account(cloud.APIAccount).ListUsers()))
}

func TestIdentity(t *testing.T) {
	c, a := account()
	jane := newUser(a, "jane")
	key := Must(a.CreateAccessKey("jane"))
	user := Must(c.Account(cloud.CallerAccount).GetUser(cloud.CallerUser))
	caller := Must(c.Account(cloud.CallerAccount).ListAccessKeys(cloud.CallerUser))[0]
	for id, want := range map[string]cloud.Identity{
		cloud.APIOperatorKey:    {cloud.APIAccount, "arn:aws:iam::111122223333:root", cloud.APIAccount},
		cloud.CallerOperatorKey: {cloud.CallerAccount, "arn:aws:iam::444455556666:root", cloud.CallerAccount},
		key.AccessKeyID:         {cloud.APIAccount, jane.ARN, jane.UserID},
		caller.AccessKeyID:      {cloud.CallerAccount, user.ARN, user.UserID},
	} {
		assert.Equal(t, want, Must(c.Identity(id)))
		assert.Regexp(t, `^AKIA[A-Z0-9]{16}$`, id)
	}
	WantCode(t, cloud.CodeInvalidClientTokenID, failed(c.Identity("AKIAXXXXXXXXXXXXXXXX")))
	OK(a.UpdateAccessKey("jane", key.AccessKeyID, cloud.KeyInactive))
	WantCode(t, cloud.CodeInvalidClientTokenID, failed(c.Identity(key.AccessKeyID)))
	OK(a.DeleteAccessKey("jane", key.AccessKeyID))
	WantCode(t, cloud.CodeInvalidClientTokenID, failed(c.Identity(key.AccessKeyID)))
}

func TestUnknownAccount(t *testing.T) {
	a := cloud.New().Account("999999999999")
	_, err := a.CreateUser(cloud.CreateUserInput{UserName: "x"})
	WantCode(t, "InvalidClientTokenId", err)
	WantCode(t, "InvalidClientTokenId", failed(a.Region(Region).GetApis()))
}

func TestSecretIsReturnedOnce(t *testing.T) {
	_, a := account()
	newUser(a, "jane")
	key := Must(a.CreateAccessKey("jane"))
	assert.Len(t, key.SecretAccessKey, 40)
	assert.NotContains(t, fmt.Sprintf("%v %+v %s", key, key, key), key.SecretAccessKey)
	assert.Empty(t, Must(a.ListAccessKeys("jane"))[0].SecretAccessKey)
	assert.Equal(t, key, Must(a.Credential(key.AccessKeyID)))
	WantCode(t, cloud.CodeNoSuchEntity, failed(a.Credential("AKIAXXXXXXXXXXXXXXXX")))
}

// TestCopies changes the input of a request and its result afterwards. A change
// of either does not change the Cloud.
func TestCopies(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	settings := func(value string) cloud.APISettings {
		return cloud.APISettings{
			Name: "x", ProtocolType: "HTTP", Tags: map[string]string{"team": value},
			CORS: &cloud.CORS{MaxAge: 5, AllowHeaders: []string{value}},
		}
	}
	spoil := func(s cloud.APISettings) {
		s.Tags["team"], s.CORS.MaxAge, s.CORS.AllowHeaders[0] = "spoilt", 0, "spoilt"
	}
	in := settings("first")
	api := Must(r.CreateApi(in))
	want := Must(r.GetApi(api.APIID))
	spoil(in)
	spoil(api.APISettings)
	spoil(Must(r.GetApi(api.APIID)).APISettings)
	spoil(Must(r.GetApis())[0].APISettings)
	assert.Equal(t, want, Must(r.GetApi(api.APIID)))
	in = settings("second")
	OK(r.UpdateApi(api.APIID, in))
	want = Must(r.GetApi(api.APIID))
	spoil(in)
	assert.Equal(t, want, Must(r.GetApi(api.APIID)))
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
	WantCode(t, "ServiceUnavailable", err)
	lost, err := a.CreateUser(cloud.CreateUserInput{UserName: "three"})
	WantCode(t, "RequestTimeout", err)
	assert.Empty(t, lost)
	WantCode(t, cloud.CodeNoSuchEntity, failed(a.GetUser("two")))
	assert.Equal(t, "three", Must(a.GetUser("three")).UserName)
	assert.Equal(t, []cloud.Mutation{
		{Seq: 1, Account: cloud.APIAccount, Action: "CreateUser", Target: "one"},
		{Seq: 2, Account: cloud.APIAccount, Action: "CreateUser", Target: "two"},
		{Seq: 3, Account: cloud.APIAccount, Action: "CreateUser", Target: "three"},
	}, seen)

	c.OnMutation(func(m cloud.Mutation) cloud.Fault {
		assert.Equal(t, 1, m.Seq, "counts from 1 again")
		return cloud.LoseReply
	})
	WantCode(t, cloud.CodeEntityAlreadyExists, failed(a.CreateUser(cloud.CreateUserInput{UserName: "one"})))
	c.OnMutation(nil)
	newUser(a, "two")
}

func TestLostReplyToCreateAccessKeyHasNoSecret(t *testing.T) {
	c, a := account()
	newUser(a, "jane")
	c.OnMutation(func(cloud.Mutation) cloud.Fault { return cloud.LoseReply })
	key, err := a.CreateAccessKey("jane")
	require.Error(t, err)
	assert.Empty(t, key.SecretAccessKey)
	keys := Must(a.ListAccessKeys("jane"))
	require.Len(t, keys, 1)
	secret := Must(a.Credential(keys[0].AccessKeyID)).SecretAccessKey
	assert.NotContains(t, err.Error(), secret)
}

func TestMutationsAfterTheContextIsDone(t *testing.T) {
	c, a := account()
	ctx, cancel := context.WithCancel(context.Background())
	bound := a.WithContext(ctx)
	newUser(bound, "one")
	c.OnMutation(func(cloud.Mutation) cloud.Fault {
		cancel() // cancelled during its request
		return cloud.NoFault
	})
	newUser(bound, "two")
	WantCode(t, "RequestCanceled", failed(bound.CreateUser(cloud.CreateUserInput{UserName: "three"})))
	assert.Len(t, Must(bound.ListUsers()), 2)
}

func TestCloneIsDeep(t *testing.T) {
	c := deployed(t, nil)
	text := c.Describe()
	twin := c.Clone()
	require.Equal(t, text, twin.Describe())
	a, b := c.Account(cloud.APIAccount), twin.Account(cloud.APIAccount)
	keys := Must(a.ListAccessKeys("john"))
	assert.Equal(t, Must(a.Credential(keys[0].AccessKeyID)), Must(b.Credential(keys[0].AccessKeyID)))

	OK(b.RemoveUserFromGroup("readers", "john"))
	OK(b.GroupPolicies().Detach("readers", Must(b.GroupPolicies().Attached("readers"))[0]))
	OK(b.DeleteAccessKey("john", keys[0].AccessKeyID))
	api := Must(b.Region(Region).GetApis())[0]
	OK(b.Region(Region).DeleteApi(api.APIID))
	assert.Equal(t, text, c.Describe())
	assert.NotEqual(t, text, twin.Describe())
}

// TestConcurrentUse does everything at once. Sessions have keys of their own, and
// rows are stored once.
func TestConcurrentUse(t *testing.T) {
	c, a, rows := withRows()
	r := a.Region(Region)
	api := newAPI(r)
	role := newRole(a, "executor", TrustAWS(cloud.CallerAccount))
	Must(assumes(c, role.ARN))
	caller := myUser(c)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			name := fmt.Sprintf("user-%d", i)
			newUser(a, name)
			Must(a.CreateAccessKey(name))
			route := Must(r.CreateRoute(api, cloud.RouteSettings{RouteKey: fmt.Sprintf("GET /r%d", i)}))
			Must(r.GetRoute(api, route.RouteID))
			Must(a.ListUsers())
			s := Must(c.AssumeRole(caller, assumeInput(role.ARN), nil, noon))
			assert.Equal(t, s.Key, Must(c.Caller(s.AccessKeyID, noon)).Key)
			OK(a.RolePolicies().Put("executor", Allow("p", invoke, products)))
			for key := range 32 {
				Must(rows.Insert(fmt.Sprintf("%02d", key), fmt.Append(nil, i)))
				Must(rows.After("", 5))
			}
			c.OnMutation(func(cloud.Mutation) cloud.Fault { return cloud.NoFault })
			_ = c.Describe()
			_ = c.Clone()
		})
	}
	wait.Wait()
	assert.Len(t, Must(a.ListUsers()), 8)
	assert.Len(t, Must(r.GetRoutes(api)), 8)
	assert.Len(t, Must(rows.After("", 100)), 32)
}

// long returns n letters.
func long(n int) string { return strings.Repeat("x", n) }
