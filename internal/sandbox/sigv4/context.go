package sigv4

import (
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"iam-secured-api/internal/sandbox/cloud"
)

// Context are the condition keys of a request by a caller, on a resource of the
// account: the caller's own and those of the circumstances.
//
// What comes to a door in the clear came to AWS over TLS: aws:SecureTransport is
// true.
func (v *Verifier) Context(r *http.Request, caller cloud.Caller, resourceAccount string) map[string][]string {
	context := maps.Clone(caller.Context)
	now := v.now().UTC()
	context["aws:CurrentTime"] = []string{now.Format(time.RFC3339)}
	context["aws:EpochTime"] = []string{strconv.FormatInt(now.Unix(), 10)}
	context["aws:SourceIp"] = []string{SourceIP(r)}
	context["aws:SecureTransport"] = []string{"true"}
	context["aws:RequestedRegion"] = []string{v.region}
	context["aws:ResourceAccount"] = []string{resourceAccount}
	for key, header := range map[string]string{"aws:UserAgent": "User-Agent", "aws:Referer": "Referer"} {
		if text := r.Header.Get(header); text != "" {
			context[key] = []string{strings.ToValidUTF8(text, "\uFFFD")}
		}
	}
	return context
}

// SourceIP is the address that a request came from.
func SourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
