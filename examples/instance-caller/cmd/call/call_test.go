package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/prove"
)

const secret = "a-secret-access-key"

// TestCall checks which statuses are tried again, and that no credential is logged.
func TestCall(t *testing.T) {
	for name, row := range map[string]struct {
		method   string
		statuses []int // of the responses, the last one repeated
		requests int
		says     string // in the error; empty for none
	}{
		"ok":                        {"GET", []int{200}, 1, ""},
		"created":                   {"POST", []int{201}, 1, ""},
		"denied":                    {"GET", []int{403}, 1, "GET /products: status 403"},
		"throttled":                 {"GET", []int{429, 429, 200}, 3, ""},
		"failed":                    {"GET", []int{500, 503, 504, 200}, 4, ""},
		"failed too often":          {"GET", []int{503}, 4, "gave up after 4 attempts: status 503"},
		"throttled POST":            {"POST", []int{429, 201}, 2, ""},
		"a POST that had an effect": {"POST", []int{502, 201}, 1, "POST /products: status 502"},
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.Regexp(t, `^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/eu-west-1/execute-api/aws4_request`, r.Header.Get("Authorization"))
				w.WriteHeader(row.statuses[min(requests, len(row.statuses)-1)])
				requests++
				_, _ = w.Write([]byte(strings.Repeat("x\n", 2000)))
			}))
			defer server.Close()
			var log bytes.Buffer
			var pauses []time.Duration
			c := caller{
				method: row.method, path: "/products", attempts: 4, log: slog.New(slog.NewJSONHandler(&log, nil)),
				client: prove.Client{HTTP: server.Client(), URL: server.URL, Region: "eu-west-1"},
				credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
					return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secret, SessionToken: secret}, nil
				}),
				sleep: func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil },
			}
			err := c.call(t.Context())
			if row.says == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, row.says)
			}
			assert.Equal(t, row.requests, requests)
			assert.Len(t, pauses, requests-1)
			assert.Equal(t, requests, strings.Count(log.String(), "\n"), "a line for each response")
			assert.NotContains(t, log.String(), secret)
			assert.NotContains(t, log.String(), "AKID")
			assert.Less(t, log.Len(), requests*4000)
		})
	}
}

func TestCallWithoutCredentialsOrNetwork(t *testing.T) {
	none := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errors.New("none here") })
	some := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secret}, nil
	})
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close() // refuses connections
	for method, attempts := range map[string]int{"GET": 3, "POST": 1} {
		for says, credentials := range map[string]aws.CredentialsProvider{"none here": none, "refused": some} {
			slept := 0
			c := caller{
				method: method, path: "/products", attempts: 3, log: slog.New(slog.DiscardHandler), credentials: credentials,
				client: prove.Client{HTTP: &http.Client{}, URL: server.URL, Region: "eu-west-1"},
				sleep:  func(context.Context, time.Duration) error { slept++; return nil },
			}
			err := c.call(t.Context())
			require.ErrorContains(t, err, says)
			assert.NotContains(t, err.Error(), secret)
			assert.Equal(t, attempts-1, slept, method)
		}
	}
}

func TestPause(t *testing.T) {
	for attempt, longest := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 6: longestPause, 1000: longestPause} {
		for range 100 {
			d := pause(attempt)
			assert.GreaterOrEqual(t, d, time.Duration(0))
			assert.Less(t, d, longest)
		}
	}
}

func TestFlags(t *testing.T) {
	none := func(string) string { return "" }
	for says, args := range map[string][]string{
		"url, region: both must be set": {"-url", "https://x.example"},
		`argument "GET"`:                {"-url", "https://x.example", "-region", "eu-west-1", "GET"},
		"attempts 0":                    {"-url", "https://x.example", "-region", "eu-west-1", "-attempts", "0"},
		"not defined: -key":             {"-key", "x"},
	} {
		require.ErrorContains(t, run(t.Context(), args, none, &bytes.Buffer{}), says)
	}
}
