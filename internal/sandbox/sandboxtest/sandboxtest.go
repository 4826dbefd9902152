// Package sandboxtest holds what tests of the sandbox's packages share: policy
// documents, programs of functions, a clock, and helpers for the preparation of a
// test.
// Test packages import it with a dot.
package sandboxtest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
)

// Region is the region of the tests.
const Region = "us-east-1"

// Must returns the value of a call that prepares a test. It panics if the call
// failed.
func Must[T any](value T, err error) T {
	OK(err)
	return value
}

// OK panics if a call that prepares a test failed.
func OK(err error) {
	if err != nil {
		panic(err)
	}
}

// WantCode checks that an error is one of AWS with the code, on one line.
func WantCode(t testing.TB, code string, err error) {
	t.Helper()
	require.Error(t, err)
	assert.Truef(t, cloud.IsCode(err, code), "want %s, got %v", code, err)
	assert.NotContains(t, err.Error(), "\n")
}

// Document returns an identity policy of one statement.
func Document(effect, action, resource string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":%q,"Action":%q,"Resource":%q}]}`, effect, action, resource)
}

// Allow returns an inline policy that allows an action on a resource.
func Allow(name, action, resource string) cloud.InlinePolicy {
	return cloud.InlinePolicy{PolicyName: name, PolicyDocument: Document("Allow", action, resource)}
}

// DocumentIf returns an identity policy that allows an action on a resource under
// a condition, in JSON.
func DocumentIf(condition, action, resource string) string {
	return WithCondition(Document("Allow", action, resource), condition)
}

// WithCondition adds a JSON condition to a policy with one statement, which must not have
// a condition.
func WithCondition(policy, condition string) string {
	return strings.Replace(policy, `"Effect"`, `"Condition":`+condition+`,"Effect"`, 1)
}

// TrustService returns a trust policy for a service of AWS, such as ec2.
func TrustService(service string) string { return trust("Service", service+".amazonaws.com") }

// TrustPods is the trust policy that EKS Pod Identity requires.
var TrustPods = strings.Replace(TrustService("pods.eks"), `"sts:AssumeRole"`, `["sts:AssumeRole","sts:TagSession"]`, 1)

// TrustAWS returns a trust policy for an account, a user or a role.
func TrustAWS(principal string) string { return trust("AWS", principal) }

func trust(kind, principal string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{%q:%q},"Action":"sts:AssumeRole"}]}`, kind, principal)
}

// TrustAWSIf returns a trust policy with a condition.
func TrustAWSIf(principal, condition string) string {
	return WithCondition(TrustAWS(principal), condition)
}

// TrustFederated returns a trust policy for an identity provider. The condition is JSON,
// or empty.
func TrustFederated(provider, condition string) string {
	text := strings.Replace(trust("Federated", provider), "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", 1)
	if condition != "" {
		text = WithCondition(text, condition)
	}
	return text
}

// Authorizer returns settings of a JWT authorizer for an issuer's tokens.
func Authorizer(name, issuer string, audience ...string) cloud.AuthorizerSettings {
	return cloud.AuthorizerSettings{
		Name: name, AuthorizerType: "JWT", IdentitySource: []string{"$request.header.Authorization"},
		JWT: &cloud.JWTConfiguration{Issuer: issuer, Audience: audience},
	}
}

// Zip returns a zip file with one file.
func Zip(name, content string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	Must(Must(w.Create(name)).Write([]byte(content)))
	OK(w.Close())
	return b.Bytes()
}

// Clock is a clock that stands still until it is set.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock returns a clock that shows the time.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

// Now returns the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Forward sets the clock forward.
func (c *Clock) Forward(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}
