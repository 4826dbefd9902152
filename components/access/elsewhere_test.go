package access_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

func TestParseRole(t *testing.T) {
	const arn = "arn:aws:iam::111122223333:role/"
	for text, want := range map[string]string{
		"my-task-role":             "my-task-role",
		arn + "my-task-role":       "my-task-role",
		arn + "a/b.c/my-task-role": "my-task-role",
		"arn:aws-us-gov:iam::111122223333:role/service-role/r": "r",
	} {
		name, err := access.ParseRole(text)
		require.NoError(t, err)
		assert.Equal(t, want, name)
	}
	for text, problem := range map[string]string{
		"":                                 "1 to 64 characters",
		"a b":                              "or the ARN of a role",
		"role/x":                           "or the ARN of a role",
		arn:                                "must be the ARN of a role",
		arn + "*":                          "must be the ARN of a role",
		"arn:aws:":                         "must be the ARN of a role",
		"arn:aws:iam::111122223333:user/x": "must be the ARN of a role",
		"arn:aws:iam::aws:role/x":          "must be the ARN of a role",
		"arn:aws:sts::111122223333:assumed-role/task/session":                                  `write the role's name "task"`,
		"arn:aws:sts::111122223333:assumed-role/":                                              "is the ARN of a role's session",
		"AWSReservedSSO_Staff_0123456789abcdef":                                                "is a role of IAM Identity Center",
		arn + "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Staff_0123456789abcdef": "is a role of IAM Identity Center",
		arn + "aws-reserved/x":                                                                 "is a role of IAM Identity Center",
		"AWSServiceRoleForAutoScaling":                                                         "is a service-linked role",
		arn + "aws-service-role/autoscaling.amazonaws.com/Other":                               "is a service-linked role",
	} {
		_, err := access.ParseRole(text)
		assert.ErrorContains(t, err, problem, text)
	}
}

func TestCheckManagedPolicy(t *testing.T) {
	for _, arn := range []string{
		"arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
		"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
		"arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
		"arn:aws:iam::111122223333:policy/team/AdministratorAccess", // not AWS's
	} {
		assert.NoError(t, access.CheckManagedPolicy(arn), arn)
	}
	for arn, problem := range map[string]string{
		"":                             "must be the ARN of a managed policy",
		"AmazonSSMManagedInstanceCore": "must be the ARN of a managed policy",
		"arn:aws:iam::aws:policy/x y":  "must be the ARN of a managed policy",
		"arn:aws:iam::aws:role/x":      "must be the ARN of a managed policy",
		"arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy": "IAM attaches to no other role",
		"arn:aws-cn:iam::aws:policy/administratoraccess":                        "allows every action",
	} {
		assert.ErrorContains(t, access.CheckManagedPolicy(arn), problem, arn)
	}
	for _, name := range []string{"AdministratorAccess", "PowerUserAccess", "AmazonAPIGatewayInvokeFullAccess"} {
		assert.Contains(t, access.Invoking, name)
	}
	for name := range access.Invoking {
		assert.ErrorContains(t, access.CheckManagedPolicy("arn:aws:iam::aws:policy/"+name), "call the API beyond this configuration")
	}
}

func TestArnAccount(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:iam::111122223333:role/a/b":                      "111122223333",
		"arn:aws:iam::aws:policy/x":                               "",
		"arn:aws-cn:iam::111122223333:policy/x":                   "111122223333",
		"arn:aws:acm:us-east-1:111122223333:certificate/x":        "111122223333",
		"arn:aws:lambda:us-east-1:111122223333:function:orders:7": "111122223333",
		"arn:aws:s3:::bucket":                                     "",
		"arn:aws:iam::11112222333:role/x":                         "",
		"x":                                                       "",
		"":                                                        "",
	} {
		assert.Equal(t, want, access.ArnAccount(arn), arn)
	}
}
