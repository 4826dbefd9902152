package mocks

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/tests/mocks/recorder"
)

func TestProductServiceIsTheParent(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("ProductService").deploy(t, run, "one")
		component := only(t, recording, components.TypeProductService)
		for _, r := range ofComponents(recording) {
			require.True(t, !r.Custom || r.Parent == component.URN, "the parent of %s", r)
		}
		require.Equal(t, resource.PropertyMap{"deletionProtection": resource.NewProperty(true)}, component.Inputs)
	})
}

func TestProductServiceTable(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		for _, protected := range []bool{false, true} {
			recording := deployWith(t, run, components.NewProductService, func(given) *components.ProductServiceArgs {
				return &components.ProductServiceArgs{Archive: archivePath, DeletionProtection: protected}
			})
			table := only(t, recording, recorder.Table)
			require.Equal(t, "PAY_PER_REQUEST", table.Input("billingMode"))
			require.Equal(t, "id", table.Input("hashKey"))
			require.Nil(t, table.Input("rangeKey"))
			require.Equal(t, list{object{"name": "id", "type": "S"}}, table.Input("attributes"))
			require.Equal(t, object{"enabled": true}, table.Input("pointInTimeRecovery"))
			require.Equal(t, protected, table.Input("deletionProtectionEnabled"))
			require.Nil(t, table.Input("streamEnabled"))
		}
	})
}

func TestProductServiceFunction(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("ProductService").deploy(t, run, "one")
		function := only(t, recording, recorder.Function)
		require.Equal(t, "provided.al2023", function.Input("runtime"))
		require.Equal(t, list{"arm64"}, function.Input("architectures"))
		require.Equal(t, "bootstrap", function.Input("handler"))
		require.Nil(t, function.Input("packageType"), "a zip file")
		require.Equal(t, archivePath, function.Archive(t, "code"))
		require.Equal(t, []string{"code"}, function.ReplaceOnChanges)
		require.Equal(t, 128.0, function.Input("memorySize"))
		require.Equal(t, 10.0, function.Input("timeout"))

		role, table, logs := only(t, recording, recorder.Role), only(t, recording, recorder.Table), only(t, recording, recorder.LogGroup)
		require.Equal(t, role.Output("arn"), function.Input("role"))
		require.Equal(t, object{"variables": object{"TABLE_NAME": table.Output("name")}}, function.Input("environment"))
		require.Equal(t, object{"logFormat": "JSON", "logGroup": logs.Output("name")}, function.Input("loggingConfig"))
		require.Subset(t, function.DependsOn, []resource.URN{role.URN, table.URN, logs.URN})
		require.Contains(t, function.DependsOn, only(t, recording, recorder.RolePolicyAttachment).URN, "nobody calls a function that may not do its work yet")

		for _, r := range slices.DeleteFunc(ofComponents(recording), func(r recorder.Resource) bool { return r.Type == recorder.Function }) {
			require.Empty(t, r.ReplaceOnChanges, "of %s", r)
		}
	})
}

func TestProductServiceLog(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		logs := only(t, find("ProductService").deploy(t, run, "one"), recorder.LogGroup)
		require.Equal(t, 90.0, logs.Input("retentionInDays"))
		require.Equal(t, "/aws/lambda/one-", logs.Input("namePrefix"))
	})
}

// serviceDocument is the policy of the function: two actions on the table, two on
// the streams of the log group.
func serviceDocument(table, logs string) object {
	return object{"Version": "2012-10-17", "Statement": list{
		object{
			"Sid":      "KeepProducts",
			"Effect":   "Allow",
			"Action":   list{"dynamodb:PutItem", "dynamodb:Scan"},
			"Resource": table,
		},
		object{
			"Sid":      "WriteLog",
			"Effect":   "Allow",
			"Action":   list{"logs:CreateLogStream", "logs:PutLogEvents"},
			"Resource": logs + ":*",
		},
	}}
}

func TestProductServicePolicy(t *testing.T) {
	for _, cloud := range []recorder.Cloud{recorder.AWS, recorder.GovCloud, recorder.China} {
		t.Run(cloud.Partition, func(t *testing.T) {
			recording := find("ProductService").deploy(t, recorder.Run{Cloud: cloud}, "one")
			table, logs := only(t, recording, recorder.Table).Output("arn").(string), only(t, recording, recorder.LogGroup).Output("arn").(string)
			require.Regexp(t, "^arn:"+cloud.Partition+":dynamodb:"+cloud.Region+":111122223333:table/one-table-[0-9]{7}$", table)
			require.Regexp(t, "^arn:"+cloud.Partition+":logs:"+cloud.Region+":111122223333:log-group:/aws/lambda/one-[0-9]{7}$", logs)
			require.Equal(t, serviceDocument(table, logs), only(t, recording, recorder.Policy).Document(t, "policy"))
		})
	}
	recording := find("ProductService").deploy(t, recorder.Run{Preview: true}, "one")
	require.Equal(t, recorder.Unknown, only(t, recording, recorder.Policy).Input("policy"))
}

func TestProductServiceRole(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("ProductService").deploy(t, run, "one")
		role := only(t, recording, recorder.Role)
		require.Nil(t, role.Input("name"), "several stacks may be in an account")
		require.Equal(t, object{"Version": "2012-10-17", "Statement": list{object{
			"Sid":       "AssumeByFunctions",
			"Effect":    "Allow",
			"Principal": object{"Service": "lambda.amazonaws.com"},
			"Action":    "sts:AssumeRole",
		}}}, role.Document(t, "assumeRolePolicy"))
		require.Equal(t, boundaryArn, role.Input("permissionsBoundary"))
		require.Nil(t, role.Input("inlinePolicies"))
		require.Nil(t, role.Input("managedPolicyArns"))

		arn, name := only(t, recording, recorder.Policy).Output("arn"), role.Output("name")
		attachment := only(t, recording, recorder.RolePolicyAttachment)
		require.Equal(t, arn, attachment.Input("policyArn"))
		require.Equal(t, name, attachment.Input("role"))
		exclusive := only(t, recording, recorder.RolePolicyAttachmentsExclusive)
		require.Equal(t, list{arn}, exclusive.Input("policyArns"))
		require.Equal(t, name, exclusive.Input("roleName"))
		require.Contains(t, exclusive.DependsOn, attachment.URN)
		inline := only(t, recording, recorder.RolePoliciesExclusive)
		require.Equal(t, list{}, inline.Input("policyNames"))
		require.Equal(t, name, inline.Input("roleName"))
	})
}

func TestProductServiceDefaults(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployWith(t, run, components.NewProductService, func(given) *components.ProductServiceArgs {
			return &components.ProductServiceArgs{Archive: archivePath}
		})
		require.Equal(t, 365.0, only(t, recording, recorder.LogGroup).Input("retentionInDays"))
		require.Equal(t, false, only(t, recording, recorder.Table).Input("deletionProtectionEnabled"))
		require.Nil(t, only(t, recording, recorder.Role).Input("permissionsBoundary"))
	})
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
		require.Equal(t, map[string]any{
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
	for name, good := range map[string]bool{
		"a": true, "products": true, "A_b-9": true, long(47): true,
		"": false, long(48): false, "a b": false, "a/b": false, "a.b": false, "a#b": false, "a+b": false, "ä": false, "a\n": false,
	} {
		t.Run(name, func(t *testing.T) {
			if good {
				recording := find("ProductService").deploy(t, recorder.Run{}, name)
				require.LessOrEqual(t, len(only(t, recording, recorder.Function).ID), 64)
				return
			}
			requireRefused(t, fmt.Sprintf("ProductService %q", name), []problem{{"name", "", `must be 1 to 47 letters, digits and "_-"`}},
				func(ctx *pulumi.Context, g given) error {
					_, err := components.NewProductService(ctx, name, productServiceArgs(g, name))
					return err
				})
		})
	}
}
