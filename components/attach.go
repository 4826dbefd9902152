package components

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// Principal is a [Group], a [Role] or an [ExistingRole].
type Principal interface {
	pulumi.Resource
	attachments() *attachments
}

// Attachment says which policies a principal has.
type Attachment struct {
	// Principal is a Group, a Role or an ExistingRole. Required.
	Principal Principal
	// Policies are names of AttachPoliciesArgs.Policies.
	Policies []string
	// Managed are the ARNs of other managed policies. Each has a name that must not
	// change, because the attachment is named after it.
	Managed map[string]pulumi.StringInput
}

// AttachPoliciesArgs are the inputs of AttachPolicies.
type AttachPoliciesArgs struct {
	// ExecutionArn is the execution ARN of the API. Required with policies of one API.
	ExecutionArn pulumi.StringInput
	// ExecutionArns are the execution ARNs of APIs, by their names in policies of
	// access.Span. All APIs must be in the account in which the policies are created.
	ExecutionArns map[string]pulumi.StringInput
	// Policies are the policies to create, by their names; see access.NewPolicy.
	Policies map[string]*access.Policy
	// To says which policies each principal has: at most access.MaxPolicies managed
	// policies each. Other groups and roles are left alone.
	To []Attachment
	// Tags are set on the policies; see access.CheckTags.
	Tags map[string]string
}

// AttachPolicies creates policies and attaches them to groups and roles. It then
// excludes all other policies, but not those of an ExistingRole: one that is attached
// by hand shows as drift, and the next update detaches it.
//
// A route that moves from one document of a policy to another stays allowed: the
// documents are created and changed from the last to the first, each one after the
// one before is attached. The exceptions are a policy that fills all documents that it
// may have, and one whose fixed name or path changes; see access.Policy.Named.
func AttachPolicies(ctx *pulumi.Context, args *AttachPoliciesArgs,
	opts ...pulumi.ResourceOption) (map[string]*InvokePolicy, error) {
	a := valueOf(args)
	if err := a.validate(); err != nil {
		return nil, err
	}
	principals := map[string][]*attachments{} // by policy
	for _, to := range a.To {
		for _, policy := range to.Policies {
			principals[policy] = append(principals[policy], to.Principal.attachments())
		}
	}
	policies := map[string]*InvokePolicy{}
	for _, name := range sortedKeys(a.Policies) {
		policy, err := newInvokePolicy(ctx, name, a, principals[name], opts...)
		if err != nil {
			return nil, err
		}
		policies[name] = policy
	}
	for _, to := range a.To {
		attachments := to.Principal.attachments()
		for _, name := range sortedKeys(to.Managed) {
			if _, err := attachments.attach(ctx, name, to.Managed[name]); err != nil {
				return nil, err
			}
		}
		if err := attachments.close(ctx); err != nil {
			return nil, err
		}
	}
	return policies, nil
}

func (args AttachPoliciesArgs) validate() error {
	p := &problems{component: "AttachPolicies"}
	p.each("Tags", access.CheckTags(args.Tags))
	for _, name := range sortedKeys(args.Policies) {
		p.field("Policies", name, access.CheckPolicyName(name))
		if policy := args.Policies[name]; policy == nil || len(policy.Parts) == 0 {
			p.field("Policies", name, fmt.Errorf("must be a policy that access.NewPolicy returned"))
		}
	}
	args.validateArns(p)
	clashes := access.CheckNamings(args.Policies)
	for _, name := range sortedKeys(clashes) {
		p.field("Policies", name, clashes[name])
	}
	seen := map[Principal]bool{}
	for i, to := range args.To {
		field := fmt.Sprintf("To[%d]", i)
		if to.Principal == nil {
			p.required(field+".Principal", false)
			continue
		}
		if seen[to.Principal] || to.Principal.attachments().closed {
			p.each(field+".Principal", []error{fmt.Errorf("%q has its policies already; list all of them at once",
				to.Principal.attachments().name)})
		}
		seen[to.Principal] = true
		args.validateAttachment(p, field, to)
	}
	return p.err()
}

// validateArns reports the APIs of policies that have no execution ARN, each once.
func (args AttachPoliciesArgs) validateArns(p *problems) {
	missing := map[string]bool{}
	for _, policy := range args.Policies {
		for api, arn := range args.arnsOf(valueOf(policy)) {
			if field := fmt.Sprintf("ExecutionArns[%q]", api); arn == nil && api != "" {
				missing[field] = true
			} else if arn == nil {
				missing["ExecutionArn"] = true
			}
		}
	}
	for _, field := range sortedKeys(missing) {
		p.required(field, false)
	}
}

// arnsOf returns the execution ARNs of a policy's APIs, by their names in the policy. The
// name is empty in a policy of one API.
func (args AttachPoliciesArgs) arnsOf(policy access.Policy) pulumi.StringMap {
	arns := pulumi.StringMap{}
	for api := range policy.ByApi() {
		arns[api] = args.ExecutionArns[api]
		if api == "" {
			arns[api] = args.ExecutionArn
		}
	}
	return arns
}

func (args AttachPoliciesArgs) validateAttachment(p *problems, field string, to Attachment) {
	names := sortedKeys(to.Managed)
	for _, name := range names {
		p.field(field+".Managed", name, access.CheckManagedPolicyName(name))
		p.required(field+".Managed["+name+"]", to.Managed[name] != nil)
	}
	for _, name := range to.Policies {
		policy, known := args.Policies[name]
		if !known {
			p.field(field+".Policies", name, fmt.Errorf("must be one of Policies"))
			continue
		}
		if policy == nil {
			continue // reported
		}
		if to.Principal.attachments().group == nil {
			p.field(field+".Policies", name, policy.CheckForRole())
		}
		names = append(names, policy.PartNames(name)...)
	}
	p.field(field, len(names), access.CheckPolicyCount(len(names)))
	slices.Sort(names)
	for i, name := range names {
		if i > 0 && name == names[i-1] {
			p.field(field, name, fmt.Errorf("is the name of two policies; rename one"))
		}
	}
}

// attachments attaches managed policies to a group or to a role. Each attachment is
// a resource of its own, because the exclusive list detaches nothing when it is
// deleted.
type attachments struct {
	parent pulumi.Resource // the component of the group or role
	name   string          // of the component
	group  *iam.Group      // nil for a role
	role   pulumi.StringInput
	shared bool // others attach policies, too

	arns    map[string]pulumi.StringInput // of the attached policies, by name
	created []pulumi.Resource
	closed  bool
}

// attach attaches a policy.
func (a *attachments) attach(ctx *pulumi.Context, policy string, arn pulumi.StringInput,
	opts ...pulumi.ResourceOption) (created pulumi.Resource, err error) {
	opts = children(a.parent, opts...)
	if name := a.name + "-" + policy; a.group != nil {
		created, err = iam.NewGroupPolicyAttachment(ctx, name, &iam.GroupPolicyAttachmentArgs{
			Group: a.group.Name, PolicyArn: arn,
		}, opts...)
	} else {
		created, err = iam.NewRolePolicyAttachment(ctx, name, &iam.RolePolicyAttachmentArgs{
			Role: a.role, PolicyArn: arn,
		}, opts...)
	}
	if err != nil {
		return nil, err
	}
	if a.arns == nil {
		a.arns = map[string]pulumi.StringInput{}
	}
	a.arns[policy] = arn
	a.created = append(a.created, created)
	return created, nil
}

// close excludes all other policies, inline policies included, unless others attach
// policies, too.
func (a *attachments) close(ctx *pulumi.Context) (err error) {
	a.closed = true
	if a.shared {
		return nil
	}
	arns := pulumi.StringArray{}
	for _, name := range sortedKeys(a.arns) {
		arns = append(arns, a.arns[name])
	}
	managed, inline := a.name+"-policies", a.name+"-inline-policies"
	alone, after := children(a.parent), children(a.parent, pulumi.DependsOn(a.created))
	if a.group != nil {
		_, err = iam.NewGroupPolicyAttachmentsExclusive(ctx, managed, &iam.GroupPolicyAttachmentsExclusiveArgs{
			GroupName: a.group.Name, PolicyArns: arns,
		}, after...)
		if err == nil {
			_, err = iam.NewGroupPoliciesExclusive(ctx, inline, &iam.GroupPoliciesExclusiveArgs{
				GroupName: a.group.Name, PolicyNames: pulumi.StringArray{},
			}, alone...)
		}
		return err
	}
	_, err = iam.NewRolePolicyAttachmentsExclusive(ctx, managed, &iam.RolePolicyAttachmentsExclusiveArgs{
		RoleName: a.role, PolicyArns: arns,
	}, after...)
	if err == nil {
		_, err = iam.NewRolePoliciesExclusive(ctx, inline, &iam.RolePoliciesExclusiveArgs{
			RoleName: a.role, PolicyNames: pulumi.StringArray{},
		}, alone...)
	}
	return err
}
