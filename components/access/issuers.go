package access

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"iam-secured-api/components/access/iam"
)

// issuerRule says how the tokens of an issuer name their owner.
type issuerRule struct {
	// issuer matches whole issuers without https://.
	issuer *regexp.Regexp
	// shared reports whether AWS lists the issuer as one that several organizations share,
	// so that IAM refuses a role whose trust policy does not evaluate the claim.
	shared bool
	// claim is the claim that names the owner; a trust must require it.
	claim string
	// owner matches the beginning of the claim's value up to the end of the owner. It is
	// nil if the form is not known.
	owner *regexp.Regexp
	// form is the owner's part in words, for messages.
	form string
	// claims are those that STS shows as condition keys, in addition to aud and sub.
	claims []string
}

// Claims that STS shows (Service Authorization Reference, condition keys of
// sts:AssumeRoleWithWebIdentity).
var (
	githubClaims = []string{"actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository",
		"repository_id", "repository_owner_id", "workflow"}
	gitlabClaims = []string{"namespace_id", "pipeline_source", "project_id", "ref_protected", "runner_environment",
		"user_access_level", "user_email", "user_id", "user_login"}
	buildkiteClaims = []string{"build_branch", "cluster_id", "cluster_name", "organization_id", "organization_slug",
		"pipeline_id", "pipeline_slug"}
)

// githubOwner matches the owner in a subject of GitHub Actions: OWNER or OWNER@ID, of the
// repository, or alone where an organization customized its subjects. Subjects without
// an owner can be those of any repository.
const githubOwner = `repo:[^/:]+/|repository_owner(_id)?:[^:]+(:|$)`

// issuerRules has AWS's list of shared issuers with the claim that each requires (IAM
// user guide, "Identity-provider controls for shared OIDC providers"). It leaves out IBM
// Turbonomic and Microsoft Sentinel, whose issuer or claim has another form. The forms of
// owners are from the documentation of each issuer. The rules after the list are for
// issuers of one organization.
var issuerRules = []issuerRule{
	shared("token.actions.githubusercontent.com", "sub", githubOwner, "repo:OWNER/", githubClaims...),
	shared("vstoken.actions.githubusercontent.com", "sub", `repo:[^/:]+/`, "repo:OWNER/"),
	shared("oidc-configuration.audit-log.githubusercontent.com", "sub", `https://github\.com/[^/]+(/|$)`,
		"https://github.com/ENTERPRISE"),
	shared("gitlab.com", "sub", `project_path:[^/:]+/`, "project_path:GROUP/", gitlabClaims...),
	shared("agent.buildkite.com", "sub", `organization:[^:]+:`, "organization:SLUG:", buildkiteClaims...),
	shared("app.terraform.io", "sub", `organization:[^:]+:`, "organization:NAME:"),
	shared("oidc.codefresh.io", "sub", `account:[^:]+:`, "account:ID:"),
	shared("scalr.io", "sub", `account:[^:]+:`, "account:NAME:"),
	shared("studio.datachain.ai/api", "sub", `credentials:[^/:]+/`, "credentials:OWNER/"),
	shared("proidc.upbound.io", "sub", `mcp:[^/:]+/`, "mcp:ORGANIZATION/"),
	shared("tokens.cloud.shisho.dev", "sub", "", ""),
	shared("api.pulumi.com/oidc", "aud", `(aws:)?[A-Za-z0-9_-]+$`, "ORGANIZATION or aws:ORGANIZATION"),
	shared("oidc.vercel.com", "aud", `https://vercel\.com/[^/]+$`, "https://vercel.com/TEAM"),
	shared("sandboxes.cloud", "aud", "", ""),
	shared(IdentityPoolPrincipal, "aud", "", ""),

	// Others who use the cluster may create service accounts in other namespaces.
	private(`oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/id/.+`, "sub",
		`system:serviceaccount:`+dnsLabel+`:`, "system:serviceaccount:NAMESPACE:"),
	private(`token\.actions\.githubusercontent\.com/[^/]+|token\.actions\.[a-z0-9-]+\.ghe\.com`, "sub",
		githubOwner, "repo:OWNER/", githubClaims...),
	private(`oidc\.circleci\.com/org/[^/]+`, "sub", `org/[^/]+/`, "org/ORGANIZATION/", "oidc.circleci.com/project-id"),
}

func shared(issuer, claim, owner, form string, claims ...string) issuerRule {
	rule := private(regexp.QuoteMeta(issuer), claim, owner, form, claims...)
	rule.shared = true
	return rule
}

func private(issuer, claim, owner, form string, claims ...string) issuerRule {
	rule := issuerRule{issuer: regexp.MustCompile(`^(` + issuer + `)$`), claim: claim, form: form, claims: claims}
	if owner != "" {
		rule.owner = regexp.MustCompile(`^(` + owner + `)`)
	}
	return rule
}

// ruleOf returns the rule of an issuer with or without https://. For an issuer that is
// not in the list, the rule requires sub and has no owner.
func ruleOf(issuer string) issuerRule {
	name := strings.TrimSuffix(strings.TrimPrefix(issuer, "https://"), "/")
	i := slices.IndexFunc(issuerRules, func(r issuerRule) bool { return r.issuer.MatchString(name) })
	if i < 0 {
		return issuerRule{claim: "sub"}
	}
	return issuerRules[i]
}

// ShownClaims returns the claims of an issuer, with or without https://, that STS shows
// as condition keys of a trust policy, in addition to aud and sub.
func ShownClaims(issuer string) []string { return ruleOf(issuer).claims }

// checkOwner accepts a value of the claim that names the owner if the owner's full name
// comes before any wildcard. If the issuer's own form is not known, wildcards are accepted
// behind an owner in the form of any known issuer, because GitLab, GitHub Enterprise and
// Kubernetes can have any host.
func (r issuerRule) checkOwner(value string) error {
	wild := strings.ContainsAny(value, wildcards)
	switch {
	case r.owner != nil && !r.namesOwner(value):
		return fmt.Errorf("must begin with %s, with the name in full and wildcards only behind it, "+
			"or strangers could have such a claim", r.form)
	case r.owner != nil:
		return nil
	case wild && (r.shared || !slices.ContainsFunc(issuerRules, func(known issuerRule) bool { return known.namesOwner(value) })):
		return errors.New("must have no wildcards, or strangers could have such a claim: " +
			"it does not begin with an owner in a form that is known here, such as project_path:GROUP/")
	case r.claim == "aud" && value == everyonesAudience:
		return errors.New("must be an audience of your own, as this one is everyone's")
	}
	return nil
}

// namesOwner reports whether a value begins with an owner in the issuer's form, without
// wildcards.
func (r issuerRule) namesOwner(value string) bool {
	if wild := strings.IndexAny(value, wildcards); wild >= 0 {
		value = value[:wild+1] // with the wildcard, so that an owner does not end before it
	}
	match := ""
	if r.owner != nil {
		match = r.owner.FindString(value)
	}
	return match != "" && !strings.ContainsAny(match, wildcards)
}

const (
	wildcards = "*?"
	// everyonesAudience is the default audience of tokens for AWS, so anyone may have it.
	everyonesAudience = "sts.amazonaws.com"
)

// RequiredClaim returns the claim that a trust policy must evaluate for an issuer, with
// or without https://, that AWS lists as shared: IAM refuses a role that trusts the
// issuer without it. It reports whether the issuer is one of these.
func RequiredClaim(issuer string) (claim string, shared bool) {
	if rule := ruleOf(issuer); rule.shared {
		return rule.claim, true
	}
	return "", false
}

// sentinel is the shared issuer whose tenants are distinguished by sts:RoleSessionName.
const sentinel = "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d"

var (
	issuerHost = regexp.MustCompile(`^` + dnsLabel + `(\.` + dnsLabel + `)+$`)
	issuerPath = regexp.MustCompile(`^(/[\w.~-]+)*/?$`)
)

// maxOidcText is the longest issuer and the longest audience (IAM,
// CreateOpenIDConnectProvider), and the longest subject (STS,
// AssumeRoleWithWebIdentity).
const maxOidcText = 255

// CheckIssuer accepts the issuer of an OpenID Connect provider of an account: an
// https URL of a host name in lower case and a path, with no port, as IAM requires
// (CreateOpenIDConnectProvider, Url), exactly as in the claim iss of the tokens.
func CheckIssuer(issuer string) error {
	u, problem := parseIssuer(issuer, maxOidcText)
	switch {
	case problem != "":
	case u.Port() != "":
		problem = ", without a port, which IAM does not take"
	case slices.Contains(iam.BuiltInProviders, u.Host):
		problem = "; this one is built into AWS, with a principal of another form"
	case strings.TrimSuffix(u.Host+u.Path, "/") == sentinel:
		problem = "; this one is Microsoft Sentinel's, for which AWS requires the name of the session, which no trust has here"
	}
	return issuerError("https://token.actions.githubusercontent.com", problem)
}

// maxTokenIssuer is the longest issuer of an authorizer (API Gateway, CreateAuthorizer).
const maxTokenIssuer = 2048

// CheckTokenIssuer accepts the issuer of an [Authorizer]: what CheckIssuer accepts, and
// also ports and issuers that are built into AWS, such as Google. API Gateway finds the
// issuer's keys through ISSUER/.well-known/openid-configuration.
func CheckTokenIssuer(issuer string) error {
	_, problem := parseIssuer(issuer, maxTokenIssuer)
	return issuerError("https://issuer.example.com", problem)
}

// issuerError returns an error with an example of an issuer, or nil without a problem.
func issuerError(example, problem string) error {
	if problem == "" {
		return nil
	}
	return fmt.Errorf("must be an issuer, such as %q%s", example, problem)
}

// parseIssuer parses an https URL of a host name in lower case and a path. It returns
// what is accepted if the issuer is not one.
func parseIssuer(issuer string, longest int) (u *url.URL, problem string) {
	u, err := url.Parse(issuer)
	switch {
	case issuer == "" || err != nil || u.Scheme == "":
		problem = ", which begins with https://"
	case !strings.HasPrefix(issuer, "https://"):
		problem = ", with https://, as AWS trusts no issuer without TLS"
	case u.User != nil:
		problem = ", without user information"
	case strings.ContainsAny(issuer, "?#"):
		problem = ", without a query or fragment"
	case !issuerHost.MatchString(u.Hostname()) || strings.HasSuffix(u.Host, ":"):
		problem = ", with a host name in lower case"
	case !issuerPath.MatchString(u.EscapedPath()) || strings.Contains(issuer, "/.") || len(issuer) > longest:
		problem = fmt.Sprintf(", with a plain path, in at most %d characters", longest)
	}
	return u, problem
}

// OidcProvider is an OpenID Connect provider of an account, which lets the account's
// roles trust tokens of an issuer.
type OidcProvider struct {
	// Audiences are those that STS accepts in tokens: 1 to MaxAudiences.
	Audiences []string
	// Thumbprints are of certificates of the issuer, up to MaxThumbprints. AWS needs none
	// if a public certificate authority signed the issuer's certificate.
	Thumbprints []string
}

var thumbprint = regexp.MustCompile(`^[0-9A-Fa-f]{40}$`)

// Check returns every problem, each as a FieldError.
func (p OidcProvider) Check() []error {
	var errs fieldErrors
	if len(p.Audiences) == 0 || len(p.Audiences) > MaxAudiences {
		errs.add(fmt.Errorf("must be 1 to %d audiences", MaxAudiences), p.Audiences, "audiences")
	}
	for i, err := range checkAudiences(p.Audiences) {
		errs.add(err, p.Audiences[i], "audiences", i)
	}
	if len(p.Thumbprints) > MaxThumbprints {
		errs.add(fmt.Errorf("must be at most %d thumbprints", MaxThumbprints), p.Thumbprints, "thumbprints")
	}
	for i, text := range p.Thumbprints {
		if !thumbprint.MatchString(text) {
			errs.add(fmt.Errorf("must be the SHA-1 thumbprint of a certificate: 40 hexadecimal digits"), text, "thumbprints", i)
		}
	}
	return errs
}

// CheckAccepts rejects a trust with audiences that the provider of its issuer does not
// have: STS refuses their tokens.
func (p OidcProvider) CheckAccepts(trust OidcTrust) []error {
	var errs fieldErrors
	for i, audience := range trust.Audiences {
		if !slices.Contains(p.Audiences, audience) {
			errs.add(fmt.Errorf("must be an audience of the issuer's provider under oidcProviders"), audience, "audiences", i)
		}
	}
	return errs
}
