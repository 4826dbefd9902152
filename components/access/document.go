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
)

// Document is an IAM policy document: identity policy or trust policy.
type Document = policy.Policy

// InvokeDocument is the identity policy that allows calling what a Resolution
// found, on one stage of the API with this execution ARN
// (arn:PARTITION:execute-api:REGION:ACCOUNT:API), under conditions.
func InvokeDocument(executionArn, stage string, invokes []Invoke, conditions Conditions) *Document {
	resources := make([]string, len(invokes))
	for i, invoke := range invokes {
		resources[i] = executionArn + invoke.resource(stage)
	}
	return document(policy.Statement{
		Sid:       "InvokeApi",
		Effect:    policy.EffectAllow,
		Action:    policy.NewStringOrSlice(true, ActionInvoke),
		Resource:  policy.NewStringOrSlice(false, resources...),
		Condition: conditions.block(),
	})
}

// InstanceTrustDocument is the trust policy of a role for EC2 instances.
func InstanceTrustDocument() *Document {
	return serviceTrust("AssumeByInstances", "ec2.amazonaws.com")
}

// FunctionTrustDocument is the trust policy of a role for Lambda functions.
func FunctionTrustDocument() *Document {
	return serviceTrust("AssumeByFunctions", "lambda.amazonaws.com")
}

func serviceTrust(sid, service string) *Document {
	return document(policy.Statement{
		Sid:       sid,
		Effect:    policy.EffectAllow,
		Principal: policy.NewServicePrincipal(service),
		Action:    policy.NewStringOrSlice(true, ActionAssumeRole),
	})
}

// ServiceDocument is the identity policy of the product service's function: it
// adds and lists items of one table and writes to the streams of one log group,
// both given by their ARNs.
func ServiceDocument(tableArn, logGroupArn string) *Document {
	return document(policy.Statement{
		Sid:      "KeepProducts",
		Effect:   policy.EffectAllow,
		Action:   policy.NewStringOrSlice(false, "dynamodb:PutItem", "dynamodb:Scan"),
		Resource: policy.NewStringOrSlice(true, tableArn),
	}, policy.Statement{
		Sid:      "WriteLog",
		Effect:   policy.EffectAllow,
		Action:   policy.NewStringOrSlice(false, "logs:CreateLogStream", "logs:PutLogEvents"),
		Resource: policy.NewStringOrSlice(true, logGroupArn+":*"), // the group's streams
	})
}

// Trust says which principals of another account may assume a role, and under
// which conditions. Check it with its Check method.
type Trust struct {
	// AccountID is the other account: 12 digits.
	AccountID string
	// Principals are "user/NAME" or "role/NAME" of that account, with their IAM
	// path if they have one ("user/team/NAME"), or the single entry "*" for
	// whomever that account itself allows to assume the role.
	Principals []string
	// ExternalID, if set, must be presented by the caller: 2 to 1224 characters of
	// letters, digits and "_+=,.@:/-". It is not a secret.
	ExternalID string
	// RequireMFA asks for credentials that were got with a second factor. A role's
	// session has none to show, so this is for users.
	RequireMFA bool
}

// TrustDocument is the trust policy for t in a partition ("aws", "aws-cn",
// "aws-us-gov").
func TrustDocument(partition string, t Trust) *Document {
	iam := "arn:" + partition + ":iam::" + t.AccountID + ":"
	arns := make([]string, len(t.Principals))
	for i, principal := range t.Principals {
		if principal == WholeAccount {
			principal = "root" // IAM's name for the account as a whole, not its root user
		}
		arns[i] = iam + principal
	}
	slices.Sort(arns)
	return document(policy.Statement{
		Sid:       "AssumeFromAccount" + t.AccountID,
		Effect:    policy.EffectAllow,
		Principal: policy.NewAWSPrincipal(arns...),
		Action:    policy.NewStringOrSlice(true, ActionAssumeRole),
		Condition: t.conditions(),
	})
}

// conditions stand on the allow, so that a missing key fails closed.
func (t Trust) conditions() conditionBlock {
	block := Conditions{RequireMFA: t.RequireMFA}.block()
	if t.ExternalID != "" {
		block.add("StringEquals", "sts:ExternalId", t.ExternalID)
	}
	return block
}

// CallerDocument is the identity policy that principals of the other account
// need to assume the roles: across accounts, trust alone does not suffice.
func CallerDocument(roleArns ...string) *Document {
	return document(policy.Statement{
		Sid:      "AssumeApiRole",
		Effect:   policy.EffectAllow,
		Action:   policy.NewStringOrSlice(true, ActionAssumeRole),
		Resource: policy.NewStringOrSlice(false, slices.Sorted(slices.Values(roleArns))...),
	})
}

func document(statements ...policy.Statement) *Document {
	return &Document{Version: policy.VersionLatest, Statements: policy.NewStatementOrSlice(statements...)}
}

// Render gives a document as JSON on one line, always the same for the same
// document, with no character escaped that JSON takes as it is.
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

// Partition gives the partition of an ARN, "aws" or another.
func Partition(arn string) (string, error) {
	parts := strings.SplitN(arn, ":", 3)
	if len(parts) < 3 || parts[0] != "arn" || parts[1] == "" {
		return "", fmt.Errorf("%q is no ARN; an ARN begins with \"arn:PARTITION:\"", arn)
	}
	return parts[1], nil
}
