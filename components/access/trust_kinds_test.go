package access_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

var (
	podTrust  = access.PodIdentityTrust{Cluster: "main", Namespace: "shop", ServiceAccount: "reader"}
	poolTrust = access.IdentityPoolTrust{ID: "us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f", Authenticated: true}
)

func TestDocumentsOfOtherTrusts(t *testing.T) {
	const provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
	for name, test := range map[string]struct {
		trust access.Trust
		want  decodedStatement
	}{
		"organization": {access.OrganizationTrust{ID: "o-a1b2c3d4e5"}, decodedStatement{
			Sid:       "AssumeFromOrganization",
			Principal: map[string]oneOrMore{"AWS": {"*"}},
			Action:    oneOrMore{"sts:AssumeRole"},
			Condition: map[string]map[string]oneOrMore{"StringEquals": {"aws:PrincipalOrgID": {"o-a1b2c3d4e5"}}},
		}},
		"oidc, literally": {githubTrust(map[string][]string{"sub": {"repo:acme/shop:ref:refs/heads/main"}, "environment": {"test", "prod"}}), decodedStatement{
			Sid:       "AssumeWithToken",
			Principal: map[string]oneOrMore{"Federated": {provider}},
			Action:    oneOrMore{"sts:AssumeRoleWithWebIdentity"},
			Condition: map[string]map[string]oneOrMore{"StringEquals": {
				"token.actions.githubusercontent.com:aud":         {"sts.amazonaws.com"},
				"token.actions.githubusercontent.com:environment": {"prod", "test"},
				"token.actions.githubusercontent.com:sub":         {"repo:acme/shop:ref:refs/heads/main"},
			}},
		}},
		"oidc, with wildcards": {githubTrust(map[string][]string{"sub": {"repo:acme/shop:*", "repo:acme/art:ref:x"}}), decodedStatement{
			Sid:       "AssumeWithToken",
			Principal: map[string]oneOrMore{"Federated": {provider}},
			Action:    oneOrMore{"sts:AssumeRoleWithWebIdentity"},
			Condition: map[string]map[string]oneOrMore{
				"StringEquals": {"token.actions.githubusercontent.com:aud": {"sts.amazonaws.com"}},
				"StringLike":   {"token.actions.githubusercontent.com:sub": {"repo:acme/art:ref:x", "repo:acme/shop:*"}},
			},
		}},
		"podIdentity": {podTrust, decodedStatement{
			Sid:       "AssumeByPods",
			Principal: map[string]oneOrMore{"Service": {"pods.eks.amazonaws.com"}},
			Action:    oneOrMore{"sts:AssumeRole", "sts:TagSession"},
			Condition: map[string]map[string]oneOrMore{"StringEquals": {
				"aws:RequestTag/eks-cluster-name":           {"main"},
				"aws:RequestTag/kubernetes-namespace":       {"shop"},
				"aws:RequestTag/kubernetes-service-account": {"reader"},
			}},
		}},
		"identityPool": {access.IdentityPoolTrust{ID: poolTrust.ID}, decodedStatement{
			Sid:       "AssumeFromIdentityPool",
			Principal: map[string]oneOrMore{"Federated": {"cognito-identity.amazonaws.com"}},
			Action:    oneOrMore{"sts:AssumeRoleWithWebIdentity"},
			Condition: map[string]map[string]oneOrMore{
				"StringEquals":           {"cognito-identity.amazonaws.com:aud": {poolTrust.ID}},
				"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": {"unauthenticated"}},
			},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Empty(t, test.trust.Check())
			assert.NoError(t, access.CheckTrustSize(test.trust))
			test.want.Effect = "Allow"
			document := test.trust.Document(executionArn)
			assert.Equal(t, test.want, statement(t, document))
			assert.Equal(t, test.trust, test.trust.Clone())
			text, err := access.Render(document)
			require.NoError(t, err)
			_, err = iam.CompileTrust(text)
			assert.NoError(t, err)
		})
	}
}

func TestChecksOfOtherTrusts(t *testing.T) {
	pod := func(cluster, namespace, account string) access.Trust {
		return access.PodIdentityTrust{Cluster: cluster, Namespace: namespace, ServiceAccount: account}
	}
	pool := func(id string) access.Trust { return access.IdentityPoolTrust{ID: id} }
	for name, test := range map[string]struct {
		trust  access.Trust
		fields string // that the problems are about, in order
	}{
		"an organization's ARN":   {access.OrganizationTrust{ID: "arn:aws:organizations::1:organization/o-a1b2c3d4e5"}, "organization"},
		"long names of pods":      {pod("c"+strings.Repeat("_", 99), strings.Repeat("n", 63), "a.b-"+strings.Repeat("s", 249)), ""},
		"names of pods, too long": {pod("c"+strings.Repeat("_", 100), strings.Repeat("n", 64), strings.Repeat("s", 254)), "cluster, namespace, serviceAccount"},
		"no names of pods":        {pod("", "", ""), "cluster, namespace, serviceAccount"},
		"wildcards of pods":       {pod("*", "shop-*", "?"), "cluster, namespace, serviceAccount"},
		"upper case of pods":      {pod("Main", "Shop", "Reader"), "namespace, serviceAccount"},
		"a cluster's ARN":         {pod("arn:aws:eks:us-east-1:111122223333:cluster/main", "shop", "reader"), "cluster"},
		"dots of pods":            {pod("a.b", "a.b", "a..b"), "cluster, namespace, serviceAccount"},
		"a pool's ARN":            {pool("arn:aws:cognito-identity:us-east-1:111122223333:identitypool/" + poolTrust.ID), "id"},
		"any pool":                {pool("us-east-1:*"), "id"},
		"a pool in GovCloud":      {pool("us-gov-west-1" + strings.TrimPrefix(poolTrust.ID, "us-east-1")), "id"},
		"a pool in China":         {pool("cn-north-1" + strings.TrimPrefix(poolTrust.ID, "us-east-1")), "id"},
	} {
		t.Run(name, func(t *testing.T) {
			errs := test.trust.Check()
			assertOneLine(t, errs...)
			assert.Equal(t, list(test.fields), fieldsOf(errs), "%v", errs)
		})
	}
}

// TestTermsOfTrusts requires that Terms report a trust that anyone on the internet can meet
// as Public, and that trusts of different principals cannot be compared part by part.
func TestTermsOfTrusts(t *testing.T) {
	assert.True(t, access.IdentityPoolTrust{ID: poolTrust.ID}.Terms().Public)
	seen := map[string]bool{}
	for _, trust := range []access.Trust{
		access.ServiceTrust{Service: "ec2"}, access.ServiceTrust{Service: "glue"}, access.AccountTrust{AccountID: otherAccount},
		access.OrganizationTrust{ID: "o-a1b2c3d4e5"}, githubTrust(nil), podTrust, poolTrust,
		access.PodIdentityTrust{Cluster: "main", Namespace: "shop", ServiceAccount: "writer"},
	} {
		assert.False(t, trust.Terms().Public, trust)
		assert.False(t, seen[trust.Terms().Source], trust)
		seen[trust.Terms().Source] = true
	}
}
