package cloud

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

var (
	reStatementID    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)
	reFunctionAction = regexp.MustCompile(`^(lambda:\*|lambda:[A-Za-z]+|\*)$`)
	reSourceARN      = regexp.MustCompile(`^arn:aws:[A-Za-z0-9-]+:([a-z]{2}-[a-z]+-\d)?:(\d{12})?:.+$`)
)

// FunctionPermission is a statement of a function's resource policy. It allows
// a service to invoke the function.
type FunctionPermission struct {
	StatementID string `state:",name"`
	Qualifier   string // the version or alias whose policy it is in; empty for the function's own
	Action      string // for example lambda:InvokeFunction
	Principal   string // a service, for example apigateway.amazonaws.com
	SourceARN   string // the resource on whose behalf the service invokes, with wildcards; empty for any of any account
}

func (p FunctionPermission) check() error {
	if !reStatementID.MatchString(p.StatementID) {
		return errorf(CodeValidationException,
			"statement id %q is invalid: 1 to 100 letters, digits, - and _", p.StatementID)
	}
	if !reFunctionAction.MatchString(p.Action) {
		return errorf(CodeValidationException, "action %q is invalid: lambda:NAME, lambda:* or *", p.Action)
	}
	if p.SourceARN != "" && !reSourceARN.MatchString(p.SourceARN) {
		return errorf(CodeValidationException, "source ARN %q is invalid: the ARN of what invokes the function", p.SourceARN)
	}
	switch {
	case p.Principal == "*", isAccountID(p.Principal), strings.HasPrefix(p.Principal, "arn:"):
		return notModelled("AWS principals in a function's resource policy: " + p.Principal)
	}
	return checkServicePrincipal(p.Principal, errorf(CodeInvalidParameterValue,
		"the provided principal was invalid: %q; please check the principal and try again", p.Principal))
}

// document returns the resource policy as AWS reads it back.
func (f *function) document(permissions []FunctionPermission) string {
	statements := make([]any, 0, len(permissions))
	for _, p := range permissions {
		statements = append(statements, p.statement(f.qualified(p.Qualifier)))
	}
	return encodeJSON(map[string]any{"Version": "2012-10-17", "Id": "default", "Statement": statements})
}

func (p FunctionPermission) statement(functionARN string) map[string]any {
	s := map[string]any{
		"Sid": p.StatementID, "Effect": "Allow", "Principal": map[string]string{"Service": p.Principal},
		"Action": p.Action, "Resource": functionARN,
	}
	if p.SourceARN != "" {
		s["Condition"] = map[string]any{"ArnLike": map[string]string{"AWS:SourceArn": p.SourceARN}}
	}
	return s
}

func (f *function) permission(id, qualifier string) int {
	return slices.IndexFunc(f.Permissions, func(p FunctionPermission) bool {
		return p.StatementID == id && p.Qualifier == qualifier
	})
}

// permissionsOf returns the statements of the policy of a qualifier.
func (f *function) permissionsOf(permissions []FunctionPermission, qualifier string) []FunctionPermission {
	return slices.DeleteFunc(slices.Clone(permissions), func(p FunctionPermission) bool { return p.Qualifier != qualifier })
}

// AddPermission adds a statement to a function's resource policy. If the name ends with
// a qualifier, it is the policy of that version or alias.
func (r *Region) AddPermission(functionName string, in FunctionPermission) error {
	in.Qualifier = r.qualifierOf(functionName)
	if in.Qualifier == VersionLatest {
		return errorf(CodeInvalidParameterValue, "We currently do not support adding policies for $LATEST.")
	}
	return r.mutate("AddPermission", functionName+"/"+in.StatementID, func(st *region) error {
		f, err := functions.find(r, st, functionName)
		if err != nil {
			return err
		}
		if err := cmp.Or(f.checkQualifier(in.Qualifier), in.check(), checkIdentityDocument(in.identityDocument(f.ARN))); err != nil {
			return err
		}
		if f.permission(in.StatementID, in.Qualifier) >= 0 {
			return errorf(CodeResourceConflict, "the statement id (%s) provided already exists", in.StatementID)
		}
		permissions := append(slices.Clone(f.Permissions), in)
		if n := len(f.document(f.permissionsOf(permissions, in.Qualifier))); n > maxFunctionPolicy {
			return errorf(CodePolicyLengthExceeded,
				"the final policy size (%d) is bigger than the limit (%d)", n, maxFunctionPolicy)
		}
		f.Permissions = permissions
		return nil
	})
}

// RemovePermission removes a statement from a function's resource policy.
func (r *Region) RemovePermission(functionName, statementID string) error {
	return r.mutate("RemovePermission", functionName+"/"+statementID, func(st *region) error {
		f, err := functions.find(r, st, functionName)
		if err != nil {
			return err
		}
		i := f.permission(statementID, r.qualifierOf(functionName))
		if i < 0 {
			return errorf(CodeResourceNotFound, "statement %s is not found in resource policy", statementID)
		}
		f.Permissions = slices.Delete(slices.Clone(f.Permissions), i, i+1)
		return nil
	})
}

// GetPolicy returns a function's resource policy as a JSON document. A policy
// without statements does not exist.
func (r *Region) GetPolicy(functionName string) (string, error) {
	return query(functions, r, functionName, func(f *function) (string, error) {
		permissions := f.permissionsOf(f.Permissions, r.qualifierOf(functionName))
		if len(permissions) == 0 {
			return "", errorf(CodeResourceNotFound, "function %s has no resource policy", f.FunctionName)
		}
		return f.document(permissions), nil
	})
}
