package access

import "fmt"

// Quotas of IAM, as they are unless AWS has raised them for an account ("IAM and
// AWS STS quotas" in the IAM User Guide). Characters are counted as [Size] counts
// them.
const (
	// MaxPolicyCharacters is the size of a managed policy. AWS does not raise it.
	MaxPolicyCharacters = 6144
	// MaxTrustCharacters is the size of a role's trust policy.
	MaxTrustCharacters = 2048
	// MaxPolicies is the number of managed policies attached to a group or a role.
	MaxPolicies = 10
	// MaxGroups is the number of groups that a user is in.
	MaxGroups = 10

	// The numbers of things in an account. Instance profiles have the quota of roles.
	MaxAccountUsers    = 5000
	MaxAccountGroups   = 300
	MaxAccountRoles    = 1000
	MaxAccountPolicies = 1500
	MaxOidcProviders   = 100

	// The sizes of an OpenID Connect provider.
	MaxAudiences   = 100
	MaxThumbprints = 5

	// MinSessionSeconds and MaxSessionSeconds bound the longest session of a role
	// (CreateRole, MaxSessionDuration).
	MinSessionSeconds = 3600
	MaxSessionSeconds = 43200
)

// Quotas of API Gateway ("Quotas for HTTP APIs" in its developer guide).
const (
	// MaxRoutes is the number of routes of an API.
	MaxRoutes = 300
	// MaxCallArn is the length in bytes of the ARN of a request to a route with
	// authorization. Longer ones get a 414. AWS makes no exception for routes that
	// require tokens ("Amazon API Gateway quotas and important notes").
	MaxCallArn = 1600
	// MaxAuthorizers is the number of authorizers of an API.
	MaxAuthorizers = 10
	// MaxAuthorizerAudiences is the number of audiences of an authorizer.
	MaxAuthorizerAudiences = 50
	// MaxScopes is the number of scopes of a route.
	MaxScopes = 10
)

// Limits of tags, the same for IAM, API Gateway and CloudWatch Logs.
const (
	MaxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// CheckPolicyCount accepts up to MaxPolicies policies.
func CheckPolicyCount(count int) error { return checkCount(count, MaxPolicies, "policies") }

// CheckGroupCount accepts up to MaxGroups groups.
func CheckGroupCount(count int) error { return checkCount(count, MaxGroups, "groups") }

// CheckOidcProviderCount accepts up to MaxOidcProviders providers.
func CheckOidcProviderCount(count int) error {
	return checkCount(count, MaxOidcProviders, "OIDC providers of an account")
}

func checkCount(count, most int, noun string) error {
	if count > most {
		return fmt.Errorf("must be at most %d %s, IAM's quota", most, noun)
	}
	return nil
}

// CheckRouteCount accepts 1 to MaxRoutes routes.
func CheckRouteCount(count int) error {
	if count < 1 || count > MaxRoutes {
		return fmt.Errorf("must be 1 to %d routes", MaxRoutes)
	}
	return nil
}

// CheckAuthorizerCount accepts up to MaxAuthorizers authorizers.
func CheckAuthorizerCount(count int) error {
	if count > MaxAuthorizers {
		return fmt.Errorf("must be at most %d authorizers, API Gateway's quota of an API", MaxAuthorizers)
	}
	return nil
}

// CheckSessionSeconds accepts MinSessionSeconds to MaxSessionSeconds.
func CheckSessionSeconds(seconds int) error {
	if seconds < MinSessionSeconds || seconds > MaxSessionSeconds {
		return fmt.Errorf("must be %d to %d seconds", MinSessionSeconds, MaxSessionSeconds)
	}
	return nil
}
