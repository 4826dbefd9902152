package mocks

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/tests/mocks/recorder"
)

// packedStack declares count routes of a length. A policy "large" grants them to a
// principal of each kind, some of which also have a policy "small".
func packedStack(t *testing.T, count, length int) recorder.Settings {
	t.Helper()
	_, grants := longRoutes(count, length)
	quoted := `"` + strings.Join(grants, `", "`) + `"`
	return recorder.ParseStack(t, `
config:
  routes: {`+strings.ReplaceAll(quoted, ",", ": {},")+`: {}, POST /other: {}}
  policies:
    large: {allow: [`+quoted+`], conditions: {sourceCidrs: [203.0.113.0/24], secureTransport: true}}
    small: {allow: [POST /other]}
  groups: {G: {policies: [small, large]}}
  users: {ann: {groups: [G]}}
  roles:
    r: {trust: {service: ec2}, policies: [large]}
    x: {trust: {account: "444455556666", principals: [user/x]}, policies: [large, small]}
  backend: {url: https://backend.example.com}
`)
}

// partsOf returns the names of the large policy's parts.
func partsOf(recording recorder.Recording) []string {
	var names []string
	for _, r := range recording.All(recorder.Policy) {
		if part, ours := strings.CutPrefix(r.Name, "large-invoke"); ours {
			names = append(names, part)
		}
	}
	return names
}

// TestLargePoliciesArePacked checks that the parts of a policy together allow what
// it grants, and that exactly these are attached and in the outputs.
func TestLargePoliciesArePacked(t *testing.T) {
	settings := packedStack(t, 299, 40)
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployStack(t, run, settings)
		requireDescent(t, recording, recording.Resources)
		requireUniqueURNs(t, recording)
		parts := partsOf(recording)
		require.Greater(t, len(parts), 5)
		require.LessOrEqual(t, len(parts), 9)
		require.Equal(t, "", parts[0])
		requireAttached(t, recording, parts)
		requireOneAfterTheOther(t, recording, parts)

		outputs := recorder.Plain(recording.Outputs)
		arns, documents := list{}, list{}
		for _, part := range parts {
			policy := recording.Named(t, recorder.Policy, "large-invoke"+part)
			arns, documents = append(arns, policy.Output("arn")), append(documents, policy.Input("policy"))
		}
		small := recording.Named(t, recorder.Policy, "small-invoke")
		require.Equal(t, object{"large": arns, "small": list{small.Output("arn")}}, outputs["policyArns"])
		require.Equal(t, object{"large": documents, "small": list{small.Input("policy")}}, outputs["policyDocuments"])
		if !run.Preview {
			requireTogether(t, recording, documents)
		}
	})
	requireSamePreview(t, deployStack(t, recorder.Run{}, settings), deployStack(t, recorder.Run{Preview: true}, settings))
}

// requireAttached checks that the group and the roles have each part under its name,
// and that their exclusive lists contain all of them.
func requireAttached(t *testing.T, recording recorder.Recording, parts []string) {
	t.Helper()
	for owner, of := range map[string]struct {
		attachment, exclusive string
		small                 bool
	}{
		"G": {recorder.GroupPolicyAttachment, recorder.GroupPolicyAttachmentsExclusive, true},
		"r": {recorder.RolePolicyAttachment, recorder.RolePolicyAttachmentsExclusive, false},
		"x": {recorder.RolePolicyAttachment, recorder.RolePolicyAttachmentsExclusive, true},
	} {
		want := map[string]any{}
		for _, part := range parts {
			want[owner+"-large"+part] = recording.Named(t, recorder.Policy, "large-invoke"+part).Output("arn")
		}
		if of.small {
			want[owner+"-small"] = recording.Named(t, recorder.Policy, "small-invoke").Output("arn")
		}
		exclusive, got := recording.Named(t, of.exclusive, owner+"-policies"), map[string]any{}
		for _, r := range recording.All(of.attachment) {
			if strings.HasPrefix(r.Name, owner+"-") {
				got[r.Name] = r.Input("policyArn")
				require.Contains(t, exclusive.DependsOn, r.URN)
			}
		}
		require.Equal(t, want, got)
		require.ElementsMatch(t, slices.Collect(maps.Values(want)), exclusive.Input("policyArns"))
	}
}

// requireOneAfterTheOther checks that a part depends on those after it. A route that
// moves is in its new document before it leaves the old one.
func requireOneAfterTheOther(t *testing.T, recording recorder.Recording, parts []string) {
	t.Helper()
	for i, part := range parts {
		policy := recording.Named(t, recorder.Policy, "large-invoke"+part)
		for j, other := range parts {
			urn := recording.Named(t, recorder.Policy, "large-invoke"+other).URN
			require.Equal(t, i < j, slices.Contains(policy.DependsOn, urn), "whether %q waits for %q", part, other)
		}
	}
}

// requireTogether checks that the documents contain every route once, under the
// policy's conditions, and that none is too large.
func requireTogether(t *testing.T, recording recorder.Recording, documents list) {
	t.Helper()
	arn := recording.Outputs["executionArn"].Value.(string)
	_, grants := longRoutes(299, 40)
	want, got := list{}, list{}
	for _, grant := range grants {
		want = append(want, arn+"/prod/"+strings.Replace(grant, " ", "", 1))
	}
	for _, document := range documents {
		require.NoError(t, access.CheckPolicySize(document.(string)))
		statement := recorder.Decode(t, document.(string))["Statement"].(list)[0].(object)
		require.Equal(t, object{"IpAddress": object{"aws:SourceIp": "203.0.113.0/24"}, "Bool": object{"aws:SecureTransport": "true"}}, statement["Condition"])
		got = append(got, statement["Resource"].(list)...)
	}
	require.ElementsMatch(t, want, got)
}

// TestMatrixKnowsNothingOfParts checks the matrix of a policy that is one document,
// and of one that is several.
func TestMatrixKnowsNothingOfParts(t *testing.T) {
	for _, count := range []int{20, 299} {
		recording := deployStack(t, recorder.Run{Preview: true}, packedStack(t, count, 40))
		require.Equal(t, count > 20, len(partsOf(recording)) > 1)
		_, grants := longRoutes(count, 40)
		nobody, large := object{"POST /other": "deny"}, object{"POST /other": "deny"}
		for _, key := range grants {
			nobody[key], large[key] = "deny", "allow if from 203.0.113.0/24, over TLS"
		}
		both := with(large, object{"POST /other": "allow"})
		require.Equal(t, object{"anyone": nobody, "user/ann": both, "role/r": large, "role/x": both}, recording.Outputs["accessMatrix"].Plain())
	}
}

// TestOneRouteMoreChangesFewResources adds a route at a time, over several splits of
// a policy. Removing it is the same change backwards, because a policy's parts
// depend on its routes alone.
func TestOneRouteMoreChangesFewResources(t *testing.T) {
	before, splits := deployStack(t, recorder.Run{}, packedStack(t, 10, 300)), 0
	for count := 11; count <= 45; count++ {
		after := deployStack(t, recorder.Run{}, packedStack(t, count, 300))
		old, now := partsOf(before), partsOf(after)
		require.Subset(t, now, old, "parts keep their names")
		added := len(now) - len(old)
		require.Subset(t, after.Names(), before.Names())
		require.Len(t, after.Resources, len(before.Resources)+1+4*added, "a route, and each new part's policy and three attachments")
		changed := added
		for _, r := range before.Resources {
			later := after.Named(t, r.Type, r.Name)
			switch {
			case r.Type == recorder.Policy && !r.Inputs.DeepEquals(later.Inputs):
				changed++
			case r.Custom && r.Type != recorder.Policy && (added == 0 || !strings.Contains(r.Type, "PolicyAttachmentsExclusive")):
				require.Equal(t, r.Inputs, later.Inputs, "%d routes: inputs of %s", count, r)
			}
		}
		require.LessOrEqual(t, changed, 3)
		if added == 0 {
			require.Equal(t, 1, changed, "%d routes", count)
		} else {
			splits++
		}
		before = after
	}
	require.Greater(t, splits, 1)
}

// TestInvokePolicyOfSeveralDocuments checks the component's list of parts.
func TestInvokePolicyOfSeveralDocuments(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployWith(t, run, newInvokePolicy, func(g given) *invokeArgs {
			args := invokePolicyArgs(g, "one")
			args.Routes, args.Allow = longRoutes(100, 100)
			return args
		})
		outputs := recorder.Plain(recording.Outputs)
		names := outputs["names"].(list)
		require.Greater(t, len(names), 1)
		require.Equal(t, "", names[0])
		for i, name := range names {
			policy := recording.Named(t, recorder.Policy, "one-invoke"+name.(string))
			require.Equal(t, policy.Output("arn"), outputs["arns"].(list)[i])
			require.Equal(t, policy.Input("policy"), outputs["documents"].(list)[i])
			require.Equal(t, toAny(tags), policy.Input("tags"))
		}
		require.Len(t, ofComponents(recording), 1+len(names))
	})
}

// TestDocumentsAreSizedOnceTheApiIsKnown uses an ARN that is longer than any of AWS,
// with which a nearly full document is too large.
func TestDocumentsAreSizedOnceTheApiIsKnown(t *testing.T) {
	policyOf := func(api string) error {
		_, err := recorder.Run{}.Do(func(ctx *pulumi.Context) error {
			routes, allow := longRoutes(1, 5000)
			_, err := newInvokePolicy(ctx, "one", &invokeArgs{
				ExecutionArn: pulumi.String("arn:aws:execute-api:us-east-1:111122223333:" + api), Stage: "live", Routes: routes, Allow: allow,
			})
			return err
		})
		return err
	}
	require.NoError(t, policyOf("abc"))
	require.ErrorContains(t, policyOf(long(1000)), fmt.Sprintf("a managed policy takes at most %d", access.MaxPolicyCharacters))
}
