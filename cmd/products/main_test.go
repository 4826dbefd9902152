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

// asFunction is the environment variable that makes the test binary run the function.
const asFunction = "PRODUCTS_TEST_AS_FUNCTION"

var key = aws.Credentials{AccessKeyID: "key-of-the-function", SecretAccessKey: "secret-of-the-function", SessionToken: "token-of-the-function"}

func TestMain(m *testing.M) {
	if os.Getenv(asFunction) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// function returns the command as Lambda starts it, with an environment of its own.
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

// startRuntimeAPI simulates the API from which Lambda functions read their events. It
// sends fixtures, one at a time, and returns the function's responses.
func startRuntimeAPI(t *testing.T, fixtures ...string) (address string, responses chan []byte) {
	t.Helper()
	waiting := make(chan []byte, len(fixtures))
	for _, fixture := range fixtures {
		event, err := os.ReadFile(filepath.Join("..", "..", "internal", "products", "testdata", fixture+".json"))
		require.NoError(t, err)
		waiting <- event
	}
	responses = make(chan []byte, len(fixtures))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case event := <-waiting:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "the-one")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10))
			_, _ = w.Write(event)
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/the-one/response", func(w http.ResponseWriter, r *http.Request) {
		response, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		responses <- response
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), responses
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

// run starts the function over a table, sends it fixtures, and returns its responses and
// its log.
func run(t *testing.T, table string, fixtures ...string) (responses []events.APIGatewayV2HTTPResponse, log string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	address, received := startRuntimeAPI(t, fixtures...)
	var stderr bytes.Buffer
	cmd := function(ctx, t, &stderr, "AWS_LAMBDA_RUNTIME_API="+address, "TABLE_NAME="+table,
		"AWS_ENDPOINT_URL_DYNAMODB="+startTable(t))
	require.NoError(t, cmd.Start())
	for range fixtures {
		select {
		case text := <-received:
			var response events.APIGatewayV2HTTPResponse
			require.NoError(t, json.Unmarshal(text, &response))
			responses = append(responses, response)
		case <-ctx.Done():
			require.FailNow(t, "the function does not respond")
		}
	}
	cancel()
	_ = cmd.Wait() // it was killed
	return responses, stderr.String()
}

func TestServes(t *testing.T) {
	responses, log := run(t, "products-of-the-tests", "add-iam-role", "list-iam-user")
	added, list := responses[0], responses[1]
	require.Equal(t, http.StatusCreated, added.StatusCode, added.Body)
	assert.Equal(t, http.StatusOK, list.StatusCode)
	assert.JSONEq(t, `{"products":[`+added.Body+`]}`, list.Body)
	assert.Empty(t, log)
}

func TestLogsInJSON(t *testing.T) {
	responses, log := run(t, "no-such-table", "add-iam-role")
	assert.Equal(t, http.StatusInternalServerError, responses[0].StatusCode)
	assert.JSONEq(t, `{"message":"internal error"}`, responses[0].Body)
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
