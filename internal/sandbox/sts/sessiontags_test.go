package sts_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// withTags adds tags, given as pairs of key and value.
func withTags(pairs ...string) func(*awssts.AssumeRoleInput) {
	return func(in *awssts.AssumeRoleInput) {
		for i := 0; i < len(pairs); i += 2 {
			in.Tags = append(in.Tags, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
		}
	}
}

func transitive(keys ...string) func(*awssts.AssumeRoleInput) {
	return func(in *awssts.AssumeRoleInput) { in.TransitiveTagKeys = keys }
}

func sourceIdentity(name string) func(*awssts.AssumeRoleInput) {
	return func(in *awssts.AssumeRoleInput) { in.SourceIdentity = &name }
}

// manyTags returns tags a1 to aN.
func manyTags(n int, value string) func(*awssts.AssumeRoleInput) {
	var pairs []string
	for i := range n {
		pairs = append(pairs, fmt.Sprint("a", i+1), value)
	}
	return withTags(pairs...)
}

// allows sets the actions that the other account's user's policy allows, and those that
// the role's trust policy allows.
func (d *endpoint) allows(identity, trusted string, conditions ...string) {
	trust := sandboxtest.TrustAWSIf(userARN, "{"+strings.Join(conditions, ",")+"}")
	sandboxtest.OK(d.api().UpdateAssumeRolePolicy("executor", strings.Replace(trust, `"sts:AssumeRole"`, trusted, 1)))
	sandboxtest.OK(d.other().UserPolicies().Put(cloud.CallerUser, cloud.InlinePolicy{
		PolicyName: "assume", PolicyDocument: strings.Replace(mayDo, `"sts:AssumeRole"`, identity, 1)}))
}

// TestSessionTags checks the rules of the IAM user guide, "Pass session tags in AWS STS".
func TestSessionTags(t *testing.T) {
	const tagging, identifying = `["sts:AssumeRole","sts:TagSession"]`, `["sts:AssumeRole","sts:SetSourceIdentity"]`
	d := open(t)
	for name, test := range map[string]struct {
		identity, trusted string // actions, all of STS if empty
		condition         string // of the trust policy
		in                *awssts.AssumeRoleInput
		code              string // empty if the role is assumed
	}{
		"a tag":                  {in: assume(withTags("team", "shop"))},
		"tags of all characters": {in: assume(withTags("cost center/ä_.:/=+-@", "1 ä_.:/=+-@"))},
		"an empty value":         {in: assume(withTags("team", ""))},
		"the longest tag":        {in: assume(withTags(strings.Repeat("k", 128), strings.Repeat("v", 256)))},
		"50 tags":                {in: assume(manyTags(50, "x"))},
		"51 tags":                {in: assume(manyTags(51, "x")), code: "ValidationError"},
		"more than fits":         {in: assume(manyTags(10, strings.Repeat("v", 256))), code: "PackedPolicyTooLarge"},
		"more than fits with the policy": {in: assume(withTags("team", "shop"), func(in *awssts.AssumeRoleInput) {
			in.Policy = aws.String(allowAll + strings.Repeat(" ", 2048-len(allowAll)))
		}), code: "PackedPolicyTooLarge"},
		"a long key":                     {in: assume(withTags(strings.Repeat("k", 129), "x")), code: "ValidationError"},
		"a long value":                   {in: assume(withTags("team", strings.Repeat("v", 257))), code: "ValidationError"},
		"a key's characters":             {in: assume(withTags("team*", "x")), code: "ValidationError"},
		"a reserved key":                 {in: assume(withTags("aws:team", "x")), code: "InvalidParameterValue"},
		"the same key in another case":   {in: assume(withTags("team", "x", "Team", "x")), code: "InvalidParameterValue"},
		"a transitive tag":               {in: assume(withTags("team", "x"), transitive("team"))},
		"a transitive tag, absent":       {in: assume(withTags("team", "x"), transitive("env")), code: "InvalidParameterValue"},
		"an empty list":                  {in: assume(func(in *awssts.AssumeRoleInput) { in.Tags, in.TransitiveTagKeys = []types.Tag{}, []string{} })},
		"no permission of the role":      {trusted: identifying, in: assume(withTags("team", "x")), code: "AccessDenied"},
		"no permission of the user":      {identity: identifying, in: assume(withTags("team", "x")), code: "AccessDenied"},
		"a tag that the trust allows":    {condition: is("aws:RequestTag/team", "shop", "hr"), in: assume(withTags("Team", "shop"))},
		"a tag that the trust denies":    {condition: is("aws:RequestTag/team", "shop"), in: assume(withTags("team", "admin")), code: "AccessDenied"},
		"a tag that the trust requires":  {condition: is("aws:RequestTag/team", "shop"), in: assume(), code: "AccessDenied"},
		"keys that the trust allows":     {condition: `"ForAllValues:StringEquals":{"aws:TagKeys":["team","env"]}`, in: assume(withTags("team", "x"))},
		"a key that the trust denies":    {condition: `"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}`, in: assume(withTags("team", "x", "admin", "y")), code: "AccessDenied"},
		"a transitive key, denied":       {condition: `"ForAllValues:StringEquals":{"sts:TransitiveTagKeys":["env"]}`, in: assume(withTags("team", "x"), transitive("team")), code: "AccessDenied"},
		"a role's own tag":               {condition: is("aws:ResourceTag/stage", "dev"), in: assume()},
		"another tag of the role":        {condition: is("iam:ResourceTag/stage", "prod"), in: assume(), code: "AccessDenied"},
		"a source identity":              {in: assume(sourceIdentity("my-user"))},
		"a source identity, short":       {in: assume(sourceIdentity("m")), code: "ValidationError"},
		"a source identity, long":        {in: assume(sourceIdentity(strings.Repeat("m", 65))), code: "ValidationError"},
		"a source identity's characters": {in: assume(sourceIdentity("aws:me")), code: "ValidationError"},
		"a source identity, by no role":  {trusted: tagging, in: assume(sourceIdentity("my-user")), code: "AccessDenied"},
		"a source identity, by no user":  {identity: tagging, in: assume(sourceIdentity("my-user")), code: "AccessDenied"},
		"a source identity, allowed":     {condition: `"StringLike":{"sts:SourceIdentity":"${aws:username}"}`, in: assume(sourceIdentity("my-user"))},
		"a source identity, denied":      {condition: `"StringLike":{"sts:SourceIdentity":"${aws:username}"}`, in: assume(sourceIdentity("admin")), code: "AccessDenied"},
		"no source identity, but needed": {condition: `"StringLike":{"sts:SourceIdentity":"*"}`, in: assume(), code: "AccessDenied"},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			sandboxtest.OK(d.api().Tag("Role", "executor", map[string]string{"stage": "dev"}))
			d.allows(cmp.Or(test.identity, anyAction), cmp.Or(test.trusted, anyAction), test.condition)
			out, err := d.user().AssumeRole(t.Context(), test.in)
			if test.code == "" {
				require.NoError(t, err)
				context := d.caller(*out.Credentials.AccessKeyId).Context
				for _, tag := range test.in.Tags {
					assert.Equal(t, []string{*tag.Value}, context["aws:PrincipalTag/"+*tag.Key])
				}
				if test.in.SourceIdentity != nil {
					assert.Equal(t, *test.in.SourceIdentity, *out.SourceIdentity)
					assert.Equal(t, []string{*test.in.SourceIdentity}, context["aws:SourceIdentity"])
				}
				assert.Equal(t, len(test.in.Tags) > 0, out.PackedPolicySize != nil)
				return
			}
			status := http.StatusBadRequest
			if test.code == "AccessDenied" {
				status = http.StatusForbidden
			}
			requireCode(t, test.code, status, err)
		})
	}
	_, err := d.user().AssumeRole(t.Context(), assume(withTags("team", "x")))
	assert.ErrorContains(t, err, "User: "+userARN+" is not authorized to perform: sts:TagSession on resource: "+roleARN)
}

// TestSessionTagsOverRoleTags checks that a session tag overrides a role tag whose key
// differs only in case.
func TestSessionTagsOverRoleTags(t *testing.T) {
	d := open(t)
	sandboxtest.OK(d.api().Tag("Role", "executor", map[string]string{"Team": "role", "stage": "dev"}))
	d.allows(anyAction, anyAction)
	out := d.assumes(assume(withTags("team", "session")))
	context := d.caller(*out.Credentials.AccessKeyId).Context
	assert.Equal(t, []string{"session"}, context["aws:PrincipalTag/team"])
	assert.NotContains(t, context, "aws:PrincipalTag/Team")
	assert.Equal(t, []string{"dev"}, context["aws:PrincipalTag/stage"])
}

// TestChains starts sessions from sessions (IAM user guide, "Chaining roles with session
// tags"; error codes and messages as others saw them on AWS).
func TestChains(t *testing.T) {
	second := strings.Replace(roleARN, "executor", "second", 1)
	toSecond := func(in *awssts.AssumeRoleInput) { in.RoleArn = &second }
	d := open(t)
	d.allows(anyAction, anyAction)
	sandboxtest.OK(d.api().RolePolicies().Put("executor", sandboxtest.Allow("chain", "sts:*", second)))
	d.role("second", strings.Replace(sandboxtest.TrustAWS(roleARN), "sts:AssumeRole", "sts:*", 1))
	first := d.assumes(assume(withTags("Star", "1", "Heart", "1", "Sun", "1"), transitive("star", "Heart"), sourceIdentity("jane")))
	for name, test := range map[string]struct {
		change func(*awssts.AssumeRoleInput)
		code   string
		tags   map[string]string
	}{
		"nothing new":              {withTags(), "", map[string]string{"Star": "1", "Heart": "1"}},
		"another tag":              {withTags("Moon", "2"), "", map[string]string{"Star": "1", "Heart": "1", "Moon": "2"}},
		"a tag that is not kept":   {withTags("Sun", "2"), "", map[string]string{"Star": "1", "Heart": "1", "Sun": "2"}},
		"an inherited tag":         {withTags("Star", "3"), "InvalidParameterValue", nil},
		"the same source identity": {sourceIdentity("jane"), "", map[string]string{"Star": "1", "Heart": "1"}},
		"another source identity":  {sourceIdentity("john"), "ValidationError", nil},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := d.session(first.Credentials).AssumeRole(t.Context(), assume(toSecond, test.change))
			if test.code != "" {
				requireCode(t, test.code, http.StatusBadRequest, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "jane", *out.SourceIdentity)
			tags := map[string]string{}
			for key, values := range d.caller(*out.Credentials.AccessKeyId).Context {
				if name, isTag := strings.CutPrefix(key, "aws:PrincipalTag/"); isTag {
					tags[name] = values[0]
				}
			}
			assert.Equal(t, test.tags, tags)
		})
	}

	// The third session inherits them, too. The roles' identity policies must allow it.
	next, err := d.session(first.Credentials).AssumeRole(t.Context(), assume(toSecond))
	require.NoError(t, err)
	d.role("third", strings.Replace(sandboxtest.TrustAWS(second), "sts:AssumeRole", "sts:*", 1))
	third := func(in *awssts.AssumeRoleInput) { in.RoleArn = aws.String(nameOf("third")) }
	_, err = d.session(next.Credentials).AssumeRole(t.Context(), assume(third))
	requireCode(t, "AccessDenied", http.StatusForbidden, err)
	assert.ErrorContains(t, err, "sts:SetSourceIdentity", "a role needs both policies for it")
	sandboxtest.OK(d.api().RolePolicies().Put("second", sandboxtest.Allow("chain", "sts:SetSourceIdentity", "*")))
	last, err := d.session(next.Credentials).AssumeRole(t.Context(), assume(third))
	require.NoError(t, err)
	assert.Equal(t, []string{"1"}, d.caller(*last.Credentials.AccessKeyId).Context["aws:PrincipalTag/Star"])

	// Inherited tags are not request tags, and the source identity has both keys.
	sandboxtest.OK(d.api().UpdateAssumeRolePolicy("second", trustWithCondition(roleARN,
		`"Null":{"aws:TagKeys":"true","sts:TransitiveTagKeys":"true"},`+is("sts:SourceIdentity", "jane")+`,"StringLike":{"aws:SourceIdentity":"j*","aws:PrincipalTag/star":"1"}`)))
	_, err = d.session(first.Credentials).AssumeRole(t.Context(), assume(toSecond))
	require.NoError(t, err)
}

func trustWithCondition(principal, condition string) string {
	return strings.Replace(sandboxtest.TrustAWSIf(principal, "{"+condition+"}"), "sts:AssumeRole", "sts:*", 1)
}

// TestLists sends lists in the query protocol that SDKs never write.
func TestLists(t *testing.T) {
	d := open(t)
	d.allows(anyAction, anyAction)
	valid := values("Tags.member.1.Key", "a", "Tags.member.1.Value", "b", "TransitiveTagKeys.member.1", "a")
	assert.Equal(t, http.StatusOK, d.do(form(valid)).Code)
	for name, test := range map[string]struct {
		code string
		v    url.Values
	}{
		"no value":         {"ValidationError", values("Tags.member.1.Key", "a")},
		"no key":           {"ValidationError", values("Tags.member.1.Value", "a")},
		"from 2":           {"MalformedInput", values("Tags.member.2.Key", "a", "Tags.member.2.Value", "a")},
		"a gap":            {"MalformedInput", values("TransitiveTagKeys.member.1", "a", "TransitiveTagKeys.member.3", "b")},
		"another field":    {"MalformedInput", values("Tags.member.1.Key", "a", "Tags.member.1.Value", "b", "Tags.member.1.Other", "c")},
		"a flattened list": {"MalformedInput", values("Tags.1.Key", "a", "Tags.1.Value", "a")},
		"a text":           {"MalformedInput", values("TransitiveTagKeys", "a")},
		"another list":     {"InvalidQueryParameter", values("Keys.member.1", "a")},
	} {
		t.Run(name, func(t *testing.T) { d.wantRefusal(t, http.StatusBadRequest, test.code, d.do(form(test.v))) })
	}
}
