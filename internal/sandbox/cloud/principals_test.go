package cloud_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestPoliciesOfPrincipals shows that users, groups and roles have the same
// actions.
func TestPoliciesOfPrincipals(t *testing.T) {
	_, a := account()
	newUser(a, "x")
	Must(a.CreateGroup("x", ""))
	newRole(a, "x", trustEC2)
	first, second := newPolicy(a, "a").ARN, newPolicy(a, "b").ARN
	for kind, p := range map[string]cloud.PrincipalPolicies{
		"user": a.UserPolicies(), "group": a.GroupPolicies(), "role": a.RolePolicies(),
	} {
		t.Run(kind, func(t *testing.T) {
			OK(p.Attach("x", second))
			OK(p.Attach("x", first))
			assert.Equal(t, []string{first, second}, Must(p.Attached("x")))
			OK(p.Detach("x", first))
			assert.Equal(t, []string{second}, Must(p.Attached("x")))

			OK(p.Put("x", inline("one")))
			OK(p.Put("x", cloud.InlinePolicy{PolicyName: "one", PolicyDocument: allowOther}))
			OK(p.Put("x", inline("two")))
			assert.Equal(t, []string{"one", "two"}, Must(p.Names("x")))
			OK(p.Delete("x", "one"))
			assert.Equal(t, []string{"two"}, Must(p.Names("x")))

			WantCode(t, cloud.CodeNoSuchEntity, failed(p.Attached("missing")))
			WantCode(t, cloud.CodeNoSuchEntity, failed(p.Names("missing")))
			WantCode(t, cloud.CodeNoSuchEntity, p.Put("missing", inline("one")))
			WantCode(t, cloud.CodeMalformedPolicy, p.Put("x", cloud.InlinePolicy{PolicyName: "p", PolicyDocument: trustEC2}))
		})
	}
}

func TestInstanceProfileHasOneRole(t *testing.T) {
	_, a := account()
	newRole(a, "r", trustEC2)
	newRole(a, "s", trustEC2)
	p := Must(a.CreateInstanceProfile("p", "/team/", nil))
	assert.Equal(t, "arn:aws:iam::111122223333:instance-profile/team/p", p.ARN)
	OK(a.AddRoleToInstanceProfile("p", "r"))
	assert.Equal(t, "r", Must(a.GetInstanceProfile("p")).RoleName)
	require.Len(t, Must(a.ListInstanceProfilesForRole("r")), 1)
	assert.Empty(t, Must(a.ListInstanceProfilesForRole("s")))
	OK(a.RemoveRoleFromInstanceProfile("p", "r"))
	OK(a.AddRoleToInstanceProfile("p", "s"))
	OK(a.RemoveRoleFromInstanceProfile("p", "s"))
	OK(a.DeleteInstanceProfile("p"))
	OK(a.DeleteRole("s"))
	WantCode(t, cloud.CodeNoSuchEntity, failed(a.ListInstanceProfilesForRole("s")))
}

func TestListsAreSorted(t *testing.T) {
	_, a := account()
	for _, name := range []string{"b", "a", "c"} {
		newUser(a, name)
	}
	var names []string
	for _, u := range Must(a.ListUsers()) {
		names = append(names, u.UserName)
	}
	assert.Equal(t, []string{"a", "b", "c"}, names)
}

// TestTags changes the tags of one thing of each kind, and of things that do not
// exist.
func TestTags(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	given := func() map[string]string { return map[string]string{"kept": "x", "gone": "x"} }
	Must(a.CreateUser(cloud.CreateUserInput{UserName: "x", Tags: given()}))
	Must(a.CreateRole(cloud.CreateRoleInput{RoleName: "x", AssumeRolePolicyDocument: trustLambda, Tags: given()}))
	policy := Must(a.CreatePolicy(cloud.CreatePolicyInput{PolicyName: "x", PolicyDocument: allowInvoke, Tags: given()})).ARN
	Must(a.CreateInstanceProfile("x", "", given()))
	api := Must(r.CreateApi(cloud.APISettings{Name: "x", ProtocolType: "HTTP", Tags: given()}))
	stage := Must(r.CreateStage(api.APIID, "prod", cloud.StageSettings{AutoDeploy: true, Tags: given()}))
	table := onDemand("shop")
	table.Tags = given()
	tableARN := Must(r.CreateTable(table)).ARN
	in := worker("arn:aws:iam::111122223333:role/x")
	in.Tags = given()
	function := Must(r.CreateFunction(in))
	OK(r.CreateLogGroup("x", "", given()))
	for kind, row := range map[string]struct {
		iam                 bool
		name, missing, code string
		tags                func() map[string]string
	}{
		"User":            {true, "x", "y", cloud.CodeLimitExceeded, func() map[string]string { return Must(a.GetUser("x")).Tags }},
		"Role":            {true, "x", "y", cloud.CodeLimitExceeded, func() map[string]string { return Must(a.GetRole("x")).Tags }},
		"Policy":          {true, policy, policy + "y", cloud.CodeLimitExceeded, func() map[string]string { return Must(a.GetPolicy(policy)).Tags }},
		"InstanceProfile": {true, "x", "y", cloud.CodeLimitExceeded, func() map[string]string { return Must(a.GetInstanceProfile("x")).Tags }},
		"an API":          {false, api.ARN, api.ARN + "y", cloud.CodeBadRequest, func() map[string]string { return Must(r.GetApi(api.APIID)).Tags }},
		"a stage":         {false, stage.ARN, stage.ARN + "y", cloud.CodeBadRequest, func() map[string]string { return Must(r.GetStage(api.APIID, "prod")).Tags }},
		"a function": {false, function.ARN, function.ARN + "y", cloud.CodeInvalidParameterValue, func() map[string]string {
			return Must(r.GetFunction("worker")).Tags
		}},
		"a table": {false, tableARN, "arn:aws:sqs:us-east-1:111122223333:x", cloud.CodeValidationException, func() map[string]string {
			return Must(r.DescribeTable("shop")).Tags
		}},
		"a log group": {false, Must(r.DescribeLogGroup("x")).ARN, "", cloud.CodeInvalidParameter, func() map[string]string {
			return Must(r.DescribeLogGroup("x")).Tags
		}},
	} {
		t.Run(kind, func(t *testing.T) {
			tag, untag := r.TagResource, r.UntagResource
			if row.iam {
				tag = func(name string, tags map[string]string) error { return a.Tag(kind, name, tags) }
				untag = func(name string, keys []string) error { return a.Untag(kind, name, keys) }
			}
			OK(tag(row.name, map[string]string{"kept": "y", "new": "z"}))
			OK(untag(row.name, []string{"gone", "never-there"}))
			want := map[string]string{"kept": "y", "new": "z"}
			assert.Equal(t, want, row.tags())
			WantCode(t, row.code, tag(row.name, manyTags(49)))
			assert.Equal(t, want, row.tags())
			assert.True(t, cloud.IsNotFound(tag(row.missing, nil)), row.missing)
			assert.True(t, cloud.IsNotFound(untag(row.missing, nil)), row.missing)
		})
	}
}
