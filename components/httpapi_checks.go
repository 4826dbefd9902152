package components

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// DefaultStage is the name of a stage unless another is set.
const DefaultStage = "prod"

// DefaultRetentionDays keeps access logs for a year, as control CloudWatch.16 of AWS
// Security Hub requires.
const DefaultRetentionDays = 365

// RetentionDays are the retentions that CloudWatch Logs accepts, in days
// (PutRetentionPolicy).
var RetentionDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// Throttle limits the requests of a stage or of a route. API Gateway answers those above the
// limits with 429. Both limits must be set: API Gateway takes a missing one for 0
// and refuses every request.
type Throttle struct {
	// RateLimit is a number of requests per second, above 0.
	RateLimit float64
	// BurstLimit is the size of the token bucket in requests, 1 or more.
	BurstLimit int
}

// DefaultThrottle suits a small API. An account has 10,000 requests per second for
// all its APIs in a Region.
var DefaultThrottle = Throttle{RateLimit: 100, BurstLimit: 200}

// MaxLimit bounds both limits of a Throttle, far above any account's quota.
const MaxLimit = 1_000_000

// Check reports limits that are not in range.
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

// checkLogGroupPart accepts a part of a log group's name (CloudWatch Logs
// CreateLogGroup), short enough for what is added to it.
func checkLogGroupPart(name string) error {
	if !groupPart.MatchString(name) {
		return fmt.Errorf(`must be 1 to 256 letters, digits and "._/#-", as the log group is named after it`)
	}
	return nil
}

// CheckApiName accepts the name of an API.
func CheckApiName(name string) error {
	if !apiName.MatchString(name) {
		return fmt.Errorf(`must be 1 to 128 letters, digits, spaces and "._-", beginning with a letter or digit`)
	}
	return nil
}

// CheckStageName accepts the name of a stage.
func CheckStageName(name string) error {
	if name != "$default" && !stageName.MatchString(name) {
		return fmt.Errorf(`must be 1 to 128 letters, digits and "_-", or "$default"`)
	}
	return nil
}

// CheckRetentionDays accepts one of RetentionDays.
func CheckRetentionDays(days int) error {
	if !slices.Contains(RetentionDays, days) {
		return fmt.Errorf("must be one of %s days",
			strings.Trim(strings.Join(strings.Fields(fmt.Sprint(RetentionDays)), ", "), "[]"))
	}
	return nil
}
