package dynamowiretest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"iam-secured-api/internal/products"
)

const (
	contentType  = "application/x-amz-json-1.0"
	targetPrefix = "DynamoDB_20120810."

	// maxRequest is DynamoDB's limit of a request, in bytes.
	maxRequest = 16 << 20
)

// Table is one table: its rows are items in DynamoDB's JSON, in an order that has
// nothing to do with their keys.
type Table struct {
	// HashKey is the name of its only key, a string.
	HashKey string
	Rows    products.Rows
}

// Server is an [http.Handler] that stands for DynamoDB in one region of one account.
type Server struct {
	// Tables finds a table by its name.
	Tables func(name string) (Table, bool)
	// Verify checks the signature of a request whose body is given. An error that
	// is no [*Error] becomes an InvalidSignatureException.
	Verify func(r *http.Request, body []byte) error
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply, err := s.serve(r)
	if err != nil {
		refusal := (*Error)(nil)
		if !errors.As(err, &refusal) {
			refusal = &Error{http.StatusInternalServerError, modelled + "InternalServerError", err.Error(), nil}
		}
		refusal.Write(w)
		return
	}
	write(w, http.StatusOK, reply)
}

func (s *Server) serve(r *http.Request) (reply any, err error) {
	action, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
	if !ok || r.Method != http.MethodPost || r.URL.Path != "/" || r.Header.Get("Content-Type") != contentType {
		return nil, unknownOperation("only POST / of " + contentType + " with an X-Amz-Target is known")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxRequest {
		return nil, &Error{http.StatusRequestEntityTooLarge, service + "RequestEntityTooLargeException", "request is too large", nil}
	}
	if err := s.verify(r, body); err != nil {
		return nil, err
	}
	switch action {
	case "PutItem":
		return call(s, body, s.putItem)
	case "Scan":
		return call(s, body, s.scan)
	default:
		return nil, unknownOperation("action " + action + " is not known here; PutItem and Scan are")
	}
}

func (s *Server) verify(r *http.Request, body []byte) error {
	if r.Header.Get("Authorization") == "" {
		return &Error{http.StatusBadRequest, service + "MissingAuthenticationTokenException",
			"Request is missing Authentication Token", nil}
	}
	err := s.Verify(r, body)
	if refusal := (*Error)(nil); err == nil || errors.As(err, &refusal) {
		return err
	}
	return &Error{http.StatusBadRequest, service + "InvalidSignatureException", err.Error(), nil}
}

// input is the parameters of an action.
type input interface {
	table() string
}

// call decodes the parameters of an action, and refuses those that it does not
// know; then it does the action.
func call[In input](s *Server, body []byte, do func(Table, In) (any, error)) (any, error) {
	var in In
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, invalid("not known here: %s", err)
	}
	if in.table() == "" {
		return nil, invalid("Value null at 'tableName' failed to satisfy constraint: Member must not be null")
	}
	table, ok := s.Tables(in.table())
	if !ok {
		return nil, &Error{http.StatusBadRequest, modelled + "ResourceNotFoundException", "Requested resource not found", nil}
	}
	return do(table, in)
}

// write answers as DynamoDB does, with the checksum that its clients compare.
func write(w http.ResponseWriter, status int, reply any) {
	body, err := json.Marshal(reply)
	if err != nil {
		status, body = http.StatusInternalServerError, fmt.Appendf(nil, `{"__type":"%sInternalServerError"}`, modelled)
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Amzn-Requestid", uuid.NewString())
	w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client that went away is the only one to tell
}
