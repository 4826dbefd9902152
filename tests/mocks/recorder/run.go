// Package recorder runs Pulumi programs on mocks and records what they register and
// export.
package recorder

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"google.golang.org/protobuf/types/known/emptypb"

	"iam-secured-api/internal/config"
)

// Run describes how to run a program on mocks. The zero value is an update in
// us-east-1 without configuration.
type Run struct {
	// Project is the project's name, "iam-secured-api" if empty.
	Project string
	// Settings are the stack's configuration.
	Settings
	// Preview is a dry run, in which what AWS computes is unknown.
	Preview bool
	// Cloud says where the mocked resources are, AWS if zero.
	Cloud Cloud
	// Roles maps the names of the roles that exist beforehand to their ARNs. An empty ARN
	// is a role that may not be read. If the map is nil, every role exists.
	Roles map[string]string
	// Functions are the ARNs of the functions that exist beforehand, with qualifiers. If
	// the list is nil, every function exists.
	Functions []string
}

// Recording is what a run registered and exported.
type Recording struct {
	// Resources are sorted by type and name. The stack is not one of them.
	Resources []Resource
	// Outputs are the stack's outputs, including unknown and secret values.
	Outputs resource.PropertyMap
	// OutputsRegistered counts the resources, including the stack, that registered
	// their outputs.
	OutputsRegistered int
	// Calls lists the tokens of the called functions, in order.
	Calls []string
}

// Both runs a test with an update and with a preview.
func Both(t *testing.T, test func(t *testing.T, run Run)) {
	t.Helper()
	t.Run("update", func(t *testing.T) { test(t, Run{}) })
	t.Run("preview", func(t *testing.T) { test(t, Run{Preview: true}) })
}

// Must is like Do but fails the test if the program fails.
func (r Run) Must(t *testing.T, program pulumi.RunFunc) Recording {
	t.Helper()
	recording, err := r.Do(program)
	if err != nil {
		t.Fatalf("running the program: %v", err)
	}
	return recording
}

// Do runs a program. The recording is complete even if the program fails.
func (r Run) Do(program pulumi.RunFunc) (Recording, error) {
	if r.Project == "" {
		r.Project = Project
	}
	if r.Cloud == (Cloud{}) {
		r.Cloud = AWS
	}
	m := &mocks{run: r}
	var exports resource.PropertyValue
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		if err := program(ctx); err != nil {
			return err
		}
		var err error
		exports, err = await(ctx, reflect.ValueOf(ctx.GetCurrentExportMap()))
		return err
	}, pulumi.WithMocks(r.Project, Stack, m), func(info *pulumi.RunInfo) {
		info.Config, info.ConfigSecretKeys, info.DryRun = r.Values, r.Secret, r.Preview
	}, config.WithKeys)
	slices.SortFunc(m.resources, func(a, b Resource) int { return strings.Compare(a.String(), b.String()) })
	recording := Recording{Resources: m.resources, OutputsRegistered: m.registered, Calls: m.calls}
	if err == nil {
		recording.Outputs = exports.ObjectValue()
	}
	return recording, err
}

// Project and Stack are the default names of a run.
const (
	Project = "iam-secured-api"
	Stack   = "test"
)

// mocks is the resource monitor of one run.
type mocks struct {
	run Run

	mu         sync.Mutex
	resources  []Resource
	registered int
	calls      []string
}

// Call looks up the account and roles that exist beforehand. Programs must do so
// before they register a resource.
func (m *mocks) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, args.Token)
	if len(m.resources) > 0 {
		return nil, fmt.Errorf("call of %s after the first resource", args.Token)
	}
	switch args.Token {
	case GetCallerIdentity:
		return properties("accountId", Account), nil
	case GetRegion:
		return properties("name", m.run.Cloud.Region, "id", m.run.Cloud.Region), nil
	case GetRole:
		name := args.Args["name"].StringValue()
		arn, exists := m.run.Roles[name]
		if m.run.Roles == nil {
			arn = m.run.Cloud.iam("role/" + name)
		} else if !exists {
			return nil, fmt.Errorf("reading IAM Role (%s): NoSuchEntity", name)
		} else if arn == "" {
			return nil, fmt.Errorf("1 error occurred:\n\t* reading IAM Role (%s): AccessDenied", name)
		}
		_, path, _ := strings.Cut(strings.TrimSuffix(arn, name), ":role")
		return properties("name", name, "arn", arn, "path", path), nil
	case GetFunction:
		return m.run.function(args.Args["functionName"].StringValue(), args.Args["qualifier"])
	}
	return nil, fmt.Errorf("unexpected call of %s", args.Token)
}

// function returns a function that exists beforehand, or a version or an alias of it.
func (r Run) function(name string, qualifier resource.PropertyValue) (resource.PropertyMap, error) {
	arn := r.Cloud.arn("lambda", Account, "function:"+name)
	qualified := arn + ":$LATEST"
	if qualifier.IsString() {
		qualified = arn + ":" + qualifier.StringValue()
	}
	if r.Functions != nil && !slices.Contains(r.Functions, strings.TrimSuffix(qualified, ":$LATEST")) {
		return nil, fmt.Errorf("1 error occurred:\n\t* reading Lambda Function (%s): ResourceNotFoundException", name)
	}
	return properties("functionName", name, "arn", arn, "invokeArn", r.Cloud.invokeArn(arn),
		"qualifiedArn", qualified, "qualifiedInvokeArn", r.Cloud.invokeArn(qualified)), nil
}

// RegisterResourceOutputs counts the registrations.
func (m *mocks) RegisterResourceOutputs() (*emptypb.Empty, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.registered++
	return &emptypb.Empty{}, nil
}

// NewResource records a registration. It returns the inputs and, in an update, what
// AWS would compute.
func (m *mocks) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.RegisterRPC == nil {
		return "", nil, errors.New("unexpected read of " + args.TypeToken)
	}
	r, err := newResource(m.run.Project, args)
	if err != nil {
		return "", nil, err
	}
	if args.Custom {
		id, computed := m.run.Cloud.compute(args.TypeToken, args.Name, args.Inputs)
		r.State = maps.Clone(args.Inputs)
		for key, value := range computed {
			if m.run.Preview && value.IsObject() { // an input with fields that AWS computes
				r.State[key] = resource.MakeComputed(resource.NewProperty(""))
			}
		}
		if !m.run.Preview {
			r.ID = id
			maps.Copy(r.State, computed)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.resources = append(m.resources, r)
	return r.ID, r.State, nil
}

// newResource keeps unknown inputs, which the SDK's mocks drop.
func newResource(project string, args pulumi.MockResourceArgs) (Resource, error) {
	rpc := args.RegisterRPC
	inputs, err := plugin.UnmarshalProperties(rpc.GetObject(), plugin.MarshalOptions{
		KeepUnknowns: true, KeepSecrets: true, KeepResources: true,
	})
	if err != nil {
		return Resource{}, err
	}
	dependencies := map[string][]resource.URN{}
	for input, urns := range rpc.GetPropertyDependencies() {
		for _, urn := range urns.GetUrns() {
			dependencies[input] = append(dependencies[input], resource.URN(urn))
		}
	}
	r := Resource{
		Type:             args.TypeToken,
		Name:             args.Name,
		Parent:           resource.URN(rpc.GetParent()),
		Custom:           args.Custom,
		Inputs:           inputs,
		Dependencies:     dependencies,
		ReplaceOnChanges: rpc.GetReplaceOnChanges(),
		Protected:        rpc.GetProtect(),
		Provider:         args.Provider,
	}
	for _, urn := range rpc.GetDependencies() {
		r.DependsOn = append(r.DependsOn, resource.URN(urn))
	}
	r.URN = r.urn(project)
	return r, nil
}
