package access_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

func TestParseFunctionArn(t *testing.T) {
	const plain = "arn:aws:lambda:us-east-1:111122223333:function:orders"
	china := "arn:aws-cn:lambda:cn-north-1:111122223333:function:" + strings.Repeat("x", 64)
	for arn, want := range map[string]access.FunctionArn{
		plain:           {plain, "orders", ""},
		plain + ":live": {plain, "orders", "live"},
		plain + ":7":    {plain, "orders", "7"},
		china + ":a_b-": {china, strings.Repeat("x", 64), "a_b-"},
	} {
		got, err := access.ParseFunctionArn(arn)
		require.NoError(t, err, arn)
		assert.Equal(t, want, got)
	}
	for _, arn := range []string{
		"", "orders", "111122223333:function:orders", plain + ":", plain + ":a:b", plain + ":a.b", plain + "x:$LATEST:7", china + "x",
		"arn:aws:lambda:us-east-1:1111:function:orders", "arn:aws:lambda:us-east-1:111122223333:layer:orders",
		"arn:aws:iam::111122223333:role/orders", "arn:aws:lambda::111122223333:function:orders", plain + "\n", " " + plain,
		plain + ":" + strings.Repeat("x", 129),
	} {
		_, err := access.ParseFunctionArn(arn)
		assert.ErrorContains(t, err, "must be the ARN of a Lambda function", arn)
	}
	_, err := access.ParseFunctionArn(plain + ":$LATEST")
	assert.ErrorContains(t, err, "must not end with :$LATEST")
}

func TestFunctionDocument(t *testing.T) {
	const logs = "arn:aws-cn:logs:cn-north-1:111122223333:log-group:a/b#c"
	assert.Equal(t, []decodedStatement{{
		Sid: "WriteLog", Effect: "Allow", Action: oneOrMore{"logs:CreateLogStream", "logs:PutLogEvents"}, Resource: oneOrMore{logs + ":*"},
	}}, statements(t, access.FunctionDocument(logs)))
}
