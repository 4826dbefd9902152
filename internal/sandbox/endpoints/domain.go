package endpoints

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"slices"

	"iam-secured-api/internal/sandbox/certificates"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/loopback"
)

// Domain is the endpoint of a custom domain.
type Domain struct {
	Name      string
	Address   string // on loopback, with the port
	Authority *certificates.Authority
}

// openDomain serves a domain over TLS with a certificate of an authority of its own.
func (e *Endpoints) openDomain(handler *gateway.Domain, name string) error {
	authority, err := certificates.New("servers of the sandbox")
	if err != nil {
		return err
	}
	issued, err := authority.Server(name)
	if err != nil {
		return err
	}
	server, err := loopback.ServeTLS(handler, handler.TLS(issued.TLS()))
	if err != nil {
		return err
	}
	e.servers = append(e.servers, server)
	e.Domain = &Domain{name, server.Address(), authority}
	e.InvokeURL = "https://" + name
	return nil
}

// Transport returns a transport that reaches the domain at its address, with the client's
// certificates, and other hosts as usual. Without a domain, it is a plain transport.
func (e *Endpoints) Transport(certificates ...tls.Certificate) *http.Transport {
	transport := &http.Transport{}
	if e.Domain == nil {
		return transport
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: e.Domain.Authority.Pool(), Certificates: slices.Clone(certificates)}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == e.Domain.Name+":443" {
			address = e.Domain.Address
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	return transport
}
