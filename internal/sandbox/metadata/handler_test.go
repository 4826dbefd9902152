package metadata_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

func TestTokens(t *testing.T) {
	const ttl = "X-aws-ec2-metadata-token-ttl-seconds"
	i := launch(t)
	for _, seconds := range []string{"1", "60", "21600"} {
		w := i.call(http.MethodPut, token, ttl, seconds)
		assert.Equal(t, http.StatusOK, w.Code)
		assert.Equal(t, seconds, w.Header().Get(ttl))
		assert.NotEmpty(t, w.Body.String())
	}
	assert.NotEqual(t, i.token("60"), i.token("60"))
	for _, seconds := range []string{"", "0", "-1", "21601", "99999999999999999999", "60s", "6.5", " 60"} {
		assert.Equalf(t, http.StatusBadRequest, i.call(http.MethodPut, token, ttl, seconds).Code, "%q", seconds)
	}
	assert.Equal(t, http.StatusBadRequest, i.call(http.MethodPut, token).Code)
	for _, by := range []string{"203.0.113.1", ""} {
		w := i.call(http.MethodPut, token, ttl, "60", "X-Forwarded-For", by)
		assert.Equal(t, http.StatusForbidden, w.Code)
	}
}

func TestTokenIsRequired(t *testing.T) {
	const header, path = "X-aws-ec2-metadata-token", "/latest/meta-data/instance-id"
	i, other := launch(t), launch(t)
	good := i.token("60")
	assert.Equal(t, http.StatusOK, i.call(http.MethodGet, path, header, good).Code)
	b := sandboxtest.Must(base64.URLEncoding.DecodeString(good))
	later := append([]byte{b[0] + 1}, b[1:]...)
	for name, bad := range map[string]string{
		"empty": "", "unknown": "AQAAAAAAAAAA", "another instance's": other.token("60"), "longer valid": base64.URLEncoding.EncodeToString(later),
		"cut": good[:len(good)-4], "twice": good + good,
	} {
		w := i.call(http.MethodGet, path, header, bad)
		assert.Equal(t, http.StatusUnauthorized, w.Code, name)
		assert.NotContains(t, w.Body.String(), "i-", name)
	}
	assert.Equal(t, http.StatusUnauthorized, i.call(http.MethodGet, path).Code)
	assert.Equal(t, http.StatusUnauthorized, i.call(http.MethodGet, "/not/there").Code)

	i.clock.Forward(60*time.Second - time.Nanosecond)
	assert.Equal(t, http.StatusOK, i.call(http.MethodGet, path, header, good).Code)
	i.clock.Forward(time.Nanosecond)
	assert.Equal(t, http.StatusUnauthorized, i.call(http.MethodGet, path, header, good).Code)
}

func TestPaths(t *testing.T) {
	i := launch(t)
	for path, want := range map[string]string{
		credentials:                                      `^reader$`,
		strings.TrimSuffix(credentials, "/"):             `^reader$`,
		"/latest/meta-data/instance-id":                  `^i-[0-9a-f]{17}$`,
		"/latest/meta-data/placement/region":             `^eu-west-1$`,
		"/latest/meta-data/placement/availability-zone":  `^eu-west-1a$`,
		"/latest/meta-data/placement/availability-zone/": `^eu-west-1a$`,
		"/latest/meta-data/iam/info":                     `"InstanceProfileArn": "arn:aws:iam::111122223333:instance-profile/reader"`,
		"/latest/dynamic/instance-identity/document":     `"accountId": "111122223333"`,
	} {
		status, text := i.get(path)
		assert.Equal(t, http.StatusOK, status, path)
		assert.Regexp(t, want, text, path)
	}
	for _, path := range []string{
		"/", "/latest", "/latest/", "/latest/meta-data/", "/latest/user-data", "/latest/meta-data/iam", "/2021-07-15/meta-data/instance-id",
		credentials + "writer", credentials + "reader/x", credentials + "Reader", credentials + "%2Freader", "/latest/meta-data/instance-id//",
		"//latest/meta-data/instance-id", "/latest/../latest/meta-data/instance-id",
	} {
		status, text := i.get(path)
		assert.Equal(t, http.StatusNotFound, status, path)
		assert.Equal(t, "404 - Not Found\n", text, path)
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"} {
		w := i.call(method, credentials, "X-aws-ec2-metadata-token", i.token("60"))
		assert.Equal(t, http.StatusMethodNotAllowed, w.Code, method)
		assert.Equal(t, "GET", w.Header().Get("Allow"))
	}
	for _, method := range []string{"GET", "POST", "HEAD"} {
		w := i.call(method, token, "X-aws-ec2-metadata-token-ttl-seconds", "60")
		assert.Equal(t, http.StatusMethodNotAllowed, w.Code, method)
		assert.Equal(t, "PUT", w.Header().Get("Allow"))
	}
}

// TestHost: a web page may have a name that resolves to the service.
func TestHost(t *testing.T) {
	i := launch(t)
	for host, want := range map[string]int{
		"127.0.0.1": 200, "localhost:1": 200, "[::1]:1": 200, "169.254.169.254": 200, "169.254.169.254:80": 200,
		"": 421, "evil.example": 421, "127.0.0.1.evil.example:80": 421, "169.254.169.253": 421,
	} {
		assert.Equal(t, want, i.call(http.MethodPut, token, "X-aws-ec2-metadata-token-ttl-seconds", "60", "Host", host).Code, host)
		assert.Equal(t, want, i.call(http.MethodGet, credentials, "X-aws-ec2-metadata-token", i.token("60"), "Host", host).Code, host)
	}
}

func TestCredentials(t *testing.T) {
	i := launch(t)
	status, text := i.get(credentials + "reader")
	require.Equal(t, http.StatusOK, status)
	var fields map[string]string
	require.NoError(t, json.Unmarshal([]byte(text), &fields))
	assert.Len(t, fields, 7)
	assert.Equal(t, "Success", fields["Code"])
	assert.Equal(t, "AWS-HMAC", fields["Type"])
	assert.Regexp(t, `^ASIA`, fields["AccessKeyId"])
	for _, name := range []string{"LastUpdated", "Expiration"} {
		assert.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`, fields[name]) // botocore reads no other form
	}
	caller := sandboxtest.Must(i.cloud.Caller(fields["AccessKeyId"], i.clock.Now()))
	assert.Equal(t, fields["SecretAccessKey"], caller.Key.SecretAccessKey)
	assert.Equal(t, fields["Token"], caller.Key.SessionToken)
}

func TestCredentialsAreRenewed(t *testing.T) {
	i := launch(t)
	first := i.given(t)
	assert.True(t, first.Expiration.Equal(i.clock.Now().Add(6*time.Hour)))
	i.clock.Forward(5 * time.Hour)
	assert.Equal(t, first, i.given(t))
	i.clock.Forward(time.Second)
	second := i.given(t)
	assert.NotEqual(t, first.AccessKeyID, second.AccessKeyID)
	assert.True(t, second.Expiration.Equal(i.clock.Now().Add(6*time.Hour)))
	sandboxtest.Must(i.cloud.Caller(first.AccessKeyID, i.clock.Now())) // good until its end
}

func TestCredentialsOfAnotherRoleOrProfile(t *testing.T) {
	i := launch(t)
	first := i.given(t)

	sandboxtest.OK(i.account.RemoveRoleFromInstanceProfile("reader", "reader"))
	for _, path := range []string{credentials, credentials + "reader", "/latest/meta-data/iam/info"} {
		status, _ := i.get(path)
		assert.Equal(t, http.StatusNotFound, status, path)
	}
	sandboxtest.OK(i.account.DeleteRole("reader"))
	sandboxtest.Must(i.account.CreateRole(cloud.CreateRoleInput{RoleName: "reader", AssumeRolePolicyDocument: trustEC2}))
	sandboxtest.OK(i.account.AddRoleToInstanceProfile("reader", "reader"))
	second := i.given(t)
	assert.NotEqual(t, first.AccessKeyID, second.AccessKeyID)

	sandboxtest.OK(i.account.RemoveRoleFromInstanceProfile("reader", "reader"))
	sandboxtest.OK(i.account.DeleteInstanceProfile("reader"))
	status, _ := i.get(credentials)
	assert.Equal(t, http.StatusNotFound, status)
	sandboxtest.Must(i.account.CreateInstanceProfile("reader", "", nil))
	sandboxtest.OK(i.account.AddRoleToInstanceProfile("reader", "reader"))
	third := i.given(t)
	assert.NotEqual(t, second.AccessKeyID, third.AccessKeyID)

	sandboxtest.Must(i.account.CreateRole(cloud.CreateRoleInput{RoleName: "writer", AssumeRolePolicyDocument: trustEC2}))
	sandboxtest.OK(i.account.RemoveRoleFromInstanceProfile("reader", "reader"))
	sandboxtest.OK(i.account.AddRoleToInstanceProfile("reader", "writer"))
	_, text := i.get(credentials)
	assert.Equal(t, "writer", text)
	status, _ = i.get(credentials + "reader")
	assert.Equal(t, http.StatusNotFound, status)
}

// TestOneSetOfCredentials: all processes of the instance share it.
func TestOneSetOfCredentials(t *testing.T) {
	i := launch(t)
	var wait sync.WaitGroup
	ids := make([]string, 32)
	for n := range ids {
		wait.Go(func() { ids[n] = i.given(t).AccessKeyID })
	}
	wait.Wait()
	for _, id := range ids {
		assert.Equal(t, ids[0], id)
	}
}

// TestFaultIsNotShown: internal errors are not shown.
func TestFaultIsNotShown(t *testing.T) {
	i := launch(t)
	i.cloud.OnMutation(func(cloud.Mutation) cloud.Fault { return cloud.FailBefore })
	status, text := i.get(credentials + "reader")
	assert.Equal(t, http.StatusInternalServerError, status)
	assert.Equal(t, "500 - Internal Server Error\n", text)
}
