package dynamowiretest

import (
	"fmt"
	"net/http"
)

// The namespaces that DynamoDB writes before the names of errors.
const (
	modelled = "com.amazonaws.dynamodb.v20120810#"
	service  = "com.amazon.coral.service#"
	validate = "com.amazon.coral.validate#"
)

// Error is a refusal as DynamoDB writes it.
type Error struct {
	// Status is the HTTP status: 400 where the client is to blame, its rate
	// included, and 500 where it is not.
	Status int
	// Type is the error's name, with its namespace.
	Type string
	// Message is for people.
	Message string
	// item is the one that made a condition fail, where the client asked to see it.
	item item
}

// Throttled is the error of a table that is called faster than its capacity allows.
func Throttled() *Error {
	return &Error{http.StatusBadRequest, modelled + "ProvisionedThroughputExceededException",
		"The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level " +
			"with the UpdateTable API.", nil}
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

// Write answers with the error.
func (e *Error) Write(w http.ResponseWriter) {
	write(w, e.Status, struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
		Item    item   `json:",omitempty"`
	}{e.Type, e.Message, e.item})
}

func invalid(format string, args ...any) *Error {
	return &Error{http.StatusBadRequest, validate + "ValidationException", fmt.Sprintf(format, args...), nil}
}

func unknownOperation(message string) *Error {
	return &Error{http.StatusBadRequest, service + "UnknownOperationException", message, nil}
}
