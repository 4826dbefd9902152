package cloud

import (
	"cmp"
	"maps"
	"net/netip"
)

const (
	codeDependency    = "DependencyViolation"
	codeEC2Value      = "InvalidParameterValue"
	codeAlreadyLinked = "Resource.AlreadyAssociated"

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
	Routes []VPCRoute
}

// VPCRoute is a route to an internet gateway.
type VPCRoute struct{ Destination, GatewayID string }

func (v *VPC) view(*state) VPC                         { return *v }
func (v *Subnet) view(*state) Subnet                   { return *v }
func (v *InternetGateway) view(*state) InternetGateway { return *v }
func (v *RouteTable) view(*state) RouteTable           { return *v }

var (
	vpcs = ec2Shelf("vpc", "InvalidVpcID", func(r *region) *map[string]*VPC { return &r.VPCs })

	subnets = ec2Shelf("subnet", "InvalidSubnetID", func(r *region) *map[string]*Subnet { return &r.Subnets })

	internetGateways = ec2Shelf("internetGateway", "InvalidInternetGatewayID",
		func(r *region) *map[string]*InternetGateway { return &r.InternetGateways })

	routeTables = ec2Shelf("routeTable", "InvalidRouteTableID", func(r *region) *map[string]*RouteTable { return &r.RouteTables })
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

// anyOf reports whether one of the things is like that.
func anyOf[T any](things map[string]T, is func(T) bool) bool {
	for _, x := range things {
		if is(x) {
			return true
		}
	}
	return false
}

func inUse(what, id string) *Error {
	return errorf(codeDependency, "The %s '%s' has dependencies and cannot be deleted.", what, id)
}

// checkCIDR accepts the IPv4 networks that a VPC or a subnet may have.
func checkCIDR(cidr, code string) (netip.Prefix, error) {
	network, err := netip.ParsePrefix(cidr)
	if err != nil || !network.Addr().Is4() || network != network.Masked() {
		return network, errorf(codeEC2Value, "Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR block.", cidr)
	}
	if network.Bits() < 16 || network.Bits() > 28 {
		return network, errorf(code, "The CIDR '%s' is invalid: it must have a size of /16 to /28.", cidr)
	}
	return network, nil
}

// CreateVpc creates a VPC.
func (r *Region) CreateVpc(cidr string, tags map[string]string) (VPC, error) {
	return vpcs.create(r, "CreateVpc", cidr, func(*region) (string, *VPC, error) {
		_, err := checkCIDR(cidr, "InvalidVpc.Range")
		x := &VPC{r.newEC2("vpc", "vpc", tags), cidr}
		return x.ID, x, cmp.Or(err, regionTags(tags, codeEC2Value))
	})
}

// DescribeVpc returns a VPC.
func (r *Region) DescribeVpc(id string) (VPC, error) { return vpcs.get(r, id) }

// DescribeVpcs returns the region's VPCs. The default VPC is not modelled.
func (r *Region) DescribeVpcs() ([]VPC, error) { return vpcs.list(r, nil) }

// DeleteVpc deletes a VPC in which nothing is left.
func (r *Region) DeleteVpc(id string) error {
	return vpcs.remove(r, "DeleteVpc", id, func(st *region, _ *VPC) error {
		if anyOf(st.Subnets, func(x *Subnet) bool { return x.VpcID == id }) ||
			anyOf(st.InternetGateways, func(x *InternetGateway) bool { return x.VpcID == id }) ||
			anyOf(st.RouteTables, func(x *RouteTable) bool { return x.VpcID == id }) ||
			anyOf(st.SecurityGroups, func(x *SecurityGroup) bool { return x.VpcID == id }) {
			return inUse("vpc", id)
		}
		return nil
	})
}

// CreateSubnet creates a subnet. Without a zone, it is in the first one.
func (r *Region) CreateSubnet(vpcID, cidr, zone string, tags map[string]string) (Subnet, error) {
	return subnets.create(r, "CreateSubnet", cidr, func(st *region) (string, *Subnet, error) {
		vpc, err := vpcs.find(r, st, vpcID)
		if err != nil {
			return "", nil, err
		}
		network, err := checkCIDR(cidr, "InvalidSubnet.Range")
		if err != nil {
			return "", nil, err
		}
		if whole := netip.MustParsePrefix(vpc.CIDR); network.Bits() < whole.Bits() || !whole.Overlaps(network) {
			return "", nil, errorf("InvalidSubnet.Range", "The CIDR '%s' is invalid.", cidr)
		}
		overlaps := func(x *Subnet) bool { return x.VpcID == vpcID && netip.MustParsePrefix(x.CIDR).Overlaps(network) }
		if anyOf(st.Subnets, overlaps) {
			return "", nil, errorf("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", cidr)
		}
		if zone = cmp.Or(zone, r.name+"a"); len(zone) != len(r.name)+1 || zone[:len(r.name)] != r.name {
			return "", nil, errorf(codeEC2Value, "Value (%s) for parameter availabilityZone is invalid.", zone)
		}
		x := &Subnet{EC2Resource: r.newEC2("subnet", "subnet", tags), VpcID: vpcID, CIDR: cidr, Zone: zone}
		return x.ID, x, regionTags(tags, codeEC2Value)
	})
}

// DescribeSubnet returns a subnet.
func (r *Region) DescribeSubnet(id string) (Subnet, error) { return subnets.get(r, id) }

// DescribeSubnets returns the region's subnets.
func (r *Region) DescribeSubnets() ([]Subnet, error) { return subnets.list(r, nil) }

// DeleteSubnet deletes a subnet without instances.
func (r *Region) DeleteSubnet(id string) error {
	return subnets.remove(r, "DeleteSubnet", id, func(st *region, _ *Subnet) error {
		if anyOf(st.Instances, func(x *Instance) bool { return x.SubnetID == id }) {
			return inUse("subnet", id)
		}
		return nil
	})
}

// CreateInternetGateway creates a gateway that is attached to no VPC.
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

// DescribeInternetGateways returns the region's gateways.
func (r *Region) DescribeInternetGateways() ([]InternetGateway, error) {
	return internetGateways.list(r, nil)
}

// AttachInternetGateway attaches a gateway to a VPC, which may have one.
func (r *Region) AttachInternetGateway(id, vpcID string) error {
	return internetGateways.change(r, "AttachInternetGateway", id, func(st *region, x *InternetGateway) error {
		if _, err := vpcs.find(r, st, vpcID); err != nil {
			return err
		}
		if x.VpcID != "" || anyOf(st.InternetGateways, func(other *InternetGateway) bool { return other.VpcID == vpcID }) {
			return errorf(codeAlreadyLinked, "resource %s or %s is already attached", id, vpcID)
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
		if anyOf(st.Instances, func(i *Instance) bool { return i.PublicIP != "" && st.Subnets[i.SubnetID].VpcID == vpcID }) {
			return errorf(codeDependency, "Network %s has some mapped public address(es).", vpcID)
		}
		x.VpcID = ""
		return nil
	})
}

// DeleteInternetGateway deletes a gateway that is not attached.
func (r *Region) DeleteInternetGateway(id string) error {
	return internetGateways.remove(r, "DeleteInternetGateway", id, func(_ *region, x *InternetGateway) error {
		if x.VpcID != "" {
			return inUse("internetGateway", id)
		}
		return nil
	})
}
