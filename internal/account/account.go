// Package account reads the IAM of an AWS account and finds who in it can call an API.
package account

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"iam-secured-api/components/access/iam"
)

// Account is the IAM of an AWS account. Create it with Read. It is not safe for
// concurrent use.
type Account struct {
	Partition, ID string
	Principals    []Principal       // sorted by ARN
	Groups        map[string]Group  // by name
	Policies      map[string]string // documents of managed policies, by ARN; empty if not in the account's description

	compiled map[string]compiled // by document
}

// iamPrefix returns the beginning of the ARNs of the account's IAM.
func (a *Account) iamPrefix() string { return "arn:" + a.Partition + ":iam::" + a.ID + ":" }

// Principal is a user or a role.
type Principal struct {
	Arn, Name string
	Path      string // with slashes around it
	ID        string // such as AIDAEXAMPLE
	Tags      map[string]string
	Groups    []string // names of a user's groups
	Inline    []Inline
	Attached  []string // ARNs of managed policies
	Boundary  string   // ARN of a managed policy; empty for none

	Trust            string   // document of a role; empty for a user
	InstanceProfiles []string // ARNs, of a role
}

// IsRole reports whether the principal is a role.
func (p Principal) IsRole() bool { return p.Trust != "" }

// Group is a group of users.
type Group struct {
	Arn      string
	Inline   []Inline
	Attached []string // ARNs of managed policies
}

// Inline is a policy of one user, role or group.
type Inline struct{ Name, Document string }

// Attachment is one of a principal's policies, with its source.
type Attachment struct {
	// From names the policy, such as `group Admins, policy arn:aws:iam::aws:policy/AdministratorAccess`.
	From string
	// Document is empty if it is not in the account's description.
	Document string
	// Policy is the compiled document, or nil.
	Policy *iam.IdentityPolicy
	// Err says why Policy is nil: the document is not in the account's description, or
	// the evaluator rejects it.
	Err error
}

// Attachments returns the identity policies of a principal, those of its groups
// included.
func (a *Account) Attachments(p Principal) []Attachment {
	all := a.attachments("", p.Inline, p.Attached)
	for _, name := range p.Groups {
		prefix := "group " + name
		group, known := a.Groups[name]
		if !known {
			all = append(all, Attachment{From: prefix, Err: errors.New("the group is missing in the account's description")})
		}
		all = append(all, a.attachments(prefix+", ", group.Inline, group.Attached)...)
	}
	return all
}

func (a *Account) attachments(prefix string, inline []Inline, attached []string) []Attachment {
	var all []Attachment
	for _, policy := range inline {
		compiled := a.compile(policy.Document)
		all = append(all, Attachment{prefix + "inline policy " + policy.Name, policy.Document, compiled.policy, compiled.err})
	}
	for _, arn := range attached {
		managed := a.Managed(arn)
		managed.From = prefix + managed.From
		all = append(all, managed)
	}
	return all
}

// Managed returns the managed policy with this ARN.
func (a *Account) Managed(arn string) Attachment {
	managed := Attachment{From: "policy " + arn, Document: a.Policies[arn]}
	if managed.Document != "" {
		compiled := a.compile(managed.Document)
		managed.Policy, managed.Err = compiled.policy, compiled.err
	} else {
		managed.Err = errors.New("the policy's document is missing in the account's description")
	}
	return managed
}

// compiled is a compiled document, or the error of compiling it.
type compiled struct {
	policy *iam.IdentityPolicy
	err    error
}

// compile compiles each document once.
func (a *Account) compile(document string) compiled {
	c, known := a.compiled[document]
	if !known {
		if c.policy, c.err = iam.CompileIdentity(document); c.err != nil {
			c.policy = nil
		}
		if a.compiled == nil {
			a.compiled = map[string]compiled{}
		}
		a.compiled[document] = c
	}
	return c
}

// arnPattern matches the ARN of an IAM entity. Its submatches are the partition, the
// account ("aws" for AWS's own policies), the kind, the path and the name.
var arnPattern = regexp.MustCompile(`^arn:(aws(?:-[a-z]+)*):iam::([0-9]{12}|aws):` +
	`(user|group|role|policy)(/(?:[!-~]*/)?)([\w+=,.@-]+)$`)

// add adds a principal, group or policy of the description.
func (a *Account) add(kind string, d detail) error {
	match := arnPattern.FindStringSubmatch(d.Arn)
	if match == nil || match[3] != kind || match[2] == "aws" && kind != "policy" {
		return fmt.Errorf("%.200q must be the Arn of a %s", d.Arn, kind)
	}
	if id := match[2]; id != "aws" && a.ID == "" {
		a.Partition, a.ID = match[1], id
	} else if id != "aws" && (match[1] != a.Partition || id != a.ID) {
		return fmt.Errorf("%.200q must be of the account of the entries before it, %s", d.Arn, a.ID)
	}
	path, name := match[4], match[5]
	var twice bool
	switch kind {
	case "policy":
		_, twice = a.Policies[d.Arn]
		document, err := d.defaultVersion()
		if err != nil {
			return fmt.Errorf("%.200q: %w", d.Arn, err)
		}
		a.Policies[d.Arn] = document
	case "group":
		_, twice = a.Groups[name]
		a.Groups[name] = Group{Arn: d.Arn, Inline: d.inline(), Attached: d.attached()}
	default:
		if kind == "role" && d.AssumeRolePolicyDocument == "" {
			return fmt.Errorf("%.200q: must have an AssumeRolePolicyDocument", d.Arn)
		}
		if twin := d.twinTag(); twin != "" {
			return fmt.Errorf("%.200q: Tags: the key %.200q appears twice; IAM ignores its case", d.Arn, twin)
		}
		a.Principals = append(a.Principals, d.principal(name, path))
	}
	if twice {
		return fmt.Errorf("%.200q appears twice", d.Arn)
	}
	return nil
}

// finish sorts the principals and checks that none appears twice.
func (a *Account) finish() error {
	if len(a.Principals) == 0 {
		return errors.New("must have at least one user or role: without their lists, nothing can be said about who can call")
	}
	slices.SortFunc(a.Principals, func(p, q Principal) int { return strings.Compare(p.Arn, q.Arn) })
	for i := range a.Principals[1:] {
		if arn := a.Principals[i].Arn; arn == a.Principals[i+1].Arn {
			return fmt.Errorf("%.200q appears twice: each page must be given once", arn)
		}
	}
	return nil
}
