package sigv4_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

func TestContext(t *testing.T) {
	h := newHouse()
	h.at = noon.Add(90*time.Second + time.Nanosecond)
	r := received(get("/prod").request())
	r.RemoteAddr = "203.0.113.9:4711"
	r.Header.Set("User-Agent", "agent\xff")
	r.Header.Set("Referer", "https://example.com/")
	caller := sandboxtest.Must(h.cloud.Caller(h.user.AccessKeyID, h.at))
	got := h.verifier.Context(r, caller, cloud.APIAccount)
	for key, want := range map[string]string{
		"aws:CurrentTime": "2026-03-04T12:01:30Z", "aws:EpochTime": "1772625690", "aws:SourceIp": "203.0.113.9", "aws:SecureTransport": "true",
		"aws:RequestedRegion": region, "aws:ResourceAccount": cloud.APIAccount, "aws:UserAgent": "agent\uFFFD", "aws:Referer": "https://example.com/",
		"aws:username": cloud.CallerUser, "aws:PrincipalAccount": cloud.CallerAccount,
	} {
		assert.Equal(t, []string{want}, got[key], key)
	}
	assert.NotContains(t, got, "aws:MultiFactorAuthPresent")
	assert.NotContains(t, caller.Context, "aws:SourceIp", "the caller's own context stays as it was")

	r.Header.Del("Referer")
	r.Header.Del("User-Agent")
	for address, want := range map[string]string{"[2001:db8::1]:80": "2001:db8::1", "127.0.0.1:1": "127.0.0.1", "192.0.2.1": "192.0.2.1"} {
		r.RemoteAddr = address
		got := h.verifier.Context(r, caller, cloud.APIAccount)
		assert.Equal(t, []string{want}, got["aws:SourceIp"])
		assert.NotContains(t, got, "aws:UserAgent")
		assert.NotContains(t, got, "aws:Referer")
	}
}
