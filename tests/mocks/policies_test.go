package mocks

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/tests/mocks/recorder"
)

// object and list are types of decoded JSON.
type (
	object = map[string]any
	list   = []any
)

// invokeDocument returns an invoke policy's document, with one statement on these
// resources.
func invokeDocument(resources ...any) object {
	return object{"Version": "2012-10-17", "Statement": list{object{
		"Sid":      "InvokeApi",
		"Effect":   "Allow",
		"Action":   "execute-api:Invoke",
		"Resource": list(resources),
	}}}
}

// under adds a condition to a document's only statement.
func under(condition, document object) object {
	document["Statement"].(list)[0].(object)["Condition"] = condition
	return document
}

// assumeDocument returns the policy of principals that assume the roles.
func assumeDocument(roles ...any) object {
	return object{"Version": "2012-10-17", "Statement": list{object{
		"Sid":      "AssumeApiRole",
		"Effect":   "Allow",
		"Action":   "sts:AssumeRole",
		"Resource": list(roles),
	}}}
}

// output returns the decoded document in an output of the stack.
func output(t *testing.T, recording recorder.Recording, name string) object {
	t.Helper()
	text, ok := recording.Outputs[name].Value.(string)
	require.True(t, ok, "the output %s is %v", name, recording.Outputs[name])
	return recorder.Decode(t, text)
}

func TestInvokePolicyDocuments(t *testing.T) {
	routes, errs := access.NewRoutes(map[string]access.Authorization{
		"GET /products": "", "POST /products": "", "GET /products/{id}": "", "ANY /orders": "", "GET /files/{file+}": "",
	})
	require.Empty(t, errs)
	for name, row := range map[string]struct {
		stage string
		allow []string
		below list // what follows the execution ARN
	}{
		"routes":           {"prod", []string{"POST /products", "GET /products"}, list{"/prod/GET/products", "/prod/POST/products"}},
		"a method":         {"prod", []string{"POST *"}, list{"/prod/POST/orders", "/prod/POST/products"}},
		"the whole stage":  {"prod", []string{"*"}, list{"/prod/*"}},
		"the $default one": {"$default", []string{"GET /products"}, list{"/$default/GET/products"}},
	} {
		for _, cloud := range []recorder.Cloud{recorder.AWS, recorder.GovCloud, recorder.China} {
			t.Run(name+" in "+cloud.Partition, func(t *testing.T) {
				recording := deployWith(t, recorder.Run{Cloud: cloud}, newInvokePolicy, func(g given) *invokeArgs {
					return &invokeArgs{ExecutionArn: g.executionArn, Stage: row.stage, Routes: routes, Allow: row.allow}
				})
				arn := "arn:" + cloud.Partition + ":execute-api:" + cloud.Region + ":111122223333:" + recording.Named(t, recorder.Api, "given").ID
				resources := list{}
				for _, below := range row.below {
					resources = append(resources, arn+below.(string))
				}
				policy := only(t, recording, recorder.Policy)
				require.Equal(t, invokeDocument(resources...), policy.Document(t, "policy"))
				require.Equal(t, object{"names": list{""}, "arns": list{policy.Output("arn")}, "documents": list{policy.Input("policy")}},
					recorder.Plain(recording.Outputs))
			})
		}
	}
}

func TestInvokePolicyIsUnknownInAPreview(t *testing.T) {
	recording := find("InvokePolicy").deploy(t, recorder.Run{Preview: true}, "one")
	require.Equal(t, recorder.Unknown, only(t, recording, recorder.Policy).Input("policy"))
	require.Equal(t, object{"names": list{""}, "arns": list{recorder.Unknown}, "documents": list{recorder.Unknown}}, recorder.Plain(recording.Outputs))
}

func TestInvokePolicyIsKnownInAPreviewIfTheApiIs(t *testing.T) {
	const arn = "arn:aws-us-gov:execute-api:us-gov-west-1:111122223333:abc"
	recording := deployWith(t, recorder.Run{Preview: true}, newInvokePolicy, func(g given) *invokeArgs {
		args := invokePolicyArgs(g, "one")
		args.ExecutionArn = pulumi.String(arn)
		return args
	})
	require.Equal(t, under(object{
		"IpAddress":    object{"aws:SourceIp": list{"2001:db8::/32", "203.0.113.0/24"}},
		"DateLessThan": object{"aws:CurrentTime": "2026-12-31T00:00:00Z"},
		"Bool":         object{"aws:MultiFactorAuthPresent": "true"},
		"StringEquals": object{"aws:PrincipalTag/team": "shop"},
	}, invokeDocument(arn+"/live/GET/products", arn+"/live/PUT/orders/*/items")), only(t, recording, recorder.Policy).Document(t, "policy"))
}

func TestCallerAccess(t *testing.T) {
	for _, cloud := range []recorder.Cloud{recorder.AWS, recorder.GovCloud} {
		t.Run(cloud.Partition, func(t *testing.T) {
			recording := find("CallerAccess").deploy(t, recorder.Run{Cloud: cloud}, "one")
			role := "arn:" + cloud.Partition + ":iam::111122223333:role/given"
			policy := only(t, recording, recorder.Policy)
			require.Equal(t, assumeDocument(role), policy.Document(t, "policy"))
			require.Equal(t, assumeDocument(role), output(t, recording, "document"))
			require.Equal(t, policy.Output("arn"), recording.Outputs["policyArn"].Value)
		})
	}
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("CallerAccess").deploy(t, run, "one")
		arn := only(t, recording, recorder.Policy).Output("arn")
		attachment := only(t, recording, recorder.RolePolicyAttachment)
		require.Equal(t, "deployer-of-one", attachment.Input("role"))
		require.Equal(t, arn, attachment.Input("policyArn"))
		require.Empty(t, recording.All(recorder.RolePolicyAttachmentsExclusive), "the role is not this program's")
		require.Equal(t, "one", only(t, recording, recorder.Group).Input("name"))
		require.Equal(t, arn, only(t, recording, recorder.GroupPolicyAttachment).Input("policyArn"))
		require.Equal(t, list{"my-user", "your-user"}, only(t, recording, recorder.GroupMembership).Input("users"))
	})
}

func TestCallerAccessOfSeveralRoles(t *testing.T) {
	recording := deployWith(t, recorder.Run{}, components.NewCallerAccess, func(g given) *components.CallerAccessArgs {
		return &components.CallerAccessArgs{
			RoleArns: []pulumi.StringInput{g.roleArn, pulumi.String("arn:aws:iam::111122223333:role/a")},
			Roles:    []string{"deployer"},
		}
	})
	require.Equal(t, assumeDocument("arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/given"),
		only(t, recording, recorder.Policy).Document(t, "policy"))
	require.Empty(t, recording.All(recorder.Group), "no group by default")
}

// TestCallerAccessOfNoRole checks an ARN that is refused once it is known.
func TestCallerAccessOfNoRole(t *testing.T) {
	_, err := recorder.Run{}.Do(func(ctx *pulumi.Context) error {
		_, err := components.NewCallerAccess(ctx, "caller", &components.CallerAccessArgs{
			RoleArns: []pulumi.StringInput{pulumi.String("arn:aws:iam::111122223333:role/*")},
			Roles:    []string{"deployer"},
		})
		return err
	})
	require.ErrorContains(t, err, `RoleArns: "arn:aws:iam::111122223333:role/*" must be the ARN of a role`)
}
