package access

import (
	"errors"
	"fmt"
)

// Policy is a list of grants, resolved against the routes of an API, with its
// documents. Create it with NewPolicy, and do not change it. [Span] combines policies of
// several APIs into one.
type Policy struct {
	Resolution
	// Stage is the stage that may be called.
	Stage string
	// Conditions restrict the grants.
	Conditions Conditions
	// Naming is the policy's fixed name on AWS, zero if Pulumi chooses names; see Named.
	Naming Naming
	// Parts are the documents, in the order of their names.
	Parts []Part
	// Apis are the policies that Span combined, by the names of their APIs; nil for a
	// policy of one API. If they are set, Stage, Conditions, Grants and Granted are not.
	Apis map[string]*Policy
}

// NewPolicy returns the policy of a list of grants; see Resolve. The error joins all
// problems of the conditions and the grants. There is also an error if the policy
// needs more than MaxPolicies documents.
func NewPolicy(stage string, routes Routes, grants []string, conditions Conditions) (*Policy, error) {
	resolution, errs := Resolve(grants, routes)
	if errs = append(conditions.Check(), errs...); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return resolution.Policy(stage, conditions)
}

// Policy returns the policy of resolved grants under conditions that Check accepts. It
// returns an error if the policy needs more than MaxPolicies documents.
func (r Resolution) Policy(stage string, conditions Conditions) (*Policy, error) {
	p := &Policy{Resolution: r, Stage: stage, Conditions: conditions.Clone()}
	var err error
	p.Parts, err = pack(r.Invokes, MaxPolicies, p.document)
	return p, err
}

// document returns the document of invokes for one execution ARN of all APIs.
func (p *Policy) document(executionArn string, invokes []Invoke) *Document {
	return p.documentOn(func(string) string { return executionArn }, invokes)
}

// Document returns the document of a part for the API with this execution ARN.
func (p *Policy) Document(part Part, executionArn string) (string, error) {
	return p.DocumentOf(part, map[string]string{"": executionArn})
}

// Documents returns the documents of all parts.
func (p *Policy) Documents(executionArn string) ([]string, error) {
	return p.DocumentsOf(map[string]string{"": executionArn})
}

// DocumentOf returns the document of a part for the APIs with these execution ARNs, by the
// names of the APIs. The API of a policy of one API has the name "".
func (p *Policy) DocumentOf(part Part, executionArns map[string]string) (string, error) {
	if err := p.checkArns(executionArns); err != nil {
		return "", err
	}
	return Render(p.documentOn(func(api string) string { return executionArns[api] }, part.Invokes))
}

// DocumentsOf returns the documents of all parts, as DocumentOf does.
func (p *Policy) DocumentsOf(executionArns map[string]string) ([]string, error) {
	var texts []string
	for _, part := range p.Parts {
		text, err := p.DocumentOf(part, executionArns)
		if err != nil {
			return nil, fmt.Errorf("part %q: %w", part.Name, err)
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// PartNames returns the names that the parts of a policy with this name have.
func (p *Policy) PartNames(name string) []string {
	var names []string
	for _, part := range p.Parts {
		names = append(names, name+part.Name)
	}
	return names
}
