package cloud_test

import (
	"testing"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestNetworksInUse deletes resources that others use, and then in the right order.
func TestNetworksInUse(t *testing.T) {
	const inUse = "DependencyViolation"
	r := cloud.New().Account(cloud.APIAccount).Region("us-east-1")
	vpc, other := Must(r.CreateVpc("10.0.0.0/16", nil)).ID, Must(r.CreateVpc("10.0.0.0/16", nil)).ID
	subnet := Must(r.CreateSubnet(vpc, "10.0.0.0/24", "", nil)).ID
	table := Must(r.CreateRouteTable(vpc, nil)).ID
	group := Must(r.CreateSecurityGroup("caller", "-", vpc, nil)).ID
	gateway := Must(r.CreateInternetGateway(nil)).ID
	WantCode(t, "InvalidParameterValue", r.CreateVpcRoute(table, cloud.VPCRoute{Destination: "0.0.0.0/0", GatewayID: gateway}))
	OK(r.AttachInternetGateway(gateway, vpc))
	WantCode(t, "Resource.AlreadyAssociated", r.AttachInternetGateway(gateway, other))
	link := Must(r.AssociateRouteTable(subnet, table))
	_, err := r.AssociateRouteTable(subnet, Must(r.CreateRouteTable(other, nil)).ID)
	WantCode(t, "InvalidParameterValue", err)
	_, err = r.CreateSubnet(vpc, "10.0.1.0", "", nil)
	WantCode(t, "InvalidParameterValue", err)
	instance := Must(r.RunInstances(cloud.InstanceSettings{
		ImageID: Must(r.PublicParameter(cloud.ImageParameter)), SubnetID: subnet, SecurityGroupIDs: []string{group}, Public: true,
	}, nil)).ID

	WantCode(t, inUse, r.DetachInternetGateway(gateway, vpc))
	WantCode(t, "Gateway.NotAttached", r.DetachInternetGateway(gateway, other))
	WantCode(t, inUse, r.DeleteSubnet(subnet))
	WantCode(t, inUse, r.DeleteSecurityGroup(group))
	WantCode(t, inUse, r.DeleteRouteTable(table))
	WantCode(t, inUse, r.DeleteInternetGateway(gateway))
	OK(r.TerminateInstances(instance))
	OK(r.DisassociateRouteTable(link))
	for _, remove := range []func() error{
		func() error { return r.DeleteSubnet(subnet) },
		func() error { return r.DeleteSecurityGroup(group) },
		func() error { return r.DeleteRouteTable(table) },
		func() error { return r.DetachInternetGateway(gateway, vpc) },
	} {
		WantCode(t, inUse, r.DeleteVpc(vpc))
		OK(remove())
	}
	OK(r.DeleteVpc(vpc))
}

// TestBuckets shows what S3 refuses.
func TestBuckets(t *testing.T) {
	r := cloud.New().Account(cloud.APIAccount).Region("us-east-1")
	Must(r.CreateBucket("shop", nil))
	WantCode(t, "NotModelled", r.PutObject("shop", "call", "aws:kms", nil))
	OK(r.PutObject("shop", "call", "", []byte("x")))
	WantCode(t, "BucketNotEmpty", r.DeleteBucket("shop"))
	OK(r.DeleteObject("shop", "call"))
	WantCode(t, "MalformedPolicy", r.PutBucketPolicy("shop", "{"))
	public := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::shop/*"}]}`
	WantCode(t, "AccessDenied", r.PutBucketPolicy("shop", public))
	OK(r.PutPublicAccessBlock("shop", nil))
	OK(r.PutBucketPolicy("shop", public))
	OK(r.DeleteBucket("shop"))
}
