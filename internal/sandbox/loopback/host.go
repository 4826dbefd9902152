package loopback

import (
	"slices"
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
