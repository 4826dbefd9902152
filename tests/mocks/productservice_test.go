package mocks

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/tests/mocks/recorder"
)

func TestProductService(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("ProductService").deploy(t, run, "one")
		component := only(t, recording, components.TypeProductService)
		require.Equal(t, object{"deletionProtection": true}, inputs(component))
		for _, r := range ofComponents(recording) {
			require.True(t, !r.Custom || r.Parent == component.URN, "the parent of %s", r)
			require.Equal(t, r.Type == recorder.Function, len(r.ReplaceOnChanges) > 0, "whether changes replace %s", r)
			require.Equal(t, r.Type == recorder.Table, r.Protected, "whether Pulumi protects %s", r)
		}

		table, logs := only(t, recording, recorder.Table), only(t, recording, recorder.LogGroup)
		require.Equal(t, object{
			"billingMode":               "PAY_PER_REQUEST",
			"hashKey":                   "id",
			"attributes":                list{object{"name": "id", "type": "S"}},
			"pointInTimeRecovery":       object{"enabled": true},
			"deletionProtectionEnabled": true,
		}, inputs(table))
		require.Equal(t, object{"namePrefix": "/aws/lambda/one-", "retentionInDays": 90.0}, inputs(logs))

		function, role := only(t, recording, recorder.Function), only(t, recording, recorder.Role)
		require.Equal(t, archivePath, function.Archive(t, "code"))
		require.Equal(t, []string{"code"}, function.ReplaceOnChanges)
		settings := inputs(function)
		delete(settings, "code")
		require.Equal(t, object{
			"runtime":       "provided.al2023",
			"architectures": list{"arm64"},
			"handler":       "bootstrap",
			"memorySize":    128.0,
			"timeout":       10.0,
			"role":          role.Output("arn"),
			"environment":   object{"variables": object{"TABLE_NAME": table.Output("name")}},
			"loggingConfig": object{"logFormat": "JSON", "logGroup": logs.Output("name")},
		}, settings)
		attachment := only(t, recording, recorder.RolePolicyAttachment)
		require.Subset(t, function.DependsOn, []resource.URN{role.URN, table.URN, logs.URN, attachment.URN},
			"no function runs without its permissions")
	})
}

func TestProductServicePermissions(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		run.Cloud = recorder.GovCloud
		recording := find("ProductService").deploy(t, run, "one")
		role, policy := only(t, recording, recorder.Role), only(t, recording, recorder.Policy)
		require.Equal(t, trustService("AssumeByFunctions", "lambda"), role.Document(t, "assumeRolePolicy"))
		require.Equal(t, true, role.Input("forceDetachPolicies"))
		require.Len(t, inputs(role), 2, "no inline or managed policies")

		name := role.Output("name")
		attachment := only(t, recording, recorder.RolePolicyAttachment)
		require.Equal(t, object{"role": name, "policyArn": policy.Output("arn")}, inputs(attachment))
		requireExclusive(t, recording, recorder.RolePolicyAttachmentsExclusive, recorder.RolePolicyAttachment, "roleName", name)
		require.Equal(t, object{"roleName": name, "policyNames": list{}}, inputs(only(t, recording, recorder.RolePoliciesExclusive)))

		if run.Preview {
			require.Equal(t, recorder.Unknown, policy.Input("policy"))
			return
		}
		table, logs := only(t, recording, recorder.Table).Output("arn"), only(t, recording, recorder.LogGroup).Output("arn")
		require.Regexp(t, "^arn:aws-us-gov:dynamodb:us-gov-west-1:111122223333:table/one-table-[0-9]{7}$", table)
		require.Regexp(t, "^arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:/aws/lambda/one-[0-9]{7}$", logs)
		require.Equal(t, object{"Version": "2012-10-17", "Statement": list{
			object{"Sid": "KeepProducts", "Effect": "Allow", "Action": list{"dynamodb:PutItem", "dynamodb:Scan"}, "Resource": table},
			object{"Sid": "WriteLog", "Effect": "Allow", "Action": list{"logs:CreateLogStream", "logs:PutLogEvents"}, "Resource": logs.(string) + ":*"},
		}}, policy.Document(t, "policy"))
	})
}

func TestProductServiceDefaults(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployWith(t, run, components.NewProductService, func(given) *components.ProductServiceArgs {
			return &components.ProductServiceArgs{Archive: archivePath}
		})
		require.Equal(t, 365.0, only(t, recording, recorder.LogGroup).Input("retentionInDays"))
		table := only(t, recording, recorder.Table)
		require.Equal(t, false, table.Input("deletionProtectionEnabled"))
		require.False(t, table.Protected)
		require.Nil(t, only(t, recording, recorder.Role).Input("permissionsBoundary"))
	})
}

// TestProtectedProductService protects the component in Pulumi, and so its children.
func TestProtectedProductService(t *testing.T) {
	recording := recorder.Run{}.Must(t, func(ctx *pulumi.Context) error {
		_, err := components.NewProductService(ctx, "one", &components.ProductServiceArgs{Archive: archivePath}, pulumi.Protect(true))
		return err
	})
	for _, r := range ofComponents(recording) {
		require.True(t, r.Protected, "%s is not protected", r)
	}
}

func TestProductServiceOutputs(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := run.Must(t, func(ctx *pulumi.Context) error {
			one, err := components.NewProductService(ctx, "one", productServiceArgs(given{}, "one"))
			if err != nil {
				return err
			}
			recorder.Export(ctx, one)
			ctx.Export("function", one.Function.Name)
			ctx.Export("invokeArn", one.Function.InvokeArn)
			return nil
		})
		function := only(t, recording, recorder.Function)
		require.Equal(t, object{
			"function":     function.Output("name"),
			"invokeArn":    function.Output("invokeArn"),
			"logGroupName": only(t, recording, recorder.LogGroup).Output("name"),
			"tableName":    only(t, recording, recorder.Table).Output("name"),
		}, recorder.Plain(recording.Outputs))
	})
}

// TestProductServiceNames checks names against Lambda's 64 characters and the
// alphabets of IAM and DynamoDB.
func TestProductServiceNames(t *testing.T) {
	for _, name := range []string{"a", "A_b-9", long(47)} {
		recording := find("ProductService").deploy(t, recorder.Run{}, name)
		require.LessOrEqual(t, len(only(t, recording, recorder.Function).ID), 64, name)
	}
	for _, name := range []string{"", long(48), "a b", "a/b", "a.b", "a#b", "a+b", "ä", "a\n"} {
		t.Run(name, func(t *testing.T) {
			requireRefused(t, fmt.Sprintf("ProductService %q", name), []problem{{"name", "", `must be 1 to 47 letters, digits and "_-"`}},
				func(ctx *pulumi.Context, g given) error {
					_, err := components.NewProductService(ctx, name, productServiceArgs(g, name))
					return err
				})
		})
	}
}
