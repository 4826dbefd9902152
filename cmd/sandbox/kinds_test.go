package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/sandbox/cloud"
)

type object = map[string]any

// sandboxOf reads a trial of a configuration.
func sandboxOf(t *testing.T, config object) (*trial, error) {
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	project, err := os.ReadFile(filepath.Join(root, "Pulumi.yaml"))
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), project, 0o600))
	text, err := json.Marshal(object{"config": config}) // JSON is YAML
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.sandbox.yaml"), text, 0o600))
	return newTrial(root, folder, io.Discard)
}

// TestEveryKind runs trials of random configurations with roles of all kinds. Each
// request is decided as the matrix says, and nothing is left.
func TestEveryKind(t *testing.T) {
	for seed := range int64(25) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			config := kinds{rand.New(rand.NewSource(seed))}.config()
			trial, err := sandboxOf(t, config)
			require.NoError(t, err)
			err = trial.run(t.Context(), io.Discard, format{})
			require.NoError(t, err, "%v\n%v", config["roles"], disagreeing(trial.result.Access.Principals))
			require.Len(t, trial.result.Access.Principals, len(trial.plan.Principals)+2, "with anyone and the caller")
		})
	}
}

// disagreeing returns the reasons of the cells that are not as expected.
func disagreeing(found cells) (reasons []string) {
	for name, row := range found {
		for route, c := range row {
			if !c.Agrees {
				reasons = append(reasons, fmt.Sprintf("%s %s: %v", name, route, c.Calls))
			}
		}
	}
	return reasons
}

type kinds struct{ *rand.Rand }

func pick[T any](k kinds, values ...T) T { return values[k.Intn(len(values))] }

// config returns a configuration with several roles of each kind.
func (k kinds) config() object {
	roles := object{}
	for i := range 12 + k.Intn(8) {
		role := object{"trust": k.trust(), "policies": []string{pick(k, "read", "write", "all", "org")}}
		if k.Intn(3) == 0 {
			role["managedPolicies"] = []string{pick(k, "arn:aws:iam::aws:policy/ReadOnlyAccess", ownARN("policy/team/own"), ownARN("policy/other"))}
		}
		roles[fmt.Sprintf("r%d", i)] = role
	}
	// A chain: each role may assume the one before it.
	for i := range 3 {
		roles[fmt.Sprintf("chain-%d", i)] = object{"policies": []string{"read"}, "trust": object{
			"account": cloud.APIAccount, "sessionTags": true, "sourceIdentity": k.Intn(2) == 0,
			"principals": []string{fmt.Sprintf("role/chain-%d", i+1)},
		}}
	}
	last := k.trust()
	for last["identityPool"] != nil { // the session policy of guests does not allow it
		last = k.trust()
	}
	roles["chain-3"] = object{"trust": last, "policies": []string{"write"}}
	config := object{
		"aws:region": pick(k, "us-east-1", "eu-west-1"),
		"stageName":  pick(k, "prod", "$default"),
		"routes":     object{"GET /products": object{}, "POST /products": object{}, "GET /products/{id}": object{}},
		"policies": object{
			"read": object{"allow": []string{"GET /products"}}, "write": object{"allow": []string{"POST /products"}},
			"all": object{"allow": []string{"*"}, "name": "All", "path": "/api/"},
			"org": object{"allow": []string{"GET *"}, "conditions": object{"principalOrgId": pick(k, "o-a1b2c3d4e5", "o-f6g7h8i9j0")}},
		},
		"users":   object{"ann": object{}, "bob": object{}},
		"backend": object{"url": "https://backend.example.com"},
		"roles":   roles,
		"existingRoles": object{
			"old": object{"policies": []string{"read"}}, ownARN("role/team/older"): object{"policies": []string{"write"}},
		},
		"oidcProviders": object{"https://gitlab.com": object{"audiences": []string{"a", "b"}}},
	}
	if k.Intn(3) == 0 {
		config["permissionsBoundary"] = ownARN("policy/boundary")
	}
	return config
}

func ownARN(resource string) string { return "arn:aws:iam::" + cloud.APIAccount + ":" + resource }

func (k kinds) trust() object {
	switch k.Intn(9) {
	case 0:
		return object{"service": pick(k, "ec2", "ecs-tasks", "lambda", "states", "edgelambda")}
	case 1:
		return object{"organization": pick(k, "o-a1b2c3d4e5", "o-f6g7h8i9j0", "o-z1y2x3w4v5")}
	case 2:
		return object{"oidc": object{
			"issuer": "https://gitlab.com", "audiences": pick(k, []string{"a"}, []string{"b", "a"}),
			"claims": object{"sub": pick(k, []string{"project_path:acme/*"}, []string{"project_path:acme/b?", "project_path:acme/a:ref:*"}),
				"user_login": []string{"ann", "b*"}},
		}}
	case 3:
		return object{"oidc": object{
			"issuer": pick(k, "https://login.example.com", "https://api.pulumi.com/oidc"), "audiences": []string{pick(k, "acme", "aws:acme")},
			"claims": object{"sub": []string{"Jos\u00e9/a b&c"}},
		}}
	case 4:
		return object{"podIdentity": object{"cluster": "main", "namespace": pick(k, "shop", "a"), "serviceAccount": "catalog"}}
	case 5:
		return object{"identityPool": object{
			"id":            pick(k, "us-east-1", "eu-west-1") + ":0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f",
			"authenticated": k.Intn(2) == 0,
		}}
	case 6:
		return k.account(cloud.CallerAccount, "user/my-user", "user/team/carl", "role/batch", "role/team/nightly")
	case 7:
		return k.account(cloud.APIAccount, "user/ann", "role/old", "user/made/elsewhere", "role/made/by-hand")
	default:
		return k.account("999988887777", "user/x", "role/a/x")
	}
}

// account returns a trust of some principals of an account, or of all.
func (k kinds) account(id string, principals ...string) object {
	trust := object{"account": id, "sessionTags": k.Intn(2) == 0, "sourceIdentity": k.Intn(2) == 0}
	k.Shuffle(len(principals), func(i, j int) { principals[i], principals[j] = principals[j], principals[i] })
	trust["principals"] = principals[:1+k.Intn(len(principals))]
	switch {
	case k.Intn(4) == 0:
		trust["principals"] = []string{"*"}
	case k.Intn(3) == 0:
		trust["externalId"] = "shop-1"
	}
	return trust
}
