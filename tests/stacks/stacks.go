// Package stacks holds the tests' own project: a project file and two stack files,
// and a patch for them, with routes, users and names that tests rely on. A fork edits the files at the top of
// the checkout.
package stacks

import (
	"embed"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Project is the name of the project file, here and at the top of the checkout.
const Project = "Pulumi.yaml"

// EveryKind is a patch for the configuration. It adds a role of each kind, things from
// elsewhere: an existing role, managed policies and permission sets, alarms, and CORS. It
// defines the policies that it names, so it can be applied to smaller configurations, too.
const EveryKind = `
policies:
  readOnly: {allow: [GET /products]}
  admin: {allow: ["*"]}
  staff: {allow: [GET /products, POST /products], name: Staff, path: /api/, documents: 2}
roles:
  products-reader:
    trust: {service: ec2}
    policies: [readOnly]
    managedPolicies: [arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore, arn:aws:iam::111122223333:policy/team/own]
  checkout: {trust: {service: ecs-tasks}, policies: [admin]}
  partner:
    trust: {account: "444455556666", principals: ["*"], externalId: shop-1, sessionTags: true, sourceIdentity: true}
    policies: [readOnly]
  sisters: {trust: {organization: o-a1b2c3d4e5}, policies: [readOnly]}
  ci:
    trust:
      oidc:
        issuer: https://token.actions.githubusercontent.com
        audiences: [sts.amazonaws.com]
        claims: {sub: "repo:acme@1/shop@2:environment:prod"}
    policies: [admin]
  catalog: {trust: {podIdentity: {cluster: main, namespace: shop, serviceAccount: catalog}}, policies: [readOnly]}
  shoppers:
    trust: {identityPool: {id: "us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f", authenticated: true}}
    policies: [readOnly]
cors: {allowOrigins: [https://app.example.com]}
existingRoles:
  arn:aws:iam::111122223333:role/task: {policies: [readOnly, staff]}
oidcProviders:
  https://token.actions.githubusercontent.com: {audiences: [sts.amazonaws.com]}
alarms: {topicArn: arn:aws:sns:us-east-1:111122223333:alarms}
accessAnalyzer: true
`

//go:embed Pulumi.yaml Pulumi.dev.yaml Pulumi.sandbox.yaml
var files embed.FS

// File returns the name of a stack's file.
func File(stack string) string { return "Pulumi." + stack + ".yaml" }

// Read reads the project file or a stack's.
func Read(t testing.TB, file string) []byte {
	t.Helper()
	text, err := files.ReadFile(file)
	require.NoError(t, err)
	return text
}

// Replace replaces the project and all stacks in a copy of the checkout by these.
func Replace(t testing.TB, checkout string) {
	t.Helper()
	theirs, err := filepath.Glob(filepath.Join(checkout, File("*")))
	require.NoError(t, err)
	for _, path := range theirs {
		require.NoError(t, os.Remove(path))
	}
	for _, file := range []string{Project, File("dev"), File("sandbox")} {
		require.NoError(t, os.WriteFile(filepath.Join(checkout, file), Read(t, file), 0o644))
	}
}
