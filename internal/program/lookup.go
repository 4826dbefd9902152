package program

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
)

// lookUp checks that the stack is deployed to the account that its configuration names,
// and that the existing roles exist, can be changed and are not created by this program.
// It returns their ARNs, by name. It also checks the region of the alarms' topic. It calls
// AWS only if the configuration names existing roles, ARNs of an account or a topic.
func (p *Plan) lookUp(ctx *pulumi.Context) (map[string]string, error) {
	var errs []error
	if p.Account != "" {
		caller, err := aws.GetCallerIdentity(ctx, &aws.GetCallerIdentityArgs{})
		if err != nil {
			errs = append(errs, fmt.Errorf("looking up the account: %s", onOneLine(err)))
		} else if caller.AccountId != p.Account {
			errs = append(errs, fmt.Errorf("the credentials are of the account %s, and the stack's configuration has ARNs of the account %s",
				caller.AccountId, p.Account))
		}
	}
	errs = append(errs, p.checkTopicRegion(ctx))
	if err := p.Domain.checkRegion(ctx); err != nil {
		errs = append(errs, err)
	}
	arns := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(p.ExistingRoles)) {
		role := p.ExistingRoles[name]
		found, err := iam.LookupRole(ctx, &iam.LookupRoleArgs{Name: name})
		switch {
		case err != nil:
			err = fmt.Errorf("must be a role of the account: %s", onOneLine(err))
		case access.CheckChangeable(found.Path, name) != nil:
			err = access.CheckChangeable(found.Path, name)
		case role.Arn != "" && p.Account != "" && found.Arn != role.Arn:
			err = fmt.Errorf("must be %q, the ARN of the role %q of this account", found.Arn, name)
		case components.IsRole(found.Description):
			err = fmt.Errorf("is a role that this program created, as its description says (%q): its stack would delete it "+
				"or detach the policies; leave it under roles, or write another role", found.Description)
		default:
			arns[name] = found.Arn
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("existingRoles[%q]: %w", role.key(name), err))
		}
	}
	return arns, errors.Join(errs...)
}

func onOneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
