package provider

import "iam-secured-api/internal/sandbox/cloud"

const (
	propVpcID    = "vpcId"
	propCIDR     = "cidrBlock"
	propSubnetID = "subnetId"
)

// arnOutput is the only modelled output of many types.
var arnOutput = []property{{name: "arn", field: "ARN"}}

var vpcType = &resourceType{
	token: "aws:ec2/vpc:Vpc",
	inputs: []property{
		{name: propCIDR, kind: aString, field: "CIDR", required: true, replaces: true},
		tagsInput,
		{name: "enableDnsSupport", kind: aBoolean, byDefault: true, unmodelled: true},
		{name: "instanceTenancy", kind: aString, byDefault: "default", unmodelled: true},
	},
	outputs: arnOutput,
	creates: "CreateVpc",
	calls:   []string{"DeleteVpc"},
	tags:    tagsResource,
	create: func(c *client, ch *change) (string, error) {
		v, err := c.region.CreateVpc(ch.new.str(propCIDR), ch.new.stringMap(propTags))
		return v.ID, err
	},
	read:   func(c *client, id string, _ values) (any, error) { return found(c.region.DescribeVpc(id)) },
	delete: func(c *client, id string, _ values) error { return c.region.DeleteVpc(id) },
	locate: byID,
}

var subnetType = &resourceType{
	token: "aws:ec2/subnet:Subnet",
	inputs: []property{
		{name: "availabilityZone", kind: aString, field: "Zone", replaces: true, keeps: true},
		{name: propCIDR, kind: aString, field: "CIDR", replaces: true},
		{name: propVpcID, kind: aString, field: "VpcID", required: true, replaces: true},
		tagsInput,
		{name: "mapPublicIpOnLaunch", kind: aBoolean, byDefault: false, unmodelled: true},
	},
	outputs: arnOutput,
	creates: "CreateSubnet",
	calls:   []string{"DeleteSubnet"},
	tags:    tagsResource,
	create: func(c *client, ch *change) (string, error) {
		v, err := c.region.CreateSubnet(
			ch.new.str(propVpcID), ch.new.str(propCIDR), ch.new.str("availabilityZone"), ch.new.stringMap(propTags))
		return v.ID, err
	},
	read:   func(c *client, id string, _ values) (any, error) { return found(c.region.DescribeSubnet(id)) },
	delete: func(c *client, id string, _ values) error { return c.region.DeleteSubnet(id) },
	locate: byID,
}

// internetGatewayType is an internet gateway. An update to another VPC detaches it first. If
// the program omits the VPC, the gateway stays attached.
var internetGatewayType = &resourceType{
	token:   "aws:ec2/internetGateway:InternetGateway",
	inputs:  []property{{name: propVpcID, kind: aString, field: "VpcID", keeps: true}, tagsInput},
	outputs: arnOutput,
	creates: "CreateInternetGateway",
	calls:   []string{"AttachInternetGateway", "DeleteInternetGateway", "DetachInternetGateway"},
	tags:    tagsResource,
	create: func(c *client, ch *change) (string, error) {
		v, err := c.region.CreateInternetGateway(ch.new.stringMap(propTags))
		if vpc := ch.new.str(propVpcID); err == nil && vpc != "" {
			err = c.region.AttachInternetGateway(v.ID, vpc)
		}
		return v.ID, err
	},
	read: func(c *client, id string, _ values) (any, error) { return found(c.region.DescribeInternetGateway(id)) },
	update: func(c *client, ch *change) error {
		if !ch.of(propVpcID) {
			return nil
		}
		if err := c.detach(ch.id, ch.old); err != nil {
			return err
		}
		return c.region.AttachInternetGateway(ch.id, ch.new.str(propVpcID))
	},
	delete: func(c *client, id string, state values) error {
		if err := c.detach(id, state); err != nil {
			return err
		}
		return c.region.DeleteInternetGateway(id)
	},
	locate: byID,
}

// detach detaches an internet gateway from its VPC, if it is attached.
func (c *client) detach(id string, state values) error {
	vpc := state.str(propVpcID)
	if vpc == "" {
		return nil
	}
	if err := c.region.DetachInternetGateway(id, vpc); !cloud.IsCode(err, "Gateway.NotAttached") {
		return tolerate(err)
	}
	return nil
}
