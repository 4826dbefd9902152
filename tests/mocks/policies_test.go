package mocks

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/tests/mocks/recorder"
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
	text, ok := recording.Output(name).(string)
	require.True(t, ok, "the output %s is %v", name, recording.Output(name))
	return recorder.Decode(t, text)
}

// TestInvokePolicy checks the document of a policy, which a preview knows only if it
// knows the API.
func TestInvokePolicy(t *testing.T) {
	const arn = "arn:aws-us-gov:execute-api:us-gov-west-1:111122223333:abc"
	document := under(object{
		"IpAddress":    object{"aws:SourceIp": list{"2001:db8::/32", "203.0.113.0/24"}},
		"DateLessThan": object{"aws:CurrentTime": "2026-12-31T00:00:00Z"},
		"Bool":         object{"aws:MultiFactorAuthPresent": "true"},
		"StringEquals": object{"aws:PrincipalTag/team": "shop"},
	}, invokeDocument(arn+"/live/GET/products", arn+"/live/PUT/orders/*/items"))
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployWith(t, run, newInvokePolicy, func(g given) *invokeArgs {
			args := invokePolicyArgs(g, "one")
			args.ExecutionArn = pulumi.String(arn)
			return args
		})
		policy := only(t, recording, recorder.Policy)
		require.Equal(t, document, policy.Document(t, "policy"))
		require.Equal(t, object{
			"names": list{""}, "arns": list{policy.Output("arn")}, "documents": list{policy.Input("policy")},
		}, recorder.Plain(recording.Outputs))
	})
	recording := find("InvokePolicy").deploy(t, recorder.Run{Preview: true}, "one")
	require.Equal(t, recorder.Unknown, only(t, recording, recorder.Policy).Input("policy"))
	require.Equal(t, object{
		"names": list{""}, "arns": list{recorder.Unknown}, "documents": list{recorder.Unknown},
	}, recorder.Plain(recording.Outputs))
}

func TestCallerAccess(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		run.Cloud = recorder.GovCloud
		recording := find("CallerAccess").deploy(t, run, "one")
		policy := only(t, recording, recorder.Policy)
		arn := policy.Output("arn")
		require.Equal(t, arn, recording.Output("policyArn"))
		if !run.Preview {
			role := "arn:aws-us-gov:iam::111122223333:role/given"
			require.Equal(t, assumeDocument(role), policy.Document(t, "policy"))
			require.Equal(t, assumeDocument(role), output(t, recording, "document"))
		}
		require.Equal(t, object{"role": "deployer-of-one", "policyArn": arn}, inputs(only(t, recording, recorder.RolePolicyAttachment)))
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

// TestCallerAccessOfAWildcard checks an ARN that is refused once it is known.
func TestCallerAccessOfAWildcard(t *testing.T) {
	_, err := recorder.Run{}.Do(func(ctx *pulumi.Context) error {
		_, err := components.NewCallerAccess(ctx, "caller", &components.CallerAccessArgs{
			RoleArns: []pulumi.StringInput{pulumi.String("arn:aws:iam::111122223333:role/*")},
			Roles:    []string{"deployer"},
		})
		return err
	})
	require.ErrorContains(t, err, `RoleArns: "arn:aws:iam::111122223333:role/*" must be the ARN of a role`)
}

// TestCallerAccessOfTooManyRoles checks that a policy that is too long is refused: before
// anything is registered if the ARNs are plain values, and once they are known otherwise.
func TestCallerAccessOfTooManyRoles(t *testing.T) {
	for name, input := range map[string]func(string) pulumi.StringInput{
		"plain values": func(arn string) pulumi.StringInput { return pulumi.String(arn) },
		"outputs":      func(arn string) pulumi.StringInput { return pulumi.String(arn).ToStringOutput() },
	} {
		recording, err := recorder.Run{}.Do(func(ctx *pulumi.Context) error {
			args := &components.CallerAccessArgs{Roles: []string{"deployer"}}
			for i := range 150 {
				args.RoleArns = append(args.RoleArns, input(fmt.Sprintf("arn:aws:iam::111122223333:role/team/reader-%d", i)))
			}
			_, err := components.NewCallerAccess(ctx, "caller", args)
			return err
		})
		require.ErrorContains(t, err, `CallerAccess "caller": RoleArns: 150 roles: the document has `, name)
		require.ErrorContains(t, err, "a managed policy takes at most 6144", name)
		require.Empty(t, recording.All(recorder.Policy), name)
	}
}
