package instance

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// network is a VPC with one subnet.
type network struct {
	subnet   *ec2.Subnet
	firewall *ec2.SecurityGroup
	ready    []pulumi.Resource // what makes the way out
}

// newNetwork creates the instance's network. It has a way out to the API, to S3 and to the
// Systems Manager through an internet gateway, and no way in.
//
// An interface endpoint for execute-api is not a way to an HTTP API: it only leads to
// private REST APIs, and with its private DNS names, requests to all other APIs fail with
// 403. A NAT gateway would replace the public address for about ten times the price of all
// else. The address alone lets nobody in, because the security group has no rule for it.
func newNetwork(ctx *pulumi.Context, cfg Config) (*network, error) {
	vpc, err := ec2.NewVpc(ctx, name, &ec2.VpcArgs{CidrBlock: pulumi.String(cfg.CIDRBlock), Tags: named(cfg.Tags)})
	if err != nil {
		return nil, err
	}
	// It cannot move to a new VPC while the old one has an instance with a public address.
	gateway, err := ec2.NewInternetGateway(ctx, name, &ec2.InternetGatewayArgs{VpcId: vpc.ID(), Tags: named(cfg.Tags)},
		pulumi.ReplaceOnChanges([]string{"vpcId"}))
	if err != nil {
		return nil, err
	}
	subnetArgs := &ec2.SubnetArgs{VpcId: vpc.ID(), CidrBlock: pulumi.String(cfg.CIDRBlock), Tags: named(cfg.Tags)}
	if cfg.AvailabilityZone != "" {
		subnetArgs.AvailabilityZone = pulumi.String(cfg.AvailabilityZone)
	}
	subnet, err := ec2.NewSubnet(ctx, name, subnetArgs, pulumi.DeleteBeforeReplace(true)) // two would overlap
	if err != nil {
		return nil, err
	}
	routes, err := ec2.NewRouteTable(ctx, name, &ec2.RouteTableArgs{
		VpcId: vpc.ID(),
		Routes: ec2.RouteTableRouteArray{
			ec2.RouteTableRouteArgs{CidrBlock: pulumi.String(anywhere), GatewayId: gateway.ID()},
		},
		Tags: named(cfg.Tags),
	})
	if err != nil {
		return nil, err
	}
	association, err := ec2.NewRouteTableAssociation(ctx, name, &ec2.RouteTableAssociationArgs{
		SubnetId: subnet.ID(), RouteTableId: routes.ID(),
	})
	if err != nil {
		return nil, err
	}
	// The lists of rules are exclusive, also the empty one: a rule that was added by hand is
	// found and removed. Security groups do not filter DNS to the VPC's resolver, nor the
	// metadata service, so neither has a rule.
	firewall, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		Description: pulumi.String("Nothing in, HTTPS out"),
		VpcId:       vpc.ID(),
		Ingress:     ec2.SecurityGroupIngressArray{},
		Egress: ec2.SecurityGroupEgressArray{ec2.SecurityGroupEgressArgs{
			Description: pulumi.String("HTTPS to the API, S3 and the Systems Manager"),
			Protocol:    pulumi.String("tcp"),
			FromPort:    pulumi.Int(443),
			ToPort:      pulumi.Int(443),
			CidrBlocks:  pulumi.StringArray{pulumi.String(anywhere)},
		}},
		Tags: named(cfg.Tags),
	})
	if err != nil {
		return nil, err
	}
	return &network{subnet, firewall, []pulumi.Resource{association, gateway}}, nil
}
