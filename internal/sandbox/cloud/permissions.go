package cloud

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// permissions are the policies of a user, group or role.
type permissions struct {
	Attached []string          `state:"attached"`               // ARNs of managed policies
	Inline   map[string]string `state:"inline policy,document"` // name -> document
}

// InlinePolicy is a policy embedded in a user, group or role.
type InlinePolicy struct {
	PolicyName     string
	PolicyDocument string
}

func (p *permissions) attach(a *account, arn string) error {
	if a.policy(arn) == nil {
		return errorf(CodeNoSuchEntity, "policy %s does not exist or is not attachable", arn)
	}
	if slices.Contains(p.Attached, arn) {
		return nil
	}
	if len(p.Attached) >= maxAttached {
		return errorf(CodeLimitExceeded, "cannot exceed quota for PoliciesPerPrincipal: %d", maxAttached)
	}
	p.Attached = append(p.Attached, arn)
	return nil
}

func (p *permissions) detach(arn string) error {
	if !slices.Contains(p.Attached, arn) {
		return errorf(CodeNoSuchEntity, "policy %s was not found", arn)
	}
	p.Attached = without(p.Attached, arn)
	return nil
}

func (p *permissions) put(in InlinePolicy, quota int) error {
	err := cmp.Or(checkName("policyName", in.PolicyName, maxLongName), checkIdentityDocument(in.PolicyDocument))
	if err != nil {
		return err
	}
	size := documentSize(in.PolicyDocument)
	for name, text := range p.Inline {
		if name != in.PolicyName {
			size += documentSize(text)
		}
	}
	if size > quota {
		return errorf(CodeLimitExceeded,
			"maximum policy size of %d bytes exceeded: the inline policies have %d", quota, size)
	}
	if p.Inline == nil {
		p.Inline = map[string]string{}
	}
	p.Inline[in.PolicyName] = in.PolicyDocument
	return nil
}

func (p *permissions) remove(name string) error {
	if _, ok := p.Inline[name]; !ok {
		return errorf(CodeNoSuchEntity, "the policy with name %s cannot be found", name)
	}
	delete(p.Inline, name)
	return nil
}

func (p *permissions) inline(name string) (InlinePolicy, error) {
	text, ok := p.Inline[name]
	if !ok {
		return InlinePolicy{}, errorf(CodeNoSuchEntity, "the policy with name %s cannot be found", name)
	}
	return InlinePolicy{PolicyName: name, PolicyDocument: text}, nil
}

func (p *permissions) attached() []string    { return slices.Sorted(slices.Values(p.Attached)) }
func (p *permissions) inlineNames() []string { return slices.Sorted(maps.Keys(p.Inline)) }

// conflict returns an error if a principal that is to be deleted still has
// policies.
func (p *permissions) conflict() error {
	if len(p.Attached) > 0 {
		return errorf(CodeDeleteConflict,
			"cannot delete entity, must detach all policies first: %s", strings.Join(p.attached(), ", "))
	}
	if len(p.Inline) > 0 {
		return errorf(CodeDeleteConflict,
			"cannot delete entity, must delete policies first: %s", strings.Join(p.inlineNames(), ", "))
	}
	return nil
}
