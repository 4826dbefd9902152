package cloud

import (
	"net/netip"
	"reflect"
	"slices"
)

// SecurityGroup is a firewall of instances. It never filters packets to the VPC's DNS
// resolver and to the instance metadata.
type SecurityGroup struct {
	Name string `state:",name"`
	EC2Resource
	Description     string
	VpcID           string
	Ingress, Egress []SecurityRule
}

// SecurityRule allows packets from or to networks.
type SecurityRule struct {
	Protocol         string // tcp, udp, or -1 for all
	FromPort, ToPort int
	CidrBlocks       []string
	Description      string
}

func (v *SecurityGroup) view(*state) SecurityGroup { return *v }

var securityGroups = ec2Shelf("security group", "InvalidGroup", func(r *region) *map[string]*SecurityGroup { return &r.SecurityGroups })

// allTraffic is the rule that a new group has.
var allTraffic = SecurityRule{Protocol: "-1", CidrBlocks: []string{"0.0.0.0/0"}}

// CreateSecurityGroup creates a group that allows no packets in and all packets out.
func (r *Region) CreateSecurityGroup(name, description, vpcID string, tags map[string]string) (SecurityGroup, error) {
	return securityGroups.create(r, "CreateSecurityGroup", name, func(st *region) (string, *SecurityGroup, error) {
		if _, err := vpcs.find(r, st, vpcID); err != nil {
			return "", nil, err
		}
		if name == "" || len(name) > 255 || description == "" || len(description) > 255 {
			return "", nil, errorf(codeEC2Value, "name %q and description %q must have 1 to 255 characters", name, description)
		}
		if anyOf(st.SecurityGroups, func(x *SecurityGroup) bool { return x.VpcID == vpcID && x.Name == name }) {
			return "", nil, errorf("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", name, vpcID)
		}
		x := &SecurityGroup{
			Name: name, EC2Resource: r.newEC2("security-group", "sg", tags), Description: description, VpcID: vpcID,
			Egress: []SecurityRule{allTraffic},
		}
		return x.ID, x, regionTags(tags, codeEC2Value)
	})
}

// DescribeSecurityGroup returns a group.
func (r *Region) DescribeSecurityGroup(id string) (SecurityGroup, error) {
	return securityGroups.get(r, id)
}

// DescribeSecurityGroups returns the region's groups, except the default ones.
func (r *Region) DescribeSecurityGroups() ([]SecurityGroup, error) {
	return securityGroups.list(r, nil)
}

// AuthorizeSecurityGroup adds rules for one direction, Ingress or Egress.
func (r *Region) AuthorizeSecurityGroup(direction, id string, rules []SecurityRule) error {
	return r.changeRules("Authorize", direction, id, func(old []SecurityRule) ([]SecurityRule, error) {
		for _, rule := range rules {
			if slices.ContainsFunc(old, rule.equal) {
				return nil, errorf("InvalidPermission.Duplicate", "the specified rule %q already exists", rule)
			}
			for _, cidr := range rule.CidrBlocks {
				if network, err := netip.ParsePrefix(cidr); err != nil || !network.Addr().Is4() {
					return nil, errorf(codeEC2Value, "CIDR block %s is malformed", cidr)
				}
			}
		}
		return append(old, rules...), nil
	})
}

// RevokeSecurityGroup removes rules for one direction.
func (r *Region) RevokeSecurityGroup(direction, id string, rules []SecurityRule) error {
	return r.changeRules("Revoke", direction, id, func(old []SecurityRule) ([]SecurityRule, error) {
		return slices.DeleteFunc(old, func(x SecurityRule) bool { return slices.ContainsFunc(rules, x.equal) }), nil
	})
}

func (r SecurityRule) equal(other SecurityRule) bool { return reflect.DeepEqual(r, other) }

func (r *Region) changeRules(verb, direction, id string, f func([]SecurityRule) ([]SecurityRule, error)) error {
	return securityGroups.change(r, verb+"SecurityGroup"+direction, id, func(_ *region, x *SecurityGroup) error {
		rules := &x.Egress
		if direction == "Ingress" {
			rules = &x.Ingress
		}
		now, err := f(slices.Clone(*rules))
		if err == nil {
			*rules = now
		}
		return err
	})
}

// DeleteSecurityGroup deletes a group that no instance has.
func (r *Region) DeleteSecurityGroup(id string) error {
	return securityGroups.remove(r, "DeleteSecurityGroup", id, func(st *region, _ *SecurityGroup) error {
		if anyOf(st.Instances, func(x *Instance) bool { return slices.Contains(x.SecurityGroupIDs, id) }) {
			return errorf(codeDependency, "resource %s has a dependent object", id)
		}
		return nil
	})
}
