package cloud

import (
	"regexp"
	"strings"
)

var reMapping = regexp.MustCompile("^(?:overwrite:path|(?:append|overwrite|remove):(?:querystring\\.[^.]+|header\\.([!#$%&'*+.^_`|~0-9A-Za-z-]+)))$")

// reservedHeaders are the headers that parameter mappings cannot change, in lower case.
// Those that end with a hyphen are beginnings (API Gateway developer guide, "Transform API
// requests and responses for HTTP APIs", reserved headers).
var reservedHeaders = []string{
	"access-control-", "apigw-", "authorization", "connection", "content-encoding", "content-length", "content-location",
	"forwarded", "keep-alive", "origin", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding",
	"upgrade", "x-amz-", "x-amzn-", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via",
}

// checkMapping rejects keys of request parameters that an HTTP API does not have, and
// reserved headers. The names of headers are compared without regard to case.
func checkMapping(key string) error {
	match := reMapping.FindStringSubmatch(key)
	if match == nil {
		return errorf(CodeBadRequest, "invalid mapping expression specified: %q: "+
			"overwrite:path, or append, overwrite or remove with :header.NAME or :querystring.NAME", key)
	}
	header := strings.ToLower(match[1])
	for _, reserved := range reservedHeaders {
		if header == reserved || strings.HasSuffix(reserved, "-") && strings.HasPrefix(header, reserved) {
			return errorf(CodeBadRequest, "operations on header %s are restricted", header)
		}
	}
	return nil
}
