package iam_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
)

func TestNewRequestRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*iam.RequestInput)
		names  string
	}{
		"no principal":                   {func(c *iam.RequestInput) { c.Principal = "" }, "principal"},
		"a principal that is not an ARN": {func(c *iam.RequestInput) { c.Principal = "john" }, "principal"},
		"the root user":                  {func(c *iam.RequestInput) { c.Principal = ourIAM + "root" }, "root"},
		"an account":                     {func(c *iam.RequestInput) { c.Principal = "111122223333" }, "principal"},
		"a group":                        {func(c *iam.RequestInput) { c.Principal = ourIAM + "group/g" }, "group/g"},
		"a federated user":               {func(c *iam.RequestInput) { c.Principal = "arn:aws:sts::111122223333:federated-user/x" }, "federated"},
		"a session without name":         {func(c *iam.RequestInput) { c.Principal = "arn:aws:sts::111122223333:assumed-role/r" }, "principal"},
		"a session of a role path":       {func(c *iam.RequestInput) { c.Principal = "arn:aws:sts::111122223333:assumed-role/a/b/c" }, "principal"},
		"a principal without partition":  {func(c *iam.RequestInput) { c.Principal = "arn::iam::111122223333:user/john" }, "principal"},
		"a principal with a region":      {func(c *iam.RequestInput) { c.Principal = "arn:aws:iam:eu:111122223333:user/john" }, "principal"},
		"a principal's short account":    {func(c *iam.RequestInput) { c.Principal = "arn:aws:iam::1111:user/john" }, "principal"},
		"a principal with a line end":    {func(c *iam.RequestInput) { c.Principal = john + "\n" }, "principal"},
		"no action":                      {func(c *iam.RequestInput) { c.Action = "" }, "action"},
		"an action without service":      {func(c *iam.RequestInput) { c.Action = "Invoke" }, "action"},
		"an action with a wildcard":      {func(c *iam.RequestInput) { c.Action = "execute-api:*" }, "action"},
		"every action":                   {func(c *iam.RequestInput) { c.Action = "*" }, "action"},
		"AssumeRoleWithSAML":             {func(c *iam.RequestInput) { c.Action, c.Resource = "sts:AssumeRoleWithSAML", executor }, "action"},
		"a user with a web identity":     {func(c *iam.RequestInput) { c.Action, c.Resource = webIdentity, executor }, "principal"},
		"a service with a web identity": {func(c *iam.RequestInput) {
			c.Principal, c.Action, c.Resource = "ec2.amazonaws.com", webIdentity, executor
		}, "principal"},
		"a provider that assumes":   {func(c *iam.RequestInput) { c.Principal, c.Action, c.Resource = github, "sts:AssumeRole", executor }, "action"},
		"a domain that assumes":     {func(c *iam.RequestInput) { c.Principal, c.Action, c.Resource = cognito, "sts:AssumeRole", executor }, "action"},
		"a provider that invokes":   {func(c *iam.RequestInput) { c.Principal = github }, "action"},
		"a provider without a host": {func(c *iam.RequestInput) { c.Principal = ourIAM + "oidc-provider/" }, "principal"},
		"a SAML provider":           {func(c *iam.RequestInput) { c.Principal = ourIAM + "saml-provider/x" }, "SAML"},
		"a provider of another account": {func(c *iam.RequestInput) {
			c.Principal, c.Action, c.Resource = strings.Replace(github, "111122223333", otherAccount, 1), webIdentity, executor
		}, "111122223333"},
		"a web identity on a user":        {func(c *iam.RequestInput) { c.Principal, c.Action, c.Resource = github, webIdentity, john }, "role"},
		"tags of no session":              {func(c *iam.RequestInput) { c.Action, c.Resource = "sts:TagSession", "*" }, "role"},
		"a source identity of no session": {func(c *iam.RequestInput) { c.Action, c.Resource = "sts:SetSourceIdentity", john }, "role"},
		"no resource":                     {func(c *iam.RequestInput) { c.Resource = "" }, "resource"},
		"a resource that is not an ARN":   {func(c *iam.RequestInput) { c.Resource = "abc123/prod/GET/products" }, "resource"},
		"a resource of five fields":       {func(c *iam.RequestInput) { c.Resource = "arn:aws:execute-api:us-east-1:abc123" }, "six fields"},
		"a resource without service":      {func(c *iam.RequestInput) { c.Resource = "arn:aws::us-east-1:111122223333:abc123" }, "resource"},
		"a resource without partition":    {func(c *iam.RequestInput) { c.Resource = "arn::s3:::b" }, "resource"},
		"a resource of a bad account":     {func(c *iam.RequestInput) { c.Resource = "arn:aws:execute-api:us-east-1:1111:abc123" }, "resource"},
		"a resource without name":         {func(c *iam.RequestInput) { c.Resource = "arn:aws:s3:::" }, "resource"},
		"a resource that is not UTF-8":    {func(c *iam.RequestInput) { c.Resource = products + "\xfe" }, "resource"},
		"a resource with a line end":      {func(c *iam.RequestInput) { c.Resource = "x\ny" }, "resource"},
		"a bad resourceAccount":           {func(c *iam.RequestInput) { c.ResourceAccount = "1111" }, "resourceAccount"},
		"a contradicting account":         {func(c *iam.RequestInput) { c.ResourceAccount = otherAccount }, "resourceAccount"},
		"assuming something else":         {func(c *iam.RequestInput) { c.Action = "sts:AssumeRole" }, "role"},
		"assuming a user":                 {func(c *iam.RequestInput) { c.Action, c.Resource = "sts:AssumeRole", john }, "role"},
		"assuming any role":               {func(c *iam.RequestInput) { c.Action, c.Resource = "sts:AssumeRole", "*" }, "role"},
		"a service that invokes":          {func(c *iam.RequestInput) { c.Principal = "lambda.amazonaws.com" }, "lambda.amazonaws.com"},
		"a key without prefix":            {func(c *iam.RequestInput) { c.Context = given("username=x") }, "username"},
		"a key without name":              {func(c *iam.RequestInput) { c.Context = given("aws:=x") }, "aws:"},
		"a key twice":                     {func(c *iam.RequestInput) { c.Context = given("aws:username=x", "AWS:UserName=x") }, "aws:username"},
		"a key that is not UTF-8":         {func(c *iam.RequestInput) { c.Context = given("aws:\xff=x") }, "context"},
		"a value that is not UTF-8":       {func(c *iam.RequestInput) { c.Context = given("aws:username=a\xfe") }, "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			input := vector{}.input()
			test.change(&input)
			request, err := iam.NewRequest(input)
			require.Error(t, err)
			assert.Nil(t, request)
			assert.Contains(t, err.Error(), test.names)
			assertOneLine(t, err)
		})
	}
}

func TestDecideRefusesNil(t *testing.T) {
	request, err := iam.NewRequest(vector{}.input())
	require.NoError(t, err)
	_, err = (&iam.Policies{Identity: []*iam.IdentityPolicy{nil}}).Decide(request)
	assert.ErrorContains(t, err, "identity[0]")
}
