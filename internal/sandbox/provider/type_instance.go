package provider

import (
	"errors"

	"iam-secured-api/internal/sandbox/cloud"
)

const (
	propProfile      = "iamInstanceProfile"
	propInstanceType = "instanceType"
	propMetadata     = "metadataOptions"
	propGroups       = "vpcSecurityGroupIds"
	propOnUserData   = "userDataReplaceOnChange"
)

// instanceType is an EC2 instance. A change of its user data must replace it: a change in
// place is not modelled. The only setting of the root volume that is modelled is its
// encryption.
var instanceType = &resourceType{
	token: "aws:ec2/instance:Instance",
	inputs: []property{
		{name: "ami", kind: aString, field: "ImageID", required: true, replaces: true},
		{name: "associatePublicIpAddress", kind: aBoolean, field: "Public", replaces: true, keeps: true},
		{name: propProfile, kind: aString, field: "ProfileName", keeps: true},
		{name: propInstanceType, kind: aString, field: "InstanceType", required: true},
		{name: propMetadata, kind: anObject, field: "Metadata", keeps: true, fields: []property{
			{name: "httpEndpoint", kind: aString, field: "Endpoint", required: true},
			{name: "httpPutResponseHopLimit", kind: anInteger, field: "HopLimit", required: true},
			{name: "httpTokens", kind: aString, field: "Tokens", required: true},
			{name: "httpProtocolIpv6", kind: aString, unmodelled: true},
			{name: "instanceMetadataTags", kind: aString, unmodelled: true},
		}},
		{name: "monitoring", kind: aBoolean, byDefault: false, unmodelled: true},
		{name: "rootBlockDevice", kind: anObject, replaces: true, keeps: true, fields: []property{
			{name: "encrypted", kind: aBoolean, field: "Encrypted", required: true},
		}},
		{name: propSubnetID, kind: aString, field: "SubnetID", required: true, replaces: true},
		{name: "userData", kind: aString, field: "UserData", replaces: true, keeps: true},
		{name: propOnUserData, kind: aBoolean, byDefault: false, local: true},
		{name: propGroups, kind: aSet, field: "SecurityGroupIDs", required: true},
		tagsInput,
	},
	outputs: []property{{name: "arn", field: "ARN"}, {name: "publicIp", field: "PublicIP"}},
	creates: "RunInstances",
	calls: []string{
		"ModifyInstanceAttribute", "ModifyInstanceMetadataOptions", "ReplaceIamInstanceProfileAssociation", "TerminateInstances",
	},
	tags: tagsResource,
	create: func(c *client, ch *change) (string, error) {
		if ch.new.str("userData") != "" && !ch.new.boolean(propOnUserData) {
			return "", errors.New("the sandbox does not model user data without " + propOnUserData)
		}
		v, err := c.region.RunInstances(filled[cloud.InstanceSettings](ch), ch.new.stringMap(propTags))
		return v.ID, err
	},
	read:   func(c *client, id string, _ values) (any, error) { return found(c.region.DescribeInstance(id)) },
	update: updateInstance,
	delete: func(c *client, id string, _ values) error { return c.region.TerminateInstances(id) },
	locate: byID,
}

// updateInstance sends a request for each property that changes.
func updateInstance(c *client, ch *change) error {
	now := filled[cloud.InstanceSettings](ch)
	for _, step := range []struct {
		of, action string
		edit       func(*cloud.InstanceSettings)
	}{
		{propProfile, "ReplaceIamInstanceProfileAssociation", func(s *cloud.InstanceSettings) { s.ProfileName = now.ProfileName }},
		{propGroups, "ModifyInstanceAttribute", func(s *cloud.InstanceSettings) { s.SecurityGroupIDs = now.SecurityGroupIDs }},
		{propInstanceType, "ModifyInstanceAttribute", func(s *cloud.InstanceSettings) { s.InstanceType = now.InstanceType }},
		{propMetadata, "ModifyInstanceMetadataOptions", func(s *cloud.InstanceSettings) { s.Metadata = now.Metadata }},
	} {
		if ch.of(step.of) {
			if err := c.region.ModifyInstance(step.action, ch.id, step.edit); err != nil {
				return err
			}
		}
	}
	return nil
}
