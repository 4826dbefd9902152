// Package prepare creates in simulated accounts what a stack expects there and does not
// create itself.
package prepare

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
)

// ExistingTrust is the trust of roles made elsewhere, which an ECS task assumes.
var ExistingTrust = access.ServiceTrust{Service: "ecs-tasks"}

// nothing is the document of managed policies that are not known.
const nothing = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}}`

// Accounts creates what a plan expects in the API's account, if it does not exist: the
// roles and managed policies made elsewhere, and OpenID Connect providers that the stack
// does not create. It moves the accounts to the organization that the plan names.
func Accounts(c *cloud.Cloud, plan *program.Plan) error {
	if id := Organization(plan); id != "" {
		c.SetOrganization(id)
	}
	account := c.Account(cloud.APIAccount)
	trust, err := access.Render(ExistingTrust.Document(""))
	if err != nil {
		return err
	}
	var errs []error
	create := func(err error) {
		if !cloud.IsCode(err, cloud.CodeEntityAlreadyExists) {
			errs = append(errs, err)
		}
	}
	for name, role := range plan.ExistingRoles {
		_, err := account.CreateRole(cloud.CreateRoleInput{
			RoleName: name, Path: pathOf(role.Arn), AssumeRolePolicyDocument: trust,
		})
		create(err)
	}
	audiences := map[string][]string{} // by issuer
	for _, name := range slices.Sorted(maps.Keys(plan.Roles)) {
		role := plan.Roles[name]
		for _, arn := range role.ManagedPolicies {
			if access.ArnAccount(arn) == cloud.APIAccount {
				_, err := account.CreatePolicy(cloud.CreatePolicyInput{
					PolicyName: access.ArnName(arn), Path: pathOf(arn), PolicyDocument: nothing,
				})
				create(err)
			}
		}
		if trust, is := role.Trust.(access.OidcTrust); is {
			audiences[trust.Issuer] = append(audiences[trust.Issuer], trust.Audiences...)
		}
	}
	for issuer, all := range audiences {
		if _, created := plan.OidcProviders[issuer]; !created {
			_, err := account.CreateOpenIDConnectProvider(cloud.CreateOpenIDConnectProviderInput{
				URL: issuer, ClientIDList: slices.Compact(slices.Sorted(slices.Values(all))),
			})
			create(err)
		}
	}
	return errors.Join(errs...)
}

// pathOf returns the path in the ARN of a role or policy. It is "/" without an ARN.
func pathOf(arn string) string {
	_, resource, _ := strings.Cut(arn, "/")
	return "/" + resource[:strings.LastIndex(resource, "/")+1]
}

// Organization returns the first organization that roles or policies name, or an
// empty string.
func Organization(plan *program.Plan) string {
	for _, name := range slices.Sorted(maps.Keys(plan.Roles)) {
		if trust, is := plan.Roles[name].Trust.(access.OrganizationTrust); is {
			return trust.ID
		}
	}
	for _, name := range slices.Sorted(maps.Keys(plan.Policies)) {
		if id := plan.Policies[name].Conditions.PrincipalOrgID; id != "" {
			return id
		}
	}
	return ""
}
