package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products"
	"iam-secured-api/internal/products/dynamowiretest"
)

// asFunction is the environment variable that makes the test binary be the function.
const asFunction = "PRODUCTS_TEST_AS_FUNCTION"

var key = aws.Credentials{AccessKeyID: "key-of-the-function", SecretAccessKey: "secret-of-the-function", SessionToken: "token-of-the-function"}

func TestMain(m *testing.M) {
	if os.Getenv(asFunction) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// function is the command as Lambda starts it: with its own environment and
// nothing of the user's.
func function(ctx context.Context, t *testing.T, stderr io.Writer, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(ctx, self)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{
		asFunction + "=1",
		"HOME=" + cmd.Dir,
		"AWS_REGION=eu-west-1",
		"AWS_ACCESS_KEY_ID=" + key.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + key.SecretAccessKey,
		"AWS_SESSION_TOKEN=" + key.SessionToken,
	}, env...)
	cmd.Stdout, cmd.Stderr = os.Stderr, stderr
	return cmd
}

// invocation is an event, and where its answer goes.
type invocation struct {
	event  []byte
	answer chan []byte
}

// runtimeAPI stands for the API that Lambda gives functions their events through.
type runtimeAPI struct {
	waiting chan invocation
	running chan chan []byte // of one: a function takes its events one after the other
}

func startRuntimeAPI(t *testing.T) (api *runtimeAPI, address string) {
	t.Helper()
	api = &runtimeAPI{waiting: make(chan invocation), running: make(chan chan []byte, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", api.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/the-one/response", api.response)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return api, strings.TrimPrefix(server.URL, "http://")
}

func (api *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
	case call := <-api.waiting:
		api.running <- call.answer
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "the-one")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10))
		_, _ = w.Write(call.event)
	}
}

func (api *runtimeAPI) response(w http.ResponseWriter, r *http.Request) {
	answer, _ := io.ReadAll(r.Body)
	<-api.running <- answer
	w.WriteHeader(http.StatusAccepted)
}

// invoke gives the function one of the fixtures.
func (api *runtimeAPI) invoke(ctx context.Context, t *testing.T, fixture string) (resp events.APIGatewayV2HTTPResponse) {
	t.Helper()
	event, err := os.ReadFile(filepath.Join("..", "..", "internal", "products", "testdata", fixture+".json"))
	require.NoError(t, err)
	call := invocation{event, make(chan []byte, 1)}
	select {
	case api.waiting <- call:
	case <-ctx.Done():
		require.FailNow(t, "the function takes no event")
	}
	select {
	case answer := <-call.answer:
		require.NoError(t, json.Unmarshal(answer, &resp))
	case <-ctx.Done():
		require.FailNow(t, "the function does not answer")
	}
	return resp
}

// startTable serves one table, as DynamoDB does.
func startTable(t *testing.T) (endpoint string) {
	t.Helper()
	server := httptest.NewServer(&dynamowiretest.Table{
		Name: "products-of-the-tests", HashKey: "id", Rows: &products.MemoryRows{}, KeyID: key.AccessKeyID, Region: "eu-west-1",
	})
	t.Cleanup(server.Close)
	return server.URL
}

// run starts the function over a table and returns what gives it events, and what
// ends it and returns its log.
func run(ctx context.Context, t *testing.T, table string) (api *runtimeAPI, end func() string) {
	t.Helper()
	api, address := startRuntimeAPI(t)
	ctx, cancel := context.WithCancel(ctx)
	var stderr bytes.Buffer
	cmd := function(ctx, t, &stderr, "AWS_LAMBDA_RUNTIME_API="+address, "TABLE_NAME="+table,
		"AWS_ENDPOINT_URL_DYNAMODB="+startTable(t))
	require.NoError(t, cmd.Start())
	end = func() string {
		cancel()
		_ = cmd.Wait() // it was killed
		return stderr.String()
	}
	t.Cleanup(func() { end() })
	return api, end
}

func TestServes(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	api, end := run(ctx, t, "products-of-the-tests")

	added := api.invoke(ctx, t, "add-iam-role")
	require.Equal(t, http.StatusCreated, added.StatusCode, added.Body)
	list := api.invoke(ctx, t, "list-iam-user")
	assert.Equal(t, http.StatusOK, list.StatusCode)
	assert.JSONEq(t, `{"products":[`+added.Body+`]}`, list.Body)
	assert.Empty(t, end(), "nothing to log")
}

func TestLogsInJSON(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	api, end := run(ctx, t, "no-such-table")

	resp := api.invoke(ctx, t, "add-iam-role")
	assert.Equal(t, http.StatusInternalServerError, resp.StatusCode)
	assert.JSONEq(t, `{"message":"internal error"}`, resp.Body)
	log := end()
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(log), &line), log)
	assert.Contains(t, line["error"], "ResourceNotFoundException")
	assert.Equal(t, "request-of-the-tests=", line["requestId"])
	for _, secret := range []string{key.AccessKeyID, key.SecretAccessKey, key.SessionToken, "access-key-of-the-fixtures"} {
		assert.NotContains(t, log, secret)
	}
}

func TestNoTable(t *testing.T) {
	var stderr bytes.Buffer
	err := function(t.Context(), t, &stderr, "AWS_LAMBDA_RUNTIME_API=127.0.0.1:1").Run()
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "%v", err)
	assert.Equal(t, 1, exit.ExitCode())
	var line map[string]any
	require.NoError(t, json.Unmarshal(stderr.Bytes(), &line), stderr.String())
	assert.Equal(t, "ERROR", line["level"])
	assert.Contains(t, line["error"], "TABLE_NAME is not set")
}
