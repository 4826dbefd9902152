package mocks

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/mocks/recorder"
	"iam-secured-api/tests/names"
)

// decoded returns the outputs with their documents decoded.
func decoded(t *testing.T, recording recorder.Recording) object {
	t.Helper()
	outputs := recorder.Plain(recording.Outputs)
	for _, documents := range outputs["policyDocuments"].(object) {
		for i, document := range documents.(list) {
			documents.(list)[i] = recorder.Decode(t, document.(string))
		}
	}
	for _, role := range outputs["roles"].(object) {
		for _, name := range []string{"trustPolicy", "callerPolicy"} {
			if document, has := role.(object)[name].(string); has {
				role.(object)[name] = recorder.Decode(t, document)
			}
		}
	}
	return outputs
}

// TestOutputs checks all outputs of a stack that uses every key, in GovCloud.
func TestOutputs(t *testing.T) {
	recording := deployStack(t, recorder.Run{Cloud: recorder.GovCloud}, rich(t))
	api := recording.One(t, recorder.Api).ID
	const iam, other = "arn:aws-us-gov:iam::111122223333:", "arn:aws-us-gov:iam::000055556666:"
	arn := "arn:aws-us-gov:execute-api:us-gov-west-1:111122223333:" + api
	stage := arn + "/$default"
	documents := object{
		"readOnly": list{invokeDocument(stage+"/GET/orders/*", stage+"/GET/products")},
		"orders": list{under(object{
			"IpAddress": object{"aws:SourceIp": list{"2001:db8::/32", "203.0.113.0/24"}},
			"Bool":      object{"aws:MultiFactorAuthPresent": "true"},
		}, ordersDocument(stage))},
		"files": list{under(object{
			"DateLessThan": object{"aws:CurrentTime": "2027-01-01T00:00:00Z"},
			"StringEquals": object{"aws:PrincipalTag/team": "shop"},
		}, invokeDocument(stage+"/GET/files/*"))},
		"reads":      list{invokeDocument(stage+"/GET/files/*", stage+"/GET/health", stage+"/GET/orders/*", stage+"/GET/products")},
		"everything": list{invokeDocument(stage + "/*")},
		"nobody":     list{invokeDocument(stage + "/POST/products")},
	}
	staff := list{invokeDocument(stage + "/GET/products"), invokeDocument(stage + "/POST/products")}
	arns := object{}
	for name := range documents {
		policy := recording.Named(t, recorder.Policy, name+"-invoke")
		arns[name] = list{policy.ID}
		require.Equal(t, documents[name], list{policy.Document(t, "policy")})
	}
	documents["staff"] = staff
	arns["staff"] = list{iam + "policy/shop/ShopStaff", iam + "policy/shop/ShopStaff-1"}
	roles := object{
		"reports": object{"arn": iam + "role/reports", "instanceProfileName": "reports", "trustPolicy": trustService("AssumeByInstances", "ec2")},
		"idle":    object{"arn": iam + "role/idle", "instanceProfileName": "idle", "trustPolicy": trustService("AssumeByInstances", "ec2")},
		"partner": object{
			"arn": iam + "role/partner", "externalId": "partner-7",
			"trustPolicy": trustAccount("000055556666", list{other + "role/deployer", other + "user/team/buyer"}, object{
				"StringEquals": object{"sts:ExternalId": "partner-7"}, "Bool": object{"aws:MultiFactorAuthPresent": "true"},
			}),
			"callerPolicy": assumeDocument(iam + "role/partner"),
		},
		"sister": object{
			"arn":          iam + "role/sister",
			"trustPolicy":  trustAccount("444455556666", "arn:aws-us-gov:iam::444455556666:root", nil),
			"callerPolicy": assumeDocument(iam + "role/sister"),
		},
	}
	for name, role := range roles {
		require.Equal(t, role.(object)["trustPolicy"], recording.Named(t, recorder.Role, name+"-role").Document(t, "assumeRolePolicy"))
	}
	require.Equal(t, object{
		"invokeUrl":       "https://" + api + ".execute-api.us-gov-west-1.amazonaws.com",
		"apiId":           api,
		"executionArn":    arn,
		"stageName":       "$default",
		"policyArns":      arns,
		"policyDocuments": documents,
		"users": object{
			"ann": object{"arn": iam + "user/ann", "groups": list{"Readers", "Clerks"}},
			"bob": object{"arn": iam + "user/bob", "groups": list{"Readers"}, "accessKeyId": recording.One(t, recorder.AccessKey).ID},
			"cat": object{"arn": iam + "user/cat", "groups": list{}},
		},
		"secretAccessKeys": object{"bob": recorder.SecretKey + "bob"},
		"roles":            roles,
		"existingRoles":    object{"task": object{"arn": iam + "role/task"}},
		"accessMatrix":     richMatrix,
	}, decoded(t, recording))
}

// ordersDocument lists the methods of an ANY route.
func ordersDocument(stage string) object {
	resources := list{}
	for _, method := range []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"} {
		resources = append(resources, stage+"/"+method+"/orders/*")
	}
	return invokeDocument(resources...)
}

func TestOnlyTheSecretKeysAreSecret(t *testing.T) {
	eachStack(t, func(t *testing.T, recording recorder.Recording) {
		outputs := recorder.Plain(recording.Outputs)
		require.ElementsMatch(t, names.Outputs, slices.Collect(maps.Keys(outputs)))
		for key, output := range recording.Outputs {
			name := string(key)
			if name == "secretAccessKeys" {
				require.True(t, output.IsSecret(), "the whole output, names of users included")
				continue
			}
			require.False(t, output.ContainsSecrets(), "secrets in %s", name)
			require.NotContains(t, fmt.Sprint(outputs[name]), recorder.SecretKey, "in %s", name)
		}
	})
}

// TestOutputsOfAPreview checks what is known before anything exists.
func TestOutputsOfAPreview(t *testing.T) {
	outputs := recorder.Plain(deployStack(t, recorder.Run{Preview: true}, stack(t, "sandbox")).Outputs)
	require.Equal(t, "prod", outputs["stageName"])
	require.Equal(t, recorder.Unknown, outputs["invokeUrl"])
	require.Equal(t, object{"readOnly": list{recorder.Unknown}, "admin": list{recorder.Unknown}}, outputs["policyDocuments"])
	require.Equal(t, object{"arn": recorder.Unknown, "groups": list{"Admin-Group"}, "accessKeyId": recorder.Unknown},
		outputs["users"].(object)["jane-admin"])
	role := outputs["roles"].(object)["products-reader"].(object)
	require.Equal(t, recorder.Unknown, role["arn"])
	require.Equal(t, "products-reader", role["instanceProfileName"])
	require.Equal(t, trustService("AssumeByInstances", "ec2"), recorder.Decode(t, role["trustPolicy"].(string)), "it names no ARN")
}

// TestOutputsOfEveryKind requires the outputs that each kind of role has.
func TestOutputsOfEveryKind(t *testing.T) {
	always := []string{"arn", "trustPolicy"}
	want := map[string][]string{
		"products-reader": append(always, "instanceProfileName"), "checkout": always, "sisters": append(always, "callerPolicy"),
		"partner": append(always, "callerPolicy", "externalId"), "ci": always, "catalog": always, "shoppers": always,
	}
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployStack(t, run, everyKind(t))
		roles := recording.Output("roles").(object)
		require.Len(t, roles, len(want))
		for name, role := range roles {
			require.ElementsMatch(t, want[name], slices.Collect(maps.Keys(role.(object))), name)
			trust := recording.Named(t, recorder.Role, name+"-role").Input("assumeRolePolicy")
			require.Equal(t, trust, role.(object)["trustPolicy"], name)
		}
	})
}

// TestOutputsOfAnEmptyStack requires empty maps where nobody is configured.
func TestOutputsOfAnEmptyStack(t *testing.T) {
	settings := recorder.ParseStack(t, "config: {routes: {GET /x: {}}, backend: {url: https://backend.example.com}}")
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployStack(t, run, settings)
		for _, name := range []string{"policyArns", "policyDocuments", "users", "secretAccessKeys", "roles", "existingRoles"} {
			require.Equal(t, object{}, recording.Output(name), name)
		}
	})
}
