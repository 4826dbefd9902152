package several_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/endpoints"
	"iam-secured-api/internal/sandbox/gateway"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

func readme(t *testing.T) string {
	return string(Must(os.ReadFile(filepath.Join(harness.Root(t), "examples", "several-apis", "README.md"))))
}

// backend replies to all requests and counts them.
type backend struct{ requests atomic.Int32 }

func (b *backend) RoundTrip(r *http.Request) (*http.Response, error) {
	b.requests.Add(1)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
}

// serve serves both APIs, each at an endpoint of its own.
func serve(t *testing.T, c *cloud.Cloud, b *backend) map[string]*endpoints.Endpoints {
	served := map[string]*endpoints.Endpoints{}
	for _, api := range Must(c.Account(apis).Region(harness.Region).GetApis()) {
		stack := endpoints.Stack{Account: apis, Region: harness.Region, APIID: api.APIID, Stage: "prod"}
		e := Must(endpoints.Open(c, stack, gateway.Options{Backend: b, Unthrottled: true}))
		t.Cleanup(func() { assert.NoError(t, e.Close()) })
		served[strings.TrimPrefix(api.Name, "Shop-")] = e
	}
	require.Len(t, served, 2)
	return served
}

func keyOf(k cloud.Key) aws.Credentials {
	return aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, SessionToken: k.SessionToken}
}

// assume assumes a role of the APIs' account.
func assume(t *testing.T, endpoint string, as aws.Credentials, role, externalID string) (aws.Credentials, error) {
	client := sts.New(sts.Options{
		Region: harness.Region, BaseEndpoint: &endpoint,
		Credentials: credentials.StaticCredentialsProvider{Value: as},
	})
	in := &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + apis + ":role/" + role), RoleSessionName: aws.String("test")}
	if externalID != "" {
		in.ExternalId = &externalID
	}
	out, err := client.AssumeRole(t.Context(), in)
	if err != nil {
		return aws.Credentials{}, err
	}
	of := out.Credentials
	return aws.Credentials{AccessKeyID: *of.AccessKeyId, SecretAccessKey: *of.SecretAccessKey, SessionToken: *of.SessionToken}, nil
}

// TestCalls calls every route of both APIs as every principal of every account.
func TestCalls(t *testing.T) {
	s := newShop(t)
	s.Up(t)
	c := s.Cloud.Clone()
	b := &backend{}
	served := serve(t, c, b)
	account, endpoint := c.Account(apis), served["catalog"].STS
	key := func(of *cloud.Account, user string) aws.Credentials {
		k := Must(of.CreateAccessKey(user))
		return aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey}
	}
	now := time.Now()
	theirs := key(c.Account(partner), cloud.CallerUser)
	task := keyOf(Must(c.Account(warehouse).ServiceCredentials("ecs-tasks.amazonaws.com", packer, "task", 900, now)).Key)
	Must(account.CreateUser(cloud.CreateUserInput{UserName: "mallory"}))
	third := c.Account(warehouse)
	Must(third.CreateUser(cloud.CreateUserInput{UserName: "mallory"}))
	OK(third.UserPolicies().Put("mallory", Allow("all", "*", "*")))

	as := map[string]aws.Credentials{
		"user/ana":            key(account, "ana"),
		"role/shop-worker":    keyOf(Must(account.ServiceCredentials("lambda.amazonaws.com", "shop-worker", "f", 900, now)).Key),
		"role/shop-partner":   Must(assume(t, endpoint, theirs, "shop-partner", externalID)),
		"role/shop-warehouse": Must(assume(t, endpoint, task, "shop-warehouse", "")),
		"anyone":              {},
	}
	strangers := map[string]aws.Credentials{
		"the partner's user without the role":   theirs,
		"the warehouse's task without the role": task,
		"an administrator of the warehouse":     key(third, "mallory"),
		"a user of the APIs' account":           key(account, "mallory"),
	}
	allowed := 0
	matrices := deployed(c)
	for api, e := range served {
		client := prove.Client{HTTP: prove.NewHTTP(http.DefaultTransport), URL: e.InvokeURL, Region: harness.Region}
		send := func(as aws.Credentials, route string) prove.Outcome {
			method, path, _ := strings.Cut(route, " ")
			return Must(client.Send(t.Context(), as, method, strings.ReplaceAll(path, "{id}", "1"), "")).Outcome()
		}
		require.Len(t, matrices[api], len(as))
		for principal, row := range matrices[api] {
			for route, cell := range row.Cells {
				if cell.Allows() {
					allowed++
				}
				assert.True(t, send(as[principal], route).Agrees(cell), "%s, %s of %s: %s", principal, route, api, cell)
			}
		}
		for name, stranger := range strangers {
			for route := range matrices[api]["anyone"].Cells {
				assert.Equal(t, prove.Deny, send(stranger, route), "%s, %s of %s", name, route, api)
			}
		}
	}
	assert.EqualValues(t, allowed, b.requests.Load(), "only requests that are allowed reach a backend")

	for name, refused := range map[string]struct {
		as               aws.Credentials
		role, externalID string
	}{
		"without the external id":           {theirs, "shop-partner", ""},
		"with another external id":          {theirs, "shop-partner", "shop-8"},
		"the other account's role":          {theirs, "shop-warehouse", ""},
		"another account's role":            {task, "shop-partner", externalID},
		"an administrator of the warehouse": {strangers["an administrator of the warehouse"], "shop-warehouse", ""},
	} {
		_, err := assume(t, endpoint, refused.as, refused.role, refused.externalID)
		assert.ErrorContains(t, err, "AccessDenied", name)
	}
}

// TestSignaturesAreForOneApi sends requests that are signed for one API to the other. The
// principal may call both.
func TestSignaturesAreForOneApi(t *testing.T) {
	s := newShop(t)
	s.design.Routes["orders"]["GET /items"] = s.design.Routes["catalog"]["GET /items"]
	s.design.Policies["team"]["orders"] = []string{"GET /items"}
	s.Up(t)
	b := &backend{}
	served := serve(t, s.Cloud, b)
	k := Must(s.Cloud.Account(apis).CreateAccessKey("ana"))
	key := aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey}
	client := prove.NewHTTP(http.DefaultTransport)
	status := func(r *http.Request) int {
		response := Must(client.Do(r))
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	for from, to := range map[string]string{"catalog": "orders", "orders": "catalog"} {
		signed := func() *http.Request {
			r := Must(http.NewRequestWithContext(t.Context(), http.MethodGet, served[from].InvokeURL+"/items", nil))
			require.NoError(t, prove.Sign(r, key, "", harness.Region, time.Now()))
			return r
		}
		assert.Equal(t, http.StatusOK, status(signed()))
		target := strings.TrimSuffix(strings.TrimPrefix(served[to].InvokeURL, "http://"), "/prod")

		replayed := signed()
		replayed.Host, replayed.URL.Host = target, target
		assert.Equal(t, http.StatusForbidden, status(replayed), "with the other's Host, which the signature does not cover")

		replayed = signed()
		replayed.Host, replayed.URL.Host = replayed.URL.Host, target
		assert.Equal(t, http.StatusForbidden, status(replayed), "with its own Host")
	}
	assert.EqualValues(t, 2, b.requests.Load())
}
