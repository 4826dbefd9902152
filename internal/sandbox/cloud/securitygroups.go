package cloud

import (
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

// allTraffic is the rule that a new group has.
var allTraffic = SecurityRule{Protocol: "-1", CidrBlocks: []string{"0.0.0.0/0"}}

// CreateSecurityGroup creates a group that allows no packets in and all packets out.
func (r *Region) CreateSecurityGroup(name, description, vpcID string, tags map[string]string) (SecurityGroup, error) {
	return securityGroups.create(r, "CreateSecurityGroup", name, func(st *region) (string, *SecurityGroup, error) {
		if _, err := vpcs.find(r, st, vpcID); err != nil {
			return "", nil, err
		}
		for _, x := range st.SecurityGroups {
			if x.VpcID == vpcID && x.Name == name {
				return "", nil, errorf("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", name, vpcID)
			}
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

// AuthorizeSecurityGroup adds rules for one direction, Ingress or Egress.
func (r *Region) AuthorizeSecurityGroup(direction, id string, rules []SecurityRule) error {
	return r.changeRules("Authorize", direction, id, func(old []SecurityRule) []SecurityRule { return append(old, rules...) })
}

// RevokeSecurityGroup removes rules for one direction.
func (r *Region) RevokeSecurityGroup(direction, id string, rules []SecurityRule) error {
	return r.changeRules("Revoke", direction, id, func(old []SecurityRule) []SecurityRule { return RulesWithout(old, rules) })
}

// RulesWithout returns the rules of a list that are not in another.
func RulesWithout(all, without []SecurityRule) []SecurityRule {
	return slices.DeleteFunc(slices.Clone(all), func(rule SecurityRule) bool {
		return slices.ContainsFunc(without, func(other SecurityRule) bool { return reflect.DeepEqual(rule, other) })
	})
}

func (r *Region) changeRules(verb, direction, id string, f func([]SecurityRule) []SecurityRule) error {
	return securityGroups.change(r, verb+"SecurityGroup"+direction, id, func(_ *region, x *SecurityGroup) error {
		rules := &x.Egress
		if direction == "Ingress" {
			rules = &x.Ingress
		}
		*rules = f(slices.Clone(*rules))
		return nil
	})
}

// DeleteSecurityGroup deletes a group that no instance has.
func (r *Region) DeleteSecurityGroup(id string) error {
	return securityGroups.remove(r, "DeleteSecurityGroup", id, func(st *region, _ *SecurityGroup) error {
		return unused(id, st.Instances, func(x *Instance) bool { return slices.Contains(x.SecurityGroupIDs, id) })
	})
}
