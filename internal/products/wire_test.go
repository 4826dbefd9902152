package products_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products"
	"iam-secured-api/internal/products/dynamowiretest"
)

const (
	region    = "eu-west-1"
	tableName = "products"
)

// testKey signs the requests of the tests.
var testKey = aws.Credentials{AccessKeyID: "a-key-of-the-tests", SecretAccessKey: "a-secret-of-the-tests"}

// exchange is a request as it arrived, and the status of its response.
type exchange struct {
	action string
	body   map[string]any
	status int
}

// wire is a table behind DynamoDB's wire format.
type wire struct {
	rows   products.MemoryRows
	client *dynamodb.Client

	mu        sync.Mutex
	before    []func(w http.ResponseWriter, r *http.Request, next http.Handler) // for the next requests, one each
	exchanges []exchange
}

func newWire(t *testing.T) *wire {
	t.Helper()
	w := &wire{}
	server := httptest.NewServer(w.record(&dynamowiretest.Table{
		Name: tableName, HashKey: "id", Rows: &w.rows, KeyID: testKey.AccessKeyID, Region: region,
	}))
	t.Cleanup(server.Close)
	w.client = dynamodb.New(dynamodb.Options{
		BaseEndpoint: &server.URL,
		Region:       region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return testKey, nil
		}),
		HTTPClient: server.Client(),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		}),
	})
	return w
}

// store is the DynamoDB store over the table.
func (w *wire) store() products.Store {
	return products.NewDynamoDB(w.client, tableName)
}

// meet sets what serves the next requests, one each, in place of the table.
func (w *wire) meet(before ...func(http.ResponseWriter, *http.Request, http.Handler)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before = before
}

func (w *wire) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		seen := exchange{action: r.Header.Get("X-Amz-Target")}
		_ = json.Unmarshal(body, &seen.body)
		status := &statusWriter{ResponseWriter: rw}
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			seen.status = status.code
			w.exchanges = append(w.exchanges, seen)
		}()
		if before := w.next(); before != nil {
			before(status, r, next)
			return
		}
		next.ServeHTTP(status, r)
	})
}

func (w *wire) next() (before func(http.ResponseWriter, *http.Request, http.Handler)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.before) > 0 {
		before, w.before = w.before[0], w.before[1:]
	}
	return before
}

// seen returns the exchanges since the last time.
func (w *wire) seen() []exchange {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.exchanges
	w.exchanges = nil
	return seen
}

type statusWriter struct {
	http.ResponseWriter
	code int
}

func (s *statusWriter) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// throttled rejects a request for its rate.
func throttled(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	dynamowiretest.Throttled().Write(w)
}

// replyLost lets the request take effect and closes the connection without a
// response.
func replyLost(_ http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// refused responds with an error of DynamoDB.
func refused(status int, name, message string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		(&dynamowiretest.Error{Status: status, Type: name, Message: message}).Write(w)
	}
}

// answered responds with this body.
func answered(body string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, body)
	}
}

// hang does not respond until the client is gone.
func hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	<-r.Context().Done()
}

func requireStatuses(t *testing.T, w *wire, want ...int) {
	t.Helper()
	var got []int
	for _, e := range w.seen() {
		got = append(got, e.status)
	}
	require.Equal(t, want, got)
}
