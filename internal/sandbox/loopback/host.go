package loopback

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

var names = []string{"127.0.0.1", "localhost", "[::1]"}

// IsOwn reports whether a request's Host is a name of this machine, or one of these
// more names, with any port or none. A name that merely resolves to 127.0.0.1 is not
// its own: a web page could have such a name (DNS rebinding).
func IsOwn(host string, more ...string) bool {
	name := host
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		if strings.Trim(host[colon+1:], "0123456789") != "" {
			return false
		}
		name = host[:colon]
	}
	name = strings.ToLower(name)
	return slices.Contains(names, name) || slices.Contains(more, name)
}

// IsHere reports whether a request's Host has the port that the request was sent to;
// a Host without a port has 80. A signature covers the Host: a request that was signed
// for one endpoint must not pass at another on the same machine.
func IsHere(r *http.Request) bool {
	address, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return false
	}
	port := "80"
	if colon := strings.LastIndexByte(r.Host, ':'); colon > strings.LastIndexByte(r.Host, ']') {
		port = r.Host[colon+1:]
	}
	return port == strconv.Itoa(address.Port)
}
