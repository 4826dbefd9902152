package access

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/micahhausler/aws-iam-policy/policy"
)

// apiKey matches the name of an API in a policy. The Sid of a statement may have letters
// and digits only. It ends with the name, whose first letter is in upper case there.
var apiKey = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,31}$`)

func checkApiKey(name string) error {
	if !apiKey.MatchString(name) {
		return errors.New("must be 1 to 32 letters and digits, and begin with a letter in lower case")
	}
	return nil
}

// Span combines policies of different APIs into one, which allows what they allow. Each
// keeps its stage and its conditions. The keys are names of the APIs: 1 to 32 letters and
// digits that begin with a letter in lower case. A single policy is accepted, too. To fix
// the name of the result on AWS, call Named on it.
//
// All APIs must be in one account: an HTTP API has no resource policy, so an identity
// policy of another account cannot allow calling it. They may be in different Regions.
//
// If the policy has several documents, another name of an API may move a grant to an
// earlier document. The grant is then denied until that document is updated.
//
// The error joins all problems. There is also an error if the policy needs more than
// MaxPolicies documents.
func Span(policies map[string]*Policy) (*Policy, error) {
	p := &Policy{Apis: map[string]*Policy{}}
	var errs []error
	for _, name := range sortedKeys(policies) {
		of := policies[name]
		if err := errors.Join(checkApiKey(name), checkSpanned(of)); err != nil {
			errs = append(errs, fmt.Errorf("%q %s", name, strings.ReplaceAll(err.Error(), "\n", "; ")))
			continue
		}
		p.Apis[name] = of
		for _, invoke := range of.Invokes {
			invoke.Api = name
			p.Invokes = append(p.Invokes, invoke)
		}
	}
	if len(policies) == 0 {
		errs = append(errs, errors.New("spans no API; name one or more, each with its policy"))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	var err error
	p.Parts, err = pack(p.Invokes, MaxPolicies, p.document)
	return p, err
}

func checkSpanned(p *Policy) error {
	switch {
	case p == nil || len(p.Parts) == 0:
		return errors.New("must have a policy that NewPolicy returned")
	case p.Apis != nil:
		return errors.New("has a policy that spans APIs itself; list its policies instead")
	case p.Naming.Name != "":
		return fmt.Errorf("has a policy with the fixed name %q; name the policy that Span returns instead", p.Naming.Name)
	}
	return nil
}

// ByApi returns the policy of each API, by its name. The API of a policy that Span did not
// return has the name "".
func (p *Policy) ByApi() map[string]*Policy {
	if p.Apis == nil {
		return map[string]*Policy{"": p}
	}
	return p.Apis
}

// CheckForRole accepts a policy whose conditions the sessions of a role can meet; see
// [Conditions.CheckForRole].
func (p *Policy) CheckForRole() error {
	var errs []error
	for _, name := range sortedKeys(p.ByApi()) {
		err := p.ByApi()[name].Conditions.CheckForRole()
		if err != nil && name != "" {
			err = fmt.Errorf("for the API %q: %w", name, err)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// documentOn returns the document of invokes. APIs with the same conditions share a
// statement.
func (p *Policy) documentOn(arnOf func(api string) string, invokes []Invoke) *Document {
	groups := p.byConditions()
	var statements []policy.Statement
	for _, apis := range groups {
		var resources []string
		for _, invoke := range invokes {
			if slices.Contains(apis, invoke.Api) {
				resources = append(resources, arnOf(invoke.Api)+invoke.resource(p.ByApi()[invoke.Api].Stage))
			}
		}
		sid := "InvokeApi"
		if first := apis[0]; len(groups) > 1 {
			sid += strings.ToUpper(first[:1]) + first[1:]
		}
		if len(resources) > 0 {
			statements = append(statements, invokeStatement(sid, resources, p.ByApi()[apis[0]].Conditions))
		}
	}
	return document(statements...)
}

// byConditions returns the names of the APIs, in a group for each set of conditions.
func (p *Policy) byConditions() [][]string {
	var all [][]string
	for _, name := range sortedKeys(p.ByApi()) {
		cell := AllowIf(Alternative{Conditions: p.ByApi()[name].Conditions})
		i := slices.IndexFunc(all, func(others []string) bool {
			return AllowIf(Alternative{Conditions: p.ByApi()[others[0]].Conditions}).Equal(cell)
		})
		if i < 0 {
			i, all = len(all), append(all, nil)
		}
		all[i] = append(all[i], name)
	}
	return all
}

// checkArns accepts the execution ARNs that the policy needs. Those of a policy that spans
// APIs must be different APIs or stages of one account.
func (p *Policy) checkArns(arns map[string]string) error {
	for _, name := range sortedKeys(p.ByApi()) {
		if _, known := arns[name]; !known {
			return fmt.Errorf("the execution ARN of the API %q is missing; there are those of %q", name, sortedKeys(arns))
		}
	}
	first := ""
	stages := map[string]string{} // names of APIs by the resources of their stages
	for _, name := range sortedKeys(p.Apis) {
		arn := arns[name]
		if err := CheckExecutionArn(arn); err != nil {
			return fmt.Errorf("the execution ARN of the API %q, %q, %w", name, arn, err)
		}
		first = cmp.Or(first, name)
		if iamPrefix(arn, arnField(arn, 4)) != iamPrefix(arns[first], arnField(arns[first], 4)) {
			return fmt.Errorf("all APIs of a policy must be in one account: %q is %s, and %q is %s; create a policy in each account",
				first, arns[first], name, arn)
		}
		stage := arn + "/" + p.Apis[name].Stage
		if twin, taken := stages[stage]; taken {
			return fmt.Errorf("%q and %q are the same stage of one API, %s; list its grants under one name", twin, name, stage)
		}
		stages[stage] = name
	}
	return nil
}
