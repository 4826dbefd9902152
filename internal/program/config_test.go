package program

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
	"iam-secured-api/tests/archive"
)

func TestParseReadsEveryKey(t *testing.T) {
	plan, err := Parse(config.Settings{Values: map[string]string{
		"apiName":   "Shop",
		"stageName": "$default",
		"routes":    `{"GET /products": null, "GET /health": {"authorization": "none"}, "GET /catalog": {"authorization": "shop", "scopes": ["read"]}}`,

		"authorizers":   `{"shop": {"issuer": "https://issuer.example.com", "audiences": ["web"]}}`,
		"oidcProviders": `{"https://gitlab.com": {"audiences": ["shop"], "thumbprints": ["0123456789abcdef0123456789abcdef01234567"]}}`,

		"policies": `{"readOnly": {"allow": ["GET /products"], "name": "Readers", "path": "/shop/", "documents": 2}, "limited": {"allow": ["*"], "conditions": {"sourceCidrs": ["2001:DB8::/32", "203.0.113.9"], "notBefore": "2026-01-31 08:00:00 +0000 UTC", "notAfter": "2026-12-31T00:00:00Z", "requireMfa": true, "secureTransport": true, "principalOrgId": "o-a1b2c3d4e5", "principalTags": {"team": "shop", "Cost Center": ""}}}}`,
		"groups":   `{"Readers": {"policies": ["readOnly"]}}`,
		"users":    `{"ann": {"groups": ["Readers"], "accessKey": true}, "bob": null}`,
		"roles": `{
			"reader": {"trust": {"service": "ec2"}, "policies": ["readOnly"], "managedPolicies": ["arn:aws:iam::aws:policy/A"]},
			"partner": {"trust": {"account": 444455556666, "principals": ["user/x"], "externalId": "p-7", "requireMfa": true}, "maxSessionSeconds": 7200, "policies": ["readOnly"]},
			"sister": {"trust": {"account": "000055556666", "principals": ["*"]}}}`,
		"existingRoles": `{
			"task": {"policies": ["readOnly"]},
			"arn:aws:iam::111122223333:role/batch/worker": null}`,
		"throttle":  `{"rateLimit": 0.5, "burstLimit": 1}`,
		"accessLog": `{"retentionDays": 7}`,
		"backend":   `{"url": "https://backend.example.com"}`,

		"permissionsBoundary": "arn:aws:iam::111122223333:policy/boundary",
		"tags":                `{"team": "shop"}`,
	}})
	require.NoError(t, err)
	limited := access.Conditions{
		SourceCIDRs:     []string{"2001:db8::/32", "203.0.113.9/32"},
		NotBefore:       time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC),
		NotAfter:        time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC),
		RequireMFA:      true,
		SecureTransport: true,
		PrincipalOrgID:  "o-a1b2c3d4e5",
		PrincipalTags:   map[string]string{"team": "shop", "Cost Center": ""},
	}
	require.Equal(t, []string{"GET /products"}, plan.Policies["readOnly"].Grants)
	require.Equal(t, access.Conditions{}, plan.Policies["readOnly"].Conditions)
	require.Equal(t, access.Naming{Name: "Readers", Path: "/shop/", Documents: 2}, plan.Policies["readOnly"].Naming)
	require.Equal(t, []string{"*"}, plan.Policies["limited"].Grants)
	require.Equal(t, limited, plan.Policies["limited"].Conditions)
	require.Len(t, plan.Matrix, 9)
	require.Len(t, plan.Principals, 8)
	for _, kind := range access.ConditionKinds() {
		require.False(t, reflect.ValueOf(kind.Field(&limited)).Elem().IsZero(), "%s must be in this test", kind.Key)
	}
	notes := strings.Join(plan.Notes, "\n")
	for _, note := range []string{
		`policy "limited" reaches beyond the declared routes`,
		`role "reader" has managed policies whose documents are not known, so the matrix does not contain them: arn:aws:iam::aws:policy/A`,
		"existing roles may have other policies and a permissions boundary, which the matrix does not contain: task, worker",
	} {
		require.Contains(t, notes, note)
	}
	plan.Policies, plan.Matrix, plan.Principals, plan.Notes = nil, nil, nil, nil
	routes, _ := access.NewRoutes(map[string]access.RouteArgs{
		"GET /products": {}, "GET /health": {Authorization: access.Open},
		"GET /catalog": {Authorization: access.Token, Authorizer: "shop", Scopes: []string{"read"}},
	})
	require.Equal(t, &Plan{
		Account:     "111122223333",
		ApiName:     "Shop",
		StageName:   "$default",
		Routes:      routes,
		Authorizers: map[string]access.Authorizer{"shop": {Issuer: "https://issuer.example.com", Audiences: []string{"web"}}},
		OidcProviders: map[string]access.OidcProvider{
			"https://gitlab.com": {Audiences: []string{"shop"}, Thumbprints: []string{"0123456789abcdef0123456789abcdef01234567"}},
		},
		Groups: map[string]Group{"Readers": {Policies: []string{"readOnly"}}},
		Users:  map[string]User{"ann": {Groups: []string{"Readers"}, AccessKey: true}, "bob": {}},
		Roles: map[string]Role{
			"reader": {
				Trust: access.ServiceTrust{Service: "ec2"}, MaxSessionSeconds: 3600,
				Policies: []string{"readOnly"}, ManagedPolicies: []string{"arn:aws:iam::aws:policy/A"},
			},
			"partner": {
				Trust:             access.AccountTrust{AccountID: "444455556666", Principals: []string{"user/x"}, ExternalID: "p-7", RequireMFA: true},
				MaxSessionSeconds: 7200,
				Policies:          []string{"readOnly"},
			},
			"sister": {
				Trust:             access.AccountTrust{AccountID: "000055556666", Principals: []string{"*"}},
				MaxSessionSeconds: 3600,
			},
		},
		ExistingRoles: map[string]ExistingRole{
			"task":   {Policies: []string{"readOnly"}},
			"worker": {Arn: "arn:aws:iam::111122223333:role/batch/worker"},
		},
		Throttle:            components.Throttle{RateLimit: 0.5, BurstLimit: 1},
		LogRetentionDays:    7,
		Backend:             Backend{Url: "https://backend.example.com"},
		PermissionsBoundary: "arn:aws:iam::111122223333:policy/boundary",
		Tags:                map[string]string{"team": "shop"},
	}, plan)
}

// TestEveryConditionHasAReader sets each key of the table of conditions to null.
func TestEveryConditionHasAReader(t *testing.T) {
	for _, kind := range access.ConditionKinds() {
		_, err := Parse(config.Settings{Values: map[string]string{
			"routes": `{"GET /x": {}}`, "policies": fmt.Sprintf(`{"p": {"allow": ["*"], "conditions": {%q: null}}}`, kind.Key),
		}})
		require.ErrorContains(t, err, "policies.p.conditions."+kind.Key+": ")
		require.NotContains(t, err.Error(), "unknown key")
	}
}

// TestOtherPrefixes warns of our keys under other prefixes. All keys of the AWS
// provider, and pulumi:tags, are read elsewhere.
func TestOtherPrefixes(t *testing.T) {
	others := []string{"pulumi:tags", "old-project:colour"}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[aws.ProviderArgs]()) {
		others = append(others, "aws:"+strings.ToLower(field.Name[:1])+field.Name[1:])
	}
	require.Contains(t, others, "aws:defaultTags")
	require.Empty(t, OtherPrefixes(others))
	for name := range settingReaders {
		key := "old-project:" + name
		warnings := OtherPrefixes(append(others, key, key))
		require.Len(t, warnings, 1)
		require.Contains(t, warnings[0], key)
		require.Contains(t, warnings[0], "the project was renamed or the prefix is misspelt, write "+name)
	}
}

func TestParseDefaults(t *testing.T) {
	plan, err := Parse(config.Settings{Values: map[string]string{
		"routes": `{"GET /products": {}}`,
	}})
	require.NoError(t, err)
	routes, _ := access.NewRoutes(map[string]access.RouteArgs{"GET /products": {}})
	require.Equal(t, &Plan{
		ApiName:          "ProductAPI",
		StageName:        "prod",
		Routes:           routes,
		Policies:         map[string]*access.Policy{},
		Throttle:         components.Throttle{RateLimit: 100, BurstLimit: 200},
		LogRetentionDays: 365,
		Matrix:           access.Matrix{"anyone": {Cells: map[string]access.Cell{"GET /products": {}}}},
	}, plan)
}

func TestParseReadsAnArchive(t *testing.T) {
	path := archive.Make(t, "")
	plan, err := Parse(config.Settings{Values: map[string]string{
		"routes":  `{"GET /products": {}}`,
		"backend": fmt.Sprintf(`{"archive": %q, "deletionProtection": true}`, path),
	}})
	require.NoError(t, err)
	require.Equal(t, Backend{Archive: path, DeletionProtection: true}, plan.Backend)
}
