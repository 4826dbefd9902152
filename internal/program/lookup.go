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

// lookUp checks that the stack is deployed to the account and the region that its
// configuration names, and that the existing roles exist, can be changed and are not created
// by this program. It returns their ARNs, by name. It calls AWS only if the configuration
// names existing roles or ARNs.
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
	errs = append(errs, p.checkRegion(ctx))
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

// checkRegion checks that certificates and the alarms' topic are in the stack's region: API
// Gateway looks for certificates only there, and CloudWatch publishes only there. The region
// may be set in the configuration, the environment or a profile, so the provider is asked.
func (p *Plan) checkRegion(ctx *pulumi.Context) error {
	arns := map[string]string{} // by path
	p.Domain.certificateArns(func(arn string, path ...string) { arns[strings.Join(path, ".")] = arn })
	if p.Alarms != nil {
		arns["alarms.topicArn"] = p.Alarms.TopicArn
	}
	maps.DeleteFunc(arns, func(_, arn string) bool { return arn == "" })
	if len(arns) == 0 {
		return nil
	}
	region, err := aws.GetRegion(ctx, &aws.GetRegionArgs{})
	if err != nil {
		return fmt.Errorf("looking up the region: %s", onOneLine(err))
	}
	var errs []error
	for _, path := range slices.Sorted(maps.Keys(arns)) {
		if arn := arns[path]; access.ArnRegion(arn) != region.Name {
			errs = append(errs, fmt.Errorf("%s: %q must be in %s, the region of the stack", path, arn, region.Name))
		}
	}
	return errors.Join(errs...)
}

func onOneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
