package access

import (
	"fmt"
	"strings"
)

// ArnAccount returns the account in an ARN. It is empty if the ARN has no account, like
// those of AWS's managed policies.
func ArnAccount(arn string) string {
	if account := arnField(arn, 4); CheckAccountID(account) == nil {
		return account
	}
	return ""
}

// ArnRegion returns the region in an ARN. It is empty if the ARN has no region.
func ArnRegion(arn string) string { return arnField(arn, 3) }

// ArnName returns the name in the ARN of a role or a managed policy.
func ArnName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// ParseRole returns the name of a role created elsewhere, from its name or its ARN. It
// rejects roles that only AWS can change.
func ParseRole(nameOrArn string) (name string, err error) {
	if !strings.HasPrefix(nameOrArn, "arn:") {
		if err := CheckRoleName(nameOrArn); err != nil {
			return "", fmt.Errorf("%w, or the ARN of a role", err)
		}
		return nameOrArn, CheckChangeable("/", nameOrArn)
	}
	if _, session, is := strings.Cut(nameOrArn, ":assumed-role/"); is {
		role, _, _ := strings.Cut(session, "/")
		return "", fmt.Errorf(`is the ARN of a role's session; write the role's name %q, or its ARN`, role)
	}
	if err := CheckRoleArn(nameOrArn); err != nil {
		return "", err
	}
	name = ArnName(nameOrArn)
	path := strings.TrimSuffix(strings.TrimPrefix(arnField(nameOrArn, 5), "role"), name)
	return name, CheckChangeable(path, name)
}

// CheckChangeable rejects a role by its path and name if only AWS can change it. IAM
// returns UnmodifiableEntity for roles of IAM Identity Center ("Service-linked roles"
// and "Roles created by IAM Identity Center" in the user guides).
func CheckChangeable(path, name string) error {
	switch {
	case strings.HasPrefix(path, "/aws-reserved/") || strings.HasPrefix(name, "AWSReservedSSO_"):
		return fmt.Errorf("is a role of IAM Identity Center, and only this service can change it; " +
			"write a name for the policy, and refer to it in the permission set")
	case strings.HasPrefix(path, "/aws-service-role/") || strings.HasPrefix(name, "AWSServiceRoleFor"):
		return fmt.Errorf("is a service-linked role, and only its service can change it; use a role of your own")
	}
	return nil
}

// invoking are the managed policies of AWS that allow calling an API of any id, by
// name, with what they allow. Each is on a page of its own in the AWS Managed Policy
// Reference Guide. Policies that allow calling one API of AWS's own are not here.
var invoking = map[string]string{
	"AdministratorAccess":               "every action",
	"PowerUserAccess":                   "every action but those of IAM, Organizations and accounts",
	"AmazonAPIGatewayInvokeFullAccess":  "calling every API",
	"AWSMigrationHubOrchestratorPlugin": "paths that end in /put-log-data or /put-metric-data on the stage prod of every API",
	"AWSMigrationHubStrategyCollector":  "paths that end in /put-log-data or /put-metric-data on the stage prod of every API",
}

// CheckManagedPolicy accepts the ARN of a managed policy, of AWS's or of an account, to
// attach to a role. It rejects policies of AWS's that allow calling the API, and those
// that IAM does not attach.
func CheckManagedPolicy(arn string) error {
	if err := CheckPolicyArn(arn); err != nil {
		return err
	}
	if ArnAccount(arn) != "" {
		return nil
	}
	if strings.Contains(arn, ":policy/aws-service-role/") {
		return fmt.Errorf("is a policy of service-linked roles, which IAM attaches to no other role")
	}
	for name, allows := range invoking {
		if strings.EqualFold(ArnName(arn), name) {
			return fmt.Errorf("allows %s, so the role could call the API beyond this configuration; "+
				"grant routes under policies, and attach a narrower policy for the rest", allows)
		}
	}
	return nil
}
