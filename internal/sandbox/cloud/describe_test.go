package cloud_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// autoname adds what autonaming would.
func autoname(name string) string { return fmt.Sprintf("%s-%07x", name, rand.Uint32()>>4) }

// deployed returns a Cloud with one of everything. Its generated names differ
// each time. The detour, if any, runs after the API is created.
func deployed(t *testing.T, detour func(a *cloud.Account, api string)) *cloud.Cloud {
	t.Helper()
	c := cloud.New()
	a := c.Account(cloud.APIAccount)
	r := a.Region(Region)
	api := Must(r.CreateApi(cloud.APISettings{Name: "shop", ProtocolType: "HTTP", Tags: map[string]string{"team": "shop"}}))
	if detour != nil {
		detour(a, api.APIID)
	}
	log := autoname("/aws/vendedlogs/calls")
	OK(r.CreateLogGroup(log, "", nil))
	OK(r.PutRetentionPolicy(log, 365))
	reads := proxy
	writes := proxy
	writes.TimeoutMillis = 1000
	get := Must(r.CreateIntegration(api.APIID, reads))
	post := Must(r.CreateIntegration(api.APIID, writes))
	Must(r.CreateRoute(api.APIID, cloud.RouteSettings{RouteKey: "GET /products", AuthorizationType: cloud.AuthIAM, Target: get.Target()}))
	Must(r.CreateRoute(api.APIID, cloud.RouteSettings{RouteKey: "POST /products", AuthorizationType: cloud.AuthIAM, Target: post.Target()}))
	service := deployService(a, api, log)
	Must(r.CreateRoute(api.APIID, cloud.RouteSettings{RouteKey: "PUT /products", AuthorizationType: cloud.AuthIAM, Target: service.Target()}))
	Must(r.CreateStage(api.APIID, "prod", cloud.StageSettings{
		AutoDeploy: true, DefaultRouteSettings: cloud.Throttle{RateLimit: ptr(100.0), BurstLimit: ptr(200)},
		AccessLog: &cloud.AccessLog{DestinationARN: Must(r.DescribeLogGroup(log)).ARN, Format: logFormat},
	}))
	grant := Must(a.CreatePolicy(cloud.CreatePolicyInput{PolicyName: autoname("readOnly"), PolicyDocument: strings.Replace(
		allowInvoke, "arn:aws:execute-api:us-east-1:111122223333:abc", api.ExecutionARN, 1)}))
	Must(a.CreateGroup("readers", ""))
	OK(a.AttachGroupPolicy("readers", grant.ARN))
	for _, name := range []string{"john", "jane"} {
		newUser(a, name)
		OK(a.AddUserToGroup("readers", name))
	}
	Must(a.CreateAccessKey("john"))
	newRole(a, "ec2", trustEC2)
	OK(a.AttachRolePolicy("ec2", grant.ARN))
	Must(a.CreateInstanceProfile("ec2", "", nil))
	OK(a.AddRoleToInstanceProfile("ec2", "ec2"))
	newRole(a, autoname("caller"), TrustAWS("arn:aws:iam::444455556666:user/my-user"))
	return c
}

func TestDescribeIsTheSameWhateverTheHistory(t *testing.T) {
	want := deployed(t, nil).Describe()
	for range 5 {
		require.Equal(t, want, deployed(t, nil).Describe())
	}
	detours := map[string]func(a *cloud.Account, api string){
		"things that came and went": func(a *cloud.Account, api string) {
			r := a.Region(Region)
			Must(r.CreateStage(api, "dev", cloud.StageSettings{AutoDeploy: true}))
			OK(r.DeleteStage(api, "dev"))
			Must(a.CreateGroup("readers", ""))
			OK(a.DeleteGroup("readers"))
			newUser(a, "john")
			OK(a.DeleteUser("john"))
			Must(a.Region("eu-west-1").CreateApi(cloud.APISettings{Name: "x", ProtocolType: "HTTP"}))
			OK(a.Region("eu-west-1").DeleteApi(Must(a.Region("eu-west-1").GetApis())[0].APIID))
		},
		"a name that was changed": func(a *cloud.Account, api string) {
			OK(a.Region(Region).UpdateApi(api, cloud.APISettings{Name: "other", ProtocolType: "HTTP"}))
			OK(a.Region(Region).UpdateApi(api, cloud.APISettings{Name: "shop", ProtocolType: "HTTP"}))
		},
	}
	for name, detour := range detours {
		assert.Equal(t, want, deployed(t, detour).Describe(), name)
	}

	c := deployed(t, nil)
	a := c.Account(cloud.APIAccount)
	arn := Must(a.ListAttachedGroupPolicies("readers"))[0]
	text := Must(a.GetPolicyVersion(arn, "v1")).Document
	Must(a.CreatePolicyVersion(arn, allowOther, true))
	require.NotEqual(t, want, c.Describe())
	Must(a.CreatePolicyVersion(arn, text, true))
	OK(a.RemoveUserFromGroup("readers", "jane"))
	OK(a.AddUserToGroup("readers", "jane"))
	OK(a.DeleteAccessKey("john", Must(a.ListAccessKeys("john"))[0].AccessKeyID))
	Must(a.CreateAccessKey("john"))
	require.Equal(t, want, c.Describe())
}

// TestDescribeShowsReferences changes references between things. Other tests
// show that every field and thing is described. Here, descriptions must differ
// although generated ids are replaced by names.
func TestDescribeShowsReferences(t *testing.T) {
	r := func(a *cloud.Account) *cloud.Region { return a.Region(Region) }
	api := func(a *cloud.Account) string { return Must(r(a).GetApis())[0].APIID }
	grant := func(a *cloud.Account) string { return Must(a.ListAttachedGroupPolicies("readers"))[0] }
	function := func(a *cloud.Account) cloud.Function { return Must(r(a).ListFunctions())[0] }
	base := deployed(t, nil)
	seen := map[string]string{base.Describe(): "nothing"}
	for name, change := range map[string]func(a *cloud.Account){
		"a user":               func(a *cloud.Account) { newUser(a, "x") },
		"an API":               func(a *cloud.Account) { newAPI(r(a)) },
		"no API":               func(a *cloud.Account) { OK(r(a).DeleteApi(api(a))) },
		"a second key":         func(a *cloud.Account) { Must(a.CreateAccessKey("john")) },
		"another user's key":   func(a *cloud.Account) { Must(a.CreateAccessKey("jane")) },
		"a member less":        func(a *cloud.Account) { OK(a.RemoveUserFromGroup("readers", "jane")) },
		"a user's name":        func(a *cloud.Account) { OK(a.UpdateUser("jane", "jill", "")) },
		"a policy attached":    func(a *cloud.Account) { OK(a.AttachUserPolicy("jane", grant(a))) },
		"a policy detached":    func(a *cloud.Account) { OK(a.DetachGroupPolicy("readers", grant(a))) },
		"an inline policy":     func(a *cloud.Account) { OK(a.PutGroupPolicy("readers", inline("x"))) },
		"another version":      func(a *cloud.Account) { Must(a.CreatePolicyVersion(grant(a), allowOther, true)) },
		"a user's boundary":    func(a *cloud.Account) { OK(a.PutUserPermissionsBoundary("jane", grant(a))) },
		"a trust policy":       func(a *cloud.Account) { OK(a.UpdateAssumeRolePolicy("ec2", TrustAWS("444455556666"))) },
		"a profile's role":     func(a *cloud.Account) { OK(a.RemoveRoleFromInstanceProfile("ec2", "ec2")) },
		"in another region":    func(a *cloud.Account) { OK(a.Region("eu-west-1").CreateLogGroup("x", "", nil)) },
		"in the same region":   func(a *cloud.Account) { OK(r(a).CreateLogGroup("x", "", nil)) },
		"a function's code":    func(a *cloud.Account) { OK(r(a).UpdateFunctionCode(function(a).FunctionName, Zip("x", "other"), nil)) },
		"a permission for any": func(a *cloud.Account) { OK(r(a).AddPermission(function(a).FunctionName, invokedBy("x", ""))) },
		"a permission of another API": func(a *cloud.Account) {
			other := Must(r(a).GetApi(newAPI(r(a))))
			OK(r(a).AddPermission(function(a).FunctionName, invokedBy("x", other.ExecutionARN)))
		},
		"a function's role": func(a *cloud.Account) {
			settings := function(a).FunctionSettings
			settings.Role = newRole(a, "other", trustLambda).ARN
			OK(r(a).UpdateFunctionConfiguration(function(a).FunctionName, settings))
		},
		"a route's target": func(a *cloud.Account) {
			routes := Must(r(a).GetRoutes(api(a)))
			routes[0].Target = routes[1].Target
			OK(r(a).UpdateRoute(api(a), routes[0].RouteID, routes[0].RouteSettings))
		},
		"a route's throttle": func(a *cloud.Account) {
			settings := Must(r(a).GetStage(api(a), "prod")).StageSettings
			settings.RouteSettings = map[string]cloud.Throttle{"GET /products": {RateLimit: ptr(1.0), BurstLimit: ptr(1)}}
			OK(r(a).UpdateStage(api(a), "prod", settings))
		},
	} {
		twin := base.Clone()
		change(twin.Account(cloud.APIAccount))
		text := twin.Describe()
		assert.Emptyf(t, seen[text], "%s looks like %s", name, seen[text])
		seen[text] = name
	}
}

func TestDescribeShowsATrustThatIsBroken(t *testing.T) {
	c := deployed(t, nil)
	text := c.Describe()
	b := c.Account(cloud.CallerAccount)
	key := Must(b.ListAccessKeys(cloud.CallerUser))[0]
	OK(b.DeleteAccessKey(cloud.CallerUser, key.AccessKeyID))
	OK(b.DeleteUser(cloud.CallerUser))
	newUser(b, cloud.CallerUser)
	Must(b.CreateAccessKey(cloud.CallerUser))
	assert.NotEqual(t, text, c.Describe())
	assert.Contains(t, c.Describe(), `"AWS":["(deleted principal)"]`)
}

func TestDescribeTellsTwinsApart(t *testing.T) {
	build := func(swap bool) string {
		c := cloud.New()
		a := c.Account(cloud.APIAccount)
		r := a.Region(Region)
		arns := []string{}
		for range 2 {
			api := Must(r.CreateApi(cloud.APISettings{Name: "twin", ProtocolType: "HTTP"}))
			arns = append(arns, api.ExecutionARN)
		}
		which := rand.IntN(2)
		Must(r.CreateRoute(strings.Split(arns[which], ":")[5], cloud.RouteSettings{RouteKey: "GET /x"}))
		if swap {
			which = 1 - which
		}
		Must(a.CreatePolicy(cloud.CreatePolicyInput{PolicyName: "p", PolicyDocument: strings.Replace(
			allowInvoke, "arn:aws:execute-api:us-east-1:111122223333:abc", arns[which], 1)}))
		return c.Describe()
	}
	same, other := build(false), build(true)
	assert.NotEqual(t, same, other, "the policy is for the API with the route, or for the one without")
	for range 10 {
		require.Equal(t, same, build(false))
		require.Equal(t, other, build(true))
	}
}

func TestDescribeOfAlikeThings(t *testing.T) {
	build := func() string {
		c := cloud.New()
		r := c.Account(cloud.APIAccount).Region(Region)
		for range 3 {
			api := newAPI(r)
			for range 3 {
				Must(r.CreateIntegration(api, proxy))
			}
		}
		return c.Describe()
	}
	want := build()
	for range 5 {
		require.Equal(t, want, build())
	}
	assert.Contains(t, want, "#3")
}

func TestDescribeHoldsNothingMadeUp(t *testing.T) {
	c := deployed(t, nil)
	a := c.Account(cloud.APIAccount)
	r := a.Region(Region)
	api := Must(r.GetApis())[0]
	text := c.Describe()
	key := Must(a.ListAccessKeys("john"))[0]
	made := []string{
		key.AccessKeyID, Must(a.Credential(key.AccessKeyID)).SecretAccessKey, Must(a.GetUser("john")).UserID, api.APIID,
		Must(r.GetStage(api.APIID, "prod")).DeploymentID, Must(r.DescribeLogGroups())[0].LogGroupName,
		Must(a.ListPolicies())[0].PolicyName, Must(r.ListFunctions())[0].FunctionName, Must(r.ListTables())[0],
	}
	for _, i := range Must(r.GetIntegrations(api.APIID)) {
		made = append(made, i.IntegrationID)
	}
	for _, x := range made {
		assert.NotContains(t, text, x)
	}
	assert.NotRegexp(t, regexp.MustCompile(`(AIDA|AROA|AGPA|ANPA|AIPA|AKIA)[A-Z2-7]{16}|-[0-9a-f]{7}\b|20[0-9]{2}-[0-9]{2}-[0-9]{2}T`), text)
	assert.Contains(t, text, "policy readOnly-(auto)")
	assert.Contains(t, text, "function shop-(auto)")
	assert.Contains(t, text, "permission invoke-(auto)")
}
