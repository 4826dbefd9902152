// Package prepare creates what a stack expects in its accounts and does not create itself.
// The accounts are simulated ones.
package prepare

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
)

// ExistingTrust is the trust policy of roles made elsewhere: ECS tasks assume them.
var ExistingTrust = access.ServiceTrust{Service: "ecs-tasks"}

// Documents of managed policies that are not known, and of a permissions boundary.
const (
	nothing    = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}}`
	everything = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
)

// Accounts creates what plans expect on AWS. In the API's account, these are the roles and
// managed policies made elsewhere and the OpenID Connect providers, except those that a
// plan creates itself, and the Lambda functions made elsewhere. It also creates the
// principals that roles trust and the topics of alarms, and moves the accounts to the
// organizations that plans name.
func Accounts(c *cloud.Cloud, plans ...*program.Plan) error {
	trust, err := access.Render(ExistingTrust.Document(""))
	if err != nil {
		return err
	}
	p := preparation{cloud: c, account: c.Account(cloud.APIAccount), trust: trust, created: map[string]bool{}}
	for _, plan := range plans {
		p.skip(plan)
	}
	for _, plan := range plans {
		p.prepare(plan)
		p.errs = append(p.errs, Functions(c, plan))
	}
	return errors.Join(p.errs...)
}

type preparation struct {
	cloud   *cloud.Cloud
	account *cloud.Account  // of the API
	trust   string          // trust policy of roles
	created map[string]bool // what plans create: user/NAME, role/NAME, policy/NAME or an issuer
	errs    []error
}

// skip remembers what a plan creates.
func (p *preparation) skip(plan *program.Plan) {
	for name := range plan.Users {
		p.created["user/"+name] = true
	}
	for name := range plan.Roles {
		p.created["role/"+name] = true
	}
	for _, policy := range plan.Policies {
		for _, reference := range policy.Naming.References() {
			p.created["policy/"+path.Base(reference)] = true
		}
	}
	for issuer := range plan.OidcProviders {
		p.created[issuer] = true
	}
}

// check records the error of creating something, unless it exists already.
func (p *preparation) check(err error) {
	if !cloud.IsCode(err, cloud.CodeEntityAlreadyExists) {
		p.errs = append(p.errs, err)
	}
}

func (p *preparation) prepare(plan *program.Plan) {
	orgs := Organizations(plan)
	for i, id := range orgs {
		if i == 0 {
			p.cloud.SetOrganization(id)
			continue
		}
		p.cloud.AddAccount(MemberOf(orgs, id), id)
	}
	for name, role := range plan.ExistingRoles {
		p.principal(cloud.APIAccount, "role/"+strings.TrimPrefix(pathOf(role.Arn), "/")+name)
	}
	p.policy(plan.PermissionsBoundary, everything)
	p.topic(plan.Alarms)
	p.domain(plan.Domain)
	audiences := map[string][]string{} // by issuer
	for _, name := range slices.Sorted(maps.Keys(plan.Roles)) {
		role := plan.Roles[name]
		for _, arn := range role.ManagedPolicies {
			p.policy(arn, nothing)
		}
		switch trust := role.Trust.(type) {
		case access.AccountTrust:
			p.cloud.AddAccount(trust.AccountID, "")
			for _, principal := range trust.Principals {
				p.principal(trust.AccountID, principal)
			}
		case access.OidcTrust:
			audiences[trust.Issuer] = append(audiences[trust.Issuer], trust.Audiences...)
		}
	}
	for issuer, all := range audiences {
		if !p.created[issuer] {
			_, err := p.account.CreateOpenIDConnectProvider(cloud.CreateOpenIDConnectProviderInput{
				URL: issuer, ClientIDList: slices.Compact(slices.Sorted(slices.Values(all))),
			})
			p.check(err)
		}
	}
}

// topic creates the topic of alarms, whose account may be another one.
func (p *preparation) topic(alarms *program.Alarms) {
	if alarms == nil || alarms.TopicArn == "" {
		return
	}
	parts := strings.Split(alarms.TopicArn, ":") // checked by the plan
	region, account, name := parts[3], parts[4], parts[5]
	p.cloud.AddAccount(account, "")
	_, err := p.cloud.Account(account).Region(region).CreateTopic(name)
	p.check(err)
}

// policy creates a managed policy if it is the account's own.
func (p *preparation) policy(arn, document string) {
	if access.ArnAccount(arn) == cloud.APIAccount && !p.created["policy/"+access.ArnName(arn)] {
		_, err := p.account.CreatePolicy(cloud.CreatePolicyInput{
			PolicyName: access.ArnName(arn), Path: pathOf(arn), PolicyDocument: document,
		})
		p.check(err)
	}
}

// principal creates a user or a role, "user/PATH/NAME" or "role/PATH/NAME".
func (p *preparation) principal(account, principal string) {
	kind, _, _ := strings.Cut(principal, "/")
	name := path.Base(principal)
	if account == cloud.APIAccount && p.created[kind+"/"+name] {
		return
	}
	home, where := p.cloud.Account(account), pathOf(principal)
	switch kind {
	case "user":
		_, err := home.CreateUser(cloud.CreateUserInput{UserName: name, Path: where})
		p.check(err)
	case "role":
		_, err := home.CreateRole(cloud.CreateRoleInput{RoleName: name, Path: where, AssumeRolePolicyDocument: p.trust})
		p.check(err)
	}
}

// pathOf returns the path in the ARN of a role or policy. It is "/" without an ARN.
func pathOf(arn string) string {
	_, resource, _ := strings.Cut(arn, "/")
	return "/" + resource[:strings.LastIndex(resource, "/")+1]
}

// Organizations returns the organizations that roles trust and policies require, each
// once. The API's account belongs to the first one.
func Organizations(plan *program.Plan) []string {
	var ids []string
	for _, name := range slices.Sorted(maps.Keys(plan.Roles)) {
		if trust, is := plan.Roles[name].Trust.(access.OrganizationTrust); is && !slices.Contains(ids, trust.ID) {
			ids = append(ids, trust.ID)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(plan.Policies)) {
		if id := plan.Policies[name].Conditions.PrincipalOrgID; id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// MemberOf returns an account of an organization. The first organization has the caller's
// account, and each other one an account of its own.
func MemberOf(organizations []string, id string) string {
	if i := slices.Index(organizations, id); i > 0 {
		return fmt.Sprintf("%012d", i)
	}
	return cloud.CallerAccount
}
