package sigv4

import (
	"crypto/hmac"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"iam-secured-api/internal/sandbox/cloud"
)

// Codes of refusals, as AWS names them. [cloud.Cloud.Caller] has more.
const (
	CodeMissingToken  = "MissingAuthenticationToken"
	CodeIncomplete    = "IncompleteSignature"
	CodeDoesNotMatch  = "SignatureDoesNotMatch"
	CodeInvalidToken  = cloud.CodeInvalidClientTokenID
	clockSkew         = 5 * time.Minute
	dateFormat        = "20060102T150405Z"
	algorithm         = "AWS4-HMAC-SHA256"
	scopeTerminator   = "aws4_request"
	headerDate        = "X-Amz-Date"
	headerContentHash = "X-Amz-Content-Sha256"
	parameterToken    = "X-Amz-Security-Token" // a header, too
)

// Verifier verifies requests to one service in one region.
type Verifier struct {
	cloud   *cloud.Cloud
	service string
	region  string
	now     func() time.Time

	users       cloud.Memo[cloud.Caller] // by access key id
	mu          sync.Mutex
	signingKeys map[string][]byte // by secret access key and scope
}

// New returns a verifier for a service as credential scopes name it, such as
// execute-api. Now returns the time; nil for the system's.
func New(c *cloud.Cloud, service, region string, now func() time.Time) *Verifier {
	if now == nil {
		now = time.Now
	}
	return &Verifier{cloud: c, service: service, region: region, now: now, signingKeys: map[string][]byte{}}
}

// refuse returns a refusal with AWS's code.
func refuse(code, format string, args ...any) error {
	return &cloud.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Verify returns the caller that signed the request with this body. The error is a
// [*cloud.Error] with AWS's code, or names what the sandbox does not support in the
// caller's policies. It holds no secret.
func (v *Verifier) Verify(r *http.Request, body []byte) (cloud.Caller, error) {
	s, err := parse(r)
	if err != nil {
		return cloud.Caller{}, err
	}
	at := v.now()
	if err := v.checkScope(s, at); err != nil {
		return cloud.Caller{}, err
	}
	caller, err := v.caller(s.keyID, at)
	if err != nil {
		return cloud.Caller{}, err
	}
	if !hmac.Equal([]byte(s.token), []byte(caller.Key.SessionToken)) {
		return cloud.Caller{}, refuse(CodeInvalidToken, "the security token included in the request is invalid")
	}
	if declared := r.Header.Values(headerContentHash); len(declared) > 1 || len(declared) == 1 && declared[0] != hashOf(body) {
		return cloud.Caller{}, refuse(CodeDoesNotMatch,
			"%s is not the SHA-256 of the body; unsigned bodies are not accepted", headerContentHash)
	}
	canonical, err := canonicalRequest(r, s, body)
	if err != nil {
		return cloud.Caller{}, err
	}
	if !hmac.Equal([]byte(v.sign(canonical, s, caller.Key.SecretAccessKey)), []byte(s.signature)) {
		return cloud.Caller{}, refuse(CodeDoesNotMatch,
			"the request signature we calculated does not match the signature you provided; check your secret access key and signing method")
	}
	return caller, nil
}

// caller returns the principal of an access key. Users' are kept until the accounts
// change; sessions expire.
func (v *Verifier) caller(keyID string, at time.Time) (cloud.Caller, error) {
	read := func() (cloud.Caller, error) { return v.cloud.Caller(keyID, at) }
	if !strings.HasPrefix(keyID, "AKIA") {
		return read()
	}
	return v.users.Get(v.cloud, keyID, read)
}

// checkScope compares the credential scope and the date with the verifier's own.
func (v *Verifier) checkScope(s signature, now time.Time) error {
	switch {
	case s.region != v.region:
		return refuse(CodeDoesNotMatch, "credential should be scoped to a valid region, not %q; here it is %q", s.region, v.region)
	case s.service != v.service:
		return refuse(CodeDoesNotMatch, "credential should be scoped to correct service: %q, not %q", v.service, s.service)
	case s.day != s.date[:len("20060102")]:
		return refuse(CodeDoesNotMatch, "date in credential scope does not match the date of the request: %q and %s", s.day, s.date)
	case s.at.After(now.Add(clockSkew)):
		return refuse(CodeDoesNotMatch, "signature not yet current: %s is later than %s", s.date, now.UTC().Format(dateFormat))
	case now.After(s.at.Add(s.valid)):
		return refuse(CodeDoesNotMatch, "signature expired: %s, valid for %s, is over at %s", s.date, s.valid,
			now.UTC().Format(dateFormat))
	}
	return nil
}
