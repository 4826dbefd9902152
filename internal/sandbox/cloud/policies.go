package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"iam-secured-api/components/access"
)

// Policy is a managed policy.
type Policy struct {
	PolicyName       string `state:",name"`
	PolicyID         string `state:"-"`
	ARN              string `state:"-"`
	Path             string
	Description      string
	DefaultVersionID string `state:"-"`
	AttachmentCount  int
	CreateDate       time.Time
	Tags             map[string]string
}

// PolicyVersion is one version of a managed policy.
type PolicyVersion struct {
	VersionID        string `state:"-"`
	IsDefaultVersion bool   `state:"-"`
	Document         string `state:",document"`
	CreateDate       time.Time
}

// described leaves versions other than the default out of descriptions.
func (v PolicyVersion) described() bool { return v.IsDefaultVersion }

type policy struct {
	Policy
	Versions []PolicyVersion `state:"version"` // oldest first
	Last     int             `state:"-"`       // number of the newest version that ever existed
}

// CreatePolicyInput describes a managed policy to create. Path is / if empty.
type CreatePolicyInput struct {
	PolicyName     string
	Path           string
	Description    string
	PolicyDocument string
	Tags           map[string]string
}

// policy returns the account's or AWS's policy with the ARN, or nil.
func (a *account) policy(arn string) *policy {
	if p := a.Policies[arn]; p != nil {
		return p
	}
	return awsPolicy(arn)
}

var policies = &shelf[*account, *policy, Policy]{
	things: func(a *account) *map[string]*policy { return &a.Policies },
	missing: func(_ place[*account], a *account, arn string) error {
		if a.policy(arn) != nil {
			return errorf("AccessDenied", "policy %s belongs to AWS and cannot be changed", arn)
		}
		return errorf(CodeNoSuchEntity, "policy %s was not found", arn)
	},
	quota: quota{access.MaxAccountPolicies, CodeLimitExceeded, "PoliciesPerAccount"},
	tags:  func(p *policy) *map[string]string { return &p.Tags },
}

func checkManagedDocument(text string) error {
	if n := documentSize(text); n > access.MaxPolicyCharacters {
		return errorf(CodeLimitExceeded,
			"cannot exceed quota for PolicySize: %d, the policy has %d characters without white space", access.MaxPolicyCharacters, n)
	}
	return checkIdentityDocument(text)
}

func (in CreatePolicyInput) check(a *account) error {
	err := cmp.Or(
		checkName("policyName", in.PolicyName, maxLongName), checkPolicyPath(in.Path), checkDescription(in.Description),
		checkTags(in.Tags), checkManagedDocument(in.PolicyDocument),
	)
	if err != nil {
		return err
	}
	for _, p := range a.Policies {
		if strings.EqualFold(p.PolicyName, in.PolicyName) {
			return errorf(CodeEntityAlreadyExists,
				"a policy called %s already exists; duplicate names are not allowed", in.PolicyName)
		}
	}
	return nil
}

// CreatePolicy creates a managed policy whose first version is its default.
func (a *Account) CreatePolicy(in CreatePolicyInput) (Policy, error) {
	in.Path = defaultPath(in.Path)
	return policies.create(a, "CreatePolicy", in.PolicyName, func(st *account) (string, *policy, error) {
		if err := in.check(st); err != nil {
			return "", nil, err
		}
		arn := fmt.Sprintf("arn:aws:iam::%s:policy%s%s", a.id, in.Path, in.PolicyName)
		return arn, &policy{
			Policy: Policy{
				PolicyName: in.PolicyName, PolicyID: uniqueID(prefixPolicy), ARN: arn, Path: in.Path,
				Description: in.Description, DefaultVersionID: "v1", CreateDate: now(), Tags: in.Tags,
			},
			Versions: []PolicyVersion{{VersionID: "v1", IsDefaultVersion: true, Document: in.PolicyDocument, CreateDate: now()}},
			Last:     1,
		}, nil
	})
}

// view returns a policy as its account sees it.
func (p *policy) view(s *state) Policy { return p.in(s.Accounts[strings.Split(p.ARN, ":")[4]]) }

// in returns the policy as an account sees it.
func (p *policy) in(a *account) Policy {
	out := p.Policy
	out.AttachmentCount = len(a.attachedTo(p.ARN))
	return out
}

func (p *policy) version(id string) *PolicyVersion {
	for i := range p.Versions {
		if p.Versions[i].VersionID == id {
			return &p.Versions[i]
		}
	}
	return nil
}

// attachedTo names the users, groups and roles that a policy is attached to.
func (a *account) attachedTo(arn string) (names []string) {
	attached := func(label string, p *permissions) {
		if slices.Contains(p.Attached, arn) {
			names = append(names, label)
		}
	}
	for name, u := range a.Users {
		attached("user "+name, &u.permissions)
	}
	for name, g := range a.Groups {
		attached("group "+name, &g.permissions)
	}
	for name, r := range a.Roles {
		attached("role "+name, &r.permissions)
	}
	return names
}

// boundaryOf names the users and roles whose permissions boundary a policy is.
func (a *account) boundaryOf(arn string) (names []string) {
	for name, u := range a.Users {
		if u.PermissionsBoundary == arn {
			names = append(names, "user "+name)
		}
	}
	for name, r := range a.Roles {
		if r.PermissionsBoundary == arn {
			names = append(names, "role "+name)
		}
	}
	return names
}

// GetPolicy returns a policy of the account or one of AWS's.
func (a *Account) GetPolicy(arn string) (Policy, error) {
	return queryPolicy(a, arn, func(st *account, p *policy) (Policy, error) { return p.in(st), nil })
}

// queryPolicy runs an action that only reads a policy of the account or of AWS.
func queryPolicy[R any](a *Account, arn string, f func(*account, *policy) (R, error)) (R, error) {
	var out R
	err := a.view(func(st *account) (err error) {
		p := st.policy(arn)
		if p == nil {
			return errorf(CodeNoSuchEntity, "policy %s was not found", arn)
		}
		out, err = f(st, p)
		return err
	})
	return reply(out, err)
}

// ListPolicies returns the account's own policies, by ARN.
func (a *Account) ListPolicies() ([]Policy, error) { return policies.list(a, nil) }

// DeletePolicy deletes a policy that is not attached, is not a boundary and has
// no version other than its default.
func (a *Account) DeletePolicy(arn string) error {
	return policies.remove(a, "DeletePolicy", arn, func(st *account, p *policy) error {
		if users := append(st.attachedTo(arn), st.boundaryOf(arn)...); len(users) > 0 {
			slices.Sort(users)
			return errorf(CodeDeleteConflict, "cannot delete a policy attached to entities: %s", strings.Join(users, ", "))
		}
		if len(p.Versions) > 1 {
			return errorf(CodeDeleteConflict,
				"this policy has more than one version; before you delete a policy, you must delete the policy's versions")
		}
		return nil
	})
}

func defaultPath(path string) string { return cmp.Or(path, "/") }
