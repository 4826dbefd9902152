package instance

import (
	"fmt"
	"maps"
	"path/filepath"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/gotool"
)

const (
	// name is the beginning of the resources' names.
	name = "caller"
	// imageParameter is AWS's public parameter with the newest image.
	imageParameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"

	anywhere = "0.0.0.0/0"
)

// Deploy builds the program and deploys the instance.
func Deploy(ctx *pulumi.Context) error {
	return DeployWith(func(ctx *pulumi.Context) (Program, error) {
		cache, err := gotool.CacheDir()
		if err != nil {
			return Program{}, err
		}
		return Build(ctx.Context(), ctx.RootDirectory(), filepath.Join(cache, "instance-caller"))
	})(ctx)
}

// DeployWith returns a Pulumi program that runs another program on the instance.
func DeployWith(build func(*pulumi.Context) (Program, error)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		settings, err := config.Load(ctx)
		if err != nil {
			return err
		}
		cfg, err := Parse(settings)
		if err != nil {
			return err
		}
		if err := settings.WarnOfSecrets(ctx); err != nil {
			return err
		}
		// The profile names the role, whose ARN the bucket's policy needs. A profile that
		// does not exist is an error before anything is created.
		profile, err := iam.LookupInstanceProfile(ctx, &iam.LookupInstanceProfileArgs{Name: cfg.InstanceProfile})
		if err != nil {
			return fmt.Errorf("instanceProfile: %q cannot be read: %w", cfg.InstanceProfile, err)
		}
		if profile.RoleArn == "" {
			return fmt.Errorf("instanceProfile: %q has no role; must be an instance profile of the API's stack", cfg.InstanceProfile)
		}
		if cfg.ImageID == "" {
			image, err := ssm.LookupParameter(ctx, &ssm.LookupParameterArgs{Name: imageParameter})
			if err != nil {
				return fmt.Errorf("the newest image cannot be read: %w", err)
			}
			cfg.ImageID = image.InsecureValue
		}
		program, err := build(ctx)
		if err != nil {
			return err
		}
		return deploy(ctx, cfg, program, profile.RoleArn)
	}
}

func deploy(ctx *pulumi.Context, cfg Config, program Program, roleArn string) error {
	stored, err := newStore(ctx, cfg, program, roleArn)
	if err != nil {
		return err
	}
	net, err := newNetwork(ctx, cfg)
	if err != nil {
		return err
	}
	// With every change of the program or its settings, the user data changes, and replaces
	// the instance: what runs is what is declared.
	instance, err := ec2.NewInstance(ctx, name, &ec2.InstanceArgs{
		Ami:                 pulumi.String(cfg.ImageID),
		InstanceType:        pulumi.String(cfg.InstanceType),
		IamInstanceProfile:  pulumi.String(cfg.InstanceProfile),
		SubnetId:            net.subnet.ID(),
		VpcSecurityGroupIds: pulumi.StringArray{net.firewall.ID()},
		// The way out. Nothing comes in: see newNetwork.
		AssociatePublicIpAddress: pulumi.Bool(true),
		// Version 2 of the metadata service alone, for processes of the instance itself:
		// its responses do not reach a container behind another hop.
		MetadataOptions: ec2.InstanceMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(1),
		},
		RootBlockDevice:         ec2.InstanceRootBlockDeviceArgs{Encrypted: pulumi.Bool(true)},
		Monitoring:              pulumi.Bool(false), // detailed metrics cost, and the basic ones suffice
		UserData:                stored.script,
		UserDataReplaceOnChange: pulumi.Bool(true),
		Tags:                    named(cfg.Tags),
	}, pulumi.DependsOn(append(stored.ready, net.ready...)))
	if err != nil {
		return err
	}
	ctx.Export("instanceId", instance.ID())
	ctx.Export("publicIp", instance.PublicIp)
	ctx.Export("imageId", pulumi.String(cfg.ImageID))
	ctx.Export("programSha256", pulumi.String(program.SHA256))
	ctx.Export("bucket", stored.bucket.Bucket)
	return nil
}

// named adds the tag that the console shows as the name, unless there is one.
func named(tags map[string]string) pulumi.StringMap {
	all := map[string]string{"Name": "instance-caller"}
	maps.Copy(all, tags)
	return pulumi.ToStringMap(all)
}
