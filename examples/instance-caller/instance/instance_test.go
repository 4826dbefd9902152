package instance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/config"
	"iam-secured-api/tests/mocks/recorder"
)

const roleArn = "arn:aws:iam::111122223333:role/reader"

// mocks record the inputs of resources by type.
type mocks struct {
	mu     sync.Mutex
	inputs map[string]map[string]any
}

func (m *mocks) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inputs[args.TypeToken] = recorder.Plain(args.Inputs)
	state := args.Inputs.Copy()
	if args.TypeToken == "aws:s3/bucketV2:BucketV2" {
		state["bucket"], state["region"] = resource.NewProperty("caller-0000000"), resource.NewProperty("us-east-1")
		state["arn"] = resource.NewProperty("arn:aws:s3:::caller-0000000")
	}
	return args.Name + "-id", state, nil
}

func (m *mocks) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if args.Token == "aws:iam/getInstanceProfile:getInstanceProfile" {
		return resource.PropertyMap{"roleArn": resource.NewProperty(roleArn)}, nil
	}
	return resource.PropertyMap{"insecureValue": resource.NewProperty("ami-0123456789abcdef0")}, nil
}

// deployed runs the program on mocks.
func deployed(t *testing.T, preview bool, values map[string]string) (map[string]map[string]any, Program) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.WriteFile(file, []byte("x"), 0o600))
	program, err := ProgramOf(file)
	require.NoError(t, err)
	m := &mocks{inputs: map[string]map[string]any{}}
	all := map[string]string{}
	for key, value := range values {
		all["instance-caller:"+key] = value
	}
	deploy := DeployWith(func(*pulumi.Context) (Program, error) { return program, nil })
	err = pulumi.RunErr(deploy, pulumi.WithMocks("instance-caller", "dev", m), func(run *pulumi.RunInfo) {
		run.Config, run.DryRun = all, preview
	}, config.WithKeys)
	require.NoError(t, err)
	return m.inputs, program
}

// TestInputs checks what protects the instance and the bucket, in an update and in a preview.
func TestInputs(t *testing.T) {
	for name, preview := range map[string]bool{"update": false, "preview": true} {
		t.Run(name, func(t *testing.T) {
			inputs, program := deployed(t, preview, defaults)
			require.Len(t, inputs, 11)
			instance := inputs["aws:ec2/instance:Instance"]
			assert.Equal(t, map[string]any{"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1.0}, instance["metadataOptions"])
			assert.Equal(t, map[string]any{"encrypted": true}, instance["rootBlockDevice"])
			assert.Equal(t, "reader", instance["iamInstanceProfile"])
			assert.Equal(t, "ami-0123456789abcdef0", instance["ami"])
			assert.Equal(t, true, instance["userDataReplaceOnChange"])
			assert.NotContains(t, instance, "keyName")

			firewall := inputs["aws:ec2/securityGroup:SecurityGroup"]
			assert.Equal(t, []any{}, firewall["ingress"], "set, so that drift is found")
			egress := firewall["egress"].([]any)
			require.Len(t, egress, 1)
			assert.Equal(t, []any{443.0, 443.0, "tcp"}, []any{
				egress[0].(map[string]any)["fromPort"], egress[0].(map[string]any)["toPort"], egress[0].(map[string]any)["protocol"],
			})
			block := inputs["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"]
			for _, key := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
				assert.Equal(t, true, block[key], key)
			}
			object := inputs["aws:s3/bucketObjectv2:BucketObjectv2"]
			assert.Equal(t, "call-"+program.SHA256, object["key"])
			assert.Equal(t, "AES256", object["serverSideEncryption"])
			assert.NotContains(t, object, "acl")
			for typ, in := range inputs {
				assert.NotContains(t, typ, "aws:iam/", "nothing is attached to the role")
				if _, tagged := in["tags"]; tagged {
					assert.Equal(t, map[string]any{"Name": "instance-caller"}, in["tags"], typ)
				}
			}
		})
	}
}

// TestPolicy decides requests for the bucket: only the role gets the program, over TLS.
func TestPolicy(t *testing.T) {
	const bucket, key, other = "arn:aws:s3:::b", "call-0", "arn:aws:iam::111122223333:role/writer"
	text, err := bucketPolicy(bucket, key, roleArn)
	require.NoError(t, err)
	for name, row := range map[string]struct {
		principal, action, resource, tls string
		allowed                          bool
	}{
		"the program":       {roleArn, "s3:GetObject", bucket + "/" + key, "true", true},
		"another program":   {roleArn, "s3:GetObject", bucket + "/call-1", "true", false},
		"the list":          {roleArn, "s3:ListBucket", bucket, "true", false},
		"a change":          {roleArn, "s3:PutObject", bucket + "/" + key, "true", false},
		"a deletion":        {roleArn, "s3:DeleteObject", bucket + "/" + key, "true", false},
		"without TLS":       {roleArn, "s3:GetObject", bucket + "/" + key, "false", false},
		"another role":      {other, "s3:GetObject", bucket + "/" + key, "true", false},
		"another account's": {strings.Replace(roleArn, "1111", "4444", 1), "s3:GetObject", bucket + "/" + key, "true", false},
	} {
		t.Run(name, func(t *testing.T) {
			compiled, err := iam.CompileIdentity(statementsFor(t, text, row.principal))
			require.NoError(t, err)
			require.NoError(t, compiled.Unknown())
			request, err := iam.NewRequest(iam.RequestInput{
				Principal: row.principal, Action: row.action, Resource: row.resource, Context: map[string][]string{"aws:SecureTransport": {row.tls}},
			})
			require.NoError(t, err)
			decision, err := (&iam.Policies{Identity: []*iam.IdentityPolicy{compiled}}).Decide(request)
			require.NoError(t, err)
			assert.Equal(t, row.allowed, decision.Allowed())
		})
	}
}

// statementsFor returns the statements of a bucket's policy that apply to a principal, as an
// identity policy for the evaluator.
func statementsFor(t *testing.T, text, principal string) string {
	var policy struct {
		Version   string
		Statement []map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(text), &policy))
	concerned := []map[string]any{}
	for _, s := range policy.Statement {
		if named, is := s["Principal"].(map[string]any); !is || named["AWS"] == principal {
			delete(s, "Principal")
			concerned = append(concerned, s)
		}
	}
	policy.Statement = concerned
	out, err := json.Marshal(policy)
	require.NoError(t, err)
	return string(out)
}

// TestUserData checks the script, and that every mark was replaced.
func TestUserData(t *testing.T) {
	cfg, err := Parse(with("invokeUrl", apiURL+"/", "intervalSeconds", "5"))
	require.NoError(t, err)
	program := Program{SHA256: strings.Repeat("ab", 32)}
	text := userData(cfg, program, "caller-0000000", "us-east-1")
	assert.Less(t, len(text), 8<<10, "half of EC2's limit, in bytes")
	assert.NotRegexp(t, `@[A-Z_]+@`, text)
	for _, want := range []string{
		"#!/bin/bash\nset -euo pipefail\n",
		"aws s3 cp --no-progress --region us-east-1 s3://caller-0000000/call-" + program.SHA256 + " call.new",
		"echo '" + program.SHA256 + "  call.new' | sha256sum --check --strict\n",
		"Environment=API_URL=" + apiURL + " API_REGION=eu-west-1\n",
		"ExecStart=/opt/call/call -path /products -interval 5s\n",
		"DynamicUser=yes\n", "NoNewPrivileges=yes\n",
	} {
		assert.Contains(t, text, want)
	}
	assert.Less(t, strings.Index(text, "sha256sum"), strings.Index(text, "chmod 0755"), "it is checked before it can run")
}
