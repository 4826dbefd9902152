package main

import (
	"crypto/tls"
	"errors"
	"net/http"
	"os"
	"path/filepath"

	"iam-secured-api/internal/prepare"
	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/certificates"
)

// servedDomain is what clients need to send requests to the domain.
type servedDomain struct {
	Name    string `json:"name"`
	Address string `json:"address"` // HOST:PORT on loopback, where it is served
	CAFile  string `json:"caFile"`  // of the domain's certificate
	// Of a client that the truststore accepts; empty without mutual TLS.
	CertificateFile string `json:"certificateFile,omitempty"`
	KeyFile         string `json:"keyFile,omitempty"`
}

// newClient returns the client of the sandbox's own requests, which use no proxy. It
// reaches the domain, if there is one.
func (d *deployment) newClient() (*http.Client, error) {
	var own []tls.Certificate
	issued, err := d.clientCertificate()
	if err != nil {
		return nil, err
	}
	if issued != nil {
		own = append(own, issued.TLS())
	}
	transport := d.endpoints.Transport(own...)
	transport.MaxIdleConnsPerHost = workers
	return prove.NewHTTP(transport), nil
}

// clientCertificate issues a certificate that the domain accepts; nil without mutual TLS.
func (d *deployment) clientCertificate() (*certificates.Issued, error) {
	if d.plan.Domain == nil || d.plan.Domain.MutualTls == nil {
		return nil, nil
	}
	authority, err := prepare.Clients()
	if err != nil {
		return nil, err
	}
	issued, err := authority.Client("client of the sandbox")
	return &issued, err
}

// writeDomain writes the certificates for requests to the domain to a temporary folder,
// which the function remove deletes. Without a domain, it does nothing.
func (d *deployment) writeDomain() (_ *servedDomain, remove func() error, err error) {
	domain := d.endpoints.Domain
	if domain == nil {
		return nil, func() error { return nil }, nil
	}
	client, err := d.clientCertificate()
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "sandbox-domain-")
	if err != nil {
		return nil, nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	s := &servedDomain{Name: domain.Name, Address: domain.Address}
	write := func(path *string, name string, content []byte) {
		*path = filepath.Join(dir, name)
		err = errors.Join(err, os.WriteFile(*path, content, 0o600))
	}
	write(&s.CAFile, "ca.pem", domain.Authority.PEM())
	if client != nil {
		write(&s.CertificateFile, "client.pem", client.Certificate)
		write(&s.KeyFile, "client.key", client.Key)
	}
	if err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return s, remove, nil
}

// options returns the options of curl that reach the domain.
func (s *servedDomain) options() string {
	if s == nil {
		return ""
	}
	text := " --cacert " + s.CAFile + " --connect-to " + s.Name + ":443:" + s.Address
	if s.CertificateFile != "" {
		text += " --cert " + s.CertificateFile + " --key " + s.KeyFile
	}
	return text
}
