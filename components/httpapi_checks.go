package components

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// DefaultStage is the name of a stage unless another is set.
const DefaultStage = "prod"

// DefaultRetentionDays keeps access logs for a year, as AWS Security Hub's
// CloudWatch.16 asks.
const DefaultRetentionDays = 365

// RetentionDays are the retentions that CloudWatch Logs knows
// (PutRetentionPolicy), in days.
var RetentionDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// Throttle limits the calls of a stage; more are answered with 429. Both limits
// are set together: API Gateway takes a missing one for 0 and refuses every call.
type Throttle struct {
	// RateLimit is in requests a second, above 0.
	RateLimit float64
	// BurstLimit is the size of the token bucket in requests, 1 or more.
	BurstLimit int
}

// DefaultThrottle suits a small API; an account has 10,000 requests a second
// for all its APIs in a Region.
var DefaultThrottle = Throttle{RateLimit: 100, BurstLimit: 200}

// MaxLimit bounds both limits of a Throttle, well above any account's quota.
const MaxLimit = 1_000_000

// Check says what is wrong with the limits.
func (t Throttle) Check() error {
	if !(t.RateLimit > 0 && t.RateLimit <= MaxLimit) || t.BurstLimit < 1 || t.BurstLimit > MaxLimit {
		return fmt.Errorf("must set both limits: the rate above 0, the burst 1 or more, each at most %d", MaxLimit)
	}
	return nil
}

var (
	apiName   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,127}$`)
	stageName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	groupPart = regexp.MustCompile(`^[A-Za-z0-9._/#-]{1,256}$`)
)

// checkLogGroupPart accepts what may stand in a log group's name (CloudWatch Logs
// CreateLogGroup), and leaves room for what stands around it.
func checkLogGroupPart(name string) error {
	if !groupPart.MatchString(name) {
		return fmt.Errorf(`must be 1 to 256 letters, digits and "._/#-", as the log group is named after it`)
	}
	return nil
}

// CheckApiName accepts names for an API: API Gateway takes 1 to 128 characters.
func CheckApiName(name string) error {
	if !apiName.MatchString(name) {
		return fmt.Errorf(`must be 1 to 128 letters, digits, spaces and "._-", beginning with a letter or digit`)
	}
	return nil
}

// CheckStageName accepts API Gateway's names of stages.
func CheckStageName(name string) error {
	if name != "$default" && !stageName.MatchString(name) {
		return fmt.Errorf(`must be 1 to 128 letters, digits and "_-", or "$default"`)
	}
	return nil
}

// CheckRetentionDays accepts what CloudWatch Logs does.
func CheckRetentionDays(days int) error {
	if !slices.Contains(RetentionDays, days) {
		return fmt.Errorf("must be one of %s days", strings.Trim(strings.Join(strings.Fields(fmt.Sprint(RetentionDays)), ", "), "[]"))
	}
	return nil
}

// CheckBackendUrl accepts an absolute HTTPS URL that a request's path can be
// appended to.
func CheckBackendUrl(s string) error {
	u, err := url.Parse(s)
	if err != nil || len(s) > 2048 || u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.ContainsAny(s, "{}$# ") {
		return fmt.Errorf(`must be an https URL of up to 2048 characters without user, query, fragment and variables, such as "https://backend.example.com/v1"`)
	}
	return nil
}

// forwardPath has the integration pass the request's path on below the
// backend's: an HTTP_PROXY integration calls its URL as it stands otherwise.
func forwardPath(backend string) map[string]string {
	path := "$request.path"
	if u, err := url.Parse(backend); err == nil && strings.Trim(u.Path, "/") != "" {
		path = strings.TrimRight(u.EscapedPath(), "/") + "${request.path}"
	}
	return map[string]string{"overwrite:path": path}
}
