package access

import (
	"slices"
	"strings"
)

// refusedConditions are conditions that users may expect and that an HTTP API cannot
// have. The keys are in lower case, without separators.
var refusedConditions = []struct {
	keys   []string
	reason string
}{
	{
		[]string{
			"sourcevpc", "sourcevpcs", "sourcevpcarn", "sourcevpce", "sourcevpces", "vpc", "vpcs", "vpcid", "vpcids", "vpce",
			"vpces", "vpceid", "vpcendpoint", "vpcendpoints", "vpcendpointid", "vpcsourceip", "ec2instancesourcevpc",
		},
		"an HTTP API has no private endpoint, so no request has aws:SourceVpc or aws:SourceVpce, and all would be denied; " +
			"list the public addresses of the VPC's NAT gateways in sourceCidrs",
	},
	{
		[]string{"privatecidr", "privatecidrs", "privateip", "privateips", "internalcidrs", "vpccidr", "vpccidrs"},
		"an HTTP API sees public addresses only; list those in sourceCidrs, such as a NAT gateway's",
	},
	{
		[]string{
			"hours", "businesshours", "officehours", "workinghours", "workhours", "openinghours", "days", "businessdays",
			"workingdays", "workdays", "weekdays", "dayofweek", "daysofweek", "timeofday", "daily", "weekly", "schedule", "cron",
			"recurring", "recurrence", "timezone",
		},
		"IAM compares points in time only and no hours or days that recur; " +
			"set notBefore and notAfter, or change the policy on a schedule",
	},
	{
		[]string{"resourcepolicy", "resourcepolicies", "resourcebasedpolicy", "apipolicy"},
		"an HTTP API has no resource policy; principals have their own policies, and those of another account assume a role",
	},
	{
		[]string{
			"boolifexists", "mfaifpresent", "mfaifexists", "mfaoptional", "optionalmfa", "requiremfaifpresent",
			"requiremfaifexists", "mfapresentifexists", "multifactorauthpresentifexists",
		},
		"BoolIfExists on aws:MultiFactorAuthPresent allows long-lived access keys, whose requests do not have the key; " +
			"requireMfa: true allows only requests with MFA",
	},
}

var separators = strings.NewReplacer("-", "", "_", "", " ", "", ".", "")

// ConditionReason returns the reason why conditions do not have a key that users may
// expect, for example for VPCs, recurring hours and resource policies. The key is
// that of the configuration or of IAM ("aws:SourceVpce"), in any case.
func ConditionReason(key string) (reason string, known bool) {
	name := separators.Replace(strings.TrimPrefix(strings.ToLower(key), "aws:"))
	for _, refused := range refusedConditions {
		if slices.Contains(refused.keys, name) {
			return refused.reason, true
		}
	}
	return "", false
}
