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
	OK(a.GroupPolicies().Attach("readers", grant.ARN))
	for _, name := range []string{"john", "jane"} {
		newUser(a, name)
		OK(a.AddUserToGroup("readers", name))
	}
	Must(a.CreateAccessKey("john"))
	newRole(a, "ec2", trustEC2)
	OK(a.RolePolicies().Attach("ec2", grant.ARN))
	Must(a.CreateInstanceProfile("ec2", "", nil))
	OK(a.AddRoleToInstanceProfile("ec2", "ec2"))
	newRole(a, autoname("caller"), TrustAWS("arn:aws:iam::444455556666:user/my-user"))
	return c
}

func TestDescribeIgnoresTheHistory(t *testing.T) {
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
	arn := Must(a.GroupPolicies().Attached("readers"))[0]
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
	grant := func(a *cloud.Account) string { return Must(a.GroupPolicies().Attached("readers"))[0] }
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
		"a policy attached":    func(a *cloud.Account) { OK(a.UserPolicies().Attach("jane", grant(a))) },
		"a policy detached":    func(a *cloud.Account) { OK(a.GroupPolicies().Detach("readers", grant(a))) },
		"an inline policy":     func(a *cloud.Account) { OK(a.GroupPolicies().Put("readers", inline("x"))) },
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

func TestDescribeShowsABrokenTrust(t *testing.T) {
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

// TestDescribeDistinguishesTwins refers to one of two things with the same name.
// The description shows to which one.
func TestDescribeDistinguishesTwins(t *testing.T) {
	for name, refer := range map[string]func(a *cloud.Account, to int){
		"a policy to the API with a route or to the one without": func(a *cloud.Account, to int) {
			r := a.Region(Region)
			apis := []string{newAPI(r), newAPI(r)}
			first := rand.IntN(2)
			Must(r.CreateRoute(apis[first], cloud.RouteSettings{RouteKey: "GET /x"}))
			Must(a.CreatePolicy(cloud.CreatePolicyInput{
				PolicyName: "p", PolicyDocument: strings.Replace(allowInvoke, ":abc/", ":"+apis[(first+to)%2]+"/", 1)}))
		},
		"an API to the function with one role or with another": func(a *cloud.Account, to int) {
			r := a.Region(Region)
			var functions []string
			for _, role := range []string{"reads", "writes"} {
				in := worker(newRole(a, role, trustLambda).ARN)
				in.FunctionName = autoname("twin")
				functions = append(functions, Must(r.CreateFunction(in)).ARN)
			}
			Must(r.CreateIntegration(newAPI(r), cloud.IntegrationSettings{
				IntegrationType: "AWS_PROXY", IntegrationURI: functions[to], PayloadFormatVersion: "2.0"}))
		},
	} {
		describe := func(to int) string {
			c, a := account()
			refer(a, to)
			return c.Describe()
		}
		first, second := describe(0), describe(1)
		assert.NotEqual(t, first, second, name)
		for range 10 {
			require.Equal(t, first, describe(0), name)
			require.Equal(t, second, describe(1), name)
		}
	}
}

func TestDescribeOfEqualThings(t *testing.T) {
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

func TestDescribeHasNoGeneratedValues(t *testing.T) {
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

// deployService adds a function that an API invokes, its table and its role.
func deployService(a *cloud.Account, api cloud.API, log string) cloud.Integration {
	r := a.Region(Region)
	table := Must(r.CreateTable(onDemand(autoname("shop"))))
	OK(r.UpdateContinuousBackups(table.TableName, true))
	in := worker(newRole(a, autoname("service"), trustLambda).ARN)
	in.FunctionName, in.Environment, in.Logging.Group = autoname("shop"), map[string]string{"TABLE_NAME": table.TableName}, log
	f := Must(r.CreateFunction(in))
	OK(r.AddPermission(f.FunctionName, invokedBy(autoname("invoke"), api.ExecutionARN+"/prod/*")))
	return Must(r.CreateIntegration(api.APIID, cloud.IntegrationSettings{
		IntegrationType: "AWS_PROXY", IntegrationURI: cloud.InvokeARN(f.ARN), PayloadFormatVersion: "2.0"}))
}

func TestDescribeOfNamesWithAPrefix(t *testing.T) {
	build := func(end string) string {
		c, a := account()
		OK(a.Region(Region).CreateLogGroup("/aws/lambda/shop-"+end, "", nil))
		return c.Describe()
	}
	text := build("202611230812345678deadbeef")
	assert.Contains(t, text, "log group /aws/lambda/shop-(auto)")
	assert.Equal(t, text, build("202701010000000001cafe0123"))
}
