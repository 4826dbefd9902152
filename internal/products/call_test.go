package products_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products"
)

// secrets are parts of the fixtures that must not be in a response or in the log.
var secrets = []string{"access-key-of-the-fixtures", "signature-of-the-fixtures", "AWS4-HMAC-SHA256"}

// statuses are the documented ones.
var statuses = []int{200, 201, 400, 403, 404, 405, 413, 415, 500}

// fixture reads an event as API Gateway sends it.
func fixture(t testing.TB, name string) events.APIGatewayV2HTTPRequest {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	var event events.APIGatewayV2HTTPRequest
	require.NoError(t, json.Unmarshal(data, &event))
	return event
}

// service is the handler as Lambda calls it, with its log.
type service struct {
	handler *products.Handler
	mu      sync.Mutex
	log     bytes.Buffer
}

func newService(store products.Store) *service {
	s := &service{}
	s.handler = products.NewHandler(store, slog.New(slog.NewJSONHandler(s, nil)))
	return s
}

func (s *service) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(line)
}

// logged returns what was logged so far.
func (s *service) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// reply is a response with its body decoded.
type reply struct {
	status  int
	headers map[string]string
	text    string
	message string             // of a status from 400 up
	list    []products.Product // of a 200
	next    string             // of a 200
	added   products.Product   // of a 201
	members map[string]any     // of the body
}

// call sends a request in JSON, as Lambda does.
func (s *service) call(t testing.TB, event events.APIGatewayV2HTTPRequest) reply {
	t.Helper()
	payload, err := json.Marshal(event)
	require.NoError(t, err)
	// A new handler each time: Invoke returns a buffer that the next Invoke of the
	// same handler overwrites.
	text, err := lambda.NewHandler(s.handler.Handle).Invoke(t.Context(), payload)
	require.NoError(t, err)
	var resp events.APIGatewayV2HTTPResponse
	require.NoError(t, json.Unmarshal(text, &resp))
	return s.examine(t, resp)
}

// examine decodes a response and checks what holds for all responses.
func (s *service) examine(t testing.TB, resp events.APIGatewayV2HTTPResponse) reply {
	t.Helper()
	got := reply{status: resp.StatusCode, headers: resp.Headers, text: resp.Body}
	require.Contains(t, statuses, got.status)
	require.Equal(t, "application/json", got.headers["content-type"])
	require.Equal(t, "no-store", got.headers["cache-control"])
	require.Equal(t, got.status == http.StatusMethodNotAllowed, got.headers["allow"] != "")
	require.False(t, resp.IsBase64Encoded)
	for _, secret := range secrets {
		require.NotContains(t, got.text, secret)
		require.NotContains(t, s.logged(), secret)
	}
	require.NoError(t, json.Unmarshal([]byte(got.text), &got.members))
	got.decode(t)
	return got
}

func (r *reply) decode(t testing.TB) {
	t.Helper()
	switch r.status {
	case http.StatusOK:
		body := struct {
			Products      []products.Product `json:"products"`
			NextPageToken string             `json:"nextPageToken"`
		}{}
		strictly(t, r.text, &body)
		require.NotNil(t, body.Products)
		r.list, r.next = body.Products, body.NextPageToken
	case http.StatusCreated:
		strictly(t, r.text, &r.added)
	default:
		require.Len(t, r.members, 1, r.text)
		r.message, _ = r.members["message"].(string)
		require.NotEmpty(t, r.message)
		require.False(t, strings.ContainsAny(r.message, "\r\n"), "one line: %s", r.message)
		require.Less(t, len(r.message), 2000)
	}
}

func strictly(t testing.TB, text string, into any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(into), text)
}

// withBody returns the fixture of an added product with another body.
func withBody(t testing.TB, body string) events.APIGatewayV2HTTPRequest {
	event := fixture(t, "add-iam-role")
	event.Body = body
	return event
}

// withBytes is the same in base64.
func withBytes(t testing.TB, body []byte) events.APIGatewayV2HTTPRequest {
	event := withBody(t, base64.StdEncoding.EncodeToString(body))
	event.IsBase64Encoded = true
	return event
}

// listAll follows the page tokens to the end.
func (s *service) listAll(t testing.TB, limit string) []products.Product {
	t.Helper()
	var found []products.Product
	tokens := []string{""}
	for {
		event := fixture(t, "list-iam-user")
		event.QueryStringParameters = map[string]string{"limit": limit}
		if last := tokens[len(tokens)-1]; last != "" {
			event.QueryStringParameters["pageToken"] = last
		}
		got := s.call(t, event)
		require.Equal(t, http.StatusOK, got.status, got.text)
		found = append(found, got.list...)
		if got.next == "" {
			return found
		}
		require.False(t, slices.Contains(tokens, got.next), "a token that came before")
		tokens = append(tokens, got.next)
	}
}
