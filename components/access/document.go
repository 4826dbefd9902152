package access

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/micahhausler/aws-iam-policy/policy"
)

// Actions that the documents name.
const (
	ActionInvoke     = "execute-api:Invoke"
	ActionAssumeRole = "sts:AssumeRole"

	ActionAssumeRoleWithWebIdentity = "sts:AssumeRoleWithWebIdentity"
	ActionTagSession                = "sts:TagSession"
	ActionSetSourceIdentity         = "sts:SetSourceIdentity"
)

// Document is an IAM policy document: an identity policy or a trust policy.
type Document = policy.Policy

// InvokeDocument returns the identity policy that allows invokes, under conditions, on
// one stage of the API with this execution ARN
// (arn:PARTITION:execute-api:REGION:ACCOUNT:API).
func InvokeDocument(executionArn, stage string, invokes []Invoke, conditions Conditions) *Document {
	resources := make([]string, len(invokes))
	for i, invoke := range invokes {
		resources[i] = executionArn + invoke.resource(stage)
	}
	return document(invokeStatement("InvokeApi", resources, conditions))
}

func invokeStatement(sid string, resources []string, conditions Conditions) policy.Statement {
	return policy.Statement{
		Sid:       sid,
		Effect:    policy.EffectAllow,
		Action:    policy.NewStringOrSlice(true, ActionInvoke),
		Resource:  policy.NewStringOrSlice(false, resources...),
		Condition: conditions.block(),
	}
}

// ServiceDocument returns the identity policy of the product service's function. It
// allows adding and listing items of a table, and writing to the streams of a log
// group.
func ServiceDocument(tableArn, logGroupArn string) *Document {
	return document(policy.Statement{
		Sid:      "KeepProducts",
		Effect:   policy.EffectAllow,
		Action:   policy.NewStringOrSlice(false, "dynamodb:PutItem", "dynamodb:Scan"),
		Resource: policy.NewStringOrSlice(true, tableArn),
	}, writeLog(logGroupArn))
}

// FunctionDocument returns the identity policy of a function that reaches nothing but
// its log group. It allows writing to the streams of the group.
func FunctionDocument(logGroupArn string) *Document { return document(writeLog(logGroupArn)) }

func writeLog(logGroupArn string) policy.Statement {
	return policy.Statement{
		Sid:      "WriteLog",
		Effect:   policy.EffectAllow,
		Action:   policy.NewStringOrSlice(false, "logs:CreateLogStream", "logs:PutLogEvents"),
		Resource: policy.NewStringOrSlice(true, logGroupArn+":*"), // the group's streams
	}
}

// CallerActions returns the actions that an identity policy in another account must
// allow on a role with this trust. It returns nil if no other account is trusted.
func CallerActions(trust Trust) []string {
	switch trust := trust.(type) {
	case AccountTrust:
		return trust.Actions()
	case OrganizationTrust:
		return []string{ActionAssumeRole}
	}
	return nil
}

// CallerDocument returns the identity policy that principals of another account need
// to assume the roles, with the actions of [CallerActions]. Across accounts, the
// trust policy alone is not enough.
func CallerDocument(actions []string, roleArns ...string) *Document {
	return document(policy.Statement{
		Sid:      "AssumeApiRole",
		Effect:   policy.EffectAllow,
		Action:   policy.NewStringOrSlice(len(actions) == 1, actions...),
		Resource: policy.NewStringOrSlice(false, slices.Sorted(slices.Values(roleArns))...),
	})
}

func document(statements ...policy.Statement) *Document {
	return &Document{Version: policy.VersionLatest, Statements: policy.NewStatementOrSlice(statements...)}
}

// Render returns a document as JSON on one line. Equal documents have equal texts. No
// character is escaped that JSON accepts unescaped.
func Render(d *Document) (string, error) {
	escaped, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("rendering a policy document: %w", err)
	}
	// Principals escape &, < and > for HTML by themselves: decode and encode again.
	var plain any
	if err := json.Unmarshal(escaped, &plain); err != nil {
		return "", fmt.Errorf("rendering a policy document: %w", err)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(plain); err != nil {
		return "", fmt.Errorf("rendering a policy document: %w", err)
	}
	return strings.TrimSpace(out.String()), nil
}
