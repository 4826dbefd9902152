package account_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/account"
)

const (
	ownIAM       = "arn:aws:iam::111122223333:"
	executionArn = "arn:aws:execute-api:us-east-1:111122223333:a1b2c3"
)

// described is an account in the form of its description.
type described struct {
	UserDetailList, RoleDetailList, GroupDetailList, Policies []map[string]any
}

// rule returns a statement.
func rule(effect, action, resource string, conditions ...string) map[string]any {
	statement := map[string]any{"Effect": effect, "Action": strings.Split(action, ","), "Resource": strings.Split(resource, ",")}
	for _, condition := range conditions {
		statement["Condition"] = json.RawMessage(condition)
	}
	return statement
}

// may returns a statement that allows an action.
func may(action, resource string, conditions ...string) map[string]any {
	return rule("Allow", action, resource, conditions...)
}

func document(statements ...map[string]any) map[string]any {
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}

// trust returns a trust policy with an Allow for a principal in JSON.
func trust(principal string, conditions ...string) map[string]any {
	statement := rule("Allow", "sts:AssumeRole,sts:AssumeRoleWithWebIdentity,sts:AssumeRoleWithSAML", "", conditions...)
	delete(statement, "Resource")
	statement["Principal"] = json.RawMessage(principal)
	return document(statement)
}

func (d *described) user(name string, statements ...map[string]any) map[string]any {
	user := map[string]any{"Arn": ownIAM + "user/" + name, "UserId": "AIDA" + name}
	if len(statements) > 0 {
		user["UserPolicyList"] = []any{map[string]any{"PolicyName": "own", "PolicyDocument": document(statements...)}}
	}
	d.UserDetailList = append(d.UserDetailList, user)
	return user
}

func (d *described) role(name string, trust map[string]any, statements ...map[string]any) map[string]any {
	role := map[string]any{"Arn": ownIAM + "role/" + name, "RoleId": "AROA" + name, "AssumeRolePolicyDocument": trust}
	if len(statements) > 0 {
		role["RolePolicyList"] = []any{map[string]any{"PolicyName": "own", "PolicyDocument": document(statements...)}}
	}
	d.RoleDetailList = append(d.RoleDetailList, role)
	return role
}

func (d *described) group(name string, statements ...map[string]any) {
	d.GroupDetailList = append(d.GroupDetailList, map[string]any{
		"Arn": ownIAM + "group/" + name, "GroupPolicyList": []any{map[string]any{"PolicyName": "own", "PolicyDocument": document(statements...)}},
	})
}

func (d *described) policy(name string, statements ...map[string]any) string {
	arn := ownIAM + "policy/" + name
	d.Policies = append(d.Policies, map[string]any{
		"Arn": arn, "PolicyVersionList": []any{map[string]any{"IsDefaultVersion": true, "Document": document(statements...)}},
	})
	return arn
}

// text returns the description.
func (d *described) text(t testing.TB) string {
	for _, list := range []*[]map[string]any{&d.UserDetailList, &d.RoleDetailList, &d.GroupDetailList, &d.Policies} {
		if *list == nil {
			*list = []map[string]any{}
		}
	}
	text, err := json.Marshal(d)
	require.NoError(t, err)
	return string(text)
}

func (d *described) read(t testing.TB) *account.Account {
	a, err := account.Read(strings.NewReader(d.text(t)))
	require.NoError(t, err)
	return a
}

// stage is the API of these tests.
func stage(t testing.TB) access.Api {
	routes, errs := access.NewRoutes(map[string]access.RouteArgs{"GET /a": {}, "GET /b": {}, "GET /open": {Authorization: access.Open}})
	require.Empty(t, errs)
	return access.Api{ExecutionArn: executionArn, Stage: "prod", Routes: routes}
}

// calling allows a route, and allRoutes every route.
func calling(path string) map[string]any {
	return may("execute-api:Invoke", executionArn+"/prod/GET"+path)
}

var allRoutes = calling("/*")

// rows decides what each principal can call, without conditions. Principals with equal
// rows share one.
func rows(t testing.TB, a *account.Account) access.Matrix {
	matrix := access.Matrix{}
	shared := map[string]*access.Row{"map[]": nil}
	for _, p := range a.Principals {
		policies := iam.Policies{}
		for _, attachment := range a.Attachments(p) {
			if attachment.Err == nil {
				policies.Identity = append(policies.Identity, attachment.Policy)
			}
		}
		if p.Boundary != "" {
			policies.Boundary = a.Managed(p.Boundary).Policy
		}
		row := &access.Row{Cells: map[string]access.Cell{}}
		for _, path := range []string{"/a", "/b"} {
			request, err := iam.NewRequest(iam.RequestInput{Principal: p.Arn, Action: "execute-api:Invoke", Resource: executionArn + "/prod/GET" + path})
			require.NoError(t, err)
			decision, err := policies.Decide(request)
			require.NoError(t, err)
			if decision.Allowed() {
				row.Cells["GET "+path] = access.Allow()
			}
		}
		key := fmt.Sprint(row.Cells)
		if _, known := shared[key]; !known {
			shared[key] = row
		}
		matrix[p.Arn] = shared[key]
	}
	return matrix
}

// lines returns the entries, one per line, without the beginning of ARNs.
func lines(t testing.TB, d *described) []string {
	a := d.read(t)
	var all []string
	for _, e := range a.Becomes(stage(t), rows(t, a), nil) {
		line := fmt.Sprintf("%s: %s -> %s", strings.Join(e.Principals, ","), e.Way, strings.Join(e.Targets, ","))
		if len(e.Via) > 0 {
			line += " via " + strings.Join(e.Via, ",")
		}
		if e.Condition != "" {
			line += " if " + e.Condition
		}
		assert.NotEmpty(t, e.Effect, line)
		all = append(all, strings.ReplaceAll(line, ownIAM, ""))
	}
	return all
}

const (
	byAccount = `{"AWS":"111122223333"}`
	byNobody  = `{"Service":"none.amazonaws.com"}`
	mfa       = `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`
)

func TestWhoMayAssume(t *testing.T) {
	onTarget := may("sts:AssumeRole", ownIAM+"role/target")
	for name, test := range map[string]struct {
		trust  map[string]any
		change func(d *described)
		want   []string
	}{
		"nobody":                     {trust: trust(`{"AWS":"AIDA1234567890123456"}`)},
		"a service":                  {trust: trust(`{"Service":"lambda.amazonaws.com"}`), want: []string{"service lambda.amazonaws.com: sts:AssumeRole -> role/target"}},
		"a service with a condition": {trust: trust(`{"Service":"lambda.amazonaws.com"}`, `{"StringEquals":{"aws:SourceAccount":"111122223333"}}`), want: []string{"service lambda.amazonaws.com: sts:AssumeRole -> role/target if aws:SourceAccount is 111122223333"}},
		"an account":                 {trust: trust(`{"AWS":"arn:aws:iam::444455556666:root"}`), want: []string{"account 444455556666: sts:AssumeRole -> role/target"}},
		"an account id": {trust: trust(`{"AWS":"444455556666"}`, `{"StringEquals":{"sts:ExternalId":"secret"}}`),
			want: []string{"account 444455556666: sts:AssumeRole -> role/target if sts:ExternalId is (not shown)"}},
		"a user of another account": {trust: trust(`{"AWS":"arn:aws:iam::444455556666:user/x"}`), want: []string{"arn:aws:iam::444455556666:user/x: sts:AssumeRole -> role/target"}},
		"an organization": {trust: trust(`"*"`, `{"StringEquals":{"aws:PrincipalOrgID":"o-1"},"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}`),
			want: []string{"everyone: sts:AssumeRole -> role/target if in organization o-1 and aws:PrincipalAccount is not 111122223333",
				"users of any identity provider: sts:AssumeRole -> role/target if it cannot be judged"}},
		"everyone": {trust: trust(`"*"`), want: []string{"user/dev,everyone: sts:AssumeRole -> role/target",
			"users of any identity provider: sts:AssumeRole -> role/target if it cannot be judged"}},
		"a provider": {trust: trust(`{"Federated":"arn:aws:iam::111122223333:oidc-provider/x.example.com"}`, `{"StringEquals":{"x.example.com:aud":"a"}}`),
			want: []string{"users of oidc-provider/x.example.com: sts:AssumeRole -> role/target if x.example.com:aud is a"}},
		"SAML": {trust: trust(`{"Federated":"arn:aws:iam::111122223333:saml-provider/x"}`),
			want: []string{"users of saml-provider/x: sts:AssumeRole -> role/target if the trust policy's conditions hold, which are not judged for SAML"}},
		"the user itself": {trust: trust(`{"AWS":"` + ownIAM + `user/dev"}`), want: []string{"user/dev: sts:AssumeRole -> role/target"}},
		"the account":     {trust: trust(byAccount)},
		"the account, and an identity policy": {trust: trust(byAccount), change: func(d *described) { d.user("ops", onTarget) },
			want: []string{"user/ops: sts:AssumeRole -> role/target"}},
		"two alike": {trust: trust(byAccount), change: func(d *described) { d.user("ops", onTarget); d.user("qa", onTarget) },
			want: []string{"user/ops,user/qa: sts:AssumeRole -> role/target"}},
		"a condition": {trust: trust(byAccount), change: func(d *described) { d.user("ops", may("sts:AssumeRole", "*", mfa)) },
			want: []string{"user/ops: sts:AssumeRole -> role/target if with MFA"}},
		"a condition of both": {trust: trust(byAccount, `{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`),
			change: func(d *described) { d.user("ops", may("sts:AssumeRole", "*", mfa)) },
			want:   []string{"user/ops: sts:AssumeRole -> role/target if from 203.0.113.0/24 and with MFA"}},
		"a Deny with a condition": {trust: trust(byAccount),
			change: func(d *described) {
				d.user("ops", onTarget, rule("Deny", "*", "*", `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`))
			},
			want: []string{"user/ops: sts:AssumeRole -> role/target if not (aws:MultiFactorAuthPresent is false or absent), which statement 1 of inline policy own denies"}},
		"a Deny":            {trust: trust(byAccount), change: func(d *described) { d.user("ops", onTarget, rule("Deny", "sts:*", "*")) }},
		"a Deny of another": {trust: trust(byAccount), change: func(d *described) { d.user("ops", onTarget, rule("Deny", "sts:*", ownIAM+"role/x")) }, want: []string{"user/ops: sts:AssumeRole -> role/target"}},
		"a boundary": {trust: trust(byAccount), change: func(d *described) {
			d.user("ops", onTarget)["PermissionsBoundary"] = map[string]any{"PermissionsBoundaryArn": d.policy("b", allRoutes)}
		}},
		"a boundary that allows it": {trust: trust(byAccount), change: func(d *described) {
			d.user("ops", onTarget)["PermissionsBoundary"] = map[string]any{"PermissionsBoundaryArn": d.policy("b", may("sts:*", "*"))}
		}, want: []string{"user/ops: sts:AssumeRole -> role/target"}},
		"a variable": {trust: trust(byAccount), change: func(d *described) {
			d.user("target", may("sts:AssumeRole", ownIAM+"role/${aws:username}"))
			d.user("ops", may("sts:AssumeRole", ownIAM+"role/${aws:username}"))
		}, want: []string{"user/target: sts:AssumeRole -> role/target"}},
		"a known condition": {trust: trust(`"*"`, `{"ArnLike":{"aws:PrincipalArn":"`+ownIAM+`user/ops*"}}`), change: func(d *described) { d.user("ops1") },
			want: []string{"everyone: sts:AssumeRole -> role/target if aws:PrincipalArn is like user/ops*", "user/ops1: sts:AssumeRole -> role/target",
				"users of any identity provider: sts:AssumeRole -> role/target if it cannot be judged"}},
		"a caller of everything": {trust: trust(byAccount), change: func(d *described) { d.user("ops", onTarget, allRoutes) }},
		"a caller of less":       {trust: trust(byAccount), change: func(d *described) { d.user("ops", onTarget, calling("/a")) }, want: []string{"user/ops: sts:AssumeRole -> role/target"}},
		"a chain": {trust: trust(byAccount), change: func(d *described) {
			d.role("hop", trust(byAccount), onTarget)
			d.user("ops", may("sts:AssumeRole", ownIAM+"role/hop"))
		}, want: []string{"role/hop: sts:AssumeRole -> role/target", "user/ops: sts:AssumeRole -> role/target via role/hop"}},
		"the shortest of two chains, in a cycle": {trust: trust(byAccount), change: func(d *described) {
			d.role("hop", trust(byAccount), onTarget, may("sts:AssumeRole", ownIAM+"role/hop2"))
			d.role("hop2", trust(byAccount), may("sts:AssumeRole", ownIAM+"role/hop"), onTarget)
			d.user("ops", may("sts:AssumeRole", ownIAM+"role/hop2"))
		}, want: []string{"role/hop2: sts:AssumeRole -> role/target", "role/hop: sts:AssumeRole -> role/target", "user/ops: sts:AssumeRole -> role/target via role/hop2"}},
		"a chain ends at a caller": {trust: trust(byAccount), change: func(d *described) {
			d.role("hop", trust(byAccount), onTarget, allRoutes)
			d.user("ops", may("sts:AssumeRole", ownIAM+"role/hop"))
		}, want: []string{"user/ops: sts:AssumeRole -> role/hop"}},
		"a service and a chain": {trust: trust(byAccount), change: func(d *described) { d.role("hop", trust(`{"Service":"ec2.amazonaws.com"}`), onTarget) },
			want: []string{"role/hop: sts:AssumeRole -> role/target", "service ec2.amazonaws.com: sts:AssumeRole -> role/target via role/hop"}},
		"a NotPrincipal": {trust: document(map[string]any{"Effect": "Allow", "NotPrincipal": map[string]any{"AWS": "444455556666"}, "Action": "sts:AssumeRole"}),
			want: []string{"everyone but the NotPrincipal of the trust policy: sts:AssumeRole -> role/target if it cannot be judged"}},
		"a session": {trust: trust(`{"AWS":"arn:aws:sts::111122223333:assumed-role/hop/s"}`), change: func(d *described) { d.role("hop", trust(byNobody)) },
			want: []string{"role/hop: sts:AssumeRole -> role/target if the session is arn:aws:sts::111122223333:assumed-role/hop/s",
				"service none.amazonaws.com: sts:AssumeRole -> role/target via role/hop if the session is arn:aws:sts::111122223333:assumed-role/hop/s"}},
		"a condition, and a chain without conditions": {trust: trust(byAccount),
			change: func(d *described) {
				d.role("hop", trust(byAccount), onTarget)
				d.user("ops", may("sts:AssumeRole", ownIAM+"role/target", mfa), may("sts:AssumeRole", ownIAM+"role/hop"))
			},
			want: []string{"role/hop: sts:AssumeRole -> role/target", "user/ops: sts:AssumeRole -> role/target if with MFA",
				"user/ops: sts:AssumeRole -> role/target via role/hop"}},
		"a condition on the Region": {trust: trust(byAccount),
			change: func(d *described) {
				d.user("ops", may("sts:AssumeRole", "*", `{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}`))
			},
			want: []string{"user/ops: sts:AssumeRole -> role/target if aws:RequestedRegion is us-east-1"}},
		"another action": {trust: trust(byAccount), change: func(d *described) { d.user("ops", may("sts:TagSession", "*")) }},
	} {
		t.Run(name, func(t *testing.T) {
			d := &described{}
			d.user("dev")
			d.role("target", test.trust, allRoutes)
			if test.change != nil {
				test.change(d)
			}
			found := lines(t, d)
			for i, line := range found {
				if before, _, is := strings.Cut(line, "it cannot be judged: "); is {
					found[i] = before + "it cannot be judged"
				}
			}
			slices.Sort(found)
			assert.Equal(t, test.want, found)
		})
	}
}

// TestWays tries each way with all that it needs, without each of its actions, and with a
// Deny and a boundary that stop each of them.
func TestWays(t *testing.T) {
	const (
		dev, target = ownIAM + "user/dev", ownIAM + "user/target"
		devRole     = ownIAM + "role/dev"
		caller      = ownIAM + "role/caller"
		account     = ":us-east-1:111122223333:"
	)
	run := func(service string, steps ...string) []string {
		return append([]string{"iam:PassRole " + caller, "service " + service}, steps...)
	}
	code := func(service string, steps ...string) []string {
		return append([]string{"service " + service}, steps...)
	}
	for _, test := range []struct {
		needs []string // ACTION RESOURCE, or "service NAME" that the role trusts
		as    string   // dev, devRole
		want  string   // the target
		when  string
	}{
		{needs: []string{"iam:CreateAccessKey " + target}, want: "user/target"},
		{needs: []string{"iam:CreateLoginProfile " + target}, want: "user/target", when: "the user has none"},
		{needs: []string{"iam:UpdateLoginProfile " + target}, want: "user/target", when: "the user has one"},
		{needs: []string{"iam:UpdateAssumeRolePolicy " + caller}, want: "role/caller"},
		{needs: []string{"iam:AttachUserPolicy " + dev}, want: "itself"},
		{needs: []string{"iam:PutUserPolicy " + ownIAM + "user/${aws:username}"}, want: "itself"},
		{needs: []string{"iam:AttachRolePolicy " + devRole}, as: "role", want: "itself"},
		{needs: []string{"iam:PutRolePolicy " + devRole}, as: "role", want: "itself"},
		{needs: []string{"iam:AttachGroupPolicy " + ownIAM + "group/own"}, want: "group/own"},
		{needs: []string{"iam:PutGroupPolicy " + ownIAM + "group/*"}, want: "group/own"},
		{needs: []string{"iam:CreatePolicyVersion " + ownIAM + "policy/own"}, want: "policy/own"},
		{needs: []string{"iam:SetDefaultPolicyVersion " + ownIAM + "policy/own"}, want: "policy/own", when: "another version allows calls"},
		{needs: []string{"iam:AddUserToGroup " + ownIAM + "group/callers"}, want: "group/callers"},
		{needs: []string{"iam:AttachRolePolicy " + ownIAM + "role/held"}, want: "role/held"},
		{needs: []string{"iam:PutRolePolicy " + ownIAM + "role/held"}, want: "role/held"},
		{needs: []string{"iam:CreatePolicyVersion " + ownIAM + "policy/held"}, want: "role/held"},
		{needs: []string{"iam:CreatePolicyVersion " + ownIAM + "policy/other", "iam:UpdateAssumeRolePolicy " + ownIAM + "role/other"}, want: "role/other"},
		{needs: []string{"iam:CreatePolicyVersion " + ownIAM + "policy/other", "iam:CreateAccessKey " + ownIAM + "user/other"}, want: "user/other"},
		{needs: []string{"iam:AttachRolePolicy " + ownIAM + "role/other", "iam:UpdateAssumeRolePolicy *"}, want: "role/other"},
		{needs: []string{"iam:PutRolePolicy " + ownIAM + "role/other", "iam:UpdateAssumeRolePolicy " + ownIAM + "role/o*"}, want: "role/other"},
		{needs: []string{"iam:AttachUserPolicy " + ownIAM + "user/other", "iam:CreateAccessKey " + ownIAM + "user/o*"}, want: "user/other"},
		{needs: []string{"iam:PutUserPolicy " + ownIAM + "user/other", "iam:CreateAccessKey " + ownIAM + "user/o*"}, want: "user/other"},
		{needs: []string{"iam:CreateUser " + ownIAM + "user/new-*", "iam:PutUserPolicy " + ownIAM + "user/*", "iam:CreateAccessKey " + ownIAM + "user/new-*"}, want: "a new user"},
		{needs: []string{"iam:CreateUser " + ownIAM + "user/new", "iam:AttachUserPolicy " + ownIAM + "user/new", "iam:CreateAccessKey " + ownIAM + "user/new"}, want: "a new user"},
		{needs: []string{"iam:CreateRole " + ownIAM + "role/new-*", "iam:AttachRolePolicy " + ownIAM + "role/new-*"}, want: "a new role"},
		{needs: []string{"iam:CreateRole " + ownIAM + "role/new-*", "iam:PutRolePolicy " + ownIAM + "role/*"}, want: "a new role"},
		{needs: []string{"iam:UpdateSAMLProvider " + ownIAM + "saml-provider/x"}, want: "role/caller"},
		{needs: []string{"iam:UpdateOpenIDConnectProviderThumbprint " + ownIAM + "oidc-provider/x.example.com"}, want: "role/caller", when: "it controls the provider's address"},
		{needs: []string{"iam:AddClientIDToOpenIDConnectProvider " + ownIAM + "oidc-provider/x.example.com"}, want: "role/caller", when: "the trust policy accepts a token with it"},
		{needs: run("ec2", "ec2:RunInstances *"), want: "role/caller"},
		{needs: []string{"iam:PassRole " + caller, "cognito-identity:SetIdentityPoolRoles *"}, want: "role/caller", when: "the trust policy accepts the pool"},
		{needs: run("ec2", "elasticmapreduce:RunJobFlow *"), want: "role/caller"},
		{needs: run("glue", "glue:UpdateJob *", "glue:StartJobRun *"), want: "role/caller"},
		{needs: run("ssm", "ssm:CreateDocument *", "ssm:StartAutomationExecution *"), want: "role/caller"},
		{needs: code("ec2", "ec2:ModifyInstanceAttribute *", "ec2:StopInstances *", "ec2:StartInstances *"), want: "role/caller", when: "an instance has the role"},
		{needs: code("ec2", "ec2:CreateLaunchTemplateVersion *", "ec2:ModifyLaunchTemplate *"), want: "role/caller", when: "a launch template has the role"},
		{needs: code("ecs-tasks", "batch:SubmitJob *"), want: "role/caller", when: "a job definition has the role"},
		{needs: code("sagemaker", "sagemaker:CreateNotebookInstanceLifecycleConfig *", "sagemaker:StopNotebookInstance *",
			"sagemaker:UpdateNotebookInstance *", "sagemaker:StartNotebookInstance *"), want: "role/caller", when: "a notebook has the role"},
		{needs: run("ec2", "ec2:RequestSpotInstances *"), want: "role/caller"},
		{needs: run("ec2", "datapipeline:CreatePipeline *", "datapipeline:PutPipelineDefinition *", "datapipeline:ActivatePipeline *"), want: "role/caller"},
		{needs: run("lambda", "lambda:CreateFunction arn:aws:lambda:*:*:function:dev-*", "lambda:InvokeFunction *"), want: "role/caller"},
		{needs: run("lambda", "lambda:CreateFunction arn:aws:lambda:eu-*:111122223333:function:*", "lambda:AddPermission *"), want: "role/caller"},
		{needs: run("lambda", "lambda:CreateFunction *", "lambda:CreateEventSourceMapping *"), want: "role/caller"},
		{needs: run("ecs-tasks", "ecs:RegisterTaskDefinition *", "ecs:RunTask arn:aws:ecs"+account+"task-definition/dev:*"), want: "role/caller"},
		{needs: run("ecs-tasks", "ecs:RegisterTaskDefinition *", "ecs:StartTask *"), want: "role/caller"},
		{needs: run("ecs-tasks", "ecs:RegisterTaskDefinition *", "ecs:CreateService arn:aws:ecs"+account+"service/*"), want: "role/caller"},
		{needs: run("ecs-tasks", "batch:RegisterJobDefinition *", "batch:SubmitJob *"), want: "role/caller"},
		{needs: run("codebuild", "codebuild:CreateProject *", "codebuild:StartBuild *"), want: "role/caller"},
		{needs: run("codebuild", "codebuild:CreateProject *", "codebuild:StartBuildBatch *"), want: "role/caller"},
		{needs: run("glue", "glue:CreateDevEndpoint *"), want: "role/caller"},
		{needs: run("glue", "glue:CreateJob *", "glue:StartJobRun *"), want: "role/caller"},
		{needs: run("sagemaker", "sagemaker:CreateNotebookInstance *"), want: "role/caller"},
		{needs: run("sagemaker", "sagemaker:CreateTrainingJob *"), want: "role/caller"},
		{needs: run("sagemaker", "sagemaker:CreateProcessingJob *"), want: "role/caller"},
		{needs: run("tasks.apprunner", "apprunner:CreateService *"), want: "role/caller"},
		{needs: run("bedrock-agentcore", "bedrock-agentcore:CreateCodeInterpreter *", "bedrock-agentcore:StartCodeInterpreterSession *",
			"bedrock-agentcore:InvokeCodeInterpreter *"), want: "role/caller"},
		{needs: run("states", "states:CreateStateMachine *", "states:StartExecution *"), want: "role/caller"},
		{needs: run("pods.eks", "eks:CreatePodIdentityAssociation *"), want: "role/caller"},
		{needs: code("lambda", "lambda:UpdateFunctionCode *"), want: "role/caller", when: "a function has the role"},
		{needs: code("ec2", "ssm:StartSession *"), want: "role/caller", when: "an instance has the role"},
		{needs: code("ec2", "ssm:SendCommand arn:aws:ec2:*:*:instance/*"), want: "role/caller", when: "an instance has the role"},
		{needs: code("ec2", "ec2-instance-connect:SendSSHPublicKey *"), want: "role/caller", when: "an instance has the role"},
		{needs: code("ecs-tasks", "ecs:ExecuteCommand *"), want: "role/caller", when: "a task has the role"},
		{needs: code("codebuild", "codebuild:StartBuild *"), want: "role/caller", when: "a project has the role"},
		{needs: code("codebuild", "codebuild:StartBuildBatch *"), want: "role/caller", when: "a project has the role"},
		{needs: code("tasks.apprunner", "apprunner:UpdateService *"), want: "role/caller", when: "a service has the role"},
		{needs: code("glue", "glue:UpdateDevEndpoint *"), want: "role/caller", when: "a development endpoint has the role"},
		{needs: code("sagemaker", "sagemaker:CreatePresignedNotebookInstanceUrl *"), want: "role/caller", when: "a notebook has the role"},
	} {
		var actions []string
		for _, need := range test.needs {
			if action, _, _ := strings.Cut(need, " "); action != "service" {
				actions = append(actions, action)
			}
		}
		// accountWith returns the account without a need, and with more statements and a boundary.
		accountWith := func(without string, more, boundary map[string]any) *described {
			d := &described{}
			service := "none"
			statements := []map[string]any{may("sts:AssumeRole", ownIAM+"role/held")}
			for _, need := range test.needs {
				action, resource, _ := strings.Cut(need, " ")
				if action == without {
					continue
				}
				if action == "service" {
					service = resource
				} else {
					statements = append(statements, may(action, resource))
				}
			}
			if more != nil {
				statements = append(statements, more)
			}
			var it map[string]any
			if test.as == "role" {
				it = d.role("dev", trust(byNobody), statements...)
			} else {
				it = d.user("dev", statements...)
				it["GroupList"] = []string{"own"}
			}
			it["AttachedManagedPolicies"] = []any{map[string]any{"PolicyArn": d.policy("own", may("s3:GetObject", "*"))}}
			if boundary != nil {
				it["PermissionsBoundary"] = map[string]any{"PermissionsBoundaryArn": d.policy("boundary", boundary, may("execute-api:*", "*"))}
			}
			d.group("own", may("s3:GetObject", "*"))
			d.group("callers", allRoutes)
			d.user("target", allRoutes)
			other := []any{map[string]any{"PolicyArn": d.policy("other", may("s3:GetObject", "*"))}}
			d.user("other")["AttachedManagedPolicies"] = other
			d.role("other", trust(byNobody))["AttachedManagedPolicies"] = other
			d.role("held", trust(byAccount))["AttachedManagedPolicies"] = []any{map[string]any{"PolicyArn": d.policy("held", may("s3:GetObject", "*"))}}
			d.role("caller", trust(`{"Service":"`+service+`.amazonaws.com","Federated":["`+
				`cognito-identity.amazonaws.com","`+ownIAM+`saml-provider/x","`+ownIAM+`oidc-provider/x.example.com"]}`), allRoutes)
			return d
		}
		principal := map[bool]string{false: "user/dev", true: "role/dev"}[test.as == "role"]
		way := principal + ": " + strings.Join(actions, ", ") + " -> " + test.want
		line := way
		if test.when != "" {
			line += " if " + test.when
		}
		t.Run(strings.Join(test.needs, ", "), func(t *testing.T) {
			assert.Contains(t, lines(t, accountWith("", nil, nil)), line)
			assert.Contains(t, lines(t, accountWith("", nil, may("*", "*"))), line, "with a boundary")
			absent := func(d *described, why string) {
				for _, found := range lines(t, d) {
					assert.False(t, strings.HasPrefix(found, way), "%s: %s", why, found)
				}
			}
			for _, need := range test.needs {
				action, _, _ := strings.Cut(need, " ")
				absent(accountWith(action, nil, nil), "without "+action)
				if action != "service" {
					absent(accountWith("", rule("Deny", action, "*"), nil), "with a Deny of "+action)
					boundary := map[string]any{"Effect": "Allow", "NotAction": action, "Resource": "*"}
					absent(accountWith("", nil, boundary), "with a boundary without "+action)
				}
			}
			action, resource, _ := strings.Cut(test.needs[len(test.needs)-1], " ")
			conditional := lines(t, accountWith(action, may(action, resource, mfa), nil))
			assert.True(t, slices.ContainsFunc(conditional, func(found string) bool {
				return strings.HasPrefix(found, way+" if ") && strings.Contains(found, "with MFA")
			}), "%s", conditional)
		})
	}
}

func TestBoundaries(t *testing.T) {
	for name, test := range map[string]struct {
		boundary []map[string]any
		user     []map[string]any
		want     []string
	}{
		"it keeps a user from calling": {
			boundary: []map[string]any{may("iam:*", "*")}, user: []map[string]any{may("iam:PutUserPolicy", ownIAM+"user/dev")},
		},
		"it allows calls": {
			boundary: []map[string]any{may("iam:*", "*"), calling("/a")}, user: []map[string]any{may("iam:PutUserPolicy", ownIAM+"user/dev")},
			want: []string{"user/dev: iam:PutUserPolicy -> itself"},
		},
		"it is removed": {
			boundary: []map[string]any{may("iam:*", "*")}, user: []map[string]any{may("iam:DeleteUserPermissionsBoundary", "*"), allRoutes},
			want: []string{"user/dev: iam:DeleteUserPermissionsBoundary -> itself"},
		},
		"it is removed, and a policy written": {
			boundary: []map[string]any{may("iam:*", "*")}, user: []map[string]any{may("iam:PutUserPermissionsBoundary,iam:PutUserPolicy", "*")},
			want: []string{"user/dev: iam:PutUserPolicy -> itself if it removes its permissions boundary first (iam:PutUserPermissionsBoundary)"},
		},
		"removing it does not help": {
			boundary: []map[string]any{may("iam:*", "*")}, user: []map[string]any{may("iam:DeleteUserPermissionsBoundary", "*")},
		},
		"it is changed": {
			boundary: []map[string]any{may("iam:*", "*")}, user: []map[string]any{may("iam:CreatePolicyVersion", "*"), allRoutes},
			want: []string{"user/dev: iam:CreatePolicyVersion -> itself"},
		},
		"calls are denied": {
			boundary: []map[string]any{may("*", "*")}, user: []map[string]any{may("iam:AttachUserPolicy", "*"), rule("Deny", "execute-api:*", "*")},
		},
		"calls are denied by a policy that is replaced": { // IAM API reference, PutUserPolicy
			boundary: []map[string]any{may("*", "*")}, user: []map[string]any{may("iam:PutUserPolicy", "*"), rule("Deny", "execute-api:*", "*")},
			want: []string{"user/dev: iam:PutUserPolicy -> itself"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := &described{}
			d.user("dev", test.user...)["PermissionsBoundary"] = map[string]any{"PermissionsBoundaryArn": d.policy("b", test.boundary...)}
			assert.Equal(t, test.want, lines(t, d))
		})
	}
}

// TestRemovedDeny has principals that may remove the policy that denies their calls, or
// only a different policy.
func TestRemovedDeny(t *testing.T) {
	deny := rule("Deny", "execute-api:*", "*")
	for _, test := range []struct{ action, resource, denied, want string }{
		{"iam:DeleteUserPolicy", "user/dev", "inline", "user/dev: iam:DeleteUserPolicy -> itself"},
		{"iam:DetachUserPolicy", "user/dev", "attached", "user/dev: iam:DetachUserPolicy -> itself"},
		{"iam:DeleteRolePolicy", "role/dev", "inline", "role/dev: iam:DeleteRolePolicy -> itself"},
		{"iam:DetachRolePolicy", "role/dev", "attached", "role/dev: iam:DetachRolePolicy -> itself"},
		{"iam:PutRolePolicy", "role/dev", "inline", "role/dev: iam:PutRolePolicy -> itself"},
		{"iam:DeleteGroupPolicy", "group/g", "inline of group", "user/dev: iam:DeleteGroupPolicy -> group/g"},
		{"iam:PutGroupPolicy", "group/g", "inline of group", "user/dev: iam:PutGroupPolicy -> group/g"},
		{"iam:DetachGroupPolicy", "group/g", "attached of group", "user/dev: iam:DetachGroupPolicy -> group/g"},
		{"iam:RemoveUserFromGroup", "group/g", "attached of group", "user/dev: iam:RemoveUserFromGroup -> group/g"},
		{"iam:CreatePolicyVersion", "policy/deny", "attached", "user/dev: iam:CreatePolicyVersion -> policy/deny"},
	} {
		for _, denied := range []string{"inline", "attached", "inline of group", "attached of group"} {
			d := &described{}
			var member map[string]any
			if strings.HasPrefix(test.want, "role") {
				member = d.role("dev", trust(byNobody))
			} else {
				member = d.user("dev")
				member["GroupList"] = []string{"g"}
			}
			d.group("g", may("s3:GetObject", "*"))
			inline := []any{map[string]any{"PolicyName": "deny", "PolicyDocument": document(deny)}}
			attached := []any{map[string]any{"PolicyArn": d.policy("deny", deny)}}
			own := []any{map[string]any{"PolicyArn": d.policy("own", allRoutes, may(test.action, ownIAM+test.resource))}}
			member["AttachedManagedPolicies"] = own
			switch denied {
			case "inline":
				member["UserPolicyList"] = inline
			case "attached":
				member["AttachedManagedPolicies"] = append(own, attached...)
			case "inline of group":
				d.GroupDetailList[0]["GroupPolicyList"] = inline
			case "attached of group":
				d.GroupDetailList[0]["AttachedManagedPolicies"] = attached
			}
			if member["GroupList"] == nil && strings.HasSuffix(denied, "group") {
				continue
			}
			removesAll := test.action == "iam:RemoveUserFromGroup" && denied == "inline of group" ||
				test.action == "iam:CreatePolicyVersion" && denied == "attached of group"
			found := strings.Join(lines(t, d), "\n")
			assert.Equal(t, denied == test.denied || removesAll, strings.Contains(found, test.want), "%s, %s: %s", test.action, denied, found)
		}
	}
}

// TestDetails shows what is decided for each principal alone, and what is not listed.
func TestDetails(t *testing.T) {
	admin := may("iam:*", "*")
	toCaller := may("sts:AssumeRole", ownIAM+"role/caller")
	managed := func(arn string) any { return []any{map[string]any{"PolicyArn": arn}} }
	for name, test := range map[string]struct {
		account func(d *described)
		want    []string
	}{
		"administrators have one line, and those who can assume them another": {
			account: func(d *described) {
				d.user("a", admin)
				d.user("b", admin)
				d.role("admin", trust(byAccount), admin)
				d.user("c", may("sts:AssumeRole", "*"))
			},
			want: []string{"user/c: sts:AssumeRole -> role/admin", "role/admin,user/a,user/b: IAM at will -> itself"},
		},
		"an administrator is not listed with a role": {
			account: func(d *described) { d.user("a", admin, toCaller); d.role("caller", trust(byAccount), allRoutes) },
			want:    []string{"user/a: IAM at will -> itself"},
		},
		"no chain goes through an administrator": {
			account: func(d *described) {
				d.user("a", may("sts:AssumeRole", ownIAM+"role/admin"))
				d.role("admin", trust(byAccount), admin, toCaller)
				d.role("caller", trust(byAccount), allRoutes)
			},
			want: []string{"user/a: sts:AssumeRole -> role/admin", "role/admin: IAM at will -> itself"},
		},
		"callers of everything are not listed": {account: func(d *described) { d.user("a", may("*", "*")) }},
		"keys of its own, or of users that cannot call more, are not listed": {
			account: func(d *described) {
				d.user("a", may("iam:CreateAccessKey", "*"), calling("/a"))
				d.user("b", may("iam:CreateAccessKey", ownIAM+"user/${aws:username}"), calling("/a"))
			},
		},
		"a Deny that names one of two alike": {
			account: func(d *described) {
				d.user("a", toCaller)
				d.user("b", toCaller)
				both := trust(byAccount)["Statement"].([]map[string]any)
				denied := trust(`{"AWS":"` + ownIAM + `user/a"}`)["Statement"].([]map[string]any)[0]
				denied["Effect"] = "Deny"
				d.role("caller", document(append(both, denied)...), allRoutes)
			},
			want: []string{"user/b: sts:AssumeRole -> role/caller"},
		},
		"a missing boundary": {
			account: func(d *described) {
				d.user("a", toCaller)["PermissionsBoundary"] = map[string]any{"PermissionsBoundaryArn": ownIAM + "policy/missing"}
				d.role("caller", trust(byAccount), allRoutes)
			},
			want: []string{"user/a: sts:AssumeRole -> role/caller if the permissions boundary " + ownIAM + "policy/missing, which cannot be judged, allows it"},
		},
		"what cannot be judged": {
			account: func(d *described) {
				d.user("a")["AttachedManagedPolicies"] = managed("arn:aws:iam::aws:policy/Missing")
				d.user("b", map[string]any{"Effect": "Allow", "Action": "iam:*"})
				d.role("caller", trust(`{"Service":5}`), allRoutes)
			},
			want: []string{
				"those whom the trust policy names: sts:AssumeRole -> role/caller if it cannot be judged: trust document: Statement[0]: " +
					"Principal: Service: must be a string or a list of strings",
				"user/a: not judged -> itself", "user/b: not judged -> itself",
			},
		},
		"conditions that the evaluator does not know": {
			account: func(d *described) {
				d.user("a", may("sts:AssumeRole", "*", `{"Like":{"aws:SourceIp":"x"}}`))
				d.role("caller", trust(byAccount, `{"Like":{"aws:SourceIp":"y"}}`), allRoutes)
			},
			want: []string{"user/a: sts:AssumeRole -> role/caller if Like aws:SourceIp y and Like aws:SourceIp x"},
		},
		"a character that IAM accepts as an escape": {
			account: func(d *described) {
				d.user("a", may("sts:AssumeRole", "*", `{"StringNotEquals":{"aws:username":"\u4e2d\ud83d\ude00"}}`))
				d.role("caller", trust(byAccount), allRoutes)
			},
			want: []string{"user/a: sts:AssumeRole -> role/caller"},
		},
		"roles that only AWS changes": { // IAM returns UnmodifiableEntity
			account: func(d *described) {
				d.user("a", may("iam:UpdateAssumeRolePolicy,iam:PutRolePolicy", "*"))
				d.role("aws-service-role/x.amazonaws.com/AWSServiceRoleForX", trust(byNobody), may("iam:PutRolePolicy", "*"))
				d.role("aws-reserved/sso.amazonaws.com/AWSReservedSSO_x", trust(`{"AWS":"AIDA1234567890123456"}`), allRoutes)
			},
		},
		"a group that allows no calls": {
			account: func(d *described) { d.user("a", may("iam:AddUserToGroup", "*")); d.group("g", may("s3:*", "*")) },
		},
		"a role that may not call in any case": {
			account: func(d *described) {
				d.user("a", may("iam:AttachRolePolicy,sts:AssumeRole,iam:UpdateAssumeRolePolicy", "*"))
				d.role("r", trust(byAccount), rule("Deny", "execute-api:*", "*"))
				d.user("b", may("iam:PutRolePolicy,sts:AssumeRole,iam:UpdateAssumeRolePolicy", ownIAM+"role/s"))
				d.role("s", trust(byAccount))["AttachedManagedPolicies"] = managed(d.policy("deny", rule("Deny", "execute-api:*", "*")))
			},
		},
		"a key of a user that can change IAM at will": {
			account: func(d *described) {
				d.user("a", may("iam:CreateAccessKey", ownIAM+"user/admin"))
				d.user("admin", admin)
			},
			want: []string{"user/admin: IAM at will -> itself", "user/a: iam:CreateAccessKey -> user/admin"},
		},
		"a role that can change IAM at will is passed": {
			account: func(d *described) {
				d.user("a", may("iam:PassRole,ec2:RunInstances", "*"))
				d.role("admin", trust(`{"Service":"ec2.amazonaws.com"}`), admin)
			},
			want: []string{
				"service ec2.amazonaws.com: sts:AssumeRole -> role/admin", "role/admin: IAM at will -> itself",
				"user/a: iam:PassRole, ec2:RunInstances -> role/admin",
			},
		},
		"its own user as a new one": {account: func(d *described) {
			d.user("a", may("iam:CreateUser,iam:AttachUserPolicy,iam:CreateAccessKey", ownIAM+"user/a"), rule("Deny", "execute-api:*", "*"))
		}},
		"one of two alike may not call in any case": {
			account: func(d *described) {
				denied := func(name, policy string) {
					d.user(name)["AttachedManagedPolicies"] = append(managed(policy).([]any), managed(ownIAM+"policy/deny").([]any)...)
				}
				d.policy("deny", rule("Deny", "execute-api:*", "*"))
				put := d.policy("put", may("iam:PutUserPolicy", ownIAM+"user/${aws:username}"))
				d.user("a")["AttachedManagedPolicies"] = managed(put)
				denied("b", put)
				same := d.policy("same", may("iam:PutUserPolicy", ownIAM+"user/c"), may("iam:PutUserPolicy", ownIAM+"user/d"))
				denied("c", same)
				d.user("d")["AttachedManagedPolicies"] = managed(same)
			},
			want: []string{"user/a: iam:PutUserPolicy -> itself", "user/d: iam:PutUserPolicy -> itself"},
		},
		"one of two alike may not assume in any case": {
			account: func(d *described) {
				change := d.policy("change", may("iam:UpdateAssumeRolePolicy", "*"))
				d.user("a", rule("Deny", "sts:*", "*"))["AttachedManagedPolicies"] = managed(change)
				d.user("b")["AttachedManagedPolicies"] = managed(change)
				d.role("caller", trust(`{"AWS":"AIDA1234567890123456"}`), allRoutes)
			},
			want: []string{"user/b: iam:UpdateAssumeRolePolicy -> role/caller"},
		},
		"a role is passed to one service": {
			account: func(d *described) {
				d.user("a", may("lambda:*,ec2:RunInstances", "*"), may("iam:PassRole", "*", `{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}`))
				d.role("caller", trust(`{"Service":["lambda.amazonaws.com","ec2.amazonaws.com"]}`), allRoutes)
			},
			want: []string{
				"service ec2.amazonaws.com,service lambda.amazonaws.com: sts:AssumeRole -> role/caller",
				"user/a: iam:PassRole, ec2:RunInstances -> role/caller",
				"user/a: lambda:UpdateFunctionCode -> role/caller if a function has the role",
			},
		},
		"the other resources of a service": {
			account: func(d *described) {
				d.user("a", may("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:layer:*"))
				d.role("caller", trust(`{"Service":"lambda.amazonaws.com"}`), allRoutes)
			},
			want: []string{"service lambda.amazonaws.com: sts:AssumeRole -> role/caller"},
		},
		"a service with its Region": {
			account: func(d *described) {
				d.user("a", may("iam:PassRole,states:*", "*"))
				d.role("caller", trust(`{"Service":"states.eu-west-1.amazonaws.com"}`), allRoutes)
			},
			want: []string{
				"service states.eu-west-1.amazonaws.com: sts:AssumeRole -> role/caller",
				"user/a: iam:PassRole, states:CreateStateMachine, states:StartExecution -> role/caller",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := &described{}
			test.account(d)
			var want []string
			for _, line := range test.want {
				want = append(want, strings.ReplaceAll(line, ownIAM, ""))
			}
			assert.Equal(t, want, lines(t, d))
		})
	}
}

// TestDeclared has a role whose trust policy is the one that the stack declares, or a
// different one.
func TestDeclared(t *testing.T) {
	lambda := `{"Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	accounts := `{"Statement":[{"Effect":"Allow","Principal":{"AWS":["444455556666","777788889999"]},"Action":["sts:AssumeRole"]}]}`
	stored := `{"Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::777788889999:root","arn:aws:iam::444455556666:root"]},` +
		`"Action":"sts:AssumeRole"}]}`
	own := strings.ReplaceAll(lambda, `"Service":"lambda.amazonaws.com"`, `"AWS":"111122223333"`)
	for name, test := range map[string]struct {
		declared, trust string
		want            []bool // of each way
	}{
		"the same":                           {lambda, lambda, []bool{true}},
		"as IAM stores it":                   {accounts, stored, []bool{true}},
		"another service":                    {lambda, strings.ReplaceAll(lambda, "lambda", "ec2"), []bool{false}},
		"another role":                       {"", lambda, []bool{false}},
		"not JSON":                           {"{", lambda, []bool{false}},
		"the account, and identity policies": {own, own, []bool{false}},
		"a user of the account": {
			strings.ReplaceAll(own, "111122223333", ownIAM+"user/dev"), strings.ReplaceAll(own, "111122223333", ownIAM+"user/dev"), []bool{true},
		},
	} {
		d := &described{}
		d.user("dev", may("sts:AssumeRole", ownIAM+"role/caller"))
		d.role("caller", nil, allRoutes)["AssumeRolePolicyDocument"] = json.RawMessage(test.trust)
		trusts := map[string]string{"caller": test.declared}
		if test.declared == "" {
			trusts = map[string]string{"another": lambda}
		}
		a := d.read(t)
		var declared []bool
		for _, e := range a.Becomes(stage(t), rows(t, a), trusts) {
			declared = append(declared, e.OfStack)
			differs := !e.OfStack && name != "another role" && !strings.HasPrefix(name, "the account")
			assert.Equal(t, differs, strings.Contains(e.Through[0], "not the one that the stack declares"), name)
		}
		assert.Equal(t, test.want, declared, name)
	}
}

// BenchmarkBecomes reads an account with 5,000 users and 1,000 roles, and finds who can call
// 300 routes and who can become a caller. Every user has policies of its own, of two
// groups, and about its own name.
func BenchmarkBecomes(b *testing.B) {
	d := &described{}
	self := d.policy("self-service", may("iam:CreateAccessKey,iam:UpdateLoginProfile,iam:GetUser", "arn:aws:iam::*:user/${aws:username}"))
	deploy := d.policy("deploy", may("iam:PassRole", ownIAM+"role/*"), may("lambda:*,ec2:*", "*"), may("sts:AssumeRole", "*"))
	admin := d.policy("admin", may("*", "*"))
	attached := map[int][]any{}
	for i := range 100 {
		attached[i] = []any{map[string]any{"PolicyArn": self}}
		if i%10 == 1 {
			attached[i] = append(attached[i], map[string]any{"PolicyArn": deploy})
		}
	}
	attached[0] = append(attached[0], map[string]any{"PolicyArn": admin})
	for i := range 200 {
		d.group(fmt.Sprintf("group-%d", i), may("s3:*", "*"), may("sts:AssumeRole", fmt.Sprintf(ownIAM+"role/team-%d-*", i%50)))
	}
	for i := range 5000 {
		user := d.user(fmt.Sprintf("user-%d", i), may("sts:AssumeRole", fmt.Sprintf(ownIAM+"role/team-%d-%d", i%50, i%1000)))
		user["GroupList"] = []string{fmt.Sprintf("group-%d", i%200), fmt.Sprintf("group-%d", i%7)}
		user["AttachedManagedPolicies"] = attached[i%100]
	}
	trusts := []map[string]any{trust(byAccount), trust(`{"Service":"lambda.amazonaws.com"}`), trust(`{"AWS":["111122223333"],"Service":"ec2.amazonaws.com"}`)}
	declared := map[string]access.RouteArgs{}
	for i := range 1000 {
		own := []map[string]any{may("s3:*", "*")}
		if i%5 == 0 {
			own = append(own, calling(fmt.Sprintf("/r%d", i%7)))
		}
		d.role(fmt.Sprintf("team-%d-%d", i%50, i), trusts[i%3], own...)
		declared[fmt.Sprintf("GET /r%d", i%300)] = access.RouteArgs{}
	}
	routes, errs := access.NewRoutes(declared)
	require.Empty(b, errs)
	api := access.Api{ExecutionArn: executionArn, Stage: "prod", Routes: routes}
	for b.Loop() {
		a := d.read(b)
		report, err := a.Who(api, access.Matrix{})
		require.NoError(b, err)
		found := a.Becomes(api, report.Matrix(), nil)
		b.ReportMetric(float64(len(found)), "entries")
	}
}

// TestAgainstDecide compares who may assume roles, in random accounts, with the evaluator's
// decision for each principal, role and context.
func TestAgainstDecide(t *testing.T) {
	entries, conditional := 0, 0
	for seed := range uint64(account.RandomAccounts()) {
		random := rand.New(rand.NewPCG(seed, 14))
		a := randomAccount(random).read(t)
		matrix := rows(t, a)
		steps := decided(t, a)
		listed := map[[2]string][]account.Become{}
		for _, e := range a.Becomes(stage(t), matrix, nil) {
			require.Equal(t, "sts:AssumeRole", e.Way)
			for _, principal := range e.Principals {
				for _, target := range e.Targets {
					pair := [2]string{principal, target}
					listed[pair] = append(listed[pair], e)
				}
			}
		}
		calls := func(arn string) bool { return matrix[arn] != nil }
		for _, start := range a.Principals {
			if calls(start.Arn) {
				continue
			}
			distance := map[string]int{start.Arn: 0} // by the evaluator's decisions, not through callers
			for queue := []string{start.Arn}; len(queue) > 0; queue = queue[1:] {
				for _, role := range a.Principals {
					_, seen := distance[role.Arn]
					if role.IsRole() && !seen && steps[[2]string{queue[0], role.Arn}].some {
						distance[role.Arn] = distance[queue[0]] + 1
						if !calls(role.Arn) {
							queue = append(queue, role.Arn)
						}
					}
				}
			}
			for _, target := range a.Principals {
				if !target.IsRole() || !calls(target.Arn) {
					continue
				}
				found := listed[[2]string{start.Arn, target.Arn}]
				slices.SortFunc(found, func(x, y account.Become) int { return len(x.Via) - len(y.Via) })
				shortest, can := distance[target.Arn]
				assert.True(t, !can || len(found) > 0 && len(found[0].Via) < shortest,
					"seed %d: %s -> %s is missing, or longer than %d: %+v", seed, start.Arn, target.Arn, shortest, found)
				for i, e := range found {
					entries++
					if e.Condition != "" {
						conditional++
					}
					assert.True(t, i == 0 || i == 1 && e.Condition == "" && found[0].Condition != "", "seed %d: listed twice: %+v", seed, found)
					from := start.Arn
					for _, role := range append(slices.Clone(e.Via), target.Arn) {
						step := steps[[2]string{from, role}]
						assert.True(t, e.Condition != "" || step.every, "seed %d: %s -> %s is not always allowed: %+v", seed, from, role, e)
						from = role
					}
				}
			}
		}
	}
	assert.Greater(t, entries-conditional, 100)
	assert.Greater(t, conditional, 100)
}

// randomAccount returns an account of users, roles and groups with policies about
// assuming roles.
func randomAccount(random *rand.Rand) *described {
	pick := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	name := func() string { return fmt.Sprintf("%c", 'a'+random.IntN(6)) }
	condition := func(of ...string) []string {
		if random.IntN(3) > 0 {
			return nil
		}
		return []string{pick(append(of, mfa, `{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`,
			`{"StringEquals":{"aws:PrincipalTag/team":"x"}}`, `{"StringLike":{"aws:username":"user-?"}}`)...)}
	}
	statement := func() map[string]any {
		s := rule(pick("Allow", "Allow", "Allow", "Deny"), pick("sts:AssumeRole", "sts:*", "sts:Assume*", "s3:*"),
			pick("*", ownIAM+"role/"+name(), ownIAM+"role/"+name(), "arn:aws:iam::*:role/"+name(), ownIAM+"role/?", ownIAM+"role/${aws:PrincipalTag/team}",
				ownIAM+"role/${aws:SourceIdentity}"), condition()...)
		if random.IntN(8) == 0 {
			s["NotResource"] = s["Resource"]
			delete(s, "Resource")
		}
		if random.IntN(8) == 0 {
			s["NotAction"] = append(strings.Fields("iam:* lambda:* ec2:* ecs:* batch:* codebuild:* glue:* sagemaker:* apprunner:* bedrock-agentcore:* "+
				"datapipeline:* states:* eks:* ssm:* ec2-instance-connect:* execute-api:*"), s["Action"].([]string)...)
			delete(s, "Action")
		}
		return s
	}
	d := &described{}
	for _, group := range []string{"g", "h"} {
		d.group(group, statement())
	}
	boundary := d.policy("boundary", may("sts:AssumeRole", ownIAM+"role/"+name(), condition()...), may("sts:*", ownIAM+"role/"+name()))
	finish := func(entity map[string]any) {
		if random.IntN(4) == 0 {
			entity["PermissionsBoundary"] = map[string]any{"PermissionsBoundaryArn": boundary}
		}
		if random.IntN(2) == 0 {
			entity["Tags"] = []any{map[string]any{"Key": "team", "Value": pick("x", "b")}}
		}
	}
	for i := range 4 {
		user := d.user(fmt.Sprintf("user-%d", i), statement())
		user["GroupList"] = []string{pick("g", "h")}
		finish(user)
	}
	for i := range 6 {
		own := []map[string]any{statement(), statement()}
		if i < 2 {
			own = append(own, allRoutes)
		}
		var trusted []map[string]any
		for range 1 + random.IntN(2) {
			principal := pick("111122223333", ownIAM+"root", "*", ownIAM+"role/"+name(), ownIAM+fmt.Sprintf("user/user-%d", random.IntN(4)))
			s := trust(`{"AWS":"`+principal+`"}`, condition(`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}`)...)["Statement"].([]map[string]any)[0]
			s["Effect"] = pick("Allow", "Allow", "Allow", "Deny")
			trusted = append(trusted, s)
		}
		finish(d.role(fmt.Sprintf("%c", 'a'+i), document(trusted...), own...))
	}
	return d
}

// step says whether a principal may assume a role in some of the tried contexts, and in
// every one.
type step struct{ some, every bool }

// decided asks the evaluator about every principal and role.
func decided(t *testing.T, a *account.Account) map[[2]string]step {
	steps := map[[2]string]step{}
	for _, p := range a.Principals {
		policies := iam.Policies{}
		for _, attachment := range a.Attachments(p) {
			policies.Identity = append(policies.Identity, attachment.Policy)
		}
		if p.Boundary != "" {
			policies.Boundary = a.Managed(p.Boundary).Policy
		}
		for _, role := range a.Principals {
			if !role.IsRole() || role.Arn == p.Arn {
				continue
			}
			var err error
			policies.Trust, err = iam.CompileTrust(role.Trust)
			require.NoError(t, err)
			found := step{every: true}
			for _, more := range contexts {
				context := map[string][]string{"aws:PrincipalArn": {p.Arn}}
				if !p.IsRole() {
					context["aws:username"] = []string{p.Name}
				}
				for key, value := range p.Tags {
					context["aws:PrincipalTag/"+key] = []string{value}
				}
				for key, value := range more {
					context[key] = []string{value}
				}
				request, err := iam.NewRequest(iam.RequestInput{Principal: p.Arn, Action: "sts:AssumeRole", Resource: role.Arn, Context: context})
				require.NoError(t, err)
				decision, err := policies.Decide(request)
				require.NoError(t, err)
				found.some, found.every = found.some || decision.Allowed(), found.every && decision.Allowed()
			}
			steps[[2]string{p.Arn, role.Arn}] = found
		}
	}
	return steps
}

// contexts are the contexts that TestAgainstDecide tries.
var contexts = func() []map[string]string {
	var all []map[string]string
	for _, mfa := range []string{"", "true", "false"} {
		for _, address := range []string{"", "203.0.113.7", "198.51.100.1"} {
			for _, source := range []string{"", "a", "b"} {
				context := map[string]string{}
				for key, value := range map[string]string{"aws:MultiFactorAuthPresent": mfa, "aws:SourceIp": address, "aws:SourceIdentity": source} {
					if value != "" {
						context[key] = value
					}
				}
				all = append(all, context)
			}
		}
	}
	return all
}()
