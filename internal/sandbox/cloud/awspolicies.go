package cloud

import (
	"regexp"
	"strings"
)

// awsPolicies are the AWS managed policies with a known document, by name. Other
// well-formed ARNs of AWS managed policies are accepted. Their documents are not known:
// such a policy has no effect, and as a boundary it denies everything.
var awsPolicies = map[string]string{
	"AdministratorAccess":              `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
	"PowerUserAccess":                  `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}]}`,
	"AmazonAPIGatewayInvokeFullAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["execute-api:Invoke","execute-api:ManageConnections"],"Resource":"arn:aws:execute-api:*:*:*"}]}`,
	"AWSDenyAll":                       denyAll,
}

const awsPolicyPrefix = "arn:aws:iam::aws:policy/"

// rePolicyARN matches the ARNs of managed policies (IAM API reference,
// policyNameType and policyPathType).
var rePolicyARN = regexp.MustCompile(`^arn:aws:iam::(aws|\d{12}):policy(/(?:[A-Za-z0-9.,+@=_-]+/)*)([\w+=,.@-]{1,128})$`)

// awsPolicy returns an AWS managed policy, or nil. It returns nil for an ARN that differs
// from that of a known policy only in path or case.
func awsPolicy(arn string) *policy {
	m := rePolicyARN.FindStringSubmatch(arn)
	if m == nil || m[1] != "aws" {
		return nil
	}
	document := ""
	for name, text := range awsPolicies {
		switch {
		case arn == awsPolicyPrefix+name:
			document = text
		case strings.EqualFold(name, m[3]):
			return nil
		}
	}
	return &policy{
		Policy:   Policy{PolicyName: m[3], PolicyID: "ANPA" + strings.ToUpper(m[3]), ARN: arn, Path: m[2], DefaultVersionID: "v1"},
		Versions: []PolicyVersion{{VersionID: "v1", IsDefaultVersion: true, Document: document}},
		Last:     1,
	}
}

// checkAttachable rejects a managed policy that cannot be attached to a principal
// of the account.
func (s *state) checkAttachable(a *account, arn string) error {
	m := rePolicyARN.FindStringSubmatch(arn)
	switch {
	case m == nil:
		return errorf(CodeInvalidInput, "ARN %s is not valid.", arn)
	case strings.HasPrefix(arn, awsPolicyPrefix+"aws-service-role/"):
		return errorf(CodePolicyNotAttachable, "Cannot attach a Service Role Policy to a Customer Role.")
	case a.policy(arn) != nil || s.Open && m[1] == a.ID:
		return nil
	}
	return errorf(CodeNoSuchEntity, "policy %s does not exist or is not attachable", arn)
}
