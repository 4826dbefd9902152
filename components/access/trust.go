package access

import (
	"fmt"
	"strings"

	"github.com/micahhausler/aws-iam-policy/policy"
)

// Trust says who may assume a role. Each kind of trust is a type in its own file:
// [ServiceTrust], [AccountTrust], [OrganizationTrust], [OidcTrust],
// [PodIdentityTrust] and [IdentityPoolTrust].
type Trust interface {
	// Check returns every problem, each as a FieldError.
	Check() []error
	// Document returns the trust policy in the partition and the account of the API
	// with this execution ARN.
	Document(executionArn string) *Document
	// Terms returns the parts of the trust, to compare it with another.
	Terms() Terms
	// Clone returns a copy that shares no memory with the original.
	Clone() Trust
	// String returns the trusted principals in words, such as "EC2 instances".
	String() string
}

// Terms are the parts of a trust. Two trusts with the same Source can be compared part
// by part. Trusts with different sources trust different principals.
type Terms struct {
	// Source is where the principals come from, such as an account or an issuer.
	Source string
	// Principals are the trusted ones, if the trust lists them: "user/NAME", "role/NAME"
	// or WholeAccount.
	Principals []string
	// Required are what a principal must show, all of them.
	Required []Term
	// Allowed are what a principal may add to its session, such as "session tags".
	Allowed []string
	// Public reports whether anyone on the internet can meet the trust.
	Public bool
}

// Term is something that a principal must show.
type Term struct {
	// Name is the name in words, such as "an external id".
	Name string
	// Values are the accepted values, or nil if only one value is possible.
	Values []string
	// Hidden reports whether the values are not to be shown.
	Hidden bool
}

// FieldError is a problem of a trust's field.
type FieldError struct {
	// Path leads to the value from the kind's keys in the configuration: keys of maps as
	// strings, and indices of lists as numbers.
	Path []any
	// Value is the value.
	Value any
	// Err says what is accepted.
	Err error
}

// Error returns the path, the value and what is accepted.
func (e FieldError) Error() string {
	path := ""
	for _, step := range e.Path {
		if index, is := step.(int); is {
			path += fmt.Sprintf("[%d]", index)
		} else {
			path += fmt.Sprintf(".%s", step)
		}
	}
	value := fmt.Sprint(e.Value)
	if text, is := e.Value.(string); is {
		value = fmt.Sprintf("%q", text)
	}
	return strings.TrimPrefix(path, ".") + ": " + value + " " + e.Err.Error()
}

// Unwrap returns Err.
func (e FieldError) Unwrap() error { return e.Err }

// fieldErrors collects problems of fields.
type fieldErrors []error

// add adds an error about a value, if there is one.
func (errs *fieldErrors) add(err error, value any, path ...any) {
	if err != nil {
		*errs = append(*errs, FieldError{path, value, err})
	}
}

// trustDocument returns a trust policy of one statement.
func trustDocument(sid string, principal *policy.Principal, condition conditionBlock, actions ...string) *Document {
	return document(policy.Statement{
		Sid:       sid,
		Effect:    policy.EffectAllow,
		Principal: principal,
		Action:    policy.NewStringOrSlice(len(actions) == 1, actions...),
		Condition: condition,
	})
}

// CheckTrustSize accepts a trust whose policy fits in every partition and account.
func CheckTrustSize(trust Trust) error {
	text, err := Render(trust.Document(LongestExecutionArn))
	if err != nil {
		return err
	}
	return checkSize("a role's trust policy", text, MaxTrustCharacters)
}

// iamPrefix returns the beginning of the ARNs of IAM in an account, in the partition
// of an execution ARN.
func iamPrefix(executionArn, account string) string {
	return "arn:" + arnField(executionArn, 1) + ":iam::" + account + ":"
}

// arnField returns a field of an ARN, or "" if the ARN has fewer fields.
func arnField(arn string, i int) string {
	if fields := strings.Split(arn, ":"); i < len(fields) {
		return fields[i]
	}
	return ""
}

// CheckExecutionArn accepts the execution ARN of an API, which begins with
// arn:PARTITION:execute-api:REGION:ACCOUNT.
func CheckExecutionArn(arn string) error {
	if arnField(arn, 0) != "arn" || arnField(arn, 1) == "" || arnField(arn, 2) != "execute-api" ||
		CheckAccountID(arnField(arn, 4)) != nil {
		return fmt.Errorf(`must be the execution ARN of an API, such as "arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5"`)
	}
	return nil
}
