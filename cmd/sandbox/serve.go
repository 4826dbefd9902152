package main

import (
	"cmp"
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
	AccountDetails   string                       `json:"accountDetails"` // path of a file, see writeDetails
}

// serve deploys both programs and serves the endpoints until ctx ends.
func serve(ctx context.Context, out, log io.Writer, asJSON bool) (err error) {
	t, err := newTrial(log)
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
	client := newClient()
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
		if p.credentials != nil && !p.session {
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
	who := cmp.Or(r.Caller, "nobody known")
	fmt.Fprintf(p, "%s %d %s %s by %s: %s\n", time.Now().Format(time.TimeOnly), r.Status, r.Method, r.Path, who, r.Reason)
}

func (s served) write(out io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(s)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "invokeUrl   %s\nregion      %s\nSTS         %s\n", s.InvokeURL, s.Region, s.STSEndpoint)
	if s.MetadataEndpoint != "" {
		fmt.Fprintf(&text, "metadata    %s\n", s.MetadataEndpoint)
	}
	fmt.Fprint(&text, "\nThese credentials exist here alone, and end with this process:\n")
	for _, name := range slices.Sorted(maps.Keys(s.Principals)) {
		fmt.Fprintf(&text, "\n%s\n%s", name, s.Principals[name].lines())
	}
	if user, path, found := s.example(); found {
		fmt.Fprintf(&text, "\nFor example, as %s:\n\n  curl --aws-sigv4 aws:amz:%s:execute-api --user %s:%s %s%s\n",
			user, s.Region, s.Principals[user].AccessKeyID, s.Principals[user].SecretAccessKey, s.InvokeURL, path)
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

func (p shownPrincipal) lines() string {
	var text strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&text, "  %-16s %s\n", name, value)
		}
	}
	line("accessKeyId", p.AccessKeyID)
	line("secretAccessKey", p.SecretAccessKey)
	line("roleArn", p.RoleARN)
	line("externalId", p.ExternalID)
	line("metadata", p.MetadataEndpoint)
	line("containers", p.ContainerCredentials)
	line("containers token", p.AuthorizationToken)
	line("web identity", p.WebIdentityToken)
	if p.IdentityPool != nil {
		line("cognito", p.IdentityPool.Endpoint)
		line("identity pool", p.IdentityPool.ID)
		for issuer, token := range p.IdentityPool.Logins {
			line("login", issuer+"="+token)
		}
	}
	if p.MFA != nil {
		line("mfa serial", p.MFA.SerialNumber)
		line("mfa seed", p.MFA.Seed)
	}
	return text.String()
}
