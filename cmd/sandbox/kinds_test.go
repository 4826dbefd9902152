package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
)

type object = map[string]any

// sandboxOf reads a trial of a configuration.
func sandboxOf(t *testing.T, config object) (*trial, error) {
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	folder := t.TempDir()
	writeStack(t, filepath.Join(folder, "Pulumi.sandbox.yaml"), config)
	return newTrial(root, folder, io.Discard)
}

// writeStack writes a stack file and the project file to the same folder.
func writeStack(t *testing.T, path string, config object) {
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	project, err := os.ReadFile(filepath.Join(root, "Pulumi.yaml"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(path), "Pulumi.yaml"), project, 0o600))
	text, err := json.Marshal(object{"config": config}) // JSON is YAML
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text, 0o600))
}

// TestEveryKind runs trials of random configurations with roles of all kinds. Each
// request is decided as the matrix says, and nothing is left.
func TestEveryKind(t *testing.T) {
	for seed := range int64(15) {
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

// small returns a configuration with one role or none.
func small(trust object, more ...object) object {
	config := object{
		"aws:region": "us-east-1", "routes": object{"GET /p": object{}}, "policies": object{"read": object{"allow": []string{"*"}}},
		"backend": object{"url": "https://backend.example.com"},
	}
	if trust != nil {
		config["roles"] = object{"r": object{"trust": trust, "policies": []string{"read"}}}
	}
	for _, changes := range more {
		maps.Copy(config, changes)
	}
	return config
}

// TestRefused has configurations that the sandbox, or AWS, does not accept. The error
// names what is wrong.
func TestRefused(t *testing.T) {
	pods := object{"podIdentity": object{"cluster": "main", "namespace": "shop", "serviceAccount": "catalog"}}
	own := func(principals ...string) object {
		return object{"account": cloud.APIAccount, "principals": principals}
	}
	for name, test := range map[string]struct {
		config object
		want   string
	}{
		"another partition": {small(nil, object{"aws:region": "us-gov-west-1"}), "partition"},
		"a real account":    {small(nil, object{"permissionsBoundary": "arn:aws:iam::999988887777:policy/b"}), "999988887777"},
		"a role elsewhere": {small(nil, object{"existingRoles": object{"arn:aws:iam::999988887777:role/x": object{"policies": []string{"read"}}}}),
			"999988887777"},
		"a role that trusts itself": {small(own("role/r")), "MalformedPolicyDocument"},
		"a user with another path":  {small(own("user/a/ann"), object{"users": object{"ann": object{}}}), "user/a/ann"},
		"pods without session tags": {small(nil, object{"roles": object{
			"pods": object{"trust": pods}, "r": object{"trust": own("role/pods"), "policies": []string{"read"}},
		}}), "sts:TagSession"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trial, err := sandboxOf(t, test.config)
			require.NoError(t, err)
			err = trial.run(t.Context(), io.Discard, format{})
			require.Error(t, err)
			require.Contains(t, fmt.Sprint(err, disagreeing(trial.result.Access.Principals)), test.want)
		})
	}
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
	for last["identityPool"] != nil { // the session policy of unauthenticated identities does not allow it
		last = k.trust()
	}
	roles["chain-3"] = object{"trust": last, "policies": []string{"write"}}
	region := pick(k, "us-east-1", "eu-west-1")
	config := object{
		"aws:region": region,
		"stageName":  pick(k, "prod", "$default"),
		"routes": object{"GET /products": k.route(region, "iam"), "POST /products": k.route(region, "iam"), "GET /products/{id}": k.route(region, "iam"),
			"GET /news": k.route(region, "none"), "GET /orders": k.route(region, "customers")},
		"authorizers": object{"customers": object{"issuer": "https://tokens.example.com", "audiences": []string{"shop"}}},
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
	if k.Intn(2) == 0 { // which decides nothing
		config["cors"] = object{"allowOrigins": []string{pick(k, "*", "https://app.example.com")}}
	}
	if k.Intn(3) == 0 {
		config["permissionsBoundary"] = ownARN("policy/boundary")
	}
	if k.Intn(3) == 0 {
		config["domain"] = k.domain(region)
	}
	if k.Intn(2) == 0 {
		config["accessAnalyzer"] = true
		topic := fmt.Sprintf("arn:aws:sns:%s:%s:ops", region, pick(k, cloud.APIAccount, "123456789012"))
		config["alarms"] = object{"topicArn": topic}
	}
	return config
}

// route returns a route with the stack's backend, or with one of its own, and perhaps
// limits, which a trial does not apply.
func (k kinds) route(region, authorization string) object {
	route := pick(k, object{}, object{"backend": object{"url": "https://b.example.com"}}, object{"throttle": object{"rateLimit": 1, "burstLimit": 1}},
		object{"backend": object{"functionArn": "arn:aws:lambda:" + region + ":" + cloud.APIAccount + ":function:stock:live"}})
	route["authorization"] = authorization
	return route
}

// domain returns a domain, with or without a record, mutual TLS and the API's own endpoint.
func (k kinds) domain(region string) object {
	domain := object{
		"name":           "api.example.com",
		"certificateArn": "arn:aws:acm:" + region + ":" + cloud.APIAccount + ":certificate/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f",
		"keepEndpoint":   k.Intn(2) == 0,
	}
	maps.Copy(domain, pick(k, object{}, object{"hostedZoneId": "Z0123456789EXAMPLE"}))
	maps.Copy(domain, pick(k, object{}, object{"mutualTls": object{"truststoreUri": "s3://shop-truststore/clients.pem"}}))
	return domain
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

// TestPreparedForAllStacks deploys two stacks of a project on one Cloud, as the
// subcommand provider does. One of them expects what the other one creates.
func TestPreparedForAllStacks(t *testing.T) {
	issuer := "https://login.example.com"
	oidc := object{"oidc": object{"issuer": issuer, "audiences": []string{"shop"}, "claims": object{"sub": "ann"}}}
	first := small(oidc, object{
		"oidcProviders": object{issuer: object{"audiences": []string{"shop"}}},
		"policies":      object{"read": object{"allow": []string{"*"}, "name": "Read", "path": "/api/"}},
		"users":         object{"ann": object{}},
	})
	second := small(nil, object{
		"roles": object{
			"ci":   object{"trust": oidc, "managedPolicies": []string{ownARN("policy/api/Read"), ownARN("policy/team/Other")}},
			"anns": object{"trust": object{"account": cloud.APIAccount, "principals": []string{"user/ann", "user/team/carl"}}},
		},
		"existingRoles": object{ownARN("role/team/older"): object{"policies": []string{"read"}}},
	})
	folder := t.TempDir()
	paths := map[string]object{"Pulumi.first.yaml": first, "Pulumi.second.yaml": second}
	for name, config := range paths {
		writeStack(t, filepath.Join(folder, name), config)
	}
	secret := "config:\n  routes: {secure: AAABAGTHjXUoVPWmm1kPg0xBbFBy1qnf5sMLzyUUTQ==}\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.secret.yaml"), []byte(secret), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.wrong.yaml"), []byte("config: {routes: 7}"), 0o600))

	accounts := cloud.New()
	require.NoError(t, prepareAll(accounts, folder))
	before := accounts.Describe()
	var stacks []*engine.Stack
	for _, name := range []string{"Pulumi.first.yaml", "Pulumi.second.yaml"} {
		file, err := readStackFile(filepath.Join(folder, name))
		require.NoError(t, err)
		stack, err := file.open(accounts, stackName(name), (*program.Plan).Deploy, nil)
		require.NoError(t, err)
		require.NoError(t, stack.Up(t.Context(), engine.Options{}), name)
		stacks = append(stacks, stack)
	}
	older, err := accounts.Account(cloud.APIAccount).GetRole("older")
	require.NoError(t, err)
	require.Equal(t, ownARN("role/team/older"), older.ARN)
	require.NoError(t, stacks[1].Destroy(t.Context(), engine.Options{}))
	require.NoError(t, stacks[0].Destroy(t.Context(), engine.Options{}))
	require.Equal(t, before, accounts.Describe())
	require.NoError(t, prepareAll(accounts, folder), "once more")
	require.Equal(t, before, accounts.Describe())
}
