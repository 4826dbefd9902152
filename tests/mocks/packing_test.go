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

// packedStack declares 299 routes. A policy "large" grants them to a principal of each
// kind, some of which also have a policy "small".
func packedStack(t *testing.T) (recorder.Settings, []string) {
	t.Helper()
	_, grants := longRoutes(299, 40)
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
`), grants
}

// TestLargePoliciesArePacked checks that the parts of a policy together allow what
// it grants, that exactly these are attached and in the outputs, and that the access
// matrix does not depend on them. The tests of package access check how routes are
// divided into parts.
func TestLargePoliciesArePacked(t *testing.T) {
	settings, grants := packedStack(t)
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployStack(t, run, settings)
		requireDescent(t, recording, recording.Resources)
		requireUniqueURNs(t, recording)
		var parts []string
		var large []recorder.Resource
		for _, r := range recording.All(recorder.Policy) {
			if part, is := strings.CutPrefix(r.Name, "large-invoke"); is {
				parts, large = append(parts, part), append(large, r)
			}
		}
		require.Greater(t, len(parts), 5)
		require.Equal(t, "", parts[0])
		requireAttached(t, recording, parts)

		arns, documents := list{}, list{}
		for i, policy := range large {
			arns, documents = append(arns, policy.Output("arn")), append(documents, policy.Input("policy"))
			for j, other := range large {
				require.Equal(t, i < j, slices.Contains(policy.DependsOn, other.URN),
					"%s must wait for %s only if it comes before: a route that moves is in its new document first", policy, other)
			}
		}
		small := recording.Named(t, recorder.Policy, "small-invoke")
		require.Equal(t, object{"large": arns, "small": list{small.Output("arn")}}, recording.Output("policyArns"))
		require.Equal(t, object{"large": documents, "small": list{small.Input("policy")}}, recording.Output("policyDocuments"))
		if !run.Preview {
			requireTogether(t, recording, grants, documents)
		}

		nobody, some := object{"POST /other": "deny"}, object{"POST /other": "deny"}
		for _, key := range grants {
			nobody[key], some[key] = "deny", "allow if from 203.0.113.0/24, over TLS"
		}
		both := with(some, object{"POST /other": "allow"})
		require.Equal(t, object{"anyone": nobody, "user/ann": both, "role/r": some, "role/x": both}, recording.Output("accessMatrix"))
	})
	requireSamePreview(t, deployStack(t, recorder.Run{}, settings), deployStack(t, recorder.Run{Preview: true}, settings))
}

// requireAttached checks that the group and the roles have each part under its name,
// and that their exclusive lists contain all of them.
func requireAttached(t *testing.T, recording recorder.Recording, parts []string) {
	t.Helper()
	for principal, of := range map[string]struct {
		attachment, exclusive string
		small                 bool
	}{
		"G": {recorder.GroupPolicyAttachment, recorder.GroupPolicyAttachmentsExclusive, true},
		"r": {recorder.RolePolicyAttachment, recorder.RolePolicyAttachmentsExclusive, false},
		"x": {recorder.RolePolicyAttachment, recorder.RolePolicyAttachmentsExclusive, true},
	} {
		want := object{}
		for _, part := range parts {
			want[principal+"-large"+part] = recording.Named(t, recorder.Policy, "large-invoke"+part).Output("arn")
		}
		if of.small {
			want[principal+"-small"] = recording.Named(t, recorder.Policy, "small-invoke").Output("arn")
		}
		exclusive, got := recording.Named(t, of.exclusive, principal+"-policies"), object{}
		for _, r := range recording.All(of.attachment) {
			if strings.HasPrefix(r.Name, principal+"-") {
				got[r.Name] = r.Input("policyArn")
				require.Contains(t, exclusive.DependsOn, r.URN)
			}
		}
		require.Equal(t, want, got)
		require.ElementsMatch(t, slices.Collect(maps.Values(want)), exclusive.Input("policyArns"))
	}
}

// requireTogether checks that the documents contain every route once, under the
// policy's conditions, and that none is too large.
func requireTogether(t *testing.T, recording recorder.Recording, grants []string, documents list) {
	t.Helper()
	arn := recording.Output("executionArn").(string)
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
