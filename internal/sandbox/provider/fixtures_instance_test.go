package provider_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const (
	tokenVPC         = "aws:ec2/vpc:Vpc"
	tokenSubnet      = "aws:ec2/subnet:Subnet"
	tokenGateway     = "aws:ec2/internetGateway:InternetGateway"
	tokenRouteTable  = "aws:ec2/routeTable:RouteTable"
	tokenAssociation = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	tokenFirewall    = "aws:ec2/securityGroup:SecurityGroup"
	tokenInstance    = "aws:ec2/instance:Instance"
	tokenBucket      = "aws:s3/bucketV2:BucketV2"
	tokenBlock       = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	tokenBucketRule  = "aws:s3/bucketPolicy:BucketPolicy"
	tokenObject      = "aws:s3/bucketObjectv2:BucketObjectv2"
)

// network is what instances and buckets in the tests refer to.
type network struct {
	vpc, otherVPC     string
	subnet            string
	gateway           string
	tables            [2]string
	groups            [2]string
	image             string
	program, programB string // paths of files
}

// prepareNetwork creates two VPCs, one with a subnet, a gateway, two route tables and two
// security groups, two instance profiles, and a bucket.
func prepareNetwork(e *engine) network {
	e.t.Helper()
	n := network{image: Must(e.region.PublicParameter(cloud.ImageParameter))}
	n.vpc = Must(e.region.CreateVpc("10.1.0.0/16", nil)).ID
	n.otherVPC = Must(e.region.CreateVpc("10.2.0.0/16", nil)).ID
	n.subnet = Must(e.region.CreateSubnet(n.vpc, "10.1.255.0/24", "", nil)).ID
	n.gateway = Must(e.region.CreateInternetGateway(nil)).ID
	OK(e.region.AttachInternetGateway(n.gateway, n.vpc))
	for i, name := range []string{"one", "two"} {
		n.tables[i] = Must(e.region.CreateRouteTable(n.vpc, nil)).ID
		n.groups[i] = Must(e.region.CreateSecurityGroup(name, "-", n.vpc, nil)).ID
		Must(e.account.CreateInstanceProfile("profile-"+name, "", nil))
	}
	Must(e.region.CreateBucket("ground", nil))
	OK(e.region.PutPublicAccessBlock("ground", nil))
	n.program, n.programB = textFile(e.t, "one"), textFile(e.t, "two")
	return n
}

func textFile(t *testing.T, content string) string {
	path := filepath.Join(t.TempDir(), "program")
	OK(os.WriteFile(path, []byte(content), 0o600))
	return path
}

// fileAsset returns a file as the engine sends it, with its path and its hash.
func fileAsset(path string) *asset.Asset {
	if path == "" {
		return &asset.Asset{Sig: asset.AssetSig, Path: "/nowhere/program", Hash: "0"}
	}
	return Must(asset.FromPath(path))
}

func bucketDocument(action string) string {
	return WithCondition(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/reader"},`+
		`"Action":"`+action+`","Resource":"arn:aws:s3:::ground/*"}]}`, `{"Bool":{"aws:SecureTransport":"true"}}`)
}

func rule(port int, cidrs ...string) props {
	return props{"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": list(cidrs...)}
}

// instanceProps returns the required inputs of an instance.
func instanceProps(g ground) props {
	return props{"ami": g.image, "instanceType": "t4g.nano", "subnetId": g.subnet, "vpcSecurityGroupIds": list(g.groups[0])}
}

func instanceSamples() []sample {
	tags, otherTags := props{"team": "shop", "env": "dev"}, props{"team": "books", "zone": "a"}
	metadata := func(tokens string) props {
		return props{"httpEndpoint": "enabled", "httpTokens": tokens, "httpPutResponseHopLimit": 1}
	}
	return []sample{
		{tokenVPC, "cidrBlock", func(ground) props { return props{"cidrBlock": "10.0.0.0/16", "tags": tags} },
			func(ground) props { return props{"tags": otherTags} }, id},
		{tokenSubnet, "availabilityZone cidrBlock vpcId", func(g ground) props {
			return props{"cidrBlock": "10.1.0.0/24", "availabilityZone": "us-east-1b", "vpcId": g.vpc, "tags": tags}
		}, func(ground) props { return props{"tags": otherTags} }, id},
		{tokenGateway, "", func(g ground) props { return props{"vpcId": g.otherVPC, "tags": tags} },
			func(ground) props { return props{"tags": otherTags} }, id},
		{tokenRouteTable, "vpcId", func(g ground) props {
			return props{"vpcId": g.vpc, "tags": tags, "routes": []any{props{"cidrBlock": "0.0.0.0/0", "gatewayId": g.gateway}}}
		}, func(g ground) props {
			return props{"tags": otherTags, "routes": []any{props{"cidrBlock": "192.0.2.0/24", "gatewayId": g.gateway}}}
		}, id},
		{tokenAssociation, "subnetId", func(g ground) props { return props{"subnetId": g.subnet, "routeTableId": g.tables[0]} },
			func(g ground) props { return props{"routeTableId": g.tables[1]} },
			func(r res) string { return r.state["subnetId"].(string) + "/" + r.state["routeTableId"].(string) }},
		{tokenFirewall, "description name namePrefix vpcId", func(g ground) props {
			return props{"name": "firewall", "description": "a", "vpcId": g.vpc, "tags": tags,
				"ingress": []any{rule(22, "198.51.100.0/24")}, "egress": []any{rule(443, "0.0.0.0/0")}}
		}, func(ground) props {
			return props{"tags": otherTags, "ingress": []any{}, "egress": []any{rule(443, "192.0.2.0/24"), rule(80, "0.0.0.0/0")}}
		}, id},
		{tokenInstance, "ami associatePublicIpAddress rootBlockDevice subnetId userData", func(g ground) props {
			return props{"ami": g.image, "instanceType": "t4g.nano", "subnetId": g.subnet, "vpcSecurityGroupIds": list(g.groups[0]),
				"iamInstanceProfile": "profile-one", "metadataOptions": metadata("required"), "tags": tags,
				"associatePublicIpAddress": true, "userData": "#!/bin/sh\n", "userDataReplaceOnChange": true,
				"rootBlockDevice": props{"encrypted": true}}
		}, func(g ground) props {
			return props{"instanceType": "t4g.micro", "vpcSecurityGroupIds": list(g.groups[1]), "iamInstanceProfile": "profile-two",
				"metadataOptions": metadata("optional"), "tags": otherTags}
		}, id},
		{tokenBucket, "bucket bucketPrefix", func(ground) props { return props{"bucket": "programs", "tags": tags} },
			func(ground) props { return props{"tags": otherTags} }, id},
		{tokenBlock, "bucket", func(ground) props {
			return props{"bucket": "ground", "blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true}
		}, func(ground) props { return props{"blockPublicPolicy": false, "ignorePublicAcls": false} }, id},
		{tokenBucketRule, "bucket", func(ground) props { return props{"bucket": "ground", "policy": bucketDocument("s3:GetObject")} },
			func(ground) props { return props{"policy": bucketDocument("s3:GetObjectTagging")} }, id},
		{tokenObject, "bucket key", func(g ground) props {
			return props{"bucket": "ground", "key": "program", "source": fileAsset(g.program), "serverSideEncryption": "AES256"}
		}, func(g ground) props { return props{"source": fileAsset(g.programB)} }, func(r res) string { return "ground/" + r.id }},
	}
}
