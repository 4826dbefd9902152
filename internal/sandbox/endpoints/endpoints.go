// Package endpoints serves the HTTP endpoints of simulated AWS for a deployed stack:
// its API, STS, for each instance role the metadata of an EC2 instance, the credentials
// of containers, identity pools, and the issuers of tokens.
package endpoints

import (
	"errors"
	"net/http"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/cognito"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/loopback"
	"iam-secured-api/internal/sandbox/metadata"
	"iam-secured-api/internal/sandbox/oidc"
	"iam-secured-api/internal/sandbox/sts"
)

// Stack says what the endpoints serve.
type Stack struct {
	Account string
	Region  string
	APIID   string
	Stage   string
	// Domain is the API's custom domain; empty for none.
	Domain string
	// Profiles are the names of instance profiles, by the names of their roles.
	Profiles map[string]string
}

// Endpoints are served until they are closed.
type Endpoints struct {
	// InvokeURL is the stage's, without a slash at its end. With a domain, it is the
	// domain's, which only Client reaches.
	InvokeURL string
	// Own is the URL of the API's own endpoint, without a stage.
	Own string
	// Domain is the endpoint of the domain; nil for none.
	Domain *Domain
	// STS is the endpoint of STS.
	STS string
	// Metadata are the endpoints of the instance metadata, by role.
	Metadata map[string]string

	// OIDC is the base URL of the issuers: https://HOST/PATH is served at OIDC/HOST/PATH.
	// Issuers signs their tokens.
	OIDC    string
	Issuers *oidc.Issuers
	// Containers is the base URL of the credentials of ECS tasks and pods. Agents starts
	// tasks and associates service accounts with roles.
	Containers string
	Agents     *metadata.Containers
	// Cognito is the endpoint of the identity pools in Pools.
	Cognito string
	Pools   *cognito.Pools

	servers []*loopback.Server
}

// Open serves all endpoints of a stack on loopback. They use the gateway's clock.
func Open(c *cloud.Cloud, stack Stack, options gateway.Options) (*Endpoints, error) {
	e := &Endpoints{Metadata: map[string]string{}}
	var err error
	serve := func(handler http.Handler) (url string) {
		if err != nil {
			return ""
		}
		var server *loopback.Server
		if server, err = loopback.Serve(handler); err != nil {
			return ""
		}
		e.servers = append(e.servers, server)
		return server.URL()
	}
	e.Issuers = oidc.NewIssuers(options.Now)
	e.OIDC = serve(e.Issuers)
	options.Tokens = oidc.NewVerifier(e.OIDC, oidc.Options{Algorithms: oidc.RSA, Now: options.Now})
	api := gateway.New(c, stack.Account, stack.Region, stack.APIID, options)
	e.Own = serve(api)
	e.InvokeURL = e.Own
	if stack.Stage != "$default" {
		e.InvokeURL += "/" + stack.Stage
	}
	if stack.Domain != "" && err == nil {
		err = e.openDomain(api.Domain(stack.Domain), stack.Domain)
	}
	e.STS = serve(sts.New(c, stack.Region,
		oidc.NewVerifier(e.OIDC, oidc.Options{Tolerance: oidc.STSTolerance, Now: options.Now}), options.Now))
	verifier := oidc.NewVerifier(e.OIDC, oidc.Options{Now: options.Now})
	e.Agents = metadata.NewContainers(c, stack.Account, stack.Region, verifier, options.Now)
	e.Containers = serve(e.Agents)
	e.Pools = cognito.New(stack.Region, e.STS, e.Issuers, verifier, options.Now)
	e.Cognito = serve(e.Pools)
	for role, profile := range stack.Profiles {
		e.Metadata[role] = serve(metadata.New(c, stack.Account, stack.Region, profile, options.Now))
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Close closes all endpoints.
func (e *Endpoints) Close() error {
	var errs []error
	for _, server := range e.servers {
		errs = append(errs, server.Close())
	}
	return errors.Join(errs...)
}
