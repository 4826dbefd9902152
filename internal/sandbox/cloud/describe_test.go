package cloud_test

import (
	"fmt"
	"maps"
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

// deployed builds a Cloud with one of everything; its made-up names differ from
// call to call. A detour is taken on the way.
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

func TestDescribeShowsEachDifference(t *testing.T) {
	const group = "readers"
	r := func(a *cloud.Account) *cloud.Region { return a.Region(Region) }
	api := func(a *cloud.Account) string { return Must(r(a).GetApis())[0].APIID }
	stage := func(a *cloud.Account, change func(*cloud.StageSettings)) {
		s := Must(r(a).GetStage(api(a), "prod")).StageSettings
		change(&s)
		OK(r(a).UpdateStage(api(a), "prod", s))
	}
	route := func(a *cloud.Account, change func(*cloud.RouteSettings)) {
		x := Must(r(a).GetRoutes(api(a)))[0]
		change(&x.RouteSettings)
		OK(r(a).UpdateRoute(api(a), x.RouteID, x.RouteSettings))
	}
	integration := func(a *cloud.Account, change func(*cloud.IntegrationSettings)) {
		for _, x := range Must(r(a).GetIntegrations(api(a))) {
			if x.FunctionARN() == "" {
				change(&x.IntegrationSettings)
				OK(r(a).UpdateIntegration(api(a), x.IntegrationID, x.IntegrationSettings))
				return
			}
		}
	}
	settings := func(a *cloud.Account, change func(*cloud.APISettings)) {
		x := Must(r(a).GetApi(api(a))).APISettings
		change(&x)
		OK(r(a).UpdateApi(api(a), x))
	}
	logs := func(a *cloud.Account) string { return Must(r(a).DescribeLogGroups())[0].LogGroupName }
	grant := func(a *cloud.Account) string { return Must(a.ListAttachedGroupPolicies(group))[0] }
	changes := map[string]func(a *cloud.Account){
		"a user":         func(a *cloud.Account) { newUser(a, "x") },
		"a group":        func(a *cloud.Account) { Must(a.CreateGroup("x", "")) },
		"a role":         func(a *cloud.Account) { newRole(a, "x", trustEC2) },
		"a policy":       func(a *cloud.Account) { newPolicy(a, "x") },
		"a profile":      func(a *cloud.Account) { Must(a.CreateInstanceProfile("x", "", nil)) },
		"a log group":    func(a *cloud.Account) { OK(r(a).CreateLogGroup("x", "", nil)) },
		"an API":         func(a *cloud.Account) { newAPI(r(a)) },
		"a stage":        func(a *cloud.Account) { Must(r(a).CreateStage(api(a), "x", cloud.StageSettings{AutoDeploy: true})) },
		"a route":        func(a *cloud.Account) { Must(r(a).CreateRoute(api(a), cloud.RouteSettings{RouteKey: "GET /x"})) },
		"an integration": func(a *cloud.Account) { Must(r(a).CreateIntegration(api(a), proxy)) },
		"an access key":  func(a *cloud.Account) { Must(a.CreateAccessKey("jane")) },
		"a second key":   func(a *cloud.Account) { Must(a.CreateAccessKey("john")) },
		"a key's status": func(a *cloud.Account) {
			OK(a.UpdateAccessKey("john", Must(a.ListAccessKeys("john"))[0].AccessKeyID, "Inactive"))
		},
		"a member less":       func(a *cloud.Account) { OK(a.RemoveUserFromGroup(group, "jane")) },
		"a policy attached":   func(a *cloud.Account) { OK(a.AttachUserPolicy("jane", grant(a))) },
		"a policy detached":   func(a *cloud.Account) { OK(a.DetachGroupPolicy(group, grant(a))) },
		"an inline policy":    func(a *cloud.Account) { OK(a.PutGroupPolicy(group, inline("x"))) },
		"a document":          func(a *cloud.Account) { Must(a.CreatePolicyVersion(grant(a), allowOther, true)) },
		"a user's tag":        func(a *cloud.Account) { OK(a.TagUser("jane", map[string]string{"a": "b"})) },
		"a user's name":       func(a *cloud.Account) { OK(a.UpdateUser("jane", "jill", "")) },
		"a user's path":       func(a *cloud.Account) { OK(a.UpdateUser("jane", "", "/x/")) },
		"a group's path":      func(a *cloud.Account) { OK(a.UpdateGroup(group, "", "/x/")) },
		"a user's boundary":   func(a *cloud.Account) { OK(a.PutUserPermissionsBoundary("jane", grant(a))) },
		"a role's boundary":   func(a *cloud.Account) { OK(a.PutRolePermissionsBoundary("ec2", grant(a))) },
		"a role's session":    func(a *cloud.Account) { OK(a.UpdateRole("ec2", 7200)) },
		"a role's text":       func(a *cloud.Account) { OK(a.UpdateRoleDescription("ec2", "x")) },
		"a role's tag":        func(a *cloud.Account) { OK(a.TagRole("ec2", map[string]string{"a": "b"})) },
		"a trust policy":      func(a *cloud.Account) { OK(a.UpdateAssumeRolePolicy("ec2", TrustAWS("444455556666"))) },
		"a policy's tag":      func(a *cloud.Account) { OK(a.TagPolicy(grant(a), map[string]string{"a": "b"})) },
		"a profile's role":    func(a *cloud.Account) { OK(a.RemoveRoleFromInstanceProfile("ec2", "ec2")) },
		"a profile's tag":     func(a *cloud.Account) { OK(a.TagInstanceProfile("ec2", map[string]string{"a": "b"})) },
		"retention":           func(a *cloud.Account) { OK(r(a).PutRetentionPolicy(logs(a), 30)) },
		"a log group's tag":   func(a *cloud.Account) { OK(r(a).TagLogGroup(logs(a), map[string]string{"a": "b"})) },
		"an API's tag":        func(a *cloud.Account) { OK(r(a).TagApi(api(a), map[string]string{"a": "b"})) },
		"an API's tag's text": func(a *cloud.Account) { OK(r(a).TagApi(api(a), map[string]string{"team": "x"})) },
		"an API's name":       func(a *cloud.Account) { settings(a, func(s *cloud.APISettings) { s.Name = "x" }) },
		"an API's text":       func(a *cloud.Account) { settings(a, func(s *cloud.APISettings) { s.Description = "x" }) },
		"an API's version":    func(a *cloud.Account) { settings(a, func(s *cloud.APISettings) { s.Version = "x" }) },
		"an API's endpoint":   func(a *cloud.Account) { settings(a, func(s *cloud.APISettings) { s.DisableExecuteAPIEndpoint = true }) },
		"an API's addresses":  func(a *cloud.Account) { settings(a, func(s *cloud.APISettings) { s.IPAddressType = "dualstack" }) },
		"CORS": func(a *cloud.Account) {
			settings(a, func(s *cloud.APISettings) { s.CORS = &cloud.CORS{AllowOrigins: []string{"*"}} })
		},
		"a route's auth": func(a *cloud.Account) {
			route(a, func(s *cloud.RouteSettings) { s.AuthorizationType = cloud.AuthNone })
		},
		"a route's key":       func(a *cloud.Account) { route(a, func(s *cloud.RouteSettings) { s.RouteKey = "GET /x" }) },
		"a route's operation": func(a *cloud.Account) { route(a, func(s *cloud.RouteSettings) { s.OperationName = "x" }) },
		"a route's target": func(a *cloud.Account) {
			route(a, func(s *cloud.RouteSettings) {
				for _, i := range Must(r(a).GetIntegrations(api(a))) {
					if i.Target() != s.Target {
						s.Target = i.Target()
						return
					}
				}
			})
		},
		"a backend": func(a *cloud.Account) {
			integration(a, func(s *cloud.IntegrationSettings) { s.IntegrationURI = "https://example.org" })
		},
		"a backend's timeout": func(a *cloud.Account) { integration(a, func(s *cloud.IntegrationSettings) { s.TimeoutMillis = 2000 }) },
		"a backend's method": func(a *cloud.Account) {
			integration(a, func(s *cloud.IntegrationSettings) { s.IntegrationMethod = "GET" })
		},
		"a backend's text": func(a *cloud.Account) { integration(a, func(s *cloud.IntegrationSettings) { s.Description = "x" }) },
		"a parameter": func(a *cloud.Account) {
			integration(a, func(s *cloud.IntegrationSettings) { s.RequestParameters = map[string]string{"a": "b"} })
		},
		"a throttle": func(a *cloud.Account) {
			stage(a, func(s *cloud.StageSettings) { s.DefaultRouteSettings.RateLimit = ptr(1.0) })
		},
		"metrics": func(a *cloud.Account) {
			stage(a, func(s *cloud.StageSettings) { s.DefaultRouteSettings.DetailedMetricsEnabled = true })
		},
		"a route's throttle": func(a *cloud.Account) {
			stage(a, func(s *cloud.StageSettings) {
				s.RouteSettings = map[string]cloud.Throttle{"GET /products": {RateLimit: ptr(1.0), BurstLimit: ptr(1)}}
			})
		},
		"a log's format": func(a *cloud.Account) { stage(a, func(s *cloud.StageSettings) { s.AccessLog.Format += " " }) },
		"no access log":  func(a *cloud.Account) { stage(a, func(s *cloud.StageSettings) { s.AccessLog = nil }) },
		"a stage's text": func(a *cloud.Account) { stage(a, func(s *cloud.StageSettings) { s.Description = "x" }) },
		"a variable": func(a *cloud.Account) {
			stage(a, func(s *cloud.StageSettings) { s.StageVariables = map[string]string{"a": "b"} })
		},
		"a stage's tag":    func(a *cloud.Account) { OK(r(a).TagStage(api(a), "prod", map[string]string{"a": "b"})) },
		"no stage":         func(a *cloud.Account) { OK(r(a).DeleteStage(api(a), "prod")) },
		"no API":           func(a *cloud.Account) { OK(r(a).DeleteApi(api(a))) },
		"in another place": func(a *cloud.Account) { OK(a.Region("eu-west-1").CreateLogGroup("x", "", nil)) },
	}
	maps.Copy(changes, serviceChanges())
	base := deployed(t, nil)
	seen := map[string]string{base.Describe(): "nothing"}
	for name, change := range changes {
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
