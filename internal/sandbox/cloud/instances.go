package cloud

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
)

// ImageParameter is the public parameter of the Systems Manager with the id of the
// newest image of Amazon Linux 2023 for arm64.
const ImageParameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"

const maxUserData = 16 << 10 // bytes, before it is encoded

var (
	reInstanceType = regexp.MustCompile(`^[a-z]+[0-9]+[a-z-]*\.[a-z0-9-]+$`)
	reGraviton     = regexp.MustCompile(`^[a-z]+[0-9]+g[a-z-]*\.`)
)

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
	Monitoring       bool
	Encrypted        bool // the root volume
}

// MetadataOptions are the settings of an instance's metadata service.
type MetadataOptions struct {
	Endpoint string // enabled or disabled
	Tokens   string // required or optional
	HopLimit int    // of the responses with tokens
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

// check applies the rules of RunInstances and of the actions that change an instance.
func (in *InstanceSettings) check(r *Region, st *region) error {
	known := false
	for release := range r.world().ImageRelease + 1 {
		known = known || in.ImageID == r.image(release)
	}
	switch {
	case !known:
		return errorf("InvalidAMIID.NotFound", "The image id '[%s]' does not exist", in.ImageID)
	case !reInstanceType.MatchString(in.InstanceType):
		return errorf(codeEC2Value, "Invalid value '%s' for InstanceType.", in.InstanceType)
	case !reGraviton.MatchString(in.InstanceType):
		return errorf(codeEC2Value, "The architecture of instance type %s does not match the architecture 'arm64' of the image", in.InstanceType)
	case len(in.UserData) > maxUserData:
		return errorf(codeEC2Value, "User data is limited to %d bytes", maxUserData)
	}
	subnet, err := subnets.find(r, st, in.SubnetID)
	if err != nil {
		return err
	}
	for _, id := range in.SecurityGroupIDs {
		group, err := securityGroups.find(r, st, id)
		if err != nil {
			return err
		}
		if group.VpcID != subnet.VpcID {
			return errorf(codeEC2Value, "Security group %s and subnet %s belong to different networks.", id, in.SubnetID)
		}
	}
	if profiles := r.world().Accounts[r.account.id].InstanceProfiles; in.ProfileName != "" && profiles[in.ProfileName] == nil {
		return errorf(codeEC2Value, "Value (%s) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name", in.ProfileName)
	}
	return in.Metadata.check()
}

func (o MetadataOptions) check() error {
	if !slices.Contains([]string{"enabled", "disabled"}, o.Endpoint) || !slices.Contains([]string{"required", "optional"}, o.Tokens) ||
		o.HopLimit < 1 || o.HopLimit > 64 {
		return errorf(codeEC2Value, "invalid metadata options %+v: endpoint enabled or disabled, tokens required or optional, "+
			"hop limit 1 to 64", o)
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

// ModifyInstance changes settings of an instance with an action of EC2. A change of the type
// takes a stop and a start on AWS, which are not modelled.
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
