package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"iam-secured-api/internal/sandbox/sandboxtest"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"
)

// message is a request as it is sent over the wire, with no client to correct it.
type message struct {
	method, target string
	lines          []string // headers
	body           string
}

// message returns a request's message.
func (w *world) message(r *http.Request, body string) *message {
	m := &message{method: r.Method, target: r.URL.RequestURI(), body: body}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	m.add("Host", host)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			m.add(name, value)
		}
	}
	if body != "" {
		m.add("Content-Length", fmt.Sprint(len(body)))
	}
	return m
}

// signed returns a request that is signed in the header.
func (w *world) signed(key aws.Credentials, method, path, body string) *message {
	return w.message(w.sign(w.request(method, path, body), key, body), body)
}

// presigned returns a request that is signed in the query, valid for some seconds; for
// 0, it does not say, which means five minutes.
func (w *world) presigned(key aws.Credentials, method, path, body string, seconds int) *message {
	r := w.request(method, path, body)
	if seconds > 0 {
		query := r.URL.Query()
		query.Set("X-Amz-Expires", fmt.Sprint(seconds))
		r.URL.RawQuery = query.Encode()
	}
	text, _, err := v4.NewSigner().PresignHTTP(context.Background(), key, r, hash(body), "execute-api", region, w.now())
	sandboxtest.OK(err)
	m := w.message(r, body)
	m.target = strings.TrimPrefix(text, w.url)
	return m
}

func (m *message) at(name string) int {
	return slices.IndexFunc(m.lines, func(line string) bool {
		got, _, _ := strings.Cut(line, ":")
		return strings.EqualFold(got, name)
	})
}

func (m *message) add(name, value string) { m.lines = append(m.lines, name+": "+value) }

func (m *message) get(name string) string {
	if i := m.at(name); i >= 0 {
		return strings.TrimSpace(m.lines[i][len(name)+1:])
	}
	return ""
}

func (m *message) set(name, value string) {
	if i := m.at(name); i >= 0 {
		m.lines[i] = name + ": " + value
		return
	}
	m.add(name, value)
}

func (m *message) drop(name string) {
	if i := m.at(name); i >= 0 {
		m.lines = slices.Delete(m.lines, i, i+1)
	}
}

// replace changes a header, which must hold the old text.
func (m *message) replace(name, old, new string) {
	value := m.get(name)
	if !strings.Contains(value, old) {
		panic(fmt.Sprintf("%s has no %q", name, old))
	}
	m.set(name, strings.Replace(value, old, new, 1))
}

// authorization changes the header Authorization.
func (m *message) authorization(old, new string) { m.replace("Authorization", old, new) }

// text returns the message as it is sent.
func (m *message) text() string {
	return m.method + " " + m.target + " HTTP/1.1\r\n" + strings.Join(m.lines, "\r\n") + "\r\nConnection: close\r\n\r\n" + m.body
}

// wire sends a message over a connection of its own.
func (w *world) wire(m *message) (int, string) { return w.bytes(m.text()) }

func (w *world) bytes(text string) (int, string) {
	w.t.Helper()
	response, body := w.exchange(text)
	return response.StatusCode, body
}

func (w *world) exchange(text string) (*http.Response, string) {
	w.t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	require.NoError(w.t, err)
	defer connection.Close()
	require.NoError(w.t, connection.SetDeadline(time.Now().Add(30*time.Second))) // a test that hangs says where
	go func() { _, _ = io.WriteString(connection, text) }()                      // the response may come before all is sent
	method, _, _ := strings.Cut(text, " ")
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: method})
	require.NoError(w.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	return response, string(body)
}
