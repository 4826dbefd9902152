package access

import (
	"errors"
	"fmt"
)

// NewMatrices returns the matrix of each of several APIs, by their names; see [NewMatrix].
// It decides by whole documents: those of a policy that [Span] returned also name the
// other APIs. An Api that does not exist yet may have an empty ExecutionArn.
//
// NewMatrices also compares the documents of each policy with its grants, for every route
// under IAM of every API. The error joins the differences; see [Api.CheckDocuments]. A
// policy must not allow calling an API that it does not name.
func NewMatrices(apis map[string]Api, policies map[string]*Policy, principals []Principal) (map[string]Matrix, error) {
	arns, placed := map[string]string{}, map[string]Api{}
	for name, api := range apis {
		if api.ExecutionArn == "" {
			api.ExecutionArn = PlaceholderExecutionArn + "-" + name
		}
		placed[name], arns[name] = api, api.ExecutionArn
	}
	documents := map[string][]string{}
	var errs []error
	for _, name := range sortedKeys(policies) {
		texts, err := policies[name].DocumentsOf(arns)
		if err != nil {
			errs = append(errs, fmt.Errorf("policy %q: %w", name, err))
			continue
		}
		documents[name] = texts
		for _, api := range sortedKeys(placed) {
			granted := policies[name].ByApi()[api]
			if granted == nil {
				granted = &Policy{} // grants nothing
			}
			for _, err := range placed[api].CheckDocuments(granted.Resolution, granted.Conditions, texts) {
				errs = append(errs, fmt.Errorf("policy %q, API %q: %w", name, api, err))
			}
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	matrices := map[string]Matrix{}
	for name, api := range placed {
		var err error
		if matrices[name], err = NewMatrix(api, documents, principals); err != nil {
			return nil, fmt.Errorf("API %q: %w", name, err)
		}
	}
	return matrices, nil
}
