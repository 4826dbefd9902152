package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/sandbox/gateway"
)

// served is what one needs to send requests; `serve -json` prints it on one line.
type served struct {
	InvokeURL        string                       `json:"invokeUrl"`
	Region           string                       `json:"region"`
	STSEndpoint      string                       `json:"stsEndpoint"`
	MetadataEndpoint string                       `json:"metadataEndpoint"` // of the first instance role
	Principals       map[string]shownPrincipal    `json:"principals"`
	AccessMatrix     map[string]map[string]string `json:"accessMatrix"`
	ExecutionARN     string                       `json:"executionArn"`
	AccountDetails   string                       `json:"accountDetails"` // path of the file that writeDetails writes
	Domain           *servedDomain                `json:"domain,omitempty"`
}

// serve deploys both programs and serves the endpoints until ctx ends.
func serve(ctx context.Context, out, log io.Writer, asJSON bool) (err error) {
	root, err := gotool.ModuleRoot()
	if err != nil {
		return err
	}
	t, err := newTrial(root, root, log)
	if err != nil {
		return err
	}
	outputs, err := t.deployAll(ctx)
	if err != nil {
		return err
	}
	api, err := open(t.aws, t.plan, outputs, gateway.Options{Observe: t.progress.request, Log: t.progress.logger()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, api.endpoints.Close()) }()
	client, err := api.newClient()
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	everyone, err := api.assemble(newBorrowed(t.aws), client) // nothing is deleted: it ends with the process
	if err != nil {
		return err
	}
	s := api.served(everyone)
	path, remove, err := writeDetails(t.aws)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	s.AccountDetails = path
	domain, removeDomain, err := api.writeDomain()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeDomain()) }()
	s.Domain = domain
	if err := s.write(out, asJSON); err != nil {
		return err
	}
	fmt.Fprintf(log, "who else in the account can call:\n  go run ./cmd/access who -api %s Pulumi.sandbox.yaml %s\n", s.ExecutionARN, s.AccountDetails)
	fmt.Fprintln(log, "serving until Ctrl-C; each call is a line:")
	<-ctx.Done()
	return nil
}

func (d *deployment) served(everyone []principal) served {
	s := served{
		InvokeURL: d.endpoints.InvokeURL, Region: d.region, STSEndpoint: d.endpoints.STS,
		Principals: map[string]shownPrincipal{}, AccessMatrix: d.outputs.AccessMatrix, ExecutionARN: d.outputs.ExecutionARN,
	}
	for _, p := range everyone {
		if p.name != access.Anyone && !p.session {
			s.Principals[p.name] = p.shown
		}
	}
	if roles := slices.Sorted(maps.Keys(d.endpoints.Metadata)); len(roles) > 0 {
		s.MetadataEndpoint = d.endpoints.Metadata[roles[0]]
	}
	return s
}

// request prints a line about a request.
func (p *progress) request(r gateway.Request) {
	who := "unsigned"
	if r.Caller != "" {
		who = "by " + r.Caller
	}
	fmt.Fprintf(p, "%s %d %s %s %s: %s\n", time.Now().Format(time.TimeOnly), r.Status, r.Method, r.Path, who, r.Reason)
}

func (s served) write(out io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(s)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "export URL=%s AWS_REGION=%s AWS_ENDPOINT_URL_STS=%s\n", s.InvokeURL, s.Region, s.STSEndpoint)
	if s.Domain != nil {
		fmt.Fprintf(&text, "\nThe domain is served on %s. Requests to it need these options of curl:\n\n %s\n", s.Domain.Address, s.Domain.options())
	}
	fmt.Fprint(&text, "\nThese credentials and tokens exist here alone, and end with this process. "+
		"Paste those of one principal into a shell without others:\n")
	for _, name := range slices.Sorted(maps.Keys(s.Principals)) {
		fmt.Fprintf(&text, "\n%s\n", name)
		for _, line := range s.Principals[name].lines() {
			fmt.Fprintf(&text, "  %s\n", strings.Replace(line, "# curl ", "# curl"+s.Domain.options()+" ", 1))
		}
	}
	if user, path, found := s.example(); found {
		fmt.Fprintf(&text, "\nFor example, as %s:\n\n  curl%s --aws-sigv4 aws:amz:%s:execute-api --user %s:%s %s%s\n",
			user, s.Domain.options(), s.Region, s.Principals[user].AccessKeyID, s.Principals[user].SecretAccessKey, s.InvokeURL, path)
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// example returns a request that is allowed: GET of a path without variables, by a
// user.
func (s served) example() (user, path string, found bool) {
	for _, name := range slices.Sorted(maps.Keys(s.Principals)) {
		if !strings.HasPrefix(name, "user/") {
			continue
		}
		for _, route := range slices.Sorted(maps.Keys(s.AccessMatrix[name])) {
			path, isGet := strings.CutPrefix(route, "GET ")
			if isGet && !strings.Contains(path, "{") && s.AccessMatrix[name][route] == access.Allow().String() {
				return name, path, true
			}
		}
	}
	return "", "", false
}

// lines returns commands and comments. After the commands, the AWS CLI and the SDKs find
// the principal's credentials.
func (p shownPrincipal) lines() (lines []string) {
	export := func(pairs ...string) {
		line := "export"
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				line += " " + pairs[i] + "=" + pairs[i+1]
			}
		}
		lines = append(lines, line)
	}
	mfa := ""
	if p.MFA != nil {
		lines = append(lines, "# CODE is of the MFA device with the seed "+p.MFA.Seed)
		mfa = " --serial-number " + p.MFA.SerialNumber + " --token-code CODE"
	}
	switch {
	case p.AccessKeyID != "":
		export("AWS_ACCESS_KEY_ID", p.AccessKeyID, "AWS_SECRET_ACCESS_KEY", p.SecretAccessKey, "AWS_SESSION_TOKEN", p.SessionToken)
		if mfa != "" {
			lines = append(lines, "aws sts get-session-token"+mfa)
		}
	case p.AssumedBy != "":
		command := "aws sts assume-role --role-session-name me --role-arn " + p.RoleARN
		if p.ExternalID != "" {
			command += " --external-id " + p.ExternalID
		}
		lines = append(lines, "# as "+p.AssumedBy+":", command+mfa)
	case p.MetadataEndpoint != "":
		export("AWS_EC2_METADATA_SERVICE_ENDPOINT", p.MetadataEndpoint)
	case p.ContainerCredentials != "":
		export("AWS_CONTAINER_CREDENTIALS_FULL_URI", p.ContainerCredentials, "AWS_CONTAINER_AUTHORIZATION_TOKEN", p.AuthorizationToken)
	case p.BearerToken != "":
		export("TOKEN", p.BearerToken)
		lines = append(lines, `# curl -H "Authorization: Bearer $TOKEN" "$URL/PATH", where PATH is that of a route of the authorizer`)
	case p.WebIdentityToken != "":
		export("AWS_ROLE_ARN", p.RoleARN, "AWS_WEB_IDENTITY_TOKEN_FILE", "token")
		lines = append(lines, "printf %s "+p.WebIdentityToken+" >token")
	case p.IdentityPool != nil:
		lines = append(lines, p.IdentityPool.commands()...)
	default:
		lines = append(lines, "# no principal here has "+p.RoleARN+"; another role may have those whom it trusts")
	}
	return lines
}

// commands returns the commands that get the credentials of an identity.
func (p identityPool) commands() []string {
	logins := ""
	for issuer, token := range p.Logins {
		logins = " --logins " + issuer + "=" + token
	}
	command := "aws cognito-identity --endpoint-url " + p.Endpoint + " --no-sign-request "
	return []string{
		command + "get-id --identity-pool-id " + p.ID + logins,
		command + "get-credentials-for-identity --identity-id ID" + logins,
	}
}
