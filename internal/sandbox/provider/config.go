package provider

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"iam-secured-api/internal/sandbox/cloud"
)

// session is the configuration of one connection.
type session struct {
	mu       sync.Mutex
	identity cloud.Identity // empty until configured
	region   string
}

// client holds the handles for one request, and the identity of its sender.
type client struct {
	account  *cloud.Account
	region   *cloud.Region
	identity cloud.Identity
}

// client returns the handles for the request's connection.
func (p *provider) client(ctx context.Context) (*client, error) {
	s := sessionOf(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.identity.Account == "" {
		return nil, status.Error(codes.FailedPrecondition, "the provider is not configured on this connection")
	}
	a := p.cloud.Account(s.identity.Account).WithContext(ctx)
	return &client{account: a, region: a.Region(s.region), identity: s.identity}, nil
}

// Keys of the provider's configuration that have a meaning here. Keys that
// begin with skip are accepted and ignored: there is nothing to skip.
const (
	configAccessKey = "accessKey"
	configRegion    = "region"
)

var (
	acceptedConfig = []string{
		configAccessKey, configRegion, configProfile, configAssumeRole, configAllowed, configForbidden,
		"secretKey", "token", "version", "pluginDownloadURL",
	}

	reRegion    = regexp.MustCompile(`^(af|ap|ca|eu|il|me|mx|sa|us)-(central|east|north|northeast|northwest|south|southeast|southwest|west)-\d$`)
	rePartition = regexp.MustCompile(`^(cn|us-gov|us-iso[a-z]*|eu-isoe|eusc)-`)
)

// configFailures returns the failures of the provider's configuration.
func configFailures(config values) []*pulumirpc.CheckFailure {
	var out []*pulumirpc.CheckFailure
	fail := func(key, format string, args ...any) {
		out = append(out, &pulumirpc.CheckFailure{Property: key, Reason: fmt.Sprintf(format, args...)})
	}
	for _, k := range config.keys() {
		if strings.HasPrefix(k, "__") || strings.HasPrefix(k, "skip") || slices.Contains(acceptedConfig, k) || isZero(config[k]) {
			continue
		}
		fail(k, "the sandbox does not model provider option aws:%s", k)
	}
	_, errs := choiceOf(config)
	for _, k := range slices.Sorted(maps.Keys(errs)) {
		fail(k, "%s", oneLine(errs[k]))
	}
	switch region := config.str(configRegion); {
	case config.unknown(configRegion):
	case region == "":
		fail(configRegion, "missing required configuration aws:region")
	case rePartition.MatchString(region):
		fail(configRegion, "aws:region %q is in a partition that the sandbox does not model: a region of partition aws", region)
	case !reRegion.MatchString(region):
		fail(configRegion, "aws:region %q is not a region such as us-east-1", region)
	}
	return out
}

// CheckConfig rejects options that are not modelled.
func (p *provider) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	config, err := decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CheckResponse{Inputs: req.GetNews(), Failures: configFailures(config)}, nil
}

// DiffConfig replaces the provider, and so all its resources, if the region
// changes.
func (p *provider) DiffConfig(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	olds, news, err := decodeBoth(req.GetOldInputs(), req.GetNews())
	if err != nil {
		return nil, err
	}
	out := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}
	for _, k := range slices.Compact(slices.Sorted(slices.Values(append(olds.keys(), news.keys()...)))) {
		key := resource.PropertyKey(k)
		if olds[k].DeepEquals(news[k]) || resource.IsInternalPropertyKey(key) {
			continue
		}
		out.Changes = pulumirpc.DiffResponse_DIFF_SOME
		out.Diffs = append(out.Diffs, k)
		if k == configRegion {
			out.Replaces = append(out.Replaces, k)
		}
	}
	return out, nil
}

// Configure sets the identity of the connection's requests. It is the operator or the user of
// the access key or the profile, or the role that the user assumes. Without a key, the
// environment's is used. The secret is not checked, because requests are not signed.
func (p *provider) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	config, err := decode(req.GetArgs())
	if err != nil {
		return nil, err
	}
	for _, f := range configFailures(config) {
		return nil, status.Error(codes.InvalidArgument, f.Reason)
	}
	credentials, _ := choiceOf(config) // errors are failures
	identity, err := p.identity(credentials, config.str(configRegion))
	if err != nil {
		return nil, status.Error(codes.Unauthenticated, oneLine(err))
	}
	s := sessionOf(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.identity, s.region = identity, config.str(configRegion)
	return &pulumirpc.ConfigureResponse{
		AcceptSecrets: true, SupportsPreview: true, SupportsAutonamingConfiguration: true,
	}, nil
}
