package provider_test

import (
	"context"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const (
	getRole           = "aws:iam/getRole:getRole"
	getFunction       = "aws:lambda/getFunction:getFunction"
	getCallerIdentity = "aws:index/getCallerIdentity:getCallerIdentity"
)

func (e *engine) invoke(function string, args props) (props, error) {
	resp, err := e.rpc.Invoke(context.Background(), &pulumirpc.InvokeRequest{Tok: function, Args: e.encode(args)})
	return e.decode(resp.GetReturn()), err
}

func TestGetRole(t *testing.T) {
	e := start(t)
	r := Must(e.account.CreateRole(cloud.CreateRoleInput{RoleName: "task", Path: "/team/", Description: "runs", MaxSessionDuration: 7200,
		AssumeRolePolicyDocument: trustEC2, PermissionsBoundary: arnPower, Tags: map[string]string{"team": "shop"}}))
	assert.Equal(t, props{
		"arn": r.ARN, "assumeRolePolicy": trustEC2, "createDate": r.CreateDate.Format("2006-01-02T15:04:05Z"), "description": "runs",
		"id": "task", "maxSessionDuration": 7200.0, "name": "task", "path": "/team/", "permissionsBoundary": arnPower,
		"roleLastUseds": []any{}, "tags": props{"team": "shop"}, "uniqueId": r.RoleID,
	}, Must(e.invoke(getRole, props{"name": "task"})))

	for name, row := range map[string]struct {
		args  props
		wants string
	}{
		"no name":             {props{}, "name"},
		"missing role":        {props{"name": "nobody"}, "NoSuchEntity"},
		"another argument":    {props{"name": "task", "tags": props{"a": "b"}}, "tags"},
		"a misspelt argument": {props{"nmae": "task"}, "nmae"},
		"an invalid name":     {props{"name": "a b"}, "NoSuchEntity"},
	} {
		_, err := e.invoke(getRole, row.args)
		require.ErrorContains(t, err, row.wants, name)
		require.ErrorContains(t, err, getRole, name)
		assert.NotContains(t, err.Error(), "\n")
	}
	_, err := dial(t, e.cloud).invoke(getRole, props{"name": "task"})
	assert.Equal(t, codes.FailedPrecondition, status.Code(err), "not configured")
}

// TestGetRoleThatMayExist reads a role that does not exist in the Cloud, and attaches a
// policy to it.
func TestGetRoleThatMayExist(t *testing.T) {
	e := start(t)
	prepare(e)
	e.cloud.AcceptUnknown()
	r := Must(e.invoke(getRole, props{"name": "task"}))
	assert.Equal(t, "arn:aws:iam::111122223333:role/task", r["arn"])
	_, err := e.invoke(getRole, props{"name": "a b"})
	require.ErrorContains(t, err, "NoSuchEntity")
	attached := e.create(tokenRoleAttach, props{"role": "task", "policyArn": "arn:aws:iam::111122223333:policy/made-elsewhere"})
	e.steady(attached)
	e.delete(attached)
}

func TestGetCallerIdentity(t *testing.T) {
	c := cloud.New()
	b := c.Account(cloud.CallerAccount)
	user := Must(b.GetUser(cloud.CallerUser))
	key := Must(b.ListAccessKeys(cloud.CallerUser))[0].AccessKeyID
	for accessKey, want := range map[string]props{
		"": {"accountId": cloud.APIAccount, "id": cloud.APIAccount, "arn": "arn:aws:iam::111122223333:root", "userId": cloud.APIAccount},
		cloud.CallerOperatorKey: {"accountId": cloud.CallerAccount, "id": cloud.CallerAccount, "arn": "arn:aws:iam::444455556666:root",
			"userId": cloud.CallerAccount},
		key: {"accountId": cloud.CallerAccount, "id": cloud.CallerAccount, "arn": user.ARN, "userId": user.UserID},
	} {
		e := dial(t, c)
		_, err := e.invoke(getCallerIdentity, nil)
		assert.Equal(t, codes.FailedPrecondition, status.Code(err), "not configured")
		require.NoError(t, e.configure(props{"region": Region, "accessKey": accessKey, "secretKey": "x"}))
		assert.Equal(t, want, Must(e.invoke(getCallerIdentity, nil)))
		_, err = e.invoke(getCallerIdentity, props{"x": "y"})
		require.ErrorContains(t, err, getCallerIdentity)
	}
	OK(b.UpdateAccessKey(cloud.CallerUser, key, cloud.KeyInactive))
	err := dial(t, c).configure(props{"region": Region, "accessKey": key})
	assert.Equal(t, codes.Unauthenticated, status.Code(err))
	require.ErrorContains(t, err, "InvalidClientTokenId")
}

func TestGetFunction(t *testing.T) {
	e := start(t)
	g := prepare(e)
	invokeARN := func(arn string) string {
		return "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + arn + "/invocations"
	}
	for qualifier, version := range map[string]string{"": "$LATEST", "live": "live"} {
		args := props{"functionName": "ground"}
		if qualifier != "" {
			args["qualifier"] = qualifier
		}
		f := Must(e.invoke(getFunction, args))
		assert.Equal(t, g.function, f["arn"])
		assert.Equal(t, "ground", f["functionName"])
		assert.Equal(t, invokeARN(g.function), f["invokeArn"], "never qualified")
		assert.Equal(t, g.function+":"+version, f["qualifiedArn"])
		assert.Equal(t, invokeARN(g.function+":"+version), f["qualifiedInvokeArn"])
	}
	for name, row := range map[string]struct {
		args  props
		wants string
	}{
		"no name":           {props{}, "functionName"},
		"missing function":  {props{"functionName": "nothing"}, "ResourceNotFoundException"},
		"missing qualifier": {props{"functionName": "ground", "qualifier": "blue"}, "ResourceNotFoundException"},
		"another argument":  {props{"functionName": "ground", "tags": props{"a": "b"}}, "tags"},
	} {
		_, err := e.invoke(getFunction, row.args)
		require.ErrorContains(t, err, row.wants, name)
	}
}
