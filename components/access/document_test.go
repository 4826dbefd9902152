package access_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

const executionArn = "arn:aws:execute-api:us-east-1:111122223333:abc123"

// decoded is a policy document as a reader of the JSON finds it.
type decoded struct {
	Version   string
	Statement []decodedStatement
}

type decodedStatement struct {
	Sid, Effect string
	Principal   map[string]oneOrMore
	Action      oneOrMore
	Resource    oneOrMore
	Condition   map[string]map[string]oneOrMore
}

// oneOrMore is a string or a list of strings: IAM takes either.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

// statements renders a document, and decodes its statements strictly.
func statements(t testing.TB, document *access.Document) []decodedStatement {
	t.Helper()
	text, err := access.Render(document)
	require.NoError(t, err)
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	var d decoded
	require.NoError(t, decoder.Decode(&d), text)
	require.Equal(t, "2012-10-17", d.Version)
	return d.Statement
}

// statement is the only statement of a document.
func statement(t testing.TB, document *access.Document) decodedStatement {
	t.Helper()
	all := statements(t, document)
	require.Len(t, all, 1)
	return all[0]
}

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func TestInvokeDocument(t *testing.T) {
	tests := map[string]struct {
		arn, stage string
		invokes    []access.Invoke
		resources  oneOrMore
	}{
		"one": {
			arn: executionArn, stage: "prod",
			invokes:   []access.Invoke{{Method: "GET", Path: "/products"}},
			resources: oneOrMore{executionArn + "/prod/GET/products"},
		},
		"several": {
			arn: executionArn, stage: "prod",
			invokes: []access.Invoke{{Method: "GET", Path: "/"}, {Method: "POST", Path: "/products/*/reviews"}, {Method: "PUT", Path: "/*"}},
			resources: oneOrMore{
				executionArn + "/prod/GET/",
				executionArn + "/prod/POST/products/*/reviews",
				executionArn + "/prod/PUT/*",
			},
		},
		"whole stage": {
			arn: executionArn, stage: "prod",
			invokes:   []access.Invoke{{Method: "*", Path: "*"}},
			resources: oneOrMore{executionArn + "/prod/*"},
		},
		"default stage": {
			arn: executionArn, stage: "$default",
			invokes:   []access.Invoke{{Method: "GET", Path: "/a"}},
			resources: oneOrMore{executionArn + "/$default/GET/a"},
		},
		"China": {
			arn: "arn:aws-cn:execute-api:cn-north-1:111122223333:abc123", stage: "prod",
			invokes:   []access.Invoke{{Method: "GET", Path: "/a"}},
			resources: oneOrMore{"arn:aws-cn:execute-api:cn-north-1:111122223333:abc123/prod/GET/a"},
		},
		"GovCloud": {
			arn: "arn:aws-us-gov:execute-api:us-gov-west-1:111122223333:abc123", stage: "prod",
			invokes:   []access.Invoke{{Method: "*", Path: "*"}},
			resources: oneOrMore{"arn:aws-us-gov:execute-api:us-gov-west-1:111122223333:abc123/prod/*"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := statement(t, access.InvokeDocument(test.arn, test.stage, test.invokes, access.Conditions{}))
			assert.Equal(t, decodedStatement{
				Sid:      "InvokeApi",
				Effect:   "Allow",
				Action:   oneOrMore{"execute-api:Invoke"},
				Resource: test.resources,
			}, got)
		})
	}
}

func TestServiceTrustOfInstances(t *testing.T) {
	assert.Equal(t, decodedStatement{
		Sid:       "AssumeByInstances",
		Effect:    "Allow",
		Principal: map[string]oneOrMore{"Service": {"ec2.amazonaws.com"}},
		Action:    oneOrMore{"sts:AssumeRole"},
	}, statement(t, access.ServiceTrust{Service: "ec2"}.Document("aws")))
}

func TestServiceTrustOfFunctions(t *testing.T) {
	assert.Equal(t, decodedStatement{
		Sid:       "AssumeByFunctions",
		Effect:    "Allow",
		Principal: map[string]oneOrMore{"Service": {"lambda.amazonaws.com"}},
		Action:    oneOrMore{"sts:AssumeRole"},
	}, statement(t, access.ServiceTrust{Service: "lambda"}.Document("aws")))
}

func TestServiceDocument(t *testing.T) {
	for name, arns := range map[string]struct{ table, logs string }{
		"AWS":      {"arn:aws:dynamodb:us-east-1:111122223333:table/products-1a2b3c4", "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/products-1"},
		"China":    {"arn:aws-cn:dynamodb:cn-north-1:111122223333:table/a.b_c-d", "arn:aws-cn:logs:cn-north-1:111122223333:log-group:a"},
		"GovCloud": {"arn:aws-us-gov:dynamodb:us-gov-west-1:111122223333:table/abc", "arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:a/b#c"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, []decodedStatement{{
				Sid:      "KeepProducts",
				Effect:   "Allow",
				Action:   oneOrMore{"dynamodb:PutItem", "dynamodb:Scan"},
				Resource: oneOrMore{arns.table}, // no index of it, no other table
			}, {
				Sid:      "WriteLog",
				Effect:   "Allow",
				Action:   oneOrMore{"logs:CreateLogStream", "logs:PutLogEvents"},
				Resource: oneOrMore{arns.logs + ":*"}, // the group's streams, no other group
			}}, statements(t, access.ServiceDocument(arns.table, arns.logs)))
		})
	}
}

func TestCallerDocument(t *testing.T) {
	for name, arns := range map[string][]string{
		"one role":  {"arn:aws:iam::111122223333:role/reader"},
		"two roles": {"arn:aws:iam::111122223333:role/reader", "arn:aws-us-gov:iam::111122223333:role/team/writer"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, decodedStatement{
				Sid:      "AssumeApiRole",
				Effect:   "Allow",
				Action:   oneOrMore{"sts:AssumeRole"},
				Resource: slices.Sorted(slices.Values(arns)), // whatever the order they are given in
			}, statement(t, access.CallerDocument(arns...)))
		})
	}
}
