package cloud

import (
	"strings"

	"iam-secured-api/components/access/iam"
)

// MayInvoke reports whether a function's resource policy allows a service to
// invoke the function on behalf of the resource with the source ARN. If the name ends
// with a qualifier, it is the policy of that version or alias.
func (r *Region) MayInvoke(functionName, service, sourceARN string) (bool, error) {
	// The list of statements is replaced as a whole and never modified.
	f, err := query(functions, r, functionName, func(f *function) (function, error) { return *f, nil })
	if err != nil {
		return false, err
	}
	qualifier := r.qualifierOf(functionName)
	if err := f.checkQualifier(qualifier); err != nil {
		return false, err
	}
	policies, arn := &iam.Policies{}, f.qualified(qualifier)
	for _, p := range f.Permissions {
		if p.Principal != service || p.Qualifier != qualifier {
			continue
		}
		// To render a statement for each request would cost more than the decision.
		key := strings.Join([]string{"permission", arn, p.Action, p.Principal, p.SourceARN}, "\n")
		compiled, err := r.account.cloud.compiled.Get(key, func(string) (*iam.IdentityPolicy, error) {
			return iam.CompileIdentity(p.identityDocument(arn))
		})
		if err != nil {
			return false, err
		}
		policies.Identity = append(policies.Identity, compiled)
	}
	return decide(policies, iam.RequestInput{
		// Any principal will do: statements were already filtered by service.
		Principal: f.Role, Action: "lambda:InvokeFunction", Resource: arn,
		Context: map[string][]string{"aws:SourceArn": {sourceARN}},
	})
}

// identityDocument returns the statement without its principal.
func (p FunctionPermission) identityDocument(functionARN string) string {
	s := p.statement(functionARN)
	delete(s, "Principal")
	delete(s, "Sid") // may contain characters that are not allowed in identity policies
	return encodeJSON(map[string]any{"Version": "2012-10-17", "Statement": s})
}
