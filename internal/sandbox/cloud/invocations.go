package cloud

import "iam-secured-api/components/access/iam"

// MayInvoke reports whether a function's resource policy lets a service, on behalf
// of the thing with the source ARN, call the function.
func (r *Region) MayInvoke(functionName, service, sourceARN string) (bool, error) {
	f, permissions, err := r.functionPermissions(functionName)
	if err != nil {
		return false, err
	}
	policies := &iam.Policies{}
	for _, p := range permissions {
		if p.Principal != service {
			continue
		}
		compiled, err := r.account.cloud.compiled.permission(f.ARN, p)
		if err != nil {
			return false, err
		}
		policies.Identity = append(policies.Identity, compiled)
	}
	return decide(policies, iam.Call{
		// Whoever it is: of the principal, the service, the statements were picked by.
		Principal: f.Role, Action: "lambda:InvokeFunction", Resource: f.ARN,
		Context: map[string][]string{"aws:SourceArn": {sourceARN}},
	})
}

func (r *Region) functionPermissions(name string) (f Function, permissions []FunctionPermission, err error) {
	err = functions.read(r, name, func(_ *region, found *function) error {
		f, permissions = found.Function, found.Permissions // replaced as a whole, never changed
		return nil
	})
	return f, permissions, err
}

// identityDocument is the statement without its principal.
func (p FunctionPermission) identityDocument(functionARN string) string {
	s := p.statement(functionARN)
	delete(s, "Principal")
	delete(s, "Sid") // may hold characters that those of identity policies may not
	return encodeJSON(map[string]any{"Version": "2012-10-17", "Statement": s})
}
