package loopback_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/loopback"
)

func TestIsOwn(t *testing.T) {
	for _, host := range []string{
		"127.0.0.1", "127.0.0.1:1", "127.0.0.1:65535", "localhost", "localhost:4566", "LocalHost:80", "[::1]", "[::1]:443", "127.0.0.1:",
	} {
		assert.Truef(t, loopback.IsOwn(host), "%q", host)
	}
	for _, host := range []string{
		"", ":80", "example.com", "example.com:80", "127.0.0.1.example.com", "localhost.example.com:80", "localhost.", "127.0.0.2", "127.1",
		"0.0.0.0:80", "::1", "[::1", "::1]", "[127.0.0.1]", "[127.0.0.1]:80", "[localhost]:80", "[::1]x", "[[::1]]", "[::1]:80:80", "[::]:80",
		"127.0.0.1:80:80", "127.0.0.1:http", "user@127.0.0.1", "127.0.0.1/x", "127.0.0.1 ", " localhost", "localhost:-1", "169.254.169.254",
	} {
		assert.Falsef(t, loopback.IsOwn(host), "%q", host)
	}
	assert.True(t, loopback.IsOwn("169.254.169.254", "169.254.169.254"))
	assert.True(t, loopback.IsOwn("169.254.169.254:80", "169.254.169.254"))
	assert.True(t, loopback.IsOwn("localhost:80", "169.254.169.254"))
	assert.False(t, loopback.IsOwn("169.254.169.25", "169.254.169.254"))
}

func TestIsHere(t *testing.T) {
	at := func(port int, host string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		return r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{Port: port}))
	}
	for _, host := range []string{"127.0.0.1:8080", "localhost:8080", "[::1]:8080"} {
		assert.True(t, loopback.IsHere(at(8080, host)), host)
	}
	for _, host := range []string{"127.0.0.1:8081", "127.0.0.1", "[::1]", "localhost:", "localhost:08080", "", "8080", "localhost:80:8080x"} {
		assert.False(t, loopback.IsHere(at(8080, host)), host)
	}
	assert.True(t, loopback.IsHere(at(80, "localhost")))
	assert.True(t, loopback.IsHere(at(80, "[::1]")))
	assert.False(t, loopback.IsHere(httptest.NewRequest(http.MethodGet, "/", nil)), "the port is unknown")
}
