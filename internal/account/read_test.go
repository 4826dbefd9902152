package account_test

import (
	"io"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/account"
)

const (
	allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	trustEC2 = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	john     = `{"Arn":"arn:aws:iam::111122223333:user/staff/john","UserName":"john","UserId":"AIDAJOHN"}`
	lists    = `"GroupDetailList":[],"RoleDetailList":[],"Policies":[]`
)

// page returns a page with users, more fields, and the other lists, which are empty.
func page(users, more string) string {
	return `{"UserDetailList":[` + users + `],` + lists + more + `}`
}

func TestRead(t *testing.T) {
	const text = `{
	  "UserDetailList": [{
	    "Arn": "arn:aws:iam::111122223333:user/staff/john", "UserName": "john", "UserId": "AIDAJOHN", "Path": "/staff/",
	    "GroupList": ["Admins"], "Tags": [{"Key": "team", "Value": "a"}],
	    "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": ` + allowAll + `}],
	    "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": "arn:aws:iam::aws:policy/p"}],
	    "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/b"}
	  }],
	  "GroupDetailList": [{"Arn": "arn:aws:iam::111122223333:group/Admins", "GroupPolicyList": [{"PolicyName": "g", "PolicyDocument": "ENCODED"}]}],
	  "RoleDetailList": [{
	    "Arn": "arn:aws:iam::111122223333:role/ec2", "RoleId": "AROAEC2", "AssumeRolePolicyDocument": ` + trustEC2 + `,
	    "InstanceProfileList": [{"Arn": "arn:aws:iam::111122223333:instance-profile/ec2"}],
	    "RolePolicyList": [{"PolicyName": "r", "PolicyDocument": ` + allowAll + `}], "RoleLastUsed": {}
	  }],
	  "Policies": [{"Arn": "arn:aws:iam::aws:policy/p", "PolicyVersionList": [
	    {"VersionId": "v2", "IsDefaultVersion": false, "Document": {"Statement": []}},
	    {"VersionId": "v1", "IsDefaultVersion": true, "Document": ` + allowAll + `}
	  ]}]
	}`
	a, err := account.Read(strings.NewReader(strings.Replace(text, "ENCODED", url.PathEscape(allowAll), 1)))
	require.NoError(t, err)
	assert.Equal(t, []string{"aws", "111122223333"}, []string{a.Partition, a.ID})
	assert.Equal(t, []account.Principal{{
		Arn: "arn:aws:iam::111122223333:role/ec2", Name: "ec2", Path: "/", ID: "AROAEC2", Tags: map[string]string{},
		Inline: []account.Inline{{Name: "r", Document: allowAll}}, Trust: trustEC2,
		InstanceProfiles: []string{"arn:aws:iam::111122223333:instance-profile/ec2"},
	}, {
		Arn: "arn:aws:iam::111122223333:user/staff/john", Name: "john", Path: "/staff/", ID: "AIDAJOHN",
		Tags: map[string]string{"team": "a"}, Groups: []string{"Admins"},
		Inline: []account.Inline{{Name: "own", Document: allowAll}}, Attached: []string{"arn:aws:iam::aws:policy/p"},
		Boundary: "arn:aws:iam::111122223333:policy/b",
	}}, a.Principals)
	assert.Equal(t, map[string]account.Group{"Admins": {
		Arn: "arn:aws:iam::111122223333:group/Admins", Inline: []account.Inline{{Name: "g", Document: allowAll}},
	}}, a.Groups)
	assert.Equal(t, map[string]string{"arn:aws:iam::aws:policy/p": allowAll}, a.Policies)
	var from []string
	for _, attachment := range a.Attachments(a.Principals[1]) {
		assert.NoError(t, attachment.Err)
		from = append(from, attachment.From)
	}
	assert.Equal(t, []string{"inline policy own", "policy arn:aws:iam::aws:policy/p", "group Admins, inline policy g"}, from)
	assert.Error(t, a.Managed(a.Principals[1].Boundary).Err, "it is not in the text")
}

func TestPages(t *testing.T) {
	jane := strings.ReplaceAll(john, "john", "jane")
	first, last := page(john, `,"IsTruncated":true,"Marker":"m"`), page(jane, `,"IsTruncated":false`)
	for name, text := range map[string]string{
		"one after another": first + "\n" + last, "in a list": "[" + first + "," + last + "]",
		"in another order": last + first, "of --max-items": page(john, `,"NextToken":"t"`) + last,
	} {
		t.Run(name, func(t *testing.T) {
			a, err := account.Read(strings.NewReader(text))
			require.NoError(t, err)
			assert.Len(t, a.Principals, 2)
		})
	}
}

func TestMalformed(t *testing.T) {
	whole := page(john, "")
	user := func(field string) string { return page(strings.Replace(john, "{", "{"+field+",", 1), "") }
	for text, want := range map[string]string{
		"":                                  "is empty",
		"[]":                                "is empty",
		"null":                              "must be a JSON object",
		"[[]]":                              "must be a JSON object",
		"Unable to locate credentials":      "must be what aws iam",
		whole[:len(whole)/2]:                "is truncated",
		"[" + whole:                         "is truncated",
		"{}":                                "must have the list UserDetailList",
		`{"UserDetailList":[` + john + `]}`: "must have the list GroupDetailList",
		page("", ""):                        "at least one user or role",
		whole + "x":                         "must be what aws iam",
		whole + whole:                       "2 pages say that no other follows",
		page(john, `,"IsTruncated":true`):   "pages are missing",
		page(john, `,"NextToken":"t"`):      "pages are missing",
		page(john, `,"RoleDetailList":[]`):  `"RoleDetailList" appears twice`,
		page(john+","+john, ""):             `user/staff/john" appears twice`,
		`{"UserDetailList":{}}`:             "UserDetailList: must be a list",
		page(`"john"`, ""):                  "UserDetailList[0]: it must not be a string",
		page("{}", ""):                      `UserDetailList[0]: "" must be the Arn of a user`,
		page(`{"Arn":"arn:aws:iam::1:user/x"}`, ""):                             `must be the Arn of a user`,
		page(`{"Arn":"arn:aws:iam::111122223333:role/x"}`, ""):                  `must be the Arn of a user`,
		page(john+`,{"Arn":"arn:aws:iam::444455556666:user/x"}`, ""):            "UserDetailList[1]: \"arn:aws:iam::444455556666:user/x\" must be of the account",
		`{"RoleDetailList":[{"Arn":"arn:aws:iam::111122223333:role/x"}]}`:       "must have an AssumeRolePolicyDocument",
		user(`"Tags":[{"Key":"a"},{"Key":"A"}]`):                                `the key "A" appears twice`,
		user(`"GroupList":"Admins"`):                                            "UserDetailList[0]: GroupList must not be a string",
		user(`"UserPolicyList":[{"PolicyName":"p","PolicyDocument":"%7B%zz"}]`): "must be URL-encoded",
		user(`"UserPolicyList":[{"PolicyName":"p","PolicyDocument":"%7B"}]`):    "must be a JSON object",
		user(`"UserPolicyList":[{"PolicyName":"p","PolicyDocument":["a"]}]`):    "must be a JSON object",
		`{"Policies":[{"Arn":"arn:aws:iam::aws:policy/p","PolicyVersionList":[{"IsDefaultVersion":true,"Document":{}},{"IsDefaultVersion":true,"Document":{}}]}]}`: "one version with IsDefaultVersion",
		strings.Repeat("[", 100_000):              "must be",
		`{"Tags":` + strings.Repeat("[", 100_000): "must be what aws iam",
	} {
		_, err := account.Read(strings.NewReader(text))
		if assert.ErrorContains(t, err, want, "%.200s", text) {
			assert.NotContains(t, err.Error(), "\n")
			assert.Less(t, len(err.Error()), 500)
		}
	}
}

// FuzzRead requires that no description makes the commands panic, and that errors have
// one line.
func FuzzRead(f *testing.F) {
	f.Add(page(john, ""))
	f.Add(page(john, `,"IsTruncated":true`) + page("", ""))
	f.Add("[" + page(`{"Arn":"arn:aws:iam::111122223333:user/x","UserPolicyList":[{"PolicyDocument":"%7B%7D"}]}`, "") + "]")
	for _, resource := range []string{"*", api + "/prod/*/files/${aws:username}?*", api + "/prod/GET/products/4*"} {
		f.Add(page(member("arn:aws:iam::111122223333:user/x", identity(`"Effect":"Allow","Action":"*","Resource":"`+resource+`"`), ""), ""))
		f.Add(page(member("arn:aws:iam::111122223333:user/x", identity(`"Effect":"Allow","Action":"*","NotResource":"`+resource+`"`), ""), ""))
	}
	for seed := range uint64(5) {
		f.Add(randomAccount(rand.New(rand.NewPCG(seed, 14))).text(f))
	}
	routes, _ := access.NewRoutes(map[string]access.RouteArgs{"ANY /{proxy+}": {}, "GET /products/{id}": {}, "$default": {}})
	of := access.Api{ExecutionArn: api, Stage: "prod", Routes: routes}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := account.Read(strings.NewReader(text))
		if err == nil {
			var report *account.Report
			if report, err = a.Who(of, access.Matrix{}); err == nil {
				report.Text(a.Becomes(of, report.Matrix(), nil))
			}
		}
		if err != nil {
			assert.NotContains(t, err.Error(), "\n")
		}
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestReadErrors(t *testing.T) {
	_, err := account.Read(failing{})
	assert.ErrorIs(t, err, io.ErrClosedPipe)
}
