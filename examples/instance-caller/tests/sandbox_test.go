// Package tests deploys the example next to the API on simulated AWS, and runs its program
// there.
package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/examples/instance-caller/instance"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/internal/sandbox/metadata"
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
	require.NoError(t, os.WriteFile(d.file, []byte("one"), 0o600))
	stack, err := engine.Open(api.Cloud, engine.Project{
		File: filepath.Join(example, "Pulumi.yaml"), Stack: "sandbox", Config: d.config,
		Program: instance.DeployWith(func(*pulumi.Context) (instance.Program, error) { return instance.ProgramOf(d.file) }),
	})
	require.NoError(t, err)
	d.Run = &harness.Run{Cloud: api.Cloud, Stack: stack}
	return d
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
			if row.edit == nil && name != "zone" { // without one, the instance stays where it is
				d.Configure(t, d.config)
				d.Up(t)
				assert.Equal(t, start, d.Cloud.Describe())
			}
		})
	}
	assert.Equal(t, before, base.Cloud.Describe())
}

// branch returns a copy of the deployment on a copy of the Cloud, with a program of its own.
func (d *deployment) branch(t *testing.T) *deployment {
	t.Helper()
	out := *d
	out.file = filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.WriteFile(out.file, []byte("one"), 0o600))
	copied := d.Cloud.Clone()
	stack, err := engine.Open(copied, engine.Project{
		File: filepath.Join(example, "Pulumi.yaml"), Stack: "sandbox", Config: d.config,
		Program: instance.DeployWith(func(*pulumi.Context) (instance.Program, error) { return instance.ProgramOf(out.file) }),
	})
	require.NoError(t, err)
	stack.SetState(d.Stack.State())
	out.Run = &harness.Run{Cloud: copied, Stack: stack}
	return &out
}

// TestDrift changes what is deployed by hand. A refresh finds it, and an update mends it.
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

// TestFailures lets each request of a deployment fail once. The next update succeeds.
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

// TestRefusals checks what stops a deployment, and that nothing was created then.
func TestRefusals(t *testing.T) {
	t.Parallel()
	base := prepare(t)
	before := base.Cloud.Describe()
	Must(base.account().CreateInstanceProfile("empty", "", nil))
	for patch, says := range map[string]string{
		"instanceProfile: nobody":           `instanceProfile: "nobody" cannot be read`,
		"instanceProfile: empty":            `instanceProfile: "empty" has no role`,
		"{path: x, instanceType: t3.nano}":  `instanceType: "t3.nano" must be a type with a Graviton processor`,
		"{cidrBlock: 8.8.8.0/24, path: /x}": `cidrBlock: "8.8.8.0/24" must be a private IPv4 network`,
	} {
		d := base.branch(t)
		before = d.Cloud.Describe()
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
	require.NoError(t, err, "the API's stack does not know who uses its profile")
}

// buildCall builds the program for this machine.
func buildCall(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "call")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/call")
	cmd.Dir = example
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// host is what a process on the instance sees.
type host struct {
	call      string
	url       string
	endpoints *harness.Endpoints
	metadata  *httptest.Server
	clock     *Clock
}

type line struct {
	Level, Msg, Path, Method, Body, Error, RequestID string
	Status, Attempt                                  int
}

// environment keeps the process away from all credentials but the instance's.
func (h *host) environment() []string {
	return []string{
		"PATH=/nowhere", "HOME=/nowhere", "AWS_EC2_METADATA_SERVICE_ENDPOINT=" + h.metadata.URL,
		"API_URL=" + h.url, "API_REGION=" + harness.Region, "AWS_MAX_ATTEMPTS=1",
	}
}

// run runs the program once, and returns what it logs.
func (h *host) run(t *testing.T, args ...string) (lines []line, stderr string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), h.call, append(args, "-attempts", "1")...)
	cmd.Env = h.environment()
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	for text := range strings.Lines(string(out)) {
		var l line
		require.NoError(t, json.Unmarshal([]byte(text), &l), text)
		lines = append(lines, l)
	}
	for _, text := range []string{string(out), problems.String()} {
		assert.NotRegexp(t, `ASIA|Signature|Credential=`, text, "no credentials")
	}
	return lines, problems.String(), err
}

// TestProgram deploys the program that is built for the instance, and runs it on this
// machine with the metadata of that instance.
func TestProgram(t *testing.T) {
	t.Parallel()
	d := prepare(t)
	program, err := instance.Build(t.Context(), example, t.TempDir())
	require.NoError(t, err)
	d.file = program.Path
	d.Up(t)

	i := d.instance(t)
	name := d.Outputs(t)["bucket"].Value.(string)
	keys := Must(d.region().ListObjects(name))
	require.Equal(t, []string{"call-" + program.SHA256}, keys)
	stored, content, err := d.region().GetObject(name, keys[0])
	require.NoError(t, err)
	assert.Equal(t, program.SHA256, stored.SHA256)
	assert.True(t, string(Must(os.ReadFile(program.Path))) == string(content), "the very bytes")
	assert.Contains(t, i.UserData, fmt.Sprintf("s3://%s/%s call.new", name, keys[0]))
	assert.Contains(t, i.UserData, program.SHA256+"  call.new")
	assert.Equal(t, "\x7fELF", string(content[:4]))
	assert.Equal(t, byte(0xb7), content[18], "for arm64")

	e := d.api.Open(t)
	h := &host{call: buildCall(t), endpoints: e, url: e.InvokeURL, clock: NewClock(time.Now())}
	service := metadata.OfInstance(d.Cloud, cloud.APIAccount, harness.Region, i.ID, h.clock.Now)
	h.metadata = httptest.NewServer(service)
	t.Cleanup(h.metadata.Close)

	lines, _, err := h.run(t)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	assert.Equal(t, 200, lines[0].Status)
	assert.Equal(t, "/products", lines[0].Path)
	assert.JSONEq(t, `{"products":[]}`, lines[0].Body)
	assert.NotEmpty(t, lines[0].RequestID)
	assert.Equal(t, 1, e.Invoked())

	lines, stderr, err := h.run(t, "-method", "POST", "-body", `{"name":"x"}`)
	require.Error(t, err)
	assert.Equal(t, 403, lines[0].Status)
	assert.Contains(t, stderr, "POST /products: status 403")
	assert.Equal(t, 1, e.Invoked(), "it never reached the backend")

	response, err := http.Get(h.metadata.URL + "/latest/meta-data/iam/security-credentials/")
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, response.StatusCode, "version 1 of the metadata service")
	require.NoError(t, response.Body.Close())

	h.metadata.Config.Handler = service.Behind(1)
	_, stderr, err = h.run(t)
	require.Error(t, err)
	assert.Contains(t, stderr, "no credentials", "a container behind another hop has none")
	h.metadata.Config.Handler = service

	readOnly := Must(d.account().RolePolicies().Attached(role))[0]
	OK(d.account().RolePolicies().Detach(role, readOnly))
	lines, _, err = h.run(t)
	require.Error(t, err)
	assert.Equal(t, 403, lines[0].Status, "without the policy")
	OK(d.account().RolePolicies().Attach(role, readOnly))
	_, _, err = h.run(t)
	require.NoError(t, err)

	OK(d.region().TerminateInstances(i.ID))
	_, stderr, err = h.run(t)
	require.Error(t, err)
	assert.Contains(t, stderr, "no credentials", "a terminated instance")
}

// TestRenewal keeps the program running while its credentials end. It goes on with others.
func TestRenewal(t *testing.T) {
	t.Parallel()
	d := prepare(t)
	d.Up(t)
	e := d.api.Open(t)
	// These end in three seconds. The SDK only asks for others then.
	h := &host{call: buildCall(t), endpoints: e, url: e.InvokeURL, clock: NewClock(time.Now().Add(-6*time.Hour + 3*time.Second))}
	sessions := make(chan struct{}, 100)
	d.Cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
		if strings.HasPrefix(m.Action, "AssumeRole") {
			sessions <- struct{}{}
		}
		return cloud.NoFault
	})
	h.metadata = httptest.NewServer(metadata.OfInstance(d.Cloud, cloud.APIAccount, harness.Region, d.instance(t).ID, h.clock.Now))
	t.Cleanup(h.metadata.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.call, "-interval", "20ms")
	cmd.Env = h.environment()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	decoder := json.NewDecoder(out)
	next := func() line {
		var l line
		require.NoError(t, decoder.Decode(&l))
		return l
	}
	require.Equal(t, 200, next().Status)
	require.Len(t, sessions, 1)
	h.clock.Forward(6*time.Hour - 3*time.Second)
	for len(sessions) < 2 {
		next() // the last request with the old ones may come too late
	}
	for next().Status != 200 {
	}
	for range 3 {
		require.Equal(t, 200, next().Status)
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	for {
		var l line
		if decoder.Decode(&l) != nil {
			break
		}
	}
	require.NoError(t, cmd.Wait(), "a service that is stopped ends without an error")
	assert.Len(t, sessions, 2)
}
