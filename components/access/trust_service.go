package access

import "github.com/micahhausler/aws-iam-policy/policy"

// EC2 is the service whose instances get credentials for a role through an
// instance profile.
const EC2 = "ec2"

// ServiceTrust lets an AWS service assume a role.
type ServiceTrust struct {
	// Service is the service's name in its service principal, NAME.amazonaws.com:
	// "ec2", "lambda"; see CheckService.
	Service string
}

// serviceWords are the words and statement ids of the services that were supported
// first. Deployed roles have them.
var serviceWords = map[string]struct{ sid, who string }{
	EC2:      {"AssumeByInstances", "EC2 instances"},
	"lambda": {"AssumeByFunctions", "Lambda functions"},
}

// Check implements [Trust].
func (t ServiceTrust) Check() []error {
	var errs fieldErrors
	errs.add(CheckService(t.Service), t.Service, "service")
	return errs
}

// Clone implements [Trust].
func (t ServiceTrust) Clone() Trust { return t }

// Document implements [Trust].
func (t ServiceTrust) Document(string) *Document {
	sid := "AssumeByService"
	if words, has := serviceWords[t.Service]; has {
		sid = words.sid
	}
	return trustDocument(sid, policy.NewServicePrincipal(t.Principal()), nil, ActionAssumeRole)
}

// Terms implements [Trust].
func (t ServiceTrust) Terms() Terms { return Terms{Source: t.String()} }

// Principal returns the service principal, such as "ec2.amazonaws.com".
func (t ServiceTrust) Principal() string { return t.Service + servicePrincipalSuffix }

// String implements [Trust].
func (t ServiceTrust) String() string {
	if words, has := serviceWords[t.Service]; has {
		return words.who
	}
	return "the service " + t.Service
}
