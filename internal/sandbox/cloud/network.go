package cloud

import (
	"cmp"
	"maps"
	"net/netip"
)

// The model of EC2 has what examples/instance-caller uses. It applies the rules that depend
// on other resources, and not AWS's rules for single values, such as sizes of networks.

const (
	codeDependency = "DependencyViolation"
	codeEC2Value   = "InvalidParameterValue"

	hexDigits = "0123456789abcdef"
)

// EC2Resource is what all resources of EC2 have.
type EC2Resource struct {
	ID   string `state:",id"`
	ARN  string `state:"-"`
	Tags map[string]string
}

func (r *EC2Resource) tagsField() *map[string]string { return &r.Tags }

// VPC is a virtual network.
type VPC struct {
	EC2Resource
	CIDR string
}

// Subnet is a part of a VPC in one zone.
type Subnet struct {
	EC2Resource
	VpcID         string
	CIDR          string
	Zone          string
	AssociationID string `state:"-"` // of the route table; empty for the VPC's main one
	RouteTableID  string
}

// InternetGateway connects a VPC with the internet.
type InternetGateway struct {
	EC2Resource
	VpcID string // empty if it is detached
}

// RouteTable says where the packets of subnets go.
type RouteTable struct {
	EC2Resource
	VpcID  string
	Routes []VPCRoute // without the VPC's own
}

// VPCRoute is a route to an internet gateway.
type VPCRoute struct{ Destination, GatewayID string }

func (v *VPC) view(*state) VPC                         { return *v }
func (v *Subnet) view(*state) Subnet                   { return *v }
func (v *InternetGateway) view(*state) InternetGateway { return *v }
func (v *RouteTable) view(*state) RouteTable           { return *v }
func (v *SecurityGroup) view(*state) SecurityGroup     { return *v }

var (
	vpcs    = ec2Shelf("vpc", "InvalidVpcID", func(r *region) *map[string]*VPC { return &r.VPCs })
	subnets = ec2Shelf("subnet", "InvalidSubnetID", func(r *region) *map[string]*Subnet { return &r.Subnets })

	internetGateways = ec2Shelf("internetGateway", "InvalidInternetGatewayID",
		func(r *region) *map[string]*InternetGateway { return &r.InternetGateways })

	routeTables    = ec2Shelf("routeTable", "InvalidRouteTableID", func(r *region) *map[string]*RouteTable { return &r.RouteTables })
	securityGroups = ec2Shelf("security group", "InvalidGroup",
		func(r *region) *map[string]*SecurityGroup { return &r.SecurityGroups })
)

// ec2Shelf returns the shelf of a kind of resource of EC2.
func ec2Shelf[T interface {
	stored[V]
	tagsField() *map[string]string
}, V any](noun, code string, things func(*region) *map[string]T) *shelf[*region, T, V] {
	return &shelf[*region, T, V]{
		things: things, missing: missing[*region](code+".NotFound", "The "+noun+" ID '%s' does not exist"),
		tags: func(x T) *map[string]string { return x.tagsField() }, tagCode: codeEC2Value,
	}
}

// ec2Tagged returns the kinds of resources of EC2 by the beginning of their ARNs.
func (r *Region) ec2Tagged() map[string]tagged[*region] {
	return map[string]tagged[*region]{
		r.ec2ARN("vpc", ""): vpcs, r.ec2ARN("subnet", ""): subnets, r.ec2ARN("internet-gateway", ""): internetGateways,
		r.ec2ARN("route-table", ""): routeTables, r.ec2ARN("security-group", ""): securityGroups, r.ec2ARN("instance", ""): instances,
	}
}

func (r *Region) ec2ARN(kind, id string) string {
	return "arn:aws:ec2:" + r.name + ":" + r.account.id + ":" + kind + "/" + id
}

// newEC2 returns a resource with a new id.
func (r *Region) newEC2(kind, prefix string, tags map[string]string) EC2Resource {
	id := prefix + "-0" + random(16, hexDigits)
	return EC2Resource{ID: id, ARN: r.ec2ARN(kind, id), Tags: maps.Clone(tags)}
}

// unused returns an error if one of the things uses a resource.
func unused[T any](id string, things map[string]T, uses func(T) bool) error {
	for _, x := range things {
		if uses(x) {
			return errorf(codeDependency, "The resource '%s' has dependencies and cannot be deleted.", id)
		}
	}
	return nil
}

// CreateVpc creates a VPC.
func (r *Region) CreateVpc(cidr string, tags map[string]string) (VPC, error) {
	return vpcs.create(r, "CreateVpc", cidr, func(*region) (string, *VPC, error) {
		x := &VPC{r.newEC2("vpc", "vpc", tags), cidr}
		return x.ID, x, regionTags(tags, codeEC2Value)
	})
}

// DescribeVpc returns a VPC.
func (r *Region) DescribeVpc(id string) (VPC, error) { return vpcs.get(r, id) }

// DeleteVpc deletes a VPC in which nothing is left.
func (r *Region) DeleteVpc(id string) error {
	return vpcs.remove(r, "DeleteVpc", id, func(st *region, _ *VPC) error {
		return cmp.Or(
			unused(id, st.Subnets, func(x *Subnet) bool { return x.VpcID == id }),
			unused(id, st.InternetGateways, func(x *InternetGateway) bool { return x.VpcID == id }),
			unused(id, st.RouteTables, func(x *RouteTable) bool { return x.VpcID == id }),
			unused(id, st.SecurityGroups, func(x *SecurityGroup) bool { return x.VpcID == id }))
	})
}

// CreateSubnet creates a subnet. Without a zone, it is in the first one.
func (r *Region) CreateSubnet(vpcID, cidr, zone string, tags map[string]string) (Subnet, error) {
	return subnets.create(r, "CreateSubnet", cidr, func(st *region) (string, *Subnet, error) {
		if _, err := vpcs.find(r, st, vpcID); err != nil {
			return "", nil, err
		}
		network, err := netip.ParsePrefix(cidr)
		if err != nil {
			return "", nil, errorf(codeEC2Value, "Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR block.", cidr)
		}
		for _, x := range st.Subnets {
			if x.VpcID == vpcID && netip.MustParsePrefix(x.CIDR).Overlaps(network) {
				return "", nil, errorf("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", cidr)
			}
		}
		x := &Subnet{EC2Resource: r.newEC2("subnet", "subnet", tags), VpcID: vpcID, CIDR: cidr, Zone: cmp.Or(zone, r.name+"a")}
		return x.ID, x, regionTags(tags, codeEC2Value)
	})
}

// DescribeSubnet returns a subnet.
func (r *Region) DescribeSubnet(id string) (Subnet, error) { return subnets.get(r, id) }

// DeleteSubnet deletes a subnet without instances.
func (r *Region) DeleteSubnet(id string) error {
	return subnets.remove(r, "DeleteSubnet", id, func(st *region, _ *Subnet) error {
		return unused(id, st.Instances, func(x *Instance) bool { return x.SubnetID == id })
	})
}

// CreateInternetGateway creates a gateway that is not attached to a VPC.
func (r *Region) CreateInternetGateway(tags map[string]string) (InternetGateway, error) {
	return internetGateways.create(r, "CreateInternetGateway", "", func(*region) (string, *InternetGateway, error) {
		x := &InternetGateway{EC2Resource: r.newEC2("internet-gateway", "igw", tags)}
		return x.ID, x, regionTags(tags, codeEC2Value)
	})
}

// DescribeInternetGateway returns a gateway.
func (r *Region) DescribeInternetGateway(id string) (InternetGateway, error) {
	return internetGateways.get(r, id)
}

// AttachInternetGateway attaches a gateway to a VPC.
func (r *Region) AttachInternetGateway(id, vpcID string) error {
	return internetGateways.change(r, "AttachInternetGateway", id, func(st *region, x *InternetGateway) error {
		if _, err := vpcs.find(r, st, vpcID); err != nil {
			return err
		}
		if x.VpcID != "" {
			return errorf("Resource.AlreadyAssociated", "resource %s is already attached to network %s", id, x.VpcID)
		}
		x.VpcID = vpcID
		return nil
	})
}

// DetachInternetGateway detaches a gateway from a VPC without public addresses.
func (r *Region) DetachInternetGateway(id, vpcID string) error {
	return internetGateways.change(r, "DetachInternetGateway", id, func(st *region, x *InternetGateway) error {
		if x.VpcID != vpcID {
			return errorf("Gateway.NotAttached", "resource %s is not attached to network %s", id, vpcID)
		}
		for _, i := range st.Instances {
			if i.PublicIP != "" && st.Subnets[i.SubnetID].VpcID == vpcID {
				return errorf(codeDependency, "Network %s has some mapped public address(es).", vpcID)
			}
		}
		x.VpcID = ""
		return nil
	})
}

// DeleteInternetGateway deletes a gateway that is not attached.
func (r *Region) DeleteInternetGateway(id string) error {
	return internetGateways.remove(r, "DeleteInternetGateway", id, func(st *region, x *InternetGateway) error {
		return unused(id, st.VPCs, func(v *VPC) bool { return v.ID == x.VpcID })
	})
}
