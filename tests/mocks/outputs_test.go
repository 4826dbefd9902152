package mocks

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/mocks/recorder"
)

// outputNames lists the outputs that every stack has.
var outputNames = []string{
	"invokeUrl", "apiId", "executionArn", "stageName", "policyArns", "policyDocuments",
	"users", "secretAccessKeys", "roles", "accessMatrix",
}

// decoded returns the outputs with their documents decoded.
func decoded(t *testing.T, recording recorder.Recording) map[string]any {
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

func TestOutputsOfTheSandboxStack(t *testing.T) {
	recording := deployStack(t, recorder.Run{}, stack(t, "sandbox"))
	api := recording.One(t, recorder.Api).ID
	arn := "arn:aws:execute-api:us-east-1:111122223333:" + api
	iam := "arn:aws:iam::111122223333:"
	policyArn := func(name string) list { return list{recording.Named(t, recorder.Policy, name+"-invoke").ID} }
	require.Equal(t, map[string]any{
		"invokeUrl":       "https://" + api + ".execute-api.us-east-1.amazonaws.com/prod",
		"apiId":           api,
		"executionArn":    arn,
		"stageName":       "prod",
		"policyArns":      object{"readOnly": policyArn("readOnly"), "admin": policyArn("admin")},
		"policyDocuments": object{"readOnly": list{invokeDocument(arn + "/prod/GET/products")}, "admin": list{invokeDocument(arn + "/prod/*")}},
		"users": object{
			"john-readonly": object{
				"arn": iam + "user/john-readonly", "groups": list{"ReadOnly-Group"},
				"accessKeyId": recording.Named(t, recorder.AccessKey, "john-readonly-key").ID,
			},
			"jane-admin": object{
				"arn": iam + "user/jane-admin", "groups": list{"Admin-Group"},
				"accessKeyId": recording.Named(t, recorder.AccessKey, "jane-admin-key").ID,
			},
		},
		"secretAccessKeys": object{"john-readonly": recorder.SecretKey + "john-readonly", "jane-admin": recorder.SecretKey + "jane-admin"},
		"roles": object{
			"products-reader": object{"arn": iam + "role/products-reader", "instanceProfileName": "products-reader", "trustPolicy": instanceTrust},
			"api-gateway-executor-role": object{
				"arn":          iam + "role/api-gateway-executor-role",
				"trustPolicy":  trustDocument("444455556666", "arn:aws:iam::444455556666:user/my-user", nil),
				"callerPolicy": assumeDocument(iam + "role/api-gateway-executor-role"),
			},
		},
		"accessMatrix": sandboxMatrix,
	}, decoded(t, recording))
}

func TestOutputsOfARichStackInGovCloud(t *testing.T) {
	recording := deployStack(t, recorder.Run{Cloud: recorder.GovCloud}, rich(t))
	api := recording.One(t, recorder.Api).ID
	arn := "arn:aws-us-gov:execute-api:us-gov-west-1:111122223333:" + api + "/$default"
	iam := "arn:aws-us-gov:iam::111122223333:"
	outputs := decoded(t, recording)

	require.Equal(t, "https://"+api+".execute-api.us-gov-west-1.amazonaws.com", outputs["invokeUrl"], "without a slash at the end")
	require.Equal(t, "$default", outputs["stageName"])
	require.Equal(t, object{
		"readOnly": list{invokeDocument(arn+"/GET/orders/*", arn+"/GET/products")},
		"orders": list{under(object{
			"IpAddress": object{"aws:SourceIp": list{"2001:db8::/32", "203.0.113.0/24"}},
			"Bool":      object{"aws:MultiFactorAuthPresent": "true"},
		}, ordersDocument(arn))},
		"files": list{under(object{
			"DateLessThan": object{"aws:CurrentTime": "2027-01-01T00:00:00Z"},
			"StringEquals": object{"aws:PrincipalTag/team": "shop"},
		}, invokeDocument(arn+"/GET/files/*"))},
		"reads":      list{invokeDocument(arn+"/GET/files/*", arn+"/GET/health", arn+"/GET/orders/*", arn+"/GET/products")},
		"everything": list{invokeDocument(arn + "/*")},
		"nobody":     list{invokeDocument(arn + "/POST/products")},
	}, outputs["policyDocuments"])
	require.Equal(t, object{
		"ann": object{"arn": iam + "user/ann", "groups": list{"Readers", "Clerks"}},
		"bob": object{"arn": iam + "user/bob", "groups": list{"Readers"}, "accessKeyId": recording.One(t, recorder.AccessKey).ID},
		"cat": object{"arn": iam + "user/cat", "groups": list{}},
	}, outputs["users"])
	require.Equal(t, object{"bob": recorder.SecretKey + "bob"}, outputs["secretAccessKeys"])
	other := "arn:aws-us-gov:iam::000055556666:"
	require.Equal(t, object{
		"reports": object{"arn": iam + "role/reports", "instanceProfileName": "reports", "trustPolicy": instanceTrust},
		"idle":    object{"arn": iam + "role/idle", "instanceProfileName": "idle", "trustPolicy": instanceTrust},
		"partner": object{
			"arn": iam + "role/partner", "externalId": "partner-7",
			"trustPolicy": trustDocument("000055556666", list{other + "role/deployer", other + "user/team/buyer"}, object{
				"StringEquals": object{"sts:ExternalId": "partner-7"}, "Bool": object{"aws:MultiFactorAuthPresent": "true"},
			}),
			"callerPolicy": assumeDocument(iam + "role/partner"),
		},
		"sister": object{
			"arn":          iam + "role/sister",
			"trustPolicy":  trustDocument("444455556666", "arn:aws-us-gov:iam::444455556666:root", nil),
			"callerPolicy": assumeDocument(iam + "role/sister"),
		},
	}, outputs["roles"])
}

// ordersDocument lists the methods of an ANY route.
func ordersDocument(arn string) object {
	resources := list{}
	for _, method := range []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"} {
		resources = append(resources, arn+"/"+method+"/orders/*")
	}
	return invokeDocument(resources...)
}

// TestOutputsAreThoseOfTheResources compares the documents in the outputs with the
// resources'.
func TestOutputsAreThoseOfTheResources(t *testing.T) {
	recording := deployStack(t, recorder.Run{}, rich(t))
	outputs := decoded(t, recording)
	for name, documents := range outputs["policyDocuments"].(object) {
		policy := recording.Named(t, recorder.Policy, name+"-invoke")
		require.Equal(t, list{policy.Document(t, "policy")}, documents)
		require.Equal(t, list{policy.ID}, outputs["policyArns"].(object)[name])
	}
	for name, role := range outputs["roles"].(object) {
		created := recording.Named(t, recorder.Role, name+"-role")
		require.Equal(t, created.Document(t, "assumeRolePolicy"), role.(object)["trustPolicy"])
		require.Equal(t, created.Output("arn"), role.(object)["arn"])
	}
}

func TestOnlyTheSecretKeysAreSecret(t *testing.T) {
	eachStack(t, func(t *testing.T, recording recorder.Recording) {
		require.ElementsMatch(t, outputNames, slices.Collect(maps.Keys(recording.Outputs)))
		for name, output := range recording.Outputs {
			if name == "secretAccessKeys" {
				require.True(t, output.Secret, "the whole output, names of users included")
				continue
			}
			require.Empty(t, output.Secrets(), "secrets in %s", name)
			require.NotContains(t, fmt.Sprint(output.Plain()), recorder.SecretKey, "in %s", name)
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
	require.Equal(t, instanceTrust, recorder.Decode(t, role["trustPolicy"].(string)), "it names no ARN")
}

// TestOutputsOfAnEmptyStack requires empty maps where nobody is configured.
func TestOutputsOfAnEmptyStack(t *testing.T) {
	settings := recorder.ParseStack(t, "config: {routes: {GET /x: {}}, backend: {url: https://backend.example.com}}")
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		outputs := recorder.Plain(deployStack(t, run, settings).Outputs)
		for _, name := range []string{"policyArns", "policyDocuments", "users", "secretAccessKeys", "roles"} {
			require.Equal(t, object{}, outputs[name], name)
		}
	})
}
