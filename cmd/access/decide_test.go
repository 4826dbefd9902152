package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	john     = "arn:aws:iam::111122223333:user/john"
	session  = "arn:aws:sts::111122223333:assumed-role/reader/i-0abc"
	theirs   = "arn:aws:iam::444455556666:user/my-user"
	executor = "arn:aws:iam::111122223333:role/executor"

	executionArn = "arn:aws:execute-api:us-east-1:111122223333:abc123"

	get  = executionArn + "/prod/GET/products"
	post = executionArn + "/prod/POST/products"
)

// These functions return a line and its parts, as JSON.
func line(parts ...string) string { return "{" + strings.Join(parts, ",") + "}" }

func text(key, value string) string { return fmt.Sprintf("%q:%q", key, value) }

func calls(principal, resource string) string {
	return text("principal", principal) + "," + text("action", "execute-api:Invoke") + "," + text("resource", resource)
}

func assumes(principal, role string) string {
	return text("principal", principal) + "," + text("action", "sts:AssumeRole") + "," + text("resource", role)
}

// as returns another action on the executor.
func as(principal, action string) string {
	return strings.Replace(assumes(principal, executor), "sts:AssumeRole", action, 1)
}

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func statement(effect, action, resource string, more ...string) string {
	return line(append([]string{text("Effect", effect), text("Action", action), text("Resource", resource)}, more...)...)
}

func allow(resource string, more ...string) string {
	return document(statement("Allow", "execute-api:Invoke", resource, more...))
}

func identity(documents ...string) string { return `"identity":[` + strings.Join(documents, ",") + `]` }

func trust(principal string, more ...string) string {
	return `"trust":` + document(line(append([]string{text("Effect", "Allow"), text("Action", "sts:AssumeRole"), `"Principal":` + principal}, more...)...))
}

func when(operator, key, value string) string {
	return fmt.Sprintf(`"Condition":{%q:{%q:%q}}`, operator, key, value)
}

func context(key, value string) string { return fmt.Sprintf(`"context":{%q:%q}`, key, value) }

// vectors are requests, with the decisions that AWS documents. The evaluator has more.
func vectors() [][2]string {
	read := identity(allow(get))
	both := identity(allow(get), allow(post))
	office := identity(allow(get, when("IpAddress", "aws:SourceIp", "203.0.113.0/24")))
	notOffice := identity(allow(get), document(statement("Deny", "execute-api:Invoke", "*", when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"))))
	window := identity(allow(get, `"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2026-02-01T00:00:00Z"}}`))
	at := func(instant string) string { return context("aws:CurrentTime", instant) }
	may := identity(document(statement("Allow", "sts:AssumeRole", executor)))
	root := `{"AWS":"arn:aws:iam::444455556666:root"}`
	external := trust(root, when("StringEquals", "sts:ExternalId", "shop-42"))
	own := identity(allow(executionArn + "/prod/GET/users/${cognito-identity.amazonaws.com:sub}"))
	const subject = "token.actions.githubusercontent.com:sub"
	provider := "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
	workflow := strings.Replace(trust(`{"Federated":"`+provider+`"}`, when("StringLike", subject, "repo:acme@1/shop@2:*")),
		`"sts:AssumeRole"`, `["sts:AssumeRoleWithWebIdentity","sts:TagSession"]`, 1)
	const yes, no, never = "allow", "implicitDeny", "explicitDeny"
	return [][2]string{
		{line(calls(john, get), read), yes},
		{line(calls(john, post), read), no},
		{line(calls(john, get+"/1"), read), no},
		{line(calls(john, post), both), yes},
		{line(calls(john, executionArn+"/prod/DELETE/anything"), identity(allow(executionArn+"/prod/*"))), yes},
		{line(calls(john, get), notOffice), never},
		{line(calls(john, get), office, context("aws:SourceIp", "203.0.113.9")), yes},
		{line(calls(john, get), office, context("aws:SourceIp", "198.51.100.1")), no},
		{line(calls(john, get), office), no},
		{line(calls(john, get), window, at("2025-12-31T23:59:59Z")), no},
		{line(calls(john, get), window, at("2026-01-15T12:00:00Z")), yes},
		{line(calls(john, get), identity(allow(get, when("Bool", "aws:MultiFactorAuthPresent", "true")))), no},
		{line(calls(john, get), identity(allow(get, when("BoolIfExists", "aws:MultiFactorAuthPresent", "true")))), yes},
		{line(assumes("ec2.amazonaws.com", executor), trust(`{"Service":"ec2.amazonaws.com"}`)), yes},
		{line(calls(session, get), read), yes},
		{line(calls(session, executionArn+"/prod/GET/users/us-east-1:x"), own, context("cognito-identity.amazonaws.com:sub", "us-east-1:x")), yes},
		{line(calls(session, executionArn+"/prod/GET/users/us-east-1:y"), own, context("cognito-identity.amazonaws.com:sub", "us-east-1:x")), no},
		{line(assumes(theirs, executor), trust(root)), no},
		{line(assumes(theirs, executor), may, trust(root)), yes},
		{line(assumes(theirs, executor), may, external, context("sts:ExternalId", "shop-43")), no},
		{line(assumes(theirs, executor), may, external, context("sts:ExternalId", "shop-42")), yes},
		{line(assumes(theirs, executor), may, trust(`{"Service":"apigateway.amazonaws.com"}`)), no},
		{line(assumes(john, executor), trust(`{"AWS":"`+john+`"}`)), yes},
		{line(as(provider, "sts:AssumeRoleWithWebIdentity"), workflow, context(subject, "repo:acme@1/shop@2:ref:refs/heads/main")), yes},
		{line(as(provider, "sts:AssumeRoleWithWebIdentity"), workflow, context(subject, "repo:evil@3/shop@4:ref:refs/heads/main")), no},
		{line(as(provider, "sts:TagSession"), workflow, context(subject, "repo:acme@1/shop@2:ref:refs/heads/main")), yes},
		{line(as(provider, "sts:SetSourceIdentity"), workflow, context(subject, "repo:acme@1/shop@2:ref:refs/heads/main")), no},
		{line(as(john, "sts:TagSession"), trust(`{"AWS":"`+john+`"}`)), no},
		{line(calls(theirs, get), read, text("resourceAccount", "111122223333")), no},
		{line(calls(session, post), both, `"session":`+allow(get)), no},
		{line(calls(john, post), identity(allow("*")), `"boundary":`+allow(get)), no},
		{line(calls(john, get), office, `"context":{"aws:SourceIp":["203.0.113.9"],"aws:MultiFactorAuthPresent":true,"aws:EpochTime":1767225600}`), yes},
	}
}

func responsesOf(t *testing.T, out string) []response {
	t.Helper()
	var responses []response
	for line := range strings.Lines(out) {
		var a response
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.DisallowUnknownFields()
		require.NoError(t, decoder.Decode(&a), line)
		responses = append(responses, a)
	}
	return responses
}

// TestVectors sends all vectors to one process.
func TestVectors(t *testing.T) {
	var in strings.Builder
	for _, v := range vectors() {
		in.WriteString(v[0] + "\n")
	}
	r := run(t, t.TempDir(), in.String(), "decide")
	assert.Zero(t, r.code)
	assert.Empty(t, r.log)
	responses := responsesOf(t, r.out)
	require.Len(t, responses, len(vectors()))
	for i, v := range vectors() {
		assert.Equal(t, v[1], responses[i].Decision, "%s: %s", v[0], responses[i])
		assert.NotEmpty(t, responses[i].Reason)
		assert.Empty(t, responses[i].Error)
	}
}

// TestInvalidLines requires an error for each invalid line, and a decision about the
// valid line after it.
func TestInvalidLines(t *testing.T) {
	good := line(calls(john, get), identity(allow(get)))
	bad := []string{
		"", " ", "x", "null", "[]", `"{}"`, "{}", good + good, good[:len(good)-1], strings.Replace(good, "john", "jo\xffhn", 1),
		line(calls(john, get), text("colour", "red")),
		line(calls(john, get), text("Principal", john)),
		line(calls(john, get), text("principal", john)),
		line(calls(john, get), text(`pr\u0069ncipal`, john)),
		line(calls(john, get), `"pr\u0069ncipal":"x"`),
		line(calls(john, get), `"identity":null`),
		line(calls(john, get), `"identity":`+allow(get)),
		line(calls(john, get), `"identity":["x"]`),
		line(calls(john, get), `"identity":[null]`),
		line(calls(john, get), `"boundary":null`),
		line(calls(john, get), `"boundary":{}`),
		line(calls(john, get), `"trust":[]`),
		line(calls(john, get), `"resourceAccount":""`),
		line(calls(john, get), `"resourceAccount":111122223333`),
		line(calls(john, get), `"context":[]`),
		line(calls(john, get), `"context":{"aws:SourceIp":null}`),
		line(calls(john, get), `"context":{"aws:SourceIp":{}}`),
		line(calls(john, get), `"context":{"aws:SourceIp":[["x"]]}`),
		line(calls(john, get), `"context":{"aws:SourceIp":"x","aws:SourceIp":"y"}`),
		line(calls(john, get), `"context":{"aws:SourceIp":"x","AWS:sourceip":"y"}`),
		line(calls(john, get), identity(strings.Replace(allow(get), `"Action"`, `"Effect":"Deny","Action"`, 1))),
		line(calls(john, get), identity(strings.Replace(allow(get), "Allow", "allow", 1))),
		line(calls(john, "here"), identity(allow(get))),
		line(text("principal", john)),
		line(as(john, "sts:AssumeRoleWithWebIdentity"), identity(allow(get))),
		line(calls(john, get), identity(allow(get, when("IpAddress", "aws:SourceIp", "203.0.113.0/24"))), context("aws:SourceIp", "nowhere")),
	}
	var in strings.Builder
	for _, each := range bad {
		in.WriteString(each + "\n" + good + "\r\n")
	}
	var out bytes.Buffer
	require.NoError(t, decideAll(strings.NewReader(strings.TrimSuffix(in.String(), "\r\n")), &out))
	responses := responsesOf(t, out.String())
	require.Len(t, responses, 2*len(bad))
	for i, each := range bad {
		assert.NotEmpty(t, responses[2*i].Error, each)
		assert.Empty(t, responses[2*i].Decision, each)
		assert.Equal(t, "allow", responses[2*i+1].Decision, "after %s", each)
	}
}

func TestLongLines(t *testing.T) {
	in := bufio.NewReaderSize(strings.NewReader("abcd\nabcde\n\nabcdefghijklmnopqrstuvwxyz\nab\nabcdefghijklmnopqrstuvwxyz012345"), 16)
	for _, want := range []string{"abcd", "!", "", "!", "ab", "!"} {
		got, err := readLine(in, 4)
		if want == "!" {
			require.ErrorIs(t, err, errLongLine)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
	}
	_, err := readLine(in, 4)
	assert.Equal(t, io.EOF, err)
}

// endless is a long line without an end, up to the end of the input.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	e.left -= n
	for i := range n {
		p[i] = ' '
	}
	return n, nil
}

// heap returns how much memory is in use.
func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// TestMemoryIsBounded reads many lines with different documents, and a line without an
// end.
func TestMemoryIsBounded(t *testing.T) {
	const lines = 50_000
	in, feed := io.Pipe()
	grown := make(chan uint64, 1)
	go func() {
		var before, most uint64
		for i := range lines {
			if i == lines/3 {
				before = heap()
			} else if i > lines/3 && i%(lines/6) == 0 {
				most = max(most, heap())
			}
			fmt.Fprintln(feed, line(calls(john, fmt.Sprint(get, "/", i)), identity(allow(fmt.Sprint(get, "/", i)))))
		}
		io.Copy(feed, &endless{left: 16 * longestLine})
		feed.Close()
		if most < before {
			most = before
		}
		grown <- most - before
	}()
	count := &countingWriter{}
	require.NoError(t, decideAll(in, count))
	assert.Equal(t, lines+1, count.lines)
	assert.Less(t, <-grown, uint64(24<<20))
}

type countingWriter struct{ lines int }

func (c *countingWriter) Write(p []byte) (int, error) {
	c.lines += bytes.Count(p, []byte("\n"))
	return len(p), nil
}
