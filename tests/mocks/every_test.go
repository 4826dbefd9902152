package mocks

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/mocks/recorder"
)

// TestComponentsKeepTheRules checks the rules of every component: its children
// descend from it, it registers its outputs, no policy is attached to a user, tags
// and the boundary reach all that take them, names do not collide with another
// stack's, and no secret appears outside a key.
func TestComponentsKeepTheRules(t *testing.T) {
	each(t, func(t *testing.T, s specimen, run recorder.Run) {
		recording := s.deploy(t, run, "one")
		requireRules(t, recording, ofComponents(recording))
		requireEverywhere(t, ofComponents(recording), tags, boundaryArn)
		for _, r := range ofComponents(recording) {
			require.Equal(t, "iam-secured-api:components:"+s.kind+" one", recording.Root(t, r).String(), "above %s", r)
			if slices.Contains(autonamed, r.Type) {
				require.Nil(t, r.Input("name"), "%s: several stacks may be in an account", r)
			}
		}
		require.False(t, recording.Outputs.ContainsSecrets())
		require.NotContains(t, textOf(recording.Outputs), recorder.SecretKey)
	})
}

// autonamed lists the types whose names Pulumi or AWS completes at random.
var autonamed = []string{recorder.Policy, recorder.LogGroup, recorder.Table, recorder.Function,
	recorder.LogMetricFilter, recorder.MetricAlarm}

// requireRules checks what holds for components and for the whole program.
func requireRules(t *testing.T, recording recorder.Recording, resources []recorder.Resource) {
	t.Helper()
	requireDescent(t, recording, resources)
	requireUniqueURNs(t, recording)
	requireNothingOnUsers(t, recording)
	requireNoSecrets(t, recording)
	require.Equal(t, len(recording.Components())+1, recording.OutputsRegistered, "components and the stack")
}

// requireDescent checks that only components are directly below the stack.
func requireDescent(t *testing.T, recording recorder.Recording, resources []recorder.Resource) {
	t.Helper()
	for _, r := range resources {
		root := recording.Root(t, r)
		require.False(t, root.Custom, "%s descends from %s, which is not a component", r, root)
		require.Equal(t, resource.RootStackType, root.Parent.QualifiedType(), "the parent of %s", root)
	}
}

func TestTwoInstancesSideBySideDoNotCollide(t *testing.T) {
	each(t, func(t *testing.T, s specimen, run recorder.Run) {
		recording := s.deploy(t, run, "one", "two")
		alone := s.deploy(t, run, "one")
		requireUniqueURNs(t, recording)
		require.Len(t, ofComponents(recording), 2*len(ofComponents(alone)))
		for _, r := range ofComponents(alone) {
			require.Contains(t, recording.Resources, r, "changed by another instance")
		}
	})
}

func requireUniqueURNs(t *testing.T, recording recorder.Recording) {
	t.Helper()
	seen := map[resource.URN]bool{}
	for _, r := range recording.Resources {
		require.False(t, seen[r.URN], "%s is registered twice", r.URN)
		seen[r.URN] = true
	}
}

// onUsers lists the types that would attach a policy to a user, or take over a
// policy in the whole account.
var onUsers = []string{
	"aws:iam/policyAttachment:PolicyAttachment",
	"aws:iam/userGroupMembership:UserGroupMembership",
	"aws:iam/userPolicy:UserPolicy",
	"aws:iam/userPolicyAttachment:UserPolicyAttachment",
}

// requireNothingOnUsers checks that users have no policies of their own, and that
// each has empty exclusive lists, which keep it so.
func requireNothingOnUsers(t *testing.T, recording recorder.Recording) {
	t.Helper()
	for _, r := range recording.Resources {
		require.NotContains(t, onUsers, r.Type)
	}
	var users []any
	for _, r := range recording.All(recorder.User) {
		if !isGiven(r) {
			users = append(users, r.Input("name"))
		}
	}
	for _, list := range []struct{ typ, input string }{
		{recorder.UserPolicyAttachmentsExclusive, "policyArns"},
		{recorder.UserPoliciesExclusive, "policyNames"},
	} {
		var empty []any
		for _, r := range recording.All(list.typ) {
			require.Equal(t, []any{}, r.Input(list.input), "%s of %s", list.input, r)
			empty = append(empty, r.Input("userName"))
		}
		require.ElementsMatch(t, users, empty, "users whose %s are kept empty", list.input)
	}
}

// takeTags and takeBoundaries list the types, of those that the components register,
// that can have tags and a boundary on AWS.
var (
	takeTags = []string{
		recorder.Api, recorder.Stage, recorder.LogGroup, recorder.Policy,
		recorder.User, recorder.Role, recorder.InstanceProfile, recorder.Table, recorder.Function,
		recorder.OidcProvider, recorder.MetricAlarm, recorder.Analyzer, recorder.DomainName,
	}
	takeBoundaries = []string{recorder.User, recorder.Role}
)

// requireEverywhere checks that every resource that can have tags and a boundary has
// them, and that no other has.
func requireEverywhere(t *testing.T, resources []recorder.Resource, tags map[string]string, boundary any) {
	t.Helper()
	for _, r := range resources {
		if !r.Custom {
			continue
		}
		var wantTags, wantBoundary any
		if slices.Contains(takeTags, r.Type) {
			wantTags = toAny(tags)
		}
		if slices.Contains(takeBoundaries, r.Type) {
			wantBoundary = boundary
		}
		require.Equal(t, wantTags, r.Input("tags"), "tags of %s", r)
		require.Equal(t, wantBoundary, r.Input("permissionsBoundary"), "boundary of %s", r)
	}
}

func toAny(m map[string]string) map[string]any {
	values := map[string]any{}
	for key, value := range m {
		values[key] = value
	}
	return values
}

func TestPreviewRegistersTheSame(t *testing.T) {
	for _, s := range specimens {
		t.Run(s.name, func(t *testing.T) {
			requireSamePreview(t, s.deploy(t, recorder.Run{}, "one"), s.deploy(t, recorder.Run{Preview: true}, "one"))
		})
	}
}

// textOf returns all values of properties, including secrets, as one text.
func textOf(m resource.PropertyMap) string { return fmt.Sprint(recorder.Plain(m)) }

// requireSamePreview checks that a preview registers what the update does. Each
// input is as it will be or unknown, and no text contains a rendered unknown.
func requireSamePreview(t *testing.T, update, preview recorder.Recording) {
	t.Helper()
	require.Equal(t, update.Names(), preview.Names())
	for i, r := range preview.Resources {
		later := update.Resources[i]
		require.Equal(t, later.URN, r.URN)
		require.ElementsMatch(t, slices.Collect(maps.Keys(later.Inputs)), slices.Collect(maps.Keys(r.Inputs)), "inputs of %s", r)
		require.ElementsMatch(t, later.DependsOn, r.DependsOn, "dependencies of %s", r)
		for key, input := range r.Inputs {
			if !input.ContainsUnknowns() {
				require.Equal(t, later.Input(string(key)), r.Input(string(key)), "%s of %s", key, r)
			}
		}
		require.NotContains(t, textOf(r.Inputs), plugin.UnknownStringValue, "in %s", r)
	}
}

// requireNoSecrets checks that no input is or contains a secret.
func requireNoSecrets(t *testing.T, recording recorder.Recording) {
	t.Helper()
	for _, r := range recording.Resources {
		require.False(t, r.Inputs.ContainsSecrets(), "%s", r)
		require.NotContains(t, textOf(r.Inputs), recorder.SecretKey, "in %s", r)
	}
}

func TestPartitionsComeFromWhatIsGiven(t *testing.T) {
	for _, s := range specimens {
		for _, cloud := range []recorder.Cloud{recorder.GovCloud, recorder.China} {
			t.Run(s.name+" in "+cloud.Partition, func(t *testing.T) {
				requirePartition(t, s.deploy(t, recorder.Run{Cloud: cloud}, "one"))
			})
		}
	}
}

// requirePartition checks that no ARN belongs to the partition aws.
func requirePartition(t *testing.T, recording recorder.Recording) {
	t.Helper()
	for _, r := range recording.Resources {
		require.NotContains(t, textOf(r.Inputs), "arn:aws:", "in %s", r)
	}
	require.NotContains(t, textOf(recording.Outputs), "arn:aws:", "in the outputs")
}

func TestChildrenUseTheProviderOfTheirComponent(t *testing.T) {
	each(t, func(t *testing.T, s specimen, run recorder.Run) {
		recording := run.Must(t, func(ctx *pulumi.Context) error {
			g, err := give(ctx)
			if err != nil {
				return err
			}
			var provider pulumi.ProviderResourceState
			if err := ctx.RegisterResource(recorder.AwsProvider, "other", nil, &provider); err != nil {
				return err
			}
			_, err = s.create(ctx, "one", s.args(g, "one"), pulumi.Provider(&provider))
			return err
		})
		for _, r := range ofComponents(recording) {
			if r.Custom {
				require.Contains(t, r.Provider, "pulumi:providers:aws::other", "the provider of %s", r)
			}
		}
	})
}
