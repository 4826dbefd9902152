package cloud

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
)

// permissions are the policies of one user, group or role.
type permissions struct {
	Attached []string          `state:"attached"`               // ARNs of managed policies
	Inline   map[string]string `state:"inline policy,document"` // name -> document
}

// policies returns the permissions of a struct that embeds them.
func (p *permissions) policies() *permissions { return p }

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

// InlinePolicy is a policy embedded in a user, group or role.
type InlinePolicy struct {
	PolicyName     string
	PolicyDocument string
}

// PrincipalPolicies are the policies of the users, groups or roles of an
// account. Its methods are IAM's actions such as AttachUserPolicy.
type PrincipalPolicies struct {
	account *Account
	kind    string // in the names of the actions
	quota   int    // of all inline policies of one principal together
	read    func(name string, f func(*permissions)) error
	change  func(action, name string, f func(*account, *permissions) error) error
}

// UserPolicies returns the policies of the account's users.
func (a *Account) UserPolicies() PrincipalPolicies { return policiesOf(a, users, quotaUserInline) }

// GroupPolicies returns the policies of the account's groups.
func (a *Account) GroupPolicies() PrincipalPolicies { return policiesOf(a, groups, quotaGroupInline) }

// RolePolicies returns the policies of the account's roles.
func (a *Account) RolePolicies() PrincipalPolicies { return policiesOf(a, roles, quotaRoleInline) }

// principal is a stored user, group or role.
type principal[V any] interface {
	stored[V]
	policies() *permissions
}

func policiesOf[T principal[V], V any](a *Account, s *shelf[*account, T, V], quota int) PrincipalPolicies {
	return PrincipalPolicies{
		account: a,
		kind:    s.kind,
		quota:   quota,
		read: func(name string, f func(*permissions)) error {
			return s.read(a, name, func(_ *account, x T) error { f(x.policies()); return nil })
		},
		change: func(action, name string, f func(*account, *permissions) error) error {
			return s.change(a, action, name, func(st *account, x T) error { return f(st, x.policies()) })
		},
	}
}

// Attach attaches a managed policy to a principal, which may have 10. Attaching
// one again changes nothing.
func (p PrincipalPolicies) Attach(name, policyARN string) error {
	if p.kind == roles.kind {
		p.account.assumeRoleExists(name)
	}
	return p.change("Attach"+p.kind+"Policy", name, func(a *account, own *permissions) error {
		if err := p.account.world().checkAttachable(a, policyARN); err != nil {
			return err
		}
		if slices.Contains(own.Attached, policyARN) {
			return nil
		}
		if len(own.Attached) >= access.MaxPolicies {
			return quota{access.MaxPolicies, CodeLimitExceeded, "PoliciesPerPrincipal"}.exceeded()
		}
		own.Attached = append(own.Attached, policyARN)
		return nil
	})
}

// Detach detaches a managed policy from a principal.
func (p PrincipalPolicies) Detach(name, policyARN string) error {
	return p.change("Detach"+p.kind+"Policy", name, func(_ *account, own *permissions) error {
		if !slices.Contains(own.Attached, policyARN) {
			return errorf(CodeNoSuchEntity, "policy %s was not found", policyARN)
		}
		own.Attached = without(own.Attached, policyARN)
		return nil
	})
}

// Attached returns the ARNs of a principal's managed policies, sorted.
func (p PrincipalPolicies) Attached(name string) (arns []string, err error) {
	err = p.read(name, func(own *permissions) { arns = own.attached() })
	return arns, err
}

// Put embeds a policy in a principal, or replaces it.
func (p PrincipalPolicies) Put(name string, in InlinePolicy) error {
	return p.change("Put"+p.kind+"Policy", name, func(_ *account, own *permissions) error {
		err := cmp.Or(checkName("policyName", in.PolicyName, maxLongName), checkIdentityDocument(in.PolicyDocument))
		if err != nil {
			return err
		}
		size := documentSize(in.PolicyDocument)
		for other, text := range own.Inline {
			if other != in.PolicyName {
				size += documentSize(text)
			}
		}
		if size > p.quota {
			return errorf(CodeLimitExceeded,
				"maximum policy size of %d bytes exceeded: the inline policies have %d", p.quota, size)
		}
		if own.Inline == nil {
			own.Inline = map[string]string{}
		}
		own.Inline[in.PolicyName] = in.PolicyDocument
		return nil
	})
}

// Delete deletes a policy embedded in a principal.
func (p PrincipalPolicies) Delete(name, policyName string) error {
	return p.change("Delete"+p.kind+"Policy", name, func(_ *account, own *permissions) error {
		if _, ok := own.Inline[policyName]; !ok {
			return errorf(CodeNoSuchEntity, "the policy with name %s cannot be found", policyName)
		}
		delete(own.Inline, policyName)
		return nil
	})
}

// Names returns the names of the policies embedded in a principal, sorted.
func (p PrincipalPolicies) Names(name string) (names []string, err error) {
	err = p.read(name, func(own *permissions) { names = own.inlineNames() })
	return names, err
}
