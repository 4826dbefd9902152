package components

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// Backend answers requests of an HttpApi. Exactly one of Url and Function is set.
type Backend struct {
	// Url is an HTTPS URL. The path of each request is appended to it; see
	// CheckBackendUrl. Headers name the caller; see HeaderCallerArn.
	Url string
	// Headers are added to every request to Url, by name, and replace those of the client;
	// see CheckHeaderName. They are secret in the state. API Gateway accepts values of up
	// to 512 characters, and reads a $ as the beginning of a variable.
	Headers map[string]pulumi.StringInput
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
	// Qualifier is the version or the alias that API Gateway may invoke; empty for none.
	Qualifier string
}

// Headers that name the caller to a URL backend. API Gateway sets those of the route's kind
// of authorization and removes the others, so clients cannot forge them.
const (
	// HeaderCallerArn is the ARN of the principal that called a route under IAM.
	HeaderCallerArn = "x-caller-arn"
	// HeaderCallerAccount is the principal's account.
	HeaderCallerAccount = "x-caller-account"
	// HeaderCallerSubject is the claim sub of the token that a route was called with.
	HeaderCallerSubject = "x-caller-subject"
)

// callerHeaders are the headers that name the caller, with their variables, by the kind of
// authorization. Of the variables, only the claim sub of a token can be empty. AWS does not
// document how API Gateway then sets the header.
var callerHeaders = map[access.Authorization]map[string]string{
	access.IAM: {
		HeaderCallerArn:     "$context.identity.userArn",
		HeaderCallerAccount: "$context.identity.accountId",
	},
	access.Token: {HeaderCallerSubject: "$context.authorizer.claims.sub"},
	access.Open:  {},
}

func (b Backend) isZero() bool { return b.Url == "" && b.Function == nil }

func (b Backend) validate(p *problems, field string) {
	for _, name := range sortedKeys(b.Headers) {
		p.field(field+".Headers", name, CheckHeaderName(name))
		p.required(fmt.Sprintf("%s.Headers[%q]", field, name), b.Headers[name] != nil)
	}
	switch {
	case b.Function == nil:
		p.field(field+".Url", access.WithoutUserInfo(b.Url), CheckBackendUrl(b.Url))
	case len(b.Headers) > 0:
		p.field(field+".Headers", sortedKeys(b.Headers), errors.New("must be left out: only requests to a URL have them"))
	case b.Url != "":
		p.field(field+".Url", access.WithoutUserInfo(b.Url), errors.New("must not be set together with "+field+".Function"))
	default:
		p.required(field+".Function.Name", b.Function.Name != nil)
		p.required(field+".Function.InvokeArn", b.Function.InvokeArn != nil)
	}
}

// parameters returns the request parameters of the backend's integration for a kind of
// authorization.
func (b Backend) parameters(kind access.Authorization) pulumi.StringMap {
	parameters := pulumi.StringMap{"overwrite:path": pulumi.String(forwardPath(b.Url))}
	for _, headers := range callerHeaders {
		for name := range headers {
			if variable, has := callerHeaders[kind][name]; has {
				parameters["overwrite:header."+name] = pulumi.String(variable)
			} else {
				parameters["remove:header."+name] = pulumi.String("''") // as the developer guide writes it
			}
		}
	}
	for name, value := range b.Headers {
		parameters["overwrite:header."+name] = value
	}
	return parameters
}

var headerName = regexp.MustCompile(`^[a-z0-9-]{1,100}$`)

// reservedHeader matches headers that API Gateway does not let a mapping change
// (developer guide, "Transform API requests and responses for HTTP APIs").
var reservedHeader = regexp.MustCompile(`^(access-control-.*|apigw-.*|authorization|connection|content-(encoding|length|location)|forwarded|` +
	`keep-alive|origin|proxy-auth(enticate|orization)|te|trailers|transfer-encoding|upgrade|x-amzn?-.*|x-forwarded-(for|host|proto)|via)$`)

// CheckHeaderName accepts the name of a header of a Backend: in lower case, not reserved by
// API Gateway, and not one that names the caller.
func CheckHeaderName(name string) error {
	if !headerName.MatchString(name) || reservedHeader.MatchString(name) || name == "host" || strings.HasPrefix(name, "x-caller-") {
		return errors.New(`must be 1 to 100 lower case letters, digits and "-", and not one that API Gateway sets or reserves, ` +
			`such as "x-origin-verify"`)
	}
	return nil
}

// maxParameter is the quota of a request parameter's value, in characters (API Gateway
// CreateIntegration).
const maxParameter = 512

// CheckBackendUrl accepts an absolute HTTPS URL that a request's path can be
// appended to.
func CheckBackendUrl(s string) error {
	u, err := url.Parse(s)
	if err != nil || len(s) > 2048 || len(forwardPath(s)) > maxParameter || strings.ContainsFunc(s, isNotASCII) || u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.ContainsAny(s, "{}$# ") {
		return fmt.Errorf(`must be an https URL in ASCII, of up to 2048 characters with a path of up to %d, `+
			`without user, query, fragment and variables, such as "https://backend.example.com/v1"`, maxParameter-len("${request.path}"))
	}
	return nil
}

func isNotASCII(r rune) bool { return r > unicode.MaxASCII }

// forwardPath returns the value of overwrite:path that appends the request's path to the
// backend's. Without it, an HTTP_PROXY integration requests its URL unchanged.
func forwardPath(backend string) string {
	if u, err := url.Parse(backend); err == nil && strings.Trim(u.Path, "/") != "" {
		return strings.TrimRight(u.EscapedPath(), "/") + "${request.path}"
	}
	return "$request.path"
}
