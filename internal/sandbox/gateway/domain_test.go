package gateway_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/certificates"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/loopback"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const (
	domainName  = "api.example.com"
	certificate = "arn:aws:acm:us-east-1:111122223333:certificate/own"
	truststore  = "s3://shop/clients.pem"
)

// domainWorld is a world whose API has a domain, and no endpoint of its own.
type domainWorld struct {
	*world
	address string
	servers *certificates.Authority
	clients *certificates.Authority // in the truststore
	mapping cloud.Mapping
}

func newDomainWorld(t testing.TB) *domainWorld {
	w := &domainWorld{world: newWorld(t, nil), servers: Must(certificates.New("servers")), clients: Must(certificates.New("clients"))}
	OK(w.region.AddCertificate(cloud.Certificate{ARN: certificate, Names: []string{domainName}}))
	OK(w.region.AddTruststore(truststore, "1", string(w.clients.PEM())))
	Must(w.region.CreateDomainName(w.domain(nil)))
	w.mapping = Must(w.region.CreateApiMapping(domainName, cloud.MappingSettings{APIID: w.api.APIID, Stage: "prod"}))
	settings := w.api.APISettings
	settings.DisableExecuteAPIEndpoint = true
	OK(w.region.UpdateApi(w.api.APIID, settings))
	domain := gateway.New(w.cloud, cloud.APIAccount, region, w.api.APIID, w.options).Domain(domainName)
	server := Must(loopback.ServeTLS(domain, domain.TLS(Must(w.servers.Server(domainName)).TLS())))
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	w.address = server.Address()
	return w
}

func (w *domainWorld) domain(mutual *cloud.MutualTLS) cloud.DomainSettings {
	return cloud.DomainSettings{Domain: domainName, MutualTLS: mutual,
		Endpoint: cloud.DomainEndpoint{CertificateARN: certificate, EndpointType: "REGIONAL", SecurityPolicy: "TLS_1_2"}}
}

// dial connects as a client with a server name and certificates.
func (w *domainWorld) dial(name string, change func(*tls.Config), own ...tls.Certificate) (net.Conn, error) {
	config := &tls.Config{ServerName: name, RootCAs: w.servers.Pool(), Certificates: own}
	if change != nil {
		change(config)
	}
	return (&tls.Dialer{Config: config}).DialContext(context.Background(), "tcp", w.address)
}

// get sends GET target with a Host and returns status and body; 0 if the connection fails.
// john signs the request for the URL signed; empty for no signature.
func (w *domainWorld) get(target, host, signed string, own ...tls.Certificate) (int, string) {
	connection, err := w.dial(domainName, nil, own...)
	if err != nil {
		return 0, err.Error()
	}
	defer connection.Close()
	text := "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n"
	if signed != "" {
		r := Must(http.NewRequest(http.MethodGet, signed, nil))
		OK(prove.Sign(r, w.john, "", region, w.now()))
		for name := range r.Header {
			text += name + ": " + r.Header.Get(name) + "\r\n"
		}
	}
	if _, err := io.WriteString(connection, text+"\r\n"); err != nil {
		return 0, err.Error()
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	return response.StatusCode, string(Must(io.ReadAll(response.Body)))
}

const atDomain = "https://" + domainName + "/products"

// TestDomainAttacks tries hosts and signatures. Only a request for the domain, signed for
// it, reaches the backend.
func TestDomainAttacks(t *testing.T) {
	w := newDomainWorld(t)
	own := w.api.APIID + ".execute-api.us-east-1.amazonaws.com"
	status, _ := w.get("/products", domainName, atDomain)
	require.Equal(t, 200, status)
	status, _ = w.get(atDomain, domainName, atDomain)
	require.Equal(t, 200, status, "an absolute request line")
	before := w.invoked()
	for name, test := range map[string]struct {
		target, host, signed string
		status               int
	}{
		"not signed":                            {"/products", domainName, "", 403},
		"signed for the own endpoint":           {"/products", domainName, "https://" + own + "/prod/products", 403},
		"signed for loopback":                   {"/products", domainName, "http://" + w.address + "/products", 403},
		"signed for another domain":             {"/products", domainName, "https://shop.example.com/products", 403},
		"signed with a port":                    {"/products", domainName, "https://" + domainName + ":8443/products", 403},
		"signed with the stage":                 {"/products", domainName, "https://" + domainName + "/prod/products", 403},
		"signed for another path":               {"/products", domainName, "https://" + domainName + "/", 403},
		"the stage in the path":                 {"/prod/products", domainName, "https://" + domainName + "/prod/products", 404},
		"another host":                          {"/products", "shop.example.com", "https://shop.example.com/products", 403},
		"capitals":                              {"/products", "API.example.com", "https://API.example.com/products", 403},
		"a dot at the end":                      {"/products", domainName + ".", "https://" + domainName + "./products", 403},
		"a port":                                {"/products", domainName + ":443", "https://" + domainName + "/products", 403},
		"an address":                            {"/products", w.address, "https://" + w.address + "/products", 403},
		"the own endpoint":                      {"/prod/products", own, "https://" + own + "/prod/products", 403},
		"an absolute request line of the other": {"https://" + own + "/prod/products", domainName, atDomain, 403},
	} {
		status, body := w.get(test.target, test.host, test.signed)
		assert.Equal(t, test.status, status, name)
		assert.Equal(t, map[int]string{403: forbidden, 404: notFound}[test.status], body, name)
	}
	assert.Equal(t, before, w.invoked())
	for _, path := range []string{"/prod/products", "/products"} {
		status, body := w.as(w.jane, "GET", path, "")
		assert.Equal(t, 404, status, "the own endpoint is disabled")
		assert.Equal(t, notFound, body)
	}
}

func TestDomainHandshakes(t *testing.T) {
	w := newDomainWorld(t)
	for _, name := range []string{"shop.example.com", "127.0.0.1", "example.com", "x." + domainName} {
		_, err := w.dial(name, func(c *tls.Config) { c.InsecureSkipVerify = true })
		assert.Error(t, err, name)
	}
	_, err := w.dial(domainName, func(c *tls.Config) { c.RootCAs = w.clients.Pool() })
	assert.Error(t, err, "of the sandbox's own authority")
	for version, ok := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		connection, err := w.dial(domainName, func(c *tls.Config) { c.MinVersion, c.MaxVersion = version, version })
		if assert.Equal(t, ok, err == nil, "%s: %v", tls.VersionName(version), err); err == nil {
			assert.NoError(t, connection.Close())
		}
	}
}

func TestMutualTLS(t *testing.T) {
	w := newDomainWorld(t)
	OK(w.region.UpdateDomainName(domainName, w.domain(&cloud.MutualTLS{TruststoreURI: truststore})))
	ours, theirs := Must(w.clients.Client("checkout")).TLS(), Must(Must(certificates.New("strangers")).Client("mallory")).TLS()
	server := Must(w.clients.Server("checkout")).TLS() // not for clients
	status, _ := w.get("/products", domainName, atDomain, ours)
	assert.Equal(t, 200, status)
	status, body := w.get("/products", domainName, "", ours)
	assert.Equal(t, 403, status, "IAM is still enforced")
	assert.Equal(t, forbidden, body)
	before := w.invoked()
	status, _ = w.get("/products", domainName, atDomain)
	assert.Equal(t, 0, status, "no certificate")
	for name, own := range map[string]tls.Certificate{"strangers": theirs, "for servers": server} {
		status, body = w.get("/products", domainName, atDomain, own)
		assert.Equal(t, 403, status, name)
		assert.Equal(t, forbidden, body, name)
	}
	w.setClock(time.Now().Add(48 * time.Hour))
	status, _ = w.get("/products", domainName, atDomain, ours)
	assert.Equal(t, 403, status, "expired")
	assert.Equal(t, before, w.invoked())
}

// TestMappingsOfADomain requires that the mapping decides which stage gets the requests.
func TestMappingsOfADomain(t *testing.T) {
	w := newDomainWorld(t)
	w.stage("live")
	OK(w.region.UpdateApiMapping(domainName, w.mapping.MappingID, cloud.MappingSettings{APIID: w.api.APIID, Stage: "live"}))
	status, _ := w.get("/products", domainName, atDomain)
	assert.Equal(t, 403, status, "john may call the stage prod")
	OK(w.region.DeleteApiMapping(domainName, w.mapping.MappingID))
	status, body := w.get("/products", domainName, atDomain)
	assert.Equal(t, 403, status)
	assert.Equal(t, forbidden, body)
	OK(w.region.DeleteDomainName(domainName))
	status, _ = w.get("/products", domainName, atDomain)
	assert.Equal(t, 0, status, "a domain that does not exist")
}

// TestPayloadOfADomain requires that a function gets the path with the stage.
func TestPayloadOfADomain(t *testing.T) {
	w := newDomainWorld(t)
	OK(w.region.UpdateDomainName(domainName, w.domain(&cloud.MutualTLS{TruststoreURI: truststore})))
	var event events.APIGatewayV2HTTPRequest
	w.setHandler(lambda.NewHandler(func(_ context.Context, got json.RawMessage) (events.APIGatewayV2HTTPResponse, error) {
		return events.APIGatewayV2HTTPResponse{StatusCode: 200}, json.Unmarshal(got, &event)
	}))
	issued := Must(w.clients.Client("checkout"))
	status, _ := w.get("/products", domainName, atDomain, issued.TLS())
	require.Equal(t, 200, status)
	assert.Equal(t, "/prod/products", event.RawPath)
	assert.Equal(t, "/prod/products", event.RequestContext.HTTP.Path)
	assert.Equal(t, domainName, event.RequestContext.DomainName)
	assert.Equal(t, "api", event.RequestContext.DomainPrefix)
	assert.Equal(t, domainName, event.Headers["host"])
	assert.Equal(t, "CN=checkout", event.RequestContext.Authentication.ClientCert.SubjectDN)
	assert.Equal(t, strings.TrimSpace(string(issued.Certificate)), strings.TrimSpace(event.RequestContext.Authentication.ClientCert.ClientCertPem))
	assert.Contains(t, fmt.Sprint(event.RequestContext.Authorizer.IAM.UserARN), "user/john")
}
