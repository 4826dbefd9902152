package account_test

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/account"
)

// BenchmarkWho reads a large account and writes who can call 300 routes: 5,000 users in
// 100 groups and 1,000 roles, with 300 managed policies. One user in five and each role
// has a policy of its own. The metric MB is the memory that was obtained from the system.
func BenchmarkWho(b *testing.B) {
	text := largeAccount(b, 5000, 1000)
	declared := map[string]access.RouteArgs{}
	for i := range 100 {
		declared[fmt.Sprintf("GET /r%d", i)] = access.RouteArgs{}
		declared[fmt.Sprintf("POST /r%d", i)] = access.RouteArgs{}
		declared[fmt.Sprintf("ANY /r%d/{id}", i)] = access.RouteArgs{}
	}
	routes, errs := access.NewRoutes(declared)
	require.Empty(b, errs)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		a, err := account.Read(strings.NewReader(text))
		require.NoError(b, err)
		report, err := a.Who(access.Api{ExecutionArn: api, Stage: "prod", Routes: routes}, access.Matrix{})
		require.NoError(b, err)
		require.NotEmpty(b, report.Callers)
		require.NotZero(b, report.Others)
		require.NotEmpty(b, report.Text(nil))
		require.NoError(b, report.WriteJSON(io.Discard, nil))
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.ReportMetric(float64(memory.Sys>>20), "MB")
}

const api = "arn:aws:execute-api:us-east-1:111122223333:abc123"

// largeAccount returns the description of a large account.
func largeAccount(b *testing.B, users, roles int) string {
	type object = map[string]any
	statement := func(action any, resource string) json.RawMessage {
		text, err := json.Marshal(object{"Version": "2012-10-17", "Statement": []any{
			object{"Effect": "Allow", "Action": action, "Resource": resource},
		}})
		require.NoError(b, err)
		return text
	}
	arn := func(kind, name string, i int) string {
		return fmt.Sprintf("arn:aws:iam::111122223333:%s/%s%d", kind, name, i)
	}
	var policies, groups, userList, roleList []any
	for i := range 300 {
		var actions []string
		for j := range 100 {
			actions = append(actions, fmt.Sprintf("service%d:Action%d*", i, j))
		}
		document := statement(actions, "*")
		switch i % 10 {
		case 0:
			document = statement("execute-api:Invoke", fmt.Sprintf("%s/prod/*/r%d*", api, i))
		case 1:
			document = statement("execute-api:*", api+"/*/GET/*")
		}
		policies = append(policies, object{
			"Arn": arn("policy", "p", i), "PolicyVersionList": []any{object{"IsDefaultVersion": true, "Document": document}},
		})
	}
	attached := func(numbers ...int) []any {
		var all []any
		for _, i := range numbers {
			all = append(all, object{"PolicyArn": arn("policy", "p", i%300)})
		}
		return all
	}
	for i := range 100 {
		groups = append(groups, object{"Arn": arn("group", "g", i), "AttachedManagedPolicies": attached(i, i+101, i+202)})
	}
	for i := range users {
		user := object{"Arn": arn("user", "u", i), "UserId": fmt.Sprintf("AIDA%d", i), "GroupList": []string{fmt.Sprintf("g%d", i%100)}}
		if i%5 == 0 {
			user["UserPolicyList"] = []any{object{
				"PolicyName": "own", "PolicyDocument": statement("execute-api:Invoke", api+"/prod/*/r1/${aws:username}"),
			}}
		}
		userList = append(userList, user)
	}
	for i := range roles {
		roleList = append(roleList, object{
			"Arn": arn("role", "r", i), "AttachedManagedPolicies": attached(i, i+3), "AssumeRolePolicyDocument": object{},
			"RolePolicyList": []any{object{
				"PolicyName": "own", "PolicyDocument": statement("execute-api:Invoke", fmt.Sprintf("%s/prod/GET/r%d/*", api, i)),
			}},
			"PermissionsBoundary": object{"PermissionsBoundaryArn": arn("policy", "p", i%3)},
		})
	}
	text, err := json.MarshalIndent(object{
		"UserDetailList": userList, "GroupDetailList": groups, "RoleDetailList": roleList, "Policies": policies,
	}, "", "    ")
	require.NoError(b, err)
	return string(text)
}
