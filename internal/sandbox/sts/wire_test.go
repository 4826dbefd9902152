package sts_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

func TestResultsOnTheWire(t *testing.T) {
	d := open(t)
	for name, test := range map[string]struct {
		call call
		want string
	}{
		"AssumeRole": {form(values("Policy", allowAll)), `^<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>` +
			`<Credentials><AccessKeyId>ASIA\w{16}</AccessKeyId><SecretAccessKey>[A-Za-z0-9+/]{40}</SecretAccessKey><SessionToken>[^<]+</SessionToken>` +
			`<Expiration>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ</Expiration></Credentials>` +
			`<AssumedRoleUser><AssumedRoleId>AROA\w{17}:a-session</AssumedRoleId><Arn>arn:aws:sts::111122223333:assumed-role/executor/a-session</Arn></AssumedRoleUser>` +
			`<PackedPolicySize>4</PackedPolicySize></AssumeRoleResult>` +
			`<ResponseMetadata><RequestId>[0-9a-f-]{36}</RequestId></ResponseMetadata></AssumeRoleResponse>$`},
		"GetCallerIdentity": {call{body: identity()}, `^<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
			`<Arn>` + userARN + `</Arn><UserId>AIDA\w{17}</UserId><Account>444455556666</Account></GetCallerIdentityResult>` +
			`<ResponseMetadata><RequestId>[0-9a-f-]{36}</RequestId></ResponseMetadata></GetCallerIdentityResponse>$`},
	} {
		t.Run(name, func(t *testing.T) {
			w := d.do(test.call)
			assert.Equal(t, http.StatusOK, w.Code)
			assert.Regexp(t, test.want, w.Body.String())
			wantHeader(t, w.Header().Get("X-Amzn-Requestid"), w)
		})
	}
}

func TestWaysToAsk(t *testing.T) {
	d := open(t)
	for name, c := range map[string]call{
		"POST":                {body: identity()},
		"POST, other type":    {body: identity(), contentType: "application/x-www-form-urlencoded"},
		"POST, query":         {target: "/?" + identity()},
		"GET":                 {method: http.MethodGet, target: "/?" + identity()},
		"GET, AssumeRole":     {method: http.MethodGet, target: "/?" + values("ExternalId", "partner-42", "DurationSeconds", "900").Encode()},
		"localhost":           {body: identity(), host: "localhost:1"},
		"IPv6":                {body: identity(), host: "[::1]:1"},
		"host without a port": {body: identity(), host: "127.0.0.1"},
		"every parameter":     form(values("DurationSeconds", "3600", "ExternalId", "partner-42", "Policy", allowAll)),
	} {
		t.Run(name, func(t *testing.T) {
			w := d.do(c)
			assert.Equal(t, http.StatusOK, w.Code, w.Body.String())
		})
	}
}

func TestRefusals(t *testing.T) {
	d := open(t)
	without := func(v url.Values, more string) call { return call{body: v.Encode() + more} }
	other := func(id, secret, token string) *aws.Credentials {
		return &aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}
	}
	long := strings.Repeat("x", 64<<10)
	for name, test := range map[string]struct {
		status int
		code   string
		call   call
	}{
		"host":              {421, "MisdirectedRequest", call{body: identity(), host: "sts.amazonaws.com"}},
		"host, rebound":     {421, "MisdirectedRequest", call{body: identity(), host: "127.0.0.1.evil.example:8080"}},
		"path":              {404, "NotFound", call{body: identity(), target: "/x"}},
		"path, slashes":     {404, "NotFound", call{body: identity(), target: "//"}},
		"PUT":               {405, "MethodNotAllowed", call{method: http.MethodPut, body: identity()}},
		"HEAD":              {405, "MethodNotAllowed", call{method: http.MethodHead, target: "/?" + identity()}},
		"OPTIONS":           {405, "MethodNotAllowed", call{method: http.MethodOptions}},
		"too large":         {413, "RequestEntityTooLarge", form(values("Policy", long))},
		"too large, no key": {413, "RequestEntityTooLarge", call{body: long + "x", unsigned: true}},

		"JSON":            {400, "MalformedInput", call{body: `{}`, contentType: "application/json"}},
		"type":            {400, "MalformedInput", call{body: identity(), contentType: "text/plain"}},
		"type, malformed": {400, "MalformedInput", call{body: identity(), contentType: "application/x-www-form-urlencoded; x"}},
		"escape":          {400, "MalformedInput", call{body: identity() + "&x=%zz"}},
		"semicolon":       {400, "MalformedInput", call{body: identity() + ";x=y"}},
		"body and query":  {400, "InvalidQueryParameter", call{body: identity(), target: "/?x=y"}},
		"body of a GET":   {400, "InvalidQueryParameter", call{method: http.MethodGet, body: identity()}},
		"no action":       {400, "MissingAction", call{body: "Version=2011-06-15"}},
		"nothing":         {400, "MissingAction", call{}},
		"unknown action":  {400, "InvalidAction", form(values("Action", "AssumeRoles"))},
		"action's case":   {400, "InvalidAction", form(values("Action", "assumerole"))},
		"no version":      {400, "InvalidAction", form(values("Version", ""))},
		"another version": {400, "InvalidAction", form(values("Version", "2010-05-08"))},
		"two actions":     {400, "InvalidQueryParameter", without(values(), "&Action=GetCallerIdentity")},
		"two versions":    {400, "InvalidQueryParameter", without(values(), "&Version=2011-06-15")},
		"SAML":            {400, "NotModelled", call{body: "Action=AssumeRoleWithSAML&Version=2011-06-15", unsigned: true}},

		"unknown parameter":        {400, "InvalidQueryParameter", form(values("RoleARN", roleARN))},
		"signing's parameter":      {400, "InvalidQueryParameter", form(values("X-Amz-Date", "x"))},
		"GET, signing's parameter": {400, "InvalidQueryParameter", call{method: http.MethodGet, target: "/?X-Amz-Date=x&" + identity()}},
		"of another action":        {400, "InvalidQueryParameter", call{body: identity() + "&RoleArn=x"}},
		"twice":                    {400, "InvalidQueryParameter", without(values(), "&RoleSessionName=a-session")},
		"empty":                    {400, "ValidationError", without(values(), "&ExternalId=")},

		"no role":                {400, "ValidationError", form(values("RoleArn", ""))},
		"no name":                {400, "ValidationError", form(values("RoleSessionName", ""))},
		"role is none":           {400, "ValidationError", form(values("RoleArn", userARN))},
		"role's form":            {400, "ValidationError", form(values("RoleArn", "executor"))},
		"role, line end":         {400, "ValidationError", form(values("RoleArn", roleARN+"\nx"))},
		"name, short":            {400, "ValidationError", form(values("RoleSessionName", "a"))},
		"name, long":             {400, "ValidationError", form(values("RoleSessionName", strings.Repeat("a", 65)))},
		"name's characters":      {400, "ValidationError", form(values("RoleSessionName", "a b"))},
		"duration 0":             {400, "ValidationError", form(values("DurationSeconds", "0"))},
		"duration 899":           {400, "ValidationError", form(values("DurationSeconds", "899"))},
		"duration 43201":         {400, "ValidationError", form(values("DurationSeconds", "43201"))},
		"more than the role's":   {400, "ValidationError", form(values("DurationSeconds", "3601"))},
		"duration, no number":    {400, "ValidationError", form(values("DurationSeconds", "1h"))},
		"duration, negative":     {400, "ValidationError", form(values("DurationSeconds", "-900"))},
		"duration, huge":         {400, "ValidationError", form(values("DurationSeconds", "99999999999999999999"))},
		"external id, short":     {400, "ValidationError", form(values("ExternalId", "x"))},
		"serial without code":    {400, "ValidationError", form(values("SerialNumber", "arn:aws:iam::444455556666:mfa/x"))},
		"code without serial":    {400, "ValidationError", form(values("TokenCode", "123456"))},
		"code, five digits":      {400, "ValidationError", form(values("SerialNumber", "arn:aws:iam::444455556666:mfa/x", "TokenCode", "12345"))},
		"serial, short":          {400, "ValidationError", form(values("SerialNumber", "x", "TokenCode", "123456"))},
		"policy is none":         {400, "MalformedPolicyDocument", form(values("Policy", "x"))},
		"policy with principal":  {400, "MalformedPolicyDocument", form(values("Policy", trustOne))},
		"policy, long":           {400, "PackedPolicyTooLarge", form(values("Policy", allowAll+strings.Repeat(" ", 2048)))},
		"policy, not modelled":   {400, "NotModelled", form(values("Policy", sandboxtest.DocumentIf(`{"BinaryEquals":{"s3:x":"?"}}`, "*", "*")))},
		"no such device":         {403, "AccessDenied", form(values("SerialNumber", "arn:aws:iam::444455556666:mfa/x", "TokenCode", "123456"))},
		"no such role":           {403, "AccessDenied", form(values("RoleArn", roleARN+"s"))},
		"no such account":        {403, "AccessDenied", form(values("RoleArn", "arn:aws:iam::999999999999:role/executor"))},
		"another partition":      {400, "ValidationError", form(values("RoleArn", strings.Replace(roleARN, "aws", "aws-cn", 1)))},
		"unsigned":               {403, "MissingAuthenticationToken", call{body: identity(), unsigned: true}},
		"key":                    {403, "InvalidClientTokenId", call{body: identity(), key: other("AKIAXXXXXXXXXXXXXXXX", "x", "")}},
		"operator":               {403, "InvalidClientTokenId", call{body: identity(), key: other(cloud.CallerOperatorKey, "x", "")}},
		"token":                  {403, "InvalidClientTokenId", call{body: identity(), key: other(d.key.AccessKeyID, d.key.SecretAccessKey, "x")}},
		"secret":                 {403, "SignatureDoesNotMatch", call{body: identity(), key: other(d.key.AccessKeyID, "x", "")}},
		"authorization":          {400, "IncompleteSignature", call{body: identity(), header: http.Header{"Authorization": {"Bearer x"}}}},
		"body changed afterward": {403, "SignatureDoesNotMatch", call{body: identity(), header: http.Header{"X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}}}},
	} {
		t.Run(name, func(t *testing.T) { d.wantRefusal(t, test.status, test.code, d.do(test.call)) })
	}
}

// TestNotModelled: what AWS has and the sandbox does not is refused by name.
func TestNotModelled(t *testing.T) {
	d := open(t)
	for name, v := range map[string]url.Values{
		"GetFederationToken": {"Action": {"GetFederationToken"}, "Version": {"2011-06-15"}, "Name": {"x"}},
		"PolicyArns":         values("PolicyArns.member.1.arn", roleARN),
		"ProvidedContexts":   values("ProvidedContexts.member.1.ContextAssertion", "x"),
		"ProviderId":         values("Action", "AssumeRoleWithWebIdentity", "WebIdentityToken", "x", "ProviderId", "www.amazon.com"),
	} {
		assert.Contains(t, d.wantRefusal(t, 400, "NotModelled", d.do(form(v))).Message, name)
	}
}

func TestMessagesAreEscaped(t *testing.T) {
	d := open(t)
	w := d.do(form(values("Action", "<x>&\"'\x00\xff")))
	d.wantRefusal(t, 400, "InvalidAction", w)
	assert.NotContains(t, w.Body.String(), "<x>")
}

// TestFaults: internal errors are not shown.
func TestFaults(t *testing.T) {
	t.Run("of the cloud", func(t *testing.T) {
		d := open(t)
		d.cloud.OnMutation(func(cloud.Mutation) cloud.Fault { return cloud.LoseReply })
		r := d.wantRefusal(t, 500, "InternalFailure", d.do(form(values())))
		assert.NotContains(t, r.Message, "injected")
	})
	t.Run("policies that cannot be judged", func(t *testing.T) {
		d := open(t)
		odd := sandboxtest.DocumentIf(`{"NumericEquals":{"aws:username":"1"}}`, "sts:AssumeRole", roleARN)
		odd = strings.Replace(odd, "Allow", "Deny", 1)
		sandboxtest.OK(d.other().UserPolicies().Put(cloud.CallerUser, cloud.InlinePolicy{PolicyName: "odd", PolicyDocument: odd}))
		r := d.wantRefusal(t, 500, "InternalFailure", d.do(form(values())))
		assert.NotContains(t, r.Message, "odd")
		assert.NotContains(t, r.Message, "username")
	})
	t.Run("of the network", func(t *testing.T) {
		d := open(t)
		r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(bytes.NewReader([]byte("Action=")), broken{}))
		r.Host = "127.0.0.1"
		w := httptest.NewRecorder()
		d.server.Config.Handler.ServeHTTP(w, r)
		assert.NotContains(t, d.wantRefusal(t, 400, "MalformedInput", w).Message, "cable")
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the cable is out") }
