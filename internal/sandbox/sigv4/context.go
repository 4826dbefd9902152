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

// Context returns the condition keys of a caller's request for a resource of the
// account: the caller's own and those of the request. aws:SecureTransport is true,
// as AWS has TLS where the sandbox has plain HTTP.
func (v *Verifier) Context(r *http.Request, caller cloud.Caller, resourceAccount string) map[string][]string {
	context := make(map[string][]string, len(caller.Context)+7) // most requests have no Referer
	maps.Copy(context, caller.Context)
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

// SourceIP returns the address that a request came from.
func SourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
