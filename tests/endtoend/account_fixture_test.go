package endtoend_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// accountRoutes are additional routes of the account's stack.
const accountRoutes = `{routes: {"GET /orders/{id}": {}, "ANY /admin/{proxy+}": {}, "GET /health": {authorization: none}},
  throttle: {rateLimit: 10000, burstLimit: 5000}}`

// accountRequests are requests to the routes under IAM, by short name.
var accountRequests = map[string]struct{ route, method, path string }{
	"list":   {"GET /products", "GET", "/products"},
	"add":    {"POST /products", "POST", "/products"},
	"order7": {"GET /orders/{id}", "GET", "/orders/7"},
	"order8": {"GET /orders/{id}", "GET", "/orders/8"},
	"admin":  {"ANY /admin/{proxy+}", "GET", "/admin/keys"},
	"delete": {"ANY /admin/{proxy+}", "DELETE", "/admin/keys/1"},
}

const (
	everything = "list add order7 order8 admin delete"
	reads      = "list order7 order8 admin"
	nothing    = ""

	awsPolicy = "arn:aws:iam::aws:policy/"
	ownPolicy = "arn:aws:iam::111122223333:policy/"
)

// member is a user or a role of the account that the stack does not create.
type member struct {
	name     string
	may      string // names of the accountRequests that are allowed
	policy   string // statements of an inline policy, see document
	version  string // of the inline policy's language
	service  string // that assumes the role, such as ec2; empty for a user
	path     string
	tags     map[string]string
	groups   []string
	attached []string // ARNs of managed policies
	boundary string
}

// document returns a policy of statements. STAGE in them is the stage's ARN, and API
// the API's. A statement without an Effect allows, and one without an Action or
// NotAction is about calling APIs.
func document(executionArn, version, statements string) string {
	var all []string
	for _, s := range strings.Split(statements, ";") {
		s = strings.NewReplacer(`"STAGE`, `"`+executionArn+"/prod", `"API`, `"`+executionArn).Replace(s)
		if !strings.Contains(s, `"Effect"`) {
			s = `"Effect":"Allow",` + s
		}
		if !strings.Contains(s, `Action"`) {
			s = `"Action":"execute-api:Invoke",` + s
		}
		all = append(all, "{"+s+"}")
	}
	if version == "" {
		version = "2012-10-17"
	}
	return `{"Version":"` + version + `","Statement":[` + strings.Join(all, ",") + "]}"
}

// managed are the versions of the account's own managed policies, oldest first. The first
// is the default, unless the policy's name ends in "latest".
var managed = map[string][]string{
	"reads":        {`"Resource":"STAGE/GET/*"`},
	"all":          {`"Resource":"*"`},
	"none":         {`"Action":"s3:*","Resource":"*"`},
	"deny-add":     {`"Effect":"Deny","Resource":"STAGE/POST/*"`},
	"first":        {`"Resource":"STAGE/GET/products"`, `"Resource":"*"`, `"Action":"s3:*","Resource":"*"`},
	"older-latest": {`"Resource":"*"`, `"Resource":"STAGE/GET/products"`},
	"two":          {`"Resource":"STAGE/GET/products";"Resource":"STAGE/POST/products"`},
}

// accountGroups are groups. Each may have a managed and an inline policy.
var accountGroups = map[string]struct{ attached, policy string }{
	"empty":   {},
	"readers": {attached: "reads"},
	"adders":  {attached: "none", policy: `"Resource":"STAGE/POST/products"`},
	"denied":  {policy: `"Effect":"Deny","Resource":"*"`},
}

const (
	allowAll = `"Resource":"*"`
	// here is a condition that is true for the test's requests; there is one that is
	// false.
	here  = `"Condition":{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}`
	there = `"Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`
)

var members = []member{
	{name: "no-policy"},
	// Attached, inline and through groups.
	{name: "administrator", attached: []string{awsPolicy + "AdministratorAccess"}, may: everything},
	{name: "power-user", attached: []string{awsPolicy + "PowerUserAccess"}, may: everything},
	{name: "invoke-full", attached: []string{awsPolicy + "AmazonAPIGatewayInvokeFullAccess"}, may: everything},
	{name: "denied-administrator", attached: []string{awsPolicy + "AdministratorAccess", awsPolicy + "AWSDenyAll"}},
	{name: "of-no-use", attached: []string{awsPolicy + "AmazonSSMManagedInstanceCore", ownPolicy + "none"}},
	{name: "named", attached: []string{ownPolicy + "reads"}, may: reads},
	{name: "named-and-inline", attached: []string{ownPolicy + "reads"}, policy: `"Resource":"STAGE/DELETE/*"`, may: reads + " delete"},
	{name: "first-version", attached: []string{ownPolicy + "first"}, may: "list"},
	{name: "latest-version", attached: []string{ownPolicy + "older-latest"}, may: "list"},
	{name: "two-statements", attached: []string{ownPolicy + "two"}, may: "list add"},
	{name: "in-empty", groups: []string{"empty"}},
	{name: "in-readers", groups: []string{"readers"}, may: reads},
	{name: "in-both", groups: []string{"readers", "adders"}, may: reads + " add"},
	{name: "in-denied", groups: []string{"denied", "readers"}, policy: allowAll},
	{name: "in-path", path: "/team/shop/", groups: []string{"adders"}, may: "add"},
	// Boundaries.
	{name: "bounded", policy: allowAll, boundary: ownPolicy + "reads", may: reads},
	{name: "bounded-group", groups: []string{"readers"}, boundary: ownPolicy + "two", may: "list"},
	{name: "bounded-only", boundary: ownPolicy + "all"},
	{name: "bounded-by-deny", policy: allowAll, boundary: ownPolicy + "deny-add"},
	{name: "bounded-by-old", policy: allowAll, boundary: ownPolicy + "first", may: "list"},
	{name: "bounded-unknown", policy: allowAll, boundary: awsPolicy + "AmazonSSMManagedInstanceCore"},
	{name: "bounded-administrator", policy: allowAll, boundary: awsPolicy + "AdministratorAccess", may: everything},
	// Denies.
	{name: "deny-add", policy: allowAll, attached: []string{ownPolicy + "deny-add"}, may: reads + " delete"},
	{name: "deny-stage", policy: allowAll + `;"Effect":"Deny","Resource":"STAGE/*"`},
	{name: "deny-other-stage", policy: allowAll + `;"Effect":"Deny","Resource":"API/dev/*"`, may: everything},
	{name: "deny-one-order", policy: allowAll + `;"Effect":"Deny","Resource":"STAGE/GET/orders/7"`, may: "list add order8 admin delete"},
	{name: "deny-if-here", policy: allowAll + `;"Effect":"Deny","Resource":"*",` + here},
	{name: "deny-if-there", policy: allowAll + `;"Effect":"Deny","Resource":"*",` + there, may: everything},
	{name: "deny-without-mfa", policy: allowAll + `;"Effect":"Deny","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`},
	{name: "deny-bool-mfa", policy: allowAll + `;"Effect":"Deny","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}`, may: everything},
	// Other APIs, stages, regions and accounts.
	{name: "other-api", policy: `"Resource":"arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/*"`},
	{name: "other-stage", policy: `"Resource":"API/dev/*"`},
	{name: "longer-stage", policy: `"Resource":"API/prod2/*"`},
	{name: "stage-prefix", policy: `"Resource":"API/pro*"`, may: everything},
	{name: "other-region", policy: `"Resource":"arn:aws:execute-api:eu-west-1:111122223333:*"`},
	{name: "other-account", policy: `"Resource":"arn:aws:execute-api:us-east-1:444455556666:*"`},
	{name: "other-service", policy: `"Resource":"arn:aws:apigateway:us-east-1:111122223333:*"`},
	{name: "manage-connections", policy: `"Action":"execute-api:ManageConnections","Resource":"*"`},
	// Wildcards and case.
	{name: "every-action", policy: `"Action":"*","Resource":"*"`, may: everything},
	{name: "service-actions", policy: `"Action":"execute-api:*","Resource":"API/*"`, may: everything},
	{name: "action-prefix", policy: `"Action":["s3:Get*","execute-api:In?oke"],"Resource":["arn:aws:s3:::b","STAGE/GET/products"]`, may: "list"},
	{name: "action-case", policy: `"Action":"Execute-API:invoke","Resource":"STAGE/GET/products"`, may: "list"},
	{name: "method-case", policy: `"Resource":"STAGE/get/products"`},
	{name: "wide-arn", policy: `"Resource":"arn:aws:execute-api:*:*:*/*/GET/*"`, may: reads},
	{name: "any-path", policy: `"Resource":"STAGE/*/products"`, may: "list add"},
	{name: "one-character", policy: `"Resource":"STAGE/GET/orders/?"`, may: "order7 order8"},
	{name: "route-key", policy: `"Resource":"STAGE/GET/orders/{id}"`},
	{name: "any-method", policy: `"Resource":"STAGE/ANY/admin/*"`},
	{name: "one-order", policy: `"Resource":"STAGE/GET/orders/7"`, may: "order7"},
	{name: "below", policy: `"Resource":"STAGE/*/admin/*/*"`, may: "delete"},
	// NotAction and NotResource.
	{name: "not-action", policy: `"NotAction":"iam:*","Resource":"*"`, may: everything},
	{name: "not-this-action", policy: `"NotAction":["execute-api:Invoke","iam:*"],"Resource":"*"`},
	{name: "not-resource", policy: `"NotResource":"STAGE/POST/*"`, may: reads + " delete"},
	{name: "not-the-stage", policy: `"NotResource":["STAGE/*","arn:aws:s3:::*"]`},
	{name: "deny-not-resource", policy: allowAll + `;"Effect":"Deny","NotResource":"STAGE/GET/*"`, may: reads},
	{name: "deny-not-action", policy: allowAll + `;"Effect":"Deny","NotAction":"execute-api:*","Resource":"*"`, may: everything},
	// Policy variables.
	{name: "7", policy: `"Resource":"STAGE/GET/orders/${aws:username}"`, may: "order7"},
	{name: "variable-name", policy: `"Resource":"STAGE/GET/orders/${aws:username}"`},
	{name: "variable-2008", version: "2008-10-17", policy: `"Resource":"STAGE/GET/${aws:username}"`},
	{name: "variable-tag", tags: map[string]string{"part": "products"}, policy: `"Resource":"STAGE/*/${aws:PrincipalTag/part}"`, may: "list add"},
	{name: "variable-no-tag", policy: `"Resource":"STAGE/*/${aws:PrincipalTag/part}*"`},
	{name: "variable-default", policy: `"Resource":"STAGE/*/${aws:PrincipalTag/part, 'products'}"`, may: "list add"},
	{name: "variable-star", policy: `"Resource":"STAGE/GET/products${*}"`},
	{name: "variable-deny", policy: allowAll + `;"Effect":"Deny","Resource":"STAGE/POST/${aws:PrincipalTag/part}"`, may: everything},
	{name: "variable-not", policy: `"NotResource":"STAGE/POST/${aws:PrincipalTag/part}"`},
	// Conditions on the principal, and on the request.
	{name: "if-here", policy: allowAll + "," + here, may: everything},
	{name: "if-there", policy: allowAll + "," + there},
	{name: "if-mfa", policy: allowAll + `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`},
	{name: "if-mfa-exists", policy: allowAll + `,"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`, may: everything},
	{name: "if-past", policy: allowAll + `,"Condition":{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`},
	{name: "if-since", policy: allowAll + `,"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`, may: everything},
	{name: "if-tagged", tags: map[string]string{"team": "shop"}, policy: allowAll + `,"Condition":{"StringEquals":{"aws:PrincipalTag/team":"shop"}}`, may: everything},
	{name: "if-not-tagged", tags: map[string]string{"team": "ops"}, policy: allowAll + `,"Condition":{"StringEquals":{"aws:PrincipalTag/team":"shop"}}`},
	{name: "if-no-tag", policy: allowAll + `,"Condition":{"Null":{"aws:PrincipalTag/team":"true"}}`, may: everything},
	{name: "if-name", policy: allowAll + `,"Condition":{"StringLike":{"aws:username":"if-*"}}`, may: everything},
	{name: "if-arn", path: "/team/", policy: allowAll + `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/team/if-arn"}}`, may: everything},
	{name: "if-other-arn", policy: allowAll + `,"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/if-other-arn"}}`},
	{name: "if-type", policy: allowAll + `,"Condition":{"StringEquals":{"aws:PrincipalType":"User"}}`, may: everything},
	{name: "if-account", policy: allowAll + `,"Condition":{"StringEquals":{"aws:PrincipalAccount":"444455556666"}}`},
	{name: "if-organization", policy: allowAll + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"` + cloud.Organization + `"}}`, may: everything},
	{name: "if-secure", policy: allowAll + `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}`, may: everything},
	{name: "if-region", policy: allowAll + `,"Condition":{"StringEquals":{"aws:RequestedRegion":["us-east-1","us-west-2"]}}`, may: everything},
	{name: "if-vpc", policy: allowAll + `,"Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}`},
	{name: "if-not-vpc", policy: allowAll + `,"Condition":{"StringNotEquals":{"aws:SourceVpc":"vpc-1"}}`, may: everything},
	{name: "if-one-of-two", policy: `"Resource":"STAGE/GET/products",` + there + `;"Resource":"STAGE/*/products",` + here, may: "list add"},
	{name: "if-both", policy: allowAll + `,"Condition":{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"},"Bool":{"aws:SecureTransport":"false"}}`},
	{name: "if-bounded", policy: allowAll + "," + here, boundary: ownPolicy + "reads", may: reads},
	// Roles, which services assume.
	{name: "task", service: "ecs-tasks", policy: `"Resource":"STAGE/GET/*"`, may: reads},
	{name: "function", service: "lambda", attached: []string{awsPolicy + "AdministratorAccess"}, may: everything},
	{name: "instance", service: "ec2", path: "/team/", attached: []string{ownPolicy + "first"}, may: "list"},
	{name: "machine", service: "states", policy: allowAll, boundary: ownPolicy + "two", may: "list add"},
	{name: "denied-role", service: "lambda", policy: allowAll + `;"Effect":"Deny","NotResource":"STAGE/GET/*"`, may: reads},
	{name: "empty-role", service: "lambda"},
	{name: "mfa-role", service: "lambda", policy: allowAll + `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`},
	{name: "tagged-role", service: "lambda", tags: map[string]string{"id": "8"}, policy: `"Resource":"STAGE/GET/orders/${aws:PrincipalTag/id}"`, may: "order8"},
	{name: "named-role", service: "lambda", policy: allowAll + `,"Condition":{"StringLike":{"aws:username":"*"}}`},
	{name: "arn-role", service: "lambda", path: "/team/", policy: allowAll + `,"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/team/arn-role"}}`, may: everything},
	{name: "session-role", service: "lambda", policy: allowAll + `,"Condition":{"StringLike":{"aws:userid":"*:signed"}}`, may: everything},
	{name: "type-role", service: "lambda", policy: allowAll + `,"Condition":{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}`, may: everything},
	{name: "issued-role", service: "lambda", policy: allowAll + `,"Condition":{"DateLessThan":{"aws:TokenIssueTime":"2020-01-01T00:00:00Z"}}`},
}

// arn returns the ARN of the user or role.
func (m member) arn() string {
	kind := "role"
	if m.service == "" {
		kind = "user"
	}
	return "arn:aws:iam::" + cloud.APIAccount + ":" + kind + cmp.Or(m.path, "/") + m.name
}

// create creates the member and returns its credentials.
func (m member) create(a *cloud.Account, executionArn string) aws.Credentials {
	policies := a.UserPolicies()
	if m.service == "" {
		Must(a.CreateUser(cloud.CreateUserInput{UserName: m.name, Path: m.path, PermissionsBoundary: m.boundary, Tags: m.tags}))
	} else {
		policies = a.RolePolicies()
		Must(a.CreateRole(cloud.CreateRoleInput{
			RoleName: m.name, Path: m.path, AssumeRolePolicyDocument: TrustService(m.service), PermissionsBoundary: m.boundary, Tags: m.tags,
		}))
	}
	for _, group := range m.groups {
		OK(a.AddUserToGroup(group, m.name))
	}
	for _, policy := range m.attached {
		OK(policies.Attach(m.name, policy))
	}
	if m.policy != "" {
		OK(policies.Put(m.name, cloud.InlinePolicy{PolicyName: "own", PolicyDocument: document(executionArn, m.version, m.policy)}))
	}
	if m.service == "" {
		k := Must(a.CreateAccessKey(m.name))
		return aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey}
	}
	s := Must(a.ServiceCredentials(m.service+".amazonaws.com", m.name, "signed", 3600, time.Now()))
	return aws.Credentials{AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey, SessionToken: s.SessionToken}
}

// createMembers creates the members with their groups and policies, and returns the
// credentials of each by its ARN.
func createMembers(a *cloud.Account, executionArn string, members []member) map[string]aws.Credentials {
	for name, versions := range managed {
		arn := Must(a.CreatePolicy(cloud.CreatePolicyInput{PolicyName: name, PolicyDocument: document(executionArn, "", versions[0])})).ARN
		for _, version := range versions[1:] {
			Must(a.CreatePolicyVersion(arn, document(executionArn, "", version), strings.HasSuffix(name, "latest")))
		}
	}
	for name, group := range accountGroups {
		Must(a.CreateGroup(name, "/groups/"))
		if group.attached != "" {
			OK(a.GroupPolicies().Attach(name, ownPolicy+group.attached))
		}
		if group.policy != "" {
			OK(a.GroupPolicies().Put(name, cloud.InlinePolicy{PolicyName: "own", PolicyDocument: document(executionArn, "", group.policy)}))
		}
	}
	keys := map[string]aws.Credentials{}
	for _, m := range members {
		keys[m.arn()] = m.create(a, executionArn)
	}
	return keys
}

// randomMembers returns users and roles with random policies.
func randomMembers(random *rand.Rand, count int) []member {
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	statement := func() string {
		s := pick(`"Effect":"Allow"`, `"Effect":"Allow"`, `"Effect":"Deny"`) + "," +
			pick(`"Action":"execute-api:Invoke"`, `"Action":"execute-api:*"`, `"Action":"*"`, `"Action":["s3:*","EXECUTE-API:i*"]`,
				`"NotAction":"iam:*"`, `"NotAction":"execute-api:Invoke"`, `"Action":"execute-api:ManageConnections"`) + "," +
			pick(`"Resource":`, `"Resource":`, `"Resource":`, `"NotResource":`) +
			pick(`"*"`, `"STAGE/*"`, `"STAGE/GET/*"`, `"STAGE/*/products"`, `["STAGE/GET/products","STAGE/POST/*"]`, `"STAGE/GET/orders/7"`,
				`"STAGE/GET/orders/${aws:PrincipalTag/id}"`, `"STAGE/*/admin/*/*"`, `"API/dev/*"`, `"arn:aws:execute-api:*:*:*"`, `"STAGE/?ET/*"`)
		if random.IntN(3) == 0 {
			s += "," + pick(here, there, `"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`,
				`"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`, `"Condition":{"StringEquals":{"aws:PrincipalTag/id":"7"}}`,
				`"Condition":{"Null":{"aws:PrincipalTag/id":"true"}}`, `"Condition":{"StringLike":{"aws:PrincipalArn":"*:user/*"}}`,
				`"Condition":{"StringNotEquals":{"aws:SourceVpc":"vpc-1"}}`, `"Condition":{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`)
		}
		return s
	}
	all := make([]member, count)
	for i := range all {
		m := member{name: fmt.Sprintf("random-%d", i), path: pick("", "", "/team/"), service: pick("", "", "lambda")}
		for range random.IntN(3) {
			m.policy += ";" + statement()
		}
		m.policy = strings.TrimPrefix(m.policy, ";")
		if random.IntN(3) == 0 {
			m.tags = map[string]string{"id": pick("7", "8", "products")}
		}
		if random.IntN(3) == 0 {
			m.attached = []string{ownPolicy + pick(slices.Sorted(maps.Keys(managed))...)}
		}
		if random.IntN(4) == 0 {
			m.boundary = pick(ownPolicy+"reads", ownPolicy+"all", ownPolicy+"first", awsPolicy+"PowerUserAccess")
		}
		if m.service == "" && random.IntN(3) == 0 {
			m.groups = []string{pick(slices.Sorted(maps.Keys(accountGroups))...)}
		}
		all[i] = m
	}
	return all
}
