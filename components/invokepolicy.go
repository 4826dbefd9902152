package components

import (
	"cmp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// InvokePolicy allows calling routes of an API, or of several, and nothing else. It is one
// managed policy, or several if the routes do not fit in one document. [AttachPolicies]
// creates it.
type InvokePolicy struct {
	pulumi.ResourceState

	// Parts are its managed policies, in the order of their names.
	Parts []PolicyPart
}

// PolicyPart is one managed policy of an InvokePolicy.
type PolicyPart struct {
	// Name distinguishes the parts of a policy; see access.Part.
	Name string
	// Arn is the managed policy's ARN.
	Arn pulumi.StringOutput
	// Document is the policy document, as JSON.
	Document pulumi.StringOutput
}

// newInvokePolicy creates the managed policies of a policy and attaches them to
// principals. It begins with the last part, and each part depends on the attachments
// of the parts after it, so that a route that moves to another part stays allowed.
func newInvokePolicy(ctx *pulumi.Context, name string, args AttachPoliciesArgs, principals []*attachments,
	opts ...pulumi.ResourceOption) (*InvokePolicy, error) {
	policy := args.Policies[name]
	c := &InvokePolicy{}
	if err := ctx.RegisterComponentResourceV2(TypeInvokePolicy, name, inputsOf(policy), c, opts...); err != nil {
		return nil, err
	}
	arns, documents := pulumi.StringArray{}, pulumi.StringArray{}
	var after []pulumi.Resource
	// A policy with a fixed name is deleted before it is created again, and so are its
	// attachments. The attachments set this themselves, too: otherwise, if the deletion
	// fails, the next update would attach before it detaches.
	deleteFirst := pulumi.DeleteBeforeReplace(policy.Naming.Name != "")
	for _, part := range slices.Backward(policy.Parts) {
		document := args.arnsOf(*policy).ToStringMapOutput().ApplyT(func(executionArns map[string]string) (string, error) {
			text, err := policy.DocumentOf(part, executionArns)
			if err != nil {
				return "", err
			}
			return text, access.CheckPolicySize(text)
		}).(pulumi.StringOutput)
		policyArgs := &iam.PolicyArgs{Policy: document, Tags: pulumi.ToStringMap(args.Tags)}
		if naming := policy.Naming; naming.Name != "" {
			policyArgs.Name = pulumi.String(naming.Name + part.Name)
			policyArgs.Path = pulumi.String(cmp.Or(naming.Path, "/"))
		}
		managed, err := iam.NewPolicy(ctx, name+"-invoke"+part.Name, policyArgs, children(c, pulumi.DependsOn(after))...)
		if err != nil {
			return nil, err
		}
		after = append(after, managed)
		for _, principal := range principals {
			attachment, err := principal.attach(ctx, name+part.Name, managed.Arn, deleteFirst)
			if err != nil {
				return nil, err
			}
			after = append(after, attachment)
		}
		c.Parts = slices.Insert(c.Parts, 0, PolicyPart{Name: part.Name, Arn: managed.Arn, Document: document})
		arns = slices.Insert(arns, 0, pulumi.StringInput(managed.Arn))
		documents = slices.Insert(documents, 0, pulumi.StringInput(document))
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"arns": arns, "documents": documents})
}

// inputsOf returns what the state shows of a policy.
func inputsOf(policy *access.Policy) pulumi.Map {
	if policy.Apis != nil {
		apis := pulumi.Map{}
		for api, granted := range policy.Apis {
			apis[api] = inputsOf(granted)
		}
		return pulumi.Map{"apis": apis}
	}
	return pulumi.Map{"stage": pulumi.String(policy.Stage), "allow": pulumi.ToStringArray(policy.Grants)}
}
