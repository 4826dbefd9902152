package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/loopback"
)

// Domain is an [http.Handler] for the requests to a custom domain of an API, which must
// arrive over TLS.
type Domain struct {
	gateway *Gateway
	name    string
}

// Domain returns the endpoint of a domain.
func (g *Gateway) Domain(name string) *Domain { return &Domain{g, name} }

// ServeHTTP implements [http.Handler].
func (d *Domain) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.gateway.serve(w, r, d.name) }

// TLS returns the configuration of the domain's handshakes: TLS 1.2 or newer, for the
// domain alone. On AWS, other server names get another certificate. With mutual TLS, the
// client must have a certificate, which ServeHTTP verifies: API Gateway answers with 403
// if its authority is not in the truststore.
func (d *Domain) TLS(certificate tls.Certificate) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}
	mutual := config.Clone()
	mutual.ClientAuth = tls.RequireAnyClientCert
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if !strings.EqualFold(hello.ServerName, d.name) {
			return nil, errors.New("the server name is not the domain")
		}
		switch found, err := d.gateway.domain(d.name); {
		case err != nil:
			return nil, err
		case found.MutualTLS != nil:
			return mutual, nil
		}
		return nil, nil
	}
	return config
}

// domain returns the domain name's settings.
func (g *Gateway) domain(name string) (cloud.DomainName, error) {
	return g.domains.Get(g.cloud, name, func() (cloud.DomainName, error) { return g.home().GetDomainName(name) })
}

// isAddressed reports whether the request's Host is the endpoint. AWS does not document
// what it does with a domain in capitals, with a dot at the end or with a port: the
// sandbox refuses them.
func (e *exchange) isAddressed() bool {
	if e.domain != "" {
		return e.request.TLS != nil && e.request.Host == e.domain
	}
	return loopback.IsOwn(e.request.Host) && loopback.IsHere(e.request)
}

// findMapped verifies the client's certificate, and finds the stage that the domain is
// mapped to. The path has no stage.
func (e *exchange) findMapped() error {
	g := e.gateway
	domain, err := g.domain(e.domain)
	if err != nil {
		return forbidden("the domain does not exist")
	}
	if domain.MutualTLS != nil {
		if err := verifyClient(e.request.TLS, domain.Truststore, e.start); err != nil {
			return forbidden("client certificate: " + err.Error())
		}
	}
	mapping, err := g.mappings.Get(g.cloud, e.domain, func() (cloud.Mapping, error) {
		list, err := g.home().GetApiMappings(e.domain)
		if err != nil || len(list) == 0 {
			return cloud.Mapping{}, err
		}
		return list[0], nil // the sandbox models one, without a key
	})
	switch {
	case err != nil || mapping.APIID == "":
		return forbidden("the domain has no mapping")
	case mapping.APIID != g.api:
		return failed("the sandbox does not serve the API that the domain is mapped to")
	}
	e.path = e.request.URL.EscapedPath()
	if !strings.HasPrefix(e.path, "/") {
		return notFound("no path")
	}
	e.stage, err = g.stages.Get(g.cloud, mapping.Stage, func() (cloud.Stage, error) { return g.home().GetStage(g.api, mapping.Stage) })
	if err != nil {
		return notFound("no stage")
	}
	return nil
}

// verifyClient verifies that an authority in a truststore issued the client's certificate,
// and that it is a certificate for clients.
func verifyClient(state *tls.ConnectionState, truststore string, now time.Time) error {
	if len(state.PeerCertificates) == 0 { // the connection is older than the setting
		return errors.New("there is none")
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(truststore))
	for _, certificate := range state.PeerCertificates[1:] {
		between.AddCert(certificate)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err
}

// domainPrefix returns the first label of the domain, or the API's id: as in the events of
// github.com/aws-powertools/powertools-lambda-python, pull request 579.
func (e *exchange) domainPrefix() string {
	if e.domain == "" {
		return e.gateway.api
	}
	prefix, _, _ := strings.Cut(e.domain, ".")
	return prefix
}

// fullPath returns the path with the stage's name, which functions get at a domain, too:
// github.com/CodeGenieApp/serverless-express, issue 465.
func (e *exchange) fullPath() string {
	if e.domain == "" || e.stage.StageName == "$default" {
		return e.request.URL.EscapedPath()
	}
	return "/" + e.stage.StageName + e.path
}

// authentication returns the client's certificate as functions get it.
func (e *exchange) authentication() (a events.APIGatewayV2HTTPRequestContextAuthentication) {
	if e.request.TLS == nil || len(e.request.TLS.PeerCertificates) == 0 {
		return a
	}
	const form = "Jan _2 15:04:05 2006 GMT"
	c := e.request.TLS.PeerCertificates[0]
	a.ClientCert.ClientCertPem = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	a.ClientCert.IssuerDN, a.ClientCert.SubjectDN, a.ClientCert.SerialNumber = c.Issuer.String(), c.Subject.String(), c.SerialNumber.String()
	a.ClientCert.Validity.NotBefore, a.ClientCert.Validity.NotAfter = c.NotBefore.UTC().Format(form), c.NotAfter.UTC().Format(form)
	return a
}
