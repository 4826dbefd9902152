package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const apiArn = "arn:aws:execute-api:us-east-1:111122223333:abc123"

// details returns the description of an account whose user ann may call the resources.
func details(resources string) string {
	return fmt.Sprintf(`{"UserDetailList":[{"Arn":"arn:aws:iam::111122223333:user/ann","UserId":"AIDA1","UserPolicyList":[
		{"PolicyName":"p","PolicyDocument":{"Statement":{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"%s/%s"}}}]}],
		"GroupDetailList":[],"RoleDetailList":[],"Policies":[]}`, apiArn, resources)
}

func TestWho(t *testing.T) {
	dir := folder(t, map[string]string{
		"Pulumi.dev.yaml": small, "as.json": details("prod/GET/x"), "more.json": details("*"), "cut.json": details("*")[:99],
	})
	who := func(in string, args ...string) result {
		return run(t, dir, in, append([]string{"who", "-api", apiArn}, args...)...)
	}
	as := who("", "Pulumi.dev.yaml", "as.json")
	assert.Zero(t, as.code, as.log)
	assert.Contains(t, as.out, "user/ann")
	assert.Equal(t, as, who(details("prod/GET/x"), "Pulumi.dev.yaml", "-"))
	assert.Equal(t, as, who(small, "-", "as.json"))

	more := who("", "-json", "Pulumi.dev.yaml", "more.json")
	assert.Equal(t, 11, more.code, more.log)
	var decoded struct {
		Principals map[string]struct{ Beyond []string }
		Becomes    []any
	}
	require.NoError(t, json.Unmarshal([]byte(more.out), &decoded))
	assert.Equal(t, []string{"POST /x"}, decoded.Principals["arn:aws:iam::111122223333:user/ann"].Beyond)
	assert.NotNil(t, decoded.Becomes)

	// A route that moved to tokens is out of reach of policies.
	moved := strings.NewReplacer("POST /x: {}", "POST /x: {authorization: shop}", "[GET /x, POST /x]", "[GET /x]").Replace(small) +
		"\n  authorizers: {shop: {issuer: \"https://login.example.com\", audiences: [shop]}}\n"
	tokens := who(moved, "-", "more.json")
	assert.Zero(t, tokens.code, tokens.log)
	assert.Contains(t, tokens.out, "POST /x (bearers of tokens of shop)")

	for name, r := range map[string]result{
		"cut.json: is truncated":                who("", "Pulumi.dev.yaml", "cut.json"),
		"none.json: no such file":               who("", "Pulumi.dev.yaml", "none.json"),
		"-: is empty":                           who("", "Pulumi.dev.yaml", "-"),
		"Pulumi.none.yaml":                      who("", "Pulumi.none.yaml", "as.json"),
		"from standard input, not both":         who("", "-", "-"),
		"wants two files":                       who("", "Pulumi.dev.yaml"),
		"must be an API in the account":         who("", "-api", strings.Replace(apiArn, "1111", "4444", 1), "Pulumi.dev.yaml", "as.json"),
		"-api: \"x\" must be the execution ARN": who("", "-api", "x", "Pulumi.dev.yaml", "as.json"),
		"wants -api with the execution ARN":     run(t, dir, "", "who", "Pulumi.dev.yaml", "as.json"),
	} {
		assert.Equal(t, 1, r.code, name)
		assert.Empty(t, r.out, name)
		assert.Contains(t, r.log, name)
		assert.Equal(t, 1, strings.Count(r.log, "\n"), r.log)
	}

	args := []string{"who", "-api", apiArn, filepath.Join(dir, "Pulumi.dev.yaml"), filepath.Join(dir, "as.json")}
	for _, args := range [][]string{args, append(args, "-json")} {
		_, err := command(args, strings.NewReader(""), failing{}, &strings.Builder{})
		assert.Error(t, err)
	}
}

// TestPermissionSets has the role of a permission set that refers to a policy of the
// stack, and one that refers to another policy, too.
func TestPermissionSets(t *testing.T) {
	role := func(name, more string) string {
		return `{"Arn":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/` + name + `","AssumeRolePolicyDocument":{},
			"AttachedManagedPolicies":[{"PolicyArn":"arn:aws:iam::111122223333:policy/Readers"}` + more + `]}`
	}
	managed := func(arn, resources string) string {
		return fmt.Sprintf(`{"Arn":"%s","PolicyVersionList":[{"IsDefaultVersion":true,"Document":{"Statement":
			{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"%s/%s"}}}]}`, arn, apiArn, resources)
	}
	describe := func(more string) string {
		return `{"UserDetailList":[],"GroupDetailList":[],"RoleDetailList":[` + role("AWSReservedSSO_Readers_1", more) + `],"Policies":[` +
			managed("arn:aws:iam::111122223333:policy/Readers", "prod/GET/x") + "," + managed("arn:aws:iam::aws:policy/All", "*") + `]}`
	}
	dir := folder(t, map[string]string{"Pulumi.dev.yaml": strings.Replace(small, "readOnly: {", "readOnly: {name: Readers, ", 1)})
	assert.Zero(t, run(t, dir, describe(""), "who", "-api", apiArn, "Pulumi.dev.yaml", "-").code)
	more := run(t, dir, describe(`,{"PolicyArn":"arn:aws:iam::aws:policy/All"}`), "who", "-api", apiArn, "Pulumi.dev.yaml", "-")
	assert.Equal(t, 11, more.code, more.log)
	assert.Contains(t, more.out, "beyond the matrix: POST /x")
}

// TestDeclaredTrust has a role of the stack whose trust policy in the account is the
// stack's, or a different one.
func TestDeclaredTrust(t *testing.T) {
	dir := folder(t, map[string]string{"Pulumi.dev.yaml": small + "  roles: {runner: {trust: {service: lambda}, policies: [readOnly]}}\n"})
	for service, declared := range map[string]bool{"lambda": true, "ec2": false} {
		role := fmt.Sprintf(`{"Arn":"arn:aws:iam::111122223333:role/runner","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[
			{"Sid":"AssumeByService","Effect":"Allow","Principal":{"Service":["%s.amazonaws.com"]},"Action":"sts:AssumeRole"}]},
			"RolePolicyList":[{"PolicyName":"p","PolicyDocument":{"Statement":
			{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"%s/prod/GET/x"}}}]}`, service, apiArn)
		r := run(t, dir, strings.Replace(details("none"), `"RoleDetailList":[`, `"RoleDetailList":[`+role, 1),
			"who", "-json", "-api", apiArn, "Pulumi.dev.yaml", "-")
		require.Zero(t, r.code, r.log)
		var decoded struct{ Becomes []struct{ OfStack bool } }
		require.NoError(t, json.Unmarshal([]byte(r.out), &decoded))
		require.Len(t, decoded.Becomes, 1, r.out)
		assert.Equal(t, declared, decoded.Becomes[0].OfStack, service)
	}
}
