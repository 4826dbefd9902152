package cloud

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// ImageParameter is the public parameter of the Systems Manager with the id of the
// newest image of Amazon Linux 2023 for arm64.
const ImageParameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"

// InstanceSettings are the settings of an instance.
type InstanceSettings struct {
	ImageID          string
	InstanceType     string
	SubnetID         string
	SecurityGroupIDs []string
	ProfileName      string // of the instance profile; empty for none
	Public           bool   // has a public address
	Metadata         MetadataOptions
	UserData         string
	Encrypted        bool // the root volume
}

// MetadataOptions are the settings of an instance's metadata service.
type MetadataOptions struct {
	Endpoint string // enabled or disabled
	Tokens   string // required or optional
	HopLimit int    // how far responses with tokens travel, 1 for the instance itself
}

// Instance is an EC2 instance. It runs as soon as it is launched.
type Instance struct {
	EC2Resource
	InstanceSettings
	PublicIP string `state:"-"`
}

func (v *Instance) view(*state) Instance { return *v }

var instances = ec2Shelf("instance", "InvalidInstanceID", func(r *region) *map[string]*Instance { return &r.Instances })

// PublishImage makes AWS publish another image: the value of [ImageParameter] changes.
func (c *Cloud) PublishImage() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version.Add(1)
	c.state.ImageRelease++
}

// image returns the id of a release of the image in the region.
func (r *Region) image(release int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", r.name, release))
	return "ami-0" + hex.EncodeToString(sum[:8])
}

// PublicParameter returns the value of a parameter of the Systems Manager.
func (r *Region) PublicParameter(name string) (string, error) {
	var value string
	err := r.view(func(*region) error {
		if name != ImageParameter {
			return errorf("ParameterNotFound", "no parameter %s: the sandbox only has %s", name, ImageParameter)
		}
		value = r.image(r.world().ImageRelease)
		return nil
	})
	return value, err
}

// check applies the rules of RunInstances and of the actions that change an instance. The
// instance's type and its metadata options are not checked.
func (in *InstanceSettings) check(r *Region, st *region) error {
	known := false
	for release := range r.world().ImageRelease + 1 {
		known = known || in.ImageID == r.image(release)
	}
	if !known {
		return errorf("InvalidAMIID.NotFound", "The image id '[%s]' does not exist", in.ImageID)
	}
	if _, err := subnets.find(r, st, in.SubnetID); err != nil {
		return err
	}
	for _, id := range in.SecurityGroupIDs {
		if _, err := securityGroups.find(r, st, id); err != nil {
			return err
		}
	}
	if profiles := r.world().Accounts[r.account.id].InstanceProfiles; in.ProfileName != "" && profiles[in.ProfileName] == nil {
		return errorf(codeEC2Value, "Value (%s) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name", in.ProfileName)
	}
	return nil
}

// RunInstances launches one instance.
func (r *Region) RunInstances(in InstanceSettings, tags map[string]string) (Instance, error) {
	return instances.create(r, "RunInstances", in.InstanceType, func(st *region) (string, *Instance, error) {
		if err := in.check(r, st); err != nil {
			return "", nil, err
		}
		x := &Instance{EC2Resource: r.newEC2("instance", "i", tags), InstanceSettings: in}
		if in.Public {
			x.PublicIP = fmt.Sprintf("203.0.113.%d", len(st.Instances)%250+1)
		}
		return x.ID, x, regionTags(tags, codeEC2Value)
	})
}

// DescribeInstance returns an instance. A terminated one does not exist.
func (r *Region) DescribeInstance(id string) (Instance, error) { return instances.get(r, id) }

// DescribeInstances returns the region's instances.
func (r *Region) DescribeInstances() ([]Instance, error) { return instances.list(r, nil) }

// ModifyInstance changes settings of an instance with an action of EC2. To change the type,
// AWS requires a stop and a start, which are not modelled.
func (r *Region) ModifyInstance(action, id string, edit func(*InstanceSettings)) error {
	return instances.change(r, action, id, func(st *region, x *Instance) error {
		in := clone(x.InstanceSettings)
		edit(&in)
		if err := in.check(r, st); err != nil {
			return err
		}
		x.InstanceSettings = in
		return nil
	})
}

// TerminateInstances terminates an instance.
func (r *Region) TerminateInstances(id string) error {
	return instances.remove(r, "TerminateInstances", id, nil)
}
