package components

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// User is an IAM user that gets its permissions from groups alone: a policy
// attached to the user itself by hand shows as drift, and the next update takes
// it off. It has no long-lived key unless asked for.
type User struct {
	pulumi.ResourceState

	// Arn is the user's.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// UserName is the user's name.
	UserName pulumi.StringOutput `pulumi:"userName"`

	// Key is the access key, nil if none was asked for. Its Secret is a secret.
	Key *AccessKey
}

// AccessKey is a user's long-lived credential.
type AccessKey struct {
	// ID is the access key id, not a secret.
	ID pulumi.StringOutput
	// Secret is the secret access key, marked secret. Pulumi keeps it in its
	// state, encrypted.
	Secret pulumi.StringOutput
}

// UserArgs are the inputs of a User.
type UserArgs struct {
	// Name is the user's name on AWS; see access.CheckUserName. Required.
	Name string
	// AccessKey asks for an access key.
	AccessKey bool
	// PermissionsBoundary is the ARN of a managed policy.
	PermissionsBoundary pulumi.StringPtrInput
	// Tags go to the user; see access.CheckTags.
	Tags map[string]string
}

// NewUser creates a user, and an access key if asked for.
func NewUser(ctx *pulumi.Context, name string, args *UserArgs, opts ...pulumi.ResourceOption) (*User, error) {
	if args == nil {
		args = &UserArgs{}
	}
	p := check("User", name)
	p.field("Name", args.Name, access.CheckUserName(args.Name))
	p.each("Tags", access.CheckTags(args.Tags))
	if err := p.err(); err != nil {
		return nil, err
	}
	c := &User{}
	inputs := pulumi.Map{"name": pulumi.String(args.Name), "accessKey": pulumi.Bool(args.AccessKey)}
	if err := ctx.RegisterComponentResourceV2(TypeUser, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	user, err := iam.NewUser(ctx, name+"-user", &iam.UserArgs{
		Name:                pulumi.String(args.Name),
		PermissionsBoundary: args.PermissionsBoundary,
		Tags:                pulumi.ToStringMap(args.Tags),
		// A key or MFA device made by hand must not keep alive a user who is to go.
		ForceDestroy: pulumi.Bool(true),
	}, children(c)...)
	if err != nil {
		return nil, err
	}
	c.Arn, c.UserName = user.Arn, user.Name
	if err := shutOutUserPolicies(ctx, c, name, user); err != nil {
		return nil, err
	}
	if err := createKey(ctx, c, name, user, args.AccessKey); err != nil {
		return nil, err
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"arn": c.Arn, "userName": c.UserName})
}

// shutOutUserPolicies keeps the user's own lists of policies empty.
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

func createKey(ctx *pulumi.Context, c *User, name string, user *iam.User, wanted bool) error {
	if !wanted {
		return nil
	}
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
