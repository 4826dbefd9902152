package iam_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
)

func TestNewRequestRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*iam.Call)
		names  string
	}{
		"no principal":                {func(c *iam.Call) { c.Principal = "" }, "principal"},
		"a principal that is no ARN":  {func(c *iam.Call) { c.Principal = "john" }, "principal"},
		"the root user":               {func(c *iam.Call) { c.Principal = ourIAM + "root" }, "root"},
		"an account":                  {func(c *iam.Call) { c.Principal = "111122223333" }, "principal"},
		"a group":                     {func(c *iam.Call) { c.Principal = ourIAM + "group/g" }, "group/g"},
		"a federated user":            {func(c *iam.Call) { c.Principal = "arn:aws:sts::111122223333:federated-user/x" }, "federated"},
		"a session without name":      {func(c *iam.Call) { c.Principal = "arn:aws:sts::111122223333:assumed-role/r" }, "principal"},
		"a session of a role path":    {func(c *iam.Call) { c.Principal = "arn:aws:sts::111122223333:assumed-role/a/b/c" }, "principal"},
		"a principal of no partition": {func(c *iam.Call) { c.Principal = "arn::iam::111122223333:user/john" }, "principal"},
		"a principal with a region":   {func(c *iam.Call) { c.Principal = "arn:aws:iam:eu:111122223333:user/john" }, "principal"},
		"a principal's short account": {func(c *iam.Call) { c.Principal = "arn:aws:iam::1111:user/john" }, "principal"},
		"a principal with a line end": {func(c *iam.Call) { c.Principal = john + "\n" }, "principal"},
		"no action":                   {func(c *iam.Call) { c.Action = "" }, "action"},
		"an action without service":   {func(c *iam.Call) { c.Action = "Invoke" }, "action"},
		"an action with a wildcard":   {func(c *iam.Call) { c.Action = "execute-api:*" }, "action"},
		"every action":                {func(c *iam.Call) { c.Action = "*" }, "action"},
		"AssumeRoleWithWebIdentity":   {func(c *iam.Call) { c.Action, c.Resource = "sts:AssumeRoleWithWebIdentity", executor }, "action"},
		"no resource":                 {func(c *iam.Call) { c.Resource = "" }, "resource"},
		"a resource that is no ARN":   {func(c *iam.Call) { c.Resource = "abc123/prod/GET/products" }, "resource"},
		"a resource of five fields":   {func(c *iam.Call) { c.Resource = "arn:aws:execute-api:us-east-1:abc123" }, "six fields"},
		"a resource of no service":    {func(c *iam.Call) { c.Resource = "arn:aws::us-east-1:111122223333:abc123" }, "resource"},
		"a resource of no partition":  {func(c *iam.Call) { c.Resource = "arn::s3:::b" }, "resource"},
		"a resource of a bad account": {func(c *iam.Call) { c.Resource = "arn:aws:execute-api:us-east-1:1111:abc123" }, "resource"},
		"a resource without name":     {func(c *iam.Call) { c.Resource = "arn:aws:s3:::" }, "resource"},
		"a resource that is no UTF-8": {func(c *iam.Call) { c.Resource = products + "\xfe" }, "resource"},
		"a resource with a line end":  {func(c *iam.Call) { c.Resource = "x\ny" }, "resource"},
		"a bad resourceAccount":       {func(c *iam.Call) { c.ResourceAccount = "1111" }, "resourceAccount"},
		"a contradicting account":     {func(c *iam.Call) { c.ResourceAccount = otherAccount }, "resourceAccount"},
		"assuming something else":     {func(c *iam.Call) { c.Action = "sts:AssumeRole" }, "role"},
		"assuming a user":             {func(c *iam.Call) { c.Action, c.Resource = "sts:AssumeRole", john }, "role"},
		"assuming any role":           {func(c *iam.Call) { c.Action, c.Resource = "sts:AssumeRole", "*" }, "role"},
		"a service that invokes":      {func(c *iam.Call) { c.Principal = "lambda.amazonaws.com" }, "lambda.amazonaws.com"},
		"a key without prefix":        {func(c *iam.Call) { c.Context = given("username=x") }, "username"},
		"a key without name":          {func(c *iam.Call) { c.Context = given("aws:=x") }, "aws:"},
		"a key twice":                 {func(c *iam.Call) { c.Context = given("aws:username=x", "AWS:UserName=x") }, "aws:username"},
		"a key that is no UTF-8":      {func(c *iam.Call) { c.Context = given("aws:\xff=x") }, "context"},
		"a value that is no UTF-8":    {func(c *iam.Call) { c.Context = given("aws:username=a\xfe") }, "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			call := vector{}.call()
			test.change(&call)
			request, err := iam.NewRequest(call)
			require.Error(t, err)
			assert.Nil(t, request)
			assert.Contains(t, err.Error(), test.names)
			assertOneLine(t, err)
		})
	}
}

func TestDecideRefusesNil(t *testing.T) {
	request, err := iam.NewRequest(vector{}.call())
	require.NoError(t, err)
	_, err = (&iam.Policies{Identity: []*iam.IdentityPolicy{nil}}).Decide(request)
	assert.ErrorContains(t, err, "identity[0]")
}
