package components

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// Backend answers requests of an HttpApi. Exactly one of Url and Function is set.
type Backend struct {
	// Url is an HTTPS URL. The path of each request is appended to it; see
	// CheckBackendUrl. Requests have headers that name the caller; see CallerHeaders.
	Url string
	// Function is a Lambda function, invoked with payload format 2.0.
	Function *Function
}

// Function is a Lambda function.
type Function struct {
	// Name is the function's name or ARN, without a qualifier.
	Name pulumi.StringInput
	// InvokeArn is the ARN that API Gateway invokes the function by, with the
	// qualifier if there is one.
	InvokeArn pulumi.StringInput
	// Qualifier is the version or the alias that API Gateway may invoke. If empty, it
	// is the function as it is.
	Qualifier string
}

// Headers that tell a URL backend who called. API Gateway sets those that a route's kind
// of authorization has, and removes the others, so that no client can forge one.
const (
	// HeaderCallerArn is the ARN of the principal that called a route under IAM.
	HeaderCallerArn = "x-caller-arn"
	// HeaderCallerAccount is the principal's account.
	HeaderCallerAccount = "x-caller-account"
	// HeaderCallerSubject is the claim sub of the token that a route was called with.
	HeaderCallerSubject = "x-caller-subject"
)

// CallerHeaders maps each header that tells a URL backend who called to the variable
// that it contains, by the kind of authorization. What API Gateway does with a header if
// the variable is empty is not documented. Only the claim sub of a token may be.
var CallerHeaders = map[access.Authorization]map[string]string{
	access.IAM: {
		HeaderCallerArn:     "$context.identity.userArn",
		HeaderCallerAccount: "$context.identity.accountId",
	},
	access.Token: {HeaderCallerSubject: "$context.authorizer.claims.sub"},
	access.Open:  {},
}

func (b Backend) isZero() bool { return b.Url == "" && b.Function == nil }

func (b Backend) validate(p *problems, field string) {
	switch {
	case b.Function == nil:
		p.field(field+".Url", access.WithoutUserInfo(b.Url), CheckBackendUrl(b.Url))
	case b.Url != "":
		p.field(field+".Url", access.WithoutUserInfo(b.Url), errors.New("must not be set beside "+field+".Function"))
	default:
		p.required(field+".Function.Name", b.Function.Name != nil)
		p.required(field+".Function.InvokeArn", b.Function.InvokeArn != nil)
	}
}

// parameters returns the request parameters of the backend's integration for a kind of
// authorization.
func (b Backend) parameters(kind access.Authorization) pulumi.StringMap {
	parameters := pulumi.StringMap{"overwrite:path": pulumi.String(forwardPath(b.Url))}
	for _, headers := range CallerHeaders {
		for name := range headers {
			if variable, has := CallerHeaders[kind][name]; has {
				parameters["overwrite:header."+name] = pulumi.String(variable)
			} else {
				parameters["remove:header."+name] = pulumi.String("''") // as the developer guide writes it
			}
		}
	}
	return parameters
}

// CheckBackendUrl accepts an absolute HTTPS URL that a request's path can be
// appended to.
func CheckBackendUrl(s string) error {
	u, err := url.Parse(s)
	if err != nil || len(s) > 2048 || u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.ContainsAny(s, "{}$# ") {
		return fmt.Errorf(`must be an https URL of up to 2048 characters without user, query, fragment and variables, such as "https://backend.example.com/v1"`)
	}
	return nil
}

// forwardPath returns the value of overwrite:path that appends the request's path to the
// backend's. Without it, an HTTP_PROXY integration requests its URL unchanged.
func forwardPath(backend string) string {
	if u, err := url.Parse(backend); err == nil && strings.Trim(u.Path, "/") != "" {
		return strings.TrimRight(u.EscapedPath(), "/") + "${request.path}"
	}
	return "$request.path"
}
