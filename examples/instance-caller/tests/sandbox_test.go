// Package tests deploys the example next to the API on simulated AWS, and runs its program
// there.
package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/examples/instance-caller/instance"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

// root is the checkout's folder, and example the example's.
var root, example string

// TestMain changes to the checkout's folder, where the harness finds the API's program.
func TestMain(m *testing.M) {
	root = Must(filepath.Abs("../../.."))
	example = filepath.Join(root, "examples", "instance-caller")
	OK(os.Chdir(root))
	os.Exit(m.Run())
}

const role = "products-reader"

// deployment is the API's stack, and the example's on the same Cloud.
type deployment struct {
	*harness.Run
	api    *harness.Run
	config map[string]any
	file   string // the program
}

// prepare deploys the API's stack and opens the example's, whose program is a small file.
func prepare(t *testing.T) *deployment {
	t.Helper()
	config := harness.Config(t)
	api := harness.New(t, config)
	api.Up(t)
	outputs := api.Outputs(t)
	roles := outputs["roles"].Value.(map[string]any)
	d := &deployment{api: api, file: filepath.Join(t.TempDir(), "program"), config: map[string]any{
		"aws:region": harness.Region, "invokeUrl": outputs["invokeUrl"].Value,
		"instanceProfile": roles[role].(map[string]any)["instanceProfileName"],
	}}
	d.open(t, api.Cloud)
	return d
}

// open opens the example's stack on a Cloud.
func (d *deployment) open(t *testing.T, c *cloud.Cloud) {
	t.Helper()
	require.NoError(t, os.WriteFile(d.file, []byte("one"), 0o600))
	stack, err := engine.Open(c, engine.Project{
		File: filepath.Join(example, "Pulumi.yaml"), Stack: "sandbox", Config: d.config,
		Program: instance.DeployWith(func(*pulumi.Context) (instance.Program, error) { return instance.ProgramOf(d.file) }),
	})
	require.NoError(t, err)
	d.Run = &harness.Run{Cloud: c, Stack: stack}
}

// branch returns a copy of the deployment on a copy of the Cloud, with a program of its own.
func (d *deployment) branch(t *testing.T) *deployment {
	t.Helper()
	out := *d
	out.file = filepath.Join(t.TempDir(), "program")
	out.open(t, d.Cloud.Clone())
	out.Stack.SetState(d.Stack.State())
	return &out
}

// with returns the configuration with other values.
func (d *deployment) with(t *testing.T, patch string) map[string]any {
	return harness.Merge(t, d.config, patch)
}

func (d *deployment) account() *cloud.Account { return d.Cloud.Account(cloud.APIAccount) }
func (d *deployment) region() *cloud.Region   { return d.account().Region(harness.Region) }

// instance returns the only instance.
func (d *deployment) instance(t *testing.T) cloud.Instance {
	t.Helper()
	all, err := d.region().DescribeInstances()
	require.NoError(t, err)
	require.Len(t, all, 1)
	return all[0]
}

func resources(names ...string) []string {
	for i, name := range names {
		names[i] = name + " caller"
	}
	return names
}

const (
	vpc, subnet    = "ec2/vpc:Vpc", "ec2/subnet:Subnet"
	gateway        = "ec2/internetGateway:InternetGateway"
	table, link    = "ec2/routeTable:RouteTable", "ec2/routeTableAssociation:RouteTableAssociation"
	firewall       = "ec2/securityGroup:SecurityGroup"
	machine        = "ec2/instance:Instance"
	bucket, object = "s3/bucketV2:BucketV2", "s3/bucketObjectv2:BucketObjectv2"
	block          = "s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	bucketPolicy   = "s3/bucketPolicy:BucketPolicy"
)

var all = []string{vpc, subnet, gateway, table, link, firewall, machine, bucket, object, block, bucketPolicy}

func changes(op string, types ...string) harness.Changes {
	return harness.Each(op, resources(append([]string{}, types...)...))
}

func replaced(types ...string) harness.Changes {
	return harness.Join(changes("create-replacement", types...), changes("delete-replaced", types...))
}

// TestLifecycle deploys, previews, refreshes and destroys. The API's stack stays as it is.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	d := prepare(t)
	before := d.Cloud.Describe()
	want := changes("create", all...)
	assert.Equal(t, want, d.Preview(t))
	assert.Equal(t, before, d.Cloud.Describe(), "a preview changes nothing")
	assert.Equal(t, want, d.Up(t))
	assert.Empty(t, d.Preview(t))
	assert.Empty(t, d.Refresh(t))
	assert.Empty(t, d.api.Preview(t))
	assert.Empty(t, d.api.Refresh(t), "nothing was attached to the role")

	i := d.instance(t)
	assert.Equal(t, cloud.MetadataOptions{Endpoint: "enabled", Tokens: "required", HopLimit: 1}, i.Metadata)
	assert.Equal(t, d.config["instanceProfile"], i.ProfileName)
	assert.True(t, i.Encrypted)
	group, err := d.region().DescribeSecurityGroup(i.SecurityGroupIDs[0])
	require.NoError(t, err)
	assert.Empty(t, group.Ingress)
	assert.Len(t, group.Egress, 1, "AWS's own rule is gone")

	d.Destroy(t)
	assert.Equal(t, before, d.Cloud.Describe())
}

// TestEdits changes each setting of a deployed example, and back.
func TestEdits(t *testing.T) {
	t.Parallel()
	base := prepare(t)
	base.Up(t)
	before := base.Cloud.Describe()
	all, err := base.account().ListInstanceProfiles()
	require.NoError(t, err)
	require.NotEmpty(t, all)
	for name, row := range map[string]struct {
		patch string
		edit  func(d *deployment) // by hand
		want  harness.Changes
	}{
		"path":             {patch: "path: /other", want: replaced(machine)},
		"interval":         {patch: "intervalSeconds: 5", want: replaced(machine)},
		"URL":              {patch: "invokeUrl: https://abc.execute-api.us-east-1.amazonaws.com/live", want: replaced(machine)},
		"region":           {patch: "{invokeUrl: https://api.example.com, apiRegion: eu-west-1}", want: replaced(machine)},
		"custom domain":    {patch: "{invokeUrl: https://api.example.com/x, apiRegion: us-east-1}", want: replaced(machine)},
		"profile":          {patch: "instanceProfile: other", want: harness.Join(changes("update", machine, bucketPolicy))},
		"type":             {patch: "instanceType: t4g.micro", want: changes("update", machine)},
		"zone":             {patch: "availabilityZone: us-east-1b", want: replaced(subnet, link, machine)},
		"network":          {patch: "cidrBlock: 10.1.0.0/24", want: replaced(vpc, subnet, table, link, firewall, machine, gateway)},
		"tags":             {patch: "tags: {team: shop}", want: changes("update", vpc, subnet, gateway, table, firewall, machine, bucket)},
		"its own name":     {patch: "tags: {Name: shop}", want: changes("update", vpc, subnet, gateway, table, firewall, machine, bucket)},
		"another program":  {edit: func(d *deployment) { OK(os.WriteFile(d.file, []byte("two"), 0o600)) }, want: harness.Join(replaced(object, machine), changes("update", bucketPolicy))},
		"another image":    {edit: func(d *deployment) { d.Cloud.PublishImage() }, want: replaced(machine)},
		"image that stays": {patch: "imageId: " + Must(base.region().PublicParameter(cloud.ImageParameter)), edit: func(d *deployment) { d.Cloud.PublishImage() }, want: harness.Changes{}},
	} {
		t.Run(name, func(t *testing.T) {
			d := base.branch(t)
			trust := TrustService("ec2")
			Must(d.account().CreateRole(cloud.CreateRoleInput{RoleName: "other", AssumeRolePolicyDocument: trust}))
			Must(d.account().CreateInstanceProfile("other", "", nil))
			OK(d.account().AddRoleToInstanceProfile("other", "other"))
			start := d.Cloud.Describe()
			if row.edit != nil {
				row.edit(d)
			}
			d.Configure(t, d.with(t, row.patch))
			assert.Equal(t, row.want, d.Up(t))
			assert.Empty(t, d.Preview(t))
			assert.Empty(t, d.Refresh(t))
			if row.edit == nil && name != "zone" { // a subnet without a zone stays where it is
				d.Configure(t, d.config)
				d.Up(t)
				assert.Equal(t, start, d.Cloud.Describe())
			}
		})
	}
	assert.Equal(t, before, base.Cloud.Describe())
}

// TestDrift changes by hand what is deployed. A refresh finds the change, and an update
// undoes it.
func TestDrift(t *testing.T) {
	t.Parallel()
	base := prepare(t)
	base.Up(t)
	before := base.Cloud.Describe()
	i := base.instance(t)
	name := base.Outputs(t)["bucket"].Value.(string)
	open := []cloud.SecurityRule{{Protocol: "tcp", FromPort: 22, ToPort: 22, CidrBlocks: []string{"0.0.0.0/0"}}}
	for what, row := range map[string]struct {
		hand        func(r *cloud.Region) error
		found, mend harness.Changes
	}{
		"ingress": {func(r *cloud.Region) error { return r.AuthorizeSecurityGroup("Ingress", i.SecurityGroupIDs[0], open) },
			changes("update", firewall), changes("update", firewall)},
		"egress": {func(r *cloud.Region) error { return r.AuthorizeSecurityGroup("Egress", i.SecurityGroupIDs[0], open) },
			changes("update", firewall), changes("update", firewall)},
		"metadata version 1": {func(r *cloud.Region) error {
			return r.ModifyInstance("ModifyInstanceMetadataOptions", i.ID, func(s *cloud.InstanceSettings) { s.Metadata.Tokens = "optional" })
		}, changes("update", machine), changes("update", machine)},
		"hop limit": {func(r *cloud.Region) error {
			return r.ModifyInstance("ModifyInstanceMetadataOptions", i.ID, func(s *cloud.InstanceSettings) { s.Metadata.HopLimit = 2 })
		}, changes("update", machine), changes("update", machine)},
		"no profile": {func(r *cloud.Region) error {
			return r.ModifyInstance("DisassociateIamInstanceProfile", i.ID, func(s *cloud.InstanceSettings) { s.ProfileName = "" })
		}, changes("update", machine), changes("update", machine)},
		"terminated": {func(r *cloud.Region) error { return r.TerminateInstances(i.ID) }, changes("delete", machine), changes("create", machine)},
		"half of the block": {func(r *cloud.Region) error {
			return r.PutPublicAccessBlock(name, &cloud.PublicAccessBlock{BlockPublicAcls: true, IgnorePublicAcls: true})
		}, changes("update", block), changes("update", block)},
		"no block": {func(r *cloud.Region) error { return r.PutPublicAccessBlock(name, nil) }, changes("delete", block), changes("create", block)},
		"no policy": {func(r *cloud.Region) error { return r.DeleteBucketPolicy(name) },
			changes("delete", bucketPolicy), changes("create", bucketPolicy)},
		"another policy": {func(r *cloud.Region) error {
			text := Must(r.GetBucketPolicy(name))
			return r.PutBucketPolicy(name, strings.ReplaceAll(text, "s3:GetObject", "s3:PutObject"))
		}, changes("update", bucketPolicy), changes("update", bucketPolicy)},
		"no program": {func(r *cloud.Region) error { return r.DeleteObject(name, Must(r.ListObjects(name))[0]) },
			changes("delete", object), changes("create", object)},
		"no way out": {func(r *cloud.Region) error {
			tables := Must(r.DescribeRouteTables())
			return r.DeleteVpcRoute(tables[0].ID, "0.0.0.0/0")
		}, changes("update", table), changes("update", table)},
	} {
		t.Run(what, func(t *testing.T) {
			d := base.branch(t)
			require.NoError(t, row.hand(d.region()))
			assert.NotEqual(t, before, d.Cloud.Describe())
			assert.Equal(t, row.found, d.Refresh(t))
			assert.Equal(t, row.mend, d.Up(t))
			assert.Equal(t, before, d.Cloud.Describe())
		})
	}
	public := strings.ReplaceAll(Must(base.region().GetBucketPolicy(name)), `"Effect":"Deny"`, `"Effect":"Allow"`)
	WantCode(t, "AccessDenied", base.region().PutBucketPolicy(name, public))
}

// TestFailures makes each request of a deployment fail once. The next update succeeds.
func TestFailures(t *testing.T) {
	t.Parallel()
	base := prepare(t)
	clean := base.branch(t)
	clean.Up(t, engine.Options{Parallel: 1})
	want := clean.Cloud.Describe()
	for nth := 1; ; nth++ {
		d := base.branch(t)
		d.Cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
			if m.Seq == nth {
				return cloud.FailBefore
			}
			return cloud.NoFault
		})
		_, err := d.TryUp(engine.Options{Parallel: 1})
		d.Cloud.OnMutation(nil)
		if err == nil {
			assert.Greater(t, nth, len(all), "requests")
			return
		}
		require.ErrorContains(t, err, "injected fault")
		d.Up(t, engine.Options{Refresh: true})
		require.Equal(t, want, d.Cloud.Describe(), "after request %d failed", nth)
	}
}

// TestRefusals checks that wrong settings stop a deployment before anything is created.
func TestRefusals(t *testing.T) {
	t.Parallel()
	base := prepare(t)
	Must(base.account().CreateInstanceProfile("empty", "", nil))
	for patch, says := range map[string]string{
		"instanceProfile: nobody":           `instanceProfile: "nobody" cannot be read`,
		"instanceProfile: empty":            `instanceProfile: "empty" has no role`,
		"{path: x, instanceType: t3.nano}":  `instanceType: "t3.nano" must be a type with a Graviton processor`,
		"{cidrBlock: 8.8.8.0/24, path: /x}": `cidrBlock: "8.8.8.0/24" must be a private IPv4 network`,
	} {
		d := base.branch(t)
		before := d.Cloud.Describe()
		d.Configure(t, d.with(t, patch))
		_, err := d.TryUp()
		require.ErrorContains(t, err, says)
		assert.Equal(t, before, d.Cloud.Describe(), patch)
	}
	d := base.branch(t)
	d.Configure(t, d.with(t, "imageId: ami-00000000000000000"))
	_, err := d.TryUp()
	require.ErrorContains(t, err, "InvalidAMIID.NotFound")
	d.Configure(t, d.config)
	d.Up(t)
	_, err = d.api.At(d.api.Stack.State(), d.Cloud).TryDestroy()
	require.NoError(t, err, "the API's stack does not know which instances use its profile")
}
