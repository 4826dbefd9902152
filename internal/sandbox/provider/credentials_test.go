package provider_test

import (
	"fmt"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const deployerRole = "arn:aws:iam::" + cloud.CallerAccount + ":role/deployer"

// deployer creates a user in the API's account who may assume a role of the other account,
// if it sends the external id. It returns the user's access key.
func deployer(c *cloud.Cloud) string {
	ours, theirs := c.Account(cloud.APIAccount), c.Account(cloud.CallerAccount)
	user := Must(ours.CreateUser(cloud.CreateUserInput{UserName: "deployer"}))
	OK(ours.UserPolicies().Put("deployer", Allow("assume", "sts:AssumeRole", deployerRole)))
	Must(theirs.CreateRole(cloud.CreateRoleInput{
		RoleName: "deployer", AssumeRolePolicyDocument: TrustAWSIf(user.ARN, `{"StringEquals":{"sts:ExternalId":"shop-1"}}`),
	}))
	return Must(ours.CreateAccessKey("deployer")).AccessKeyID
}

// dialIn connects to a provider in an environment.
func dialIn(t *testing.T, c *cloud.Cloud, environment provider.Environment) *engine {
	connection := Must(provider.Connect(c, environment))
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	return &engine{t: t, rpc: pulumirpc.NewResourceProviderClient(connection), cloud: c, account: c.Account(cloud.APIAccount)}
}

func TestAssumeRole(t *testing.T) {
	c := cloud.New()
	key := deployer(c)
	role := fmt.Sprintf(`{"roleArn":%q,"externalId":"shop-1","sessionName":"ci","duration":"1h"}`, deployerRole)
	e := dialIn(t, c, provider.Environment{AccessKeyID: key})
	require.NoError(t, e.configure(props{"region": Region, "assumeRole": role, "allowedAccountIds": `["` + cloud.CallerAccount + `"]`}))
	who := Must(e.invoke(getCallerIdentity, nil))
	assert.Equal(t, cloud.CallerAccount, who["accountId"])
	assert.Equal(t, "arn:aws:sts::"+cloud.CallerAccount+":assumed-role/deployer/ci", who["arn"])
	assert.Regexp(t, `^AROA\w+:ci$`, who["userId"])
	assert.Contains(t, e.create(tokenGroup, props{"name": "theirs"}).state["arn"], cloud.CallerAccount)

	for name, row := range map[string]struct {
		key     string // of the environment
		options props
		want    string
	}{
		"no external id": {key, props{"assumeRole": `{"roleArn":"` + deployerRole + `"}`}, "AccessDenied"},
		"another external id": {key, props{"assumeRole": `{"roleArn":"` + deployerRole + `","externalId":"shop-2"}`},
			"is not authorized to perform: sts:AssumeRole on resource: " + deployerRole},
		"another role": {key, props{"assumeRole": `{"roleArn":"` + deployerRole + `s","externalId":"shop-1"}`}, "AccessDenied"},
		"no role":      {key, props{"assumeRole": `{"roleArn":"deployer"}`}, "ValidationError"},
		"too long":     {key, props{"assumeRole": `{"roleArn":"` + deployerRole + `","externalId":"shop-1","duration":"2h"}`}, "MaxSessionDuration"},
		"the root user": {"", props{"assumeRole": role},
			"cannot assume IAM Role (" + deployerRole + "): AccessDenied: Roles may not be assumed by root accounts."},
		"a user who is not trusted": {"", props{"assumeRole": role, "profile": "other"}, "AccessDenied"},
		"an account that is not allowed": {key, props{"assumeRole": role, "allowedAccountIds": `["` + cloud.APIAccount + `"]`},
			"AWS account ID not allowed: " + cloud.CallerAccount},
		"a forbidden account": {"", props{"forbiddenAccountIds": `["` + cloud.APIAccount + `"]`}, "AWS account ID not allowed: " + cloud.APIAccount},
		"an unknown profile":  {"", props{"profile": "x"}, `aws:profile "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			other := Must(c.Account(cloud.CallerAccount).ListAccessKeys(cloud.CallerUser))[0].AccessKeyID
			e := dialIn(t, c, provider.Environment{AccessKeyID: row.key, Profiles: map[string]string{"other": other}})
			row.options["region"] = Region
			err := e.configure(row.options)
			assert.Equal(t, codes.Unauthenticated, status.Code(err))
			require.ErrorContains(t, err, row.want)
			_, err = e.readRPC(tokenUser, "x")
			assert.Equal(t, codes.FailedPrecondition, status.Code(err), "a rejected configuration sets nothing")
		})
	}
}

func TestEnvironment(t *testing.T) {
	c := cloud.New()
	environment := provider.Environment{AccessKeyID: cloud.CallerOperatorKey, Profiles: map[string]string{"api": cloud.APIOperatorKey}}
	for account, options := range map[string]props{
		cloud.CallerAccount: {},
		cloud.APIAccount:    {"profile": "api"},
	} {
		options["region"] = Region
		e := dialIn(t, c, environment)
		require.NoError(t, e.configure(options))
		assert.Equal(t, account, Must(e.invoke(getCallerIdentity, nil))["accountId"])
	}
	e := dialIn(t, c, environment)
	require.NoError(t, e.configure(props{"region": Region, "profile": "x", "accessKey": cloud.APIOperatorKey}), "a key goes before a profile")
	assert.Equal(t, cloud.APIAccount, Must(e.invoke(getCallerIdentity, nil))["accountId"])
}
