package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"iam-secured-api/internal/sandbox/cloud"
)

// version is the release of pulumi-aws that the provider behaves like.
const version = "6.83.2"

// provider implements the protocol. Methods that it does not implement return
// Unimplemented.
type provider struct {
	pulumirpc.UnimplementedResourceProviderServer
	cloud       *cloud.Cloud
	environment Environment
}

// Handshake returns the provider's features.
func (p *provider) Handshake(context.Context, *pulumirpc.ProviderHandshakeRequest) (*pulumirpc.ProviderHandshakeResponse, error) {
	return &pulumirpc.ProviderHandshakeResponse{AcceptSecrets: true, SupportsAutonamingConfiguration: true}, nil
}

// Attach accepts an engine.
func (p *provider) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// GetPluginInfo returns the version.
func (p *provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version}, nil
}

// Cancel does nothing, because no operation takes long.
func (p *provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Call rejects every method.
func (p *provider) Call(_ context.Context, req *pulumirpc.CallRequest) (*pulumirpc.CallResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "the sandbox does not model method %s", req.GetTok())
}

// Construct rejects every component.
func (p *provider) Construct(_ context.Context, req *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	return nil, status.Errorf(codes.Unimplemented, "the sandbox does not model component %s", req.GetType())
}

// typeOf returns the type of a resource.
func typeOf(urn string) (*resourceType, error) {
	parsed, err := resource.ParseURN(urn)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "malformed URN %q", urn)
	}
	token := string(parsed.Type())
	for _, t := range slices.Concat(resourceTypes, instanceTypes) {
		if t.token == token {
			return t, nil
		}
	}
	return nil, status.Errorf(codes.InvalidArgument, "the sandbox does not model resource type %s", token)
}

// Diff compares a resource's state with a program's inputs.
func (p *provider) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	t, err := typeOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	state, news, err := decodeBoth(req.GetOlds(), req.GetNews())
	if err != nil {
		return nil, err
	}
	out := &pulumirpc.DiffResponse{
		Changes: pulumirpc.DiffResponse_DIFF_NONE, HasDetailedDiff: true, DetailedDiff: map[string]*pulumirpc.PropertyDiff{},
	}
	for path, d := range t.diff(state, news) {
		if ignored(path, req.GetIgnoreChanges()) {
			continue
		}
		out.Changes = pulumirpc.DiffResponse_DIFF_SOME
		out.DetailedDiff[path] = d
		out.Diffs = append(out.Diffs, topLevel(path))
		if t.input(topLevel(path)).replaces {
			out.Replaces = append(out.Replaces, topLevel(path))
		}
	}
	out.Diffs, out.Replaces = uniqueSorted(out.Diffs), uniqueSorted(out.Replaces)
	out.DeleteBeforeReplace = len(out.Replaces) > 0 && t.hasExplicitName(news)
	return out, nil
}

// hasExplicitName reports whether the program sets the name. Two resources with
// the same name cannot exist at once.
func (t *resourceType) hasExplicitName(inputs values) bool {
	named := t.nameProperty()
	return t.autoname > 0 && inputs.has(named) && !slices.Contains(inputs.strings(defaultsKey), named)
}

// operation describes an operation for error messages.
func operation(verb string, t *resourceType, urn string) string {
	return fmt.Sprintf("%s %s %s", verb, t.token, resource.URN(urn).Name())
}

// failure returns the error of a failed request, on one line.
func failure(what string, err error) error {
	return status.Error(codes.Unknown, what+": "+oneLine(err))
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// partialFailure returns the error of a request that failed after it had
// changed something. The engine stores the state and updates the resource next
// time.
func partialFailure(what, id string, state, inputs *structpb.Struct, err error) error {
	reason := what + ": " + oneLine(err)
	st, detailErr := status.New(codes.Unknown, reason).WithDetails(&pulumirpc.ErrorResourceInitFailed{
		Id: id, Properties: state, Inputs: inputs, Reasons: []string{reason},
	})
	return errors.Join(st.Err(), detailErr)
}
