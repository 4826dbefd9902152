package components

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// User is an IAM user that has permissions through groups only. A policy that is
// attached to the user itself shows as drift, and the next update detaches it. The
// user has an access key only if UserArgs.AccessKey is set.
type User struct {
	pulumi.ResourceState

	// Arn is the user's ARN.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// UserName is the user's name.
	UserName pulumi.StringOutput `pulumi:"userName"`

	// Key is the access key, or nil.
	Key *AccessKey
}

// AccessKey is a user's long-lived credential.
type AccessKey struct {
	// ID is the access key id, which is not a secret.
	ID pulumi.StringOutput
	// Secret is the secret access key. It is a Pulumi secret, encrypted in the state.
	Secret pulumi.StringOutput
}

// UserArgs are the inputs of a User.
type UserArgs struct {
	// Name is the user's name on AWS; see access.CheckUserName. Required.
	Name string
	// AccessKey is whether the user has an access key.
	AccessKey bool
	// PermissionsBoundary is the ARN of a managed policy.
	PermissionsBoundary pulumi.StringPtrInput
	// Tags are set on the user; see access.CheckTags.
	Tags map[string]string
}

// NewUser creates a user, and an access key if args.AccessKey is set.
func NewUser(ctx *pulumi.Context, name string, args *UserArgs, opts ...pulumi.ResourceOption) (*User, error) {
	a := valueOf(args)
	p := check("User", name)
	p.field("Name", a.Name, access.CheckUserName(a.Name))
	p.each("Tags", access.CheckTags(a.Tags))
	if err := p.err(); err != nil {
		return nil, err
	}
	c := &User{}
	inputs := pulumi.Map{"name": pulumi.String(a.Name), "accessKey": pulumi.Bool(a.AccessKey)}
	if err := ctx.RegisterComponentResourceV2(TypeUser, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	user, err := iam.NewUser(ctx, name+"-user", &iam.UserArgs{
		Name:                pulumi.String(a.Name),
		PermissionsBoundary: a.PermissionsBoundary,
		Tags:                pulumi.ToStringMap(a.Tags),
		// A key or MFA device that is added by hand must not prevent the deletion.
		ForceDestroy: pulumi.Bool(true),
	}, children(c)...)
	if err != nil {
		return nil, err
	}
	c.Arn, c.UserName = user.Arn, user.Name
	if err := shutOutUserPolicies(ctx, c, name, user); err != nil {
		return nil, err
	}
	if a.AccessKey {
		if err := createKey(ctx, c, name, user); err != nil {
			return nil, err
		}
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"arn": c.Arn, "userName": c.UserName})
}

// shutOutUserPolicies keeps the user's own policies empty.
func shutOutUserPolicies(ctx *pulumi.Context, c *User, name string, user *iam.User) error {
	_, err := iam.NewUserPolicyAttachmentsExclusive(ctx, name+"-policies", &iam.UserPolicyAttachmentsExclusiveArgs{
		UserName:   user.Name,
		PolicyArns: pulumi.StringArray{},
	}, children(c)...)
	if err != nil {
		return err
	}
	_, err = iam.NewUserPoliciesExclusive(ctx, name+"-inline-policies", &iam.UserPoliciesExclusiveArgs{
		UserName:    user.Name,
		PolicyNames: pulumi.StringArray{},
	}, children(c)...)
	return err
}

func createKey(ctx *pulumi.Context, c *User, name string, user *iam.User) error {
	key, err := iam.NewAccessKey(ctx, name+"-key", &iam.AccessKeyArgs{User: user.Name}, children(c)...)
	if err != nil {
		return err
	}
	c.Key = &AccessKey{
		ID:     key.ID().ToStringOutput(),
		Secret: pulumi.ToSecret(key.Secret).(pulumi.StringOutput),
	}
	return nil
}
