package loopback

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

var names = []string{"127.0.0.1", "localhost", "[::1]"}

// IsOwn tells whether a request's Host is the machine itself, or one of these
// more names, with any port or none. Names that resolve to it are not: a web
// page could have one, which its owner points to 127.0.0.1 (DNS rebinding).
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

// IsHere tells whether a request's Host has the port that the request came to,
// 80 if it has none. A signature covers the Host: what was signed for one door
// must not open another on the same machine.
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
