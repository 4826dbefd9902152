package sts

import (
	"encoding/xml"
	"errors"
	"net/http"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sigv4"
)

const (
	codeAction        = "InvalidAction"
	codeMissingAction = "MissingAction"
	codeParameter     = "InvalidQueryParameter"
	codeMalformed     = "MalformedInput"
	codeValidation    = cloud.CodeValidation
	codeNotModelled   = "NotModelled"
	codeNotFound      = "NotFound"
	codeMethod        = "MethodNotAllowed"
	codeTooLarge      = "RequestEntityTooLarge"
	codeMisdirected   = "MisdirectedRequest"
	codeInternal      = "InternalFailure"

	codeExpiredIdentity  = "ExpiredTokenException"
	codeIDPCommunication = "IDPCommunicationError"
)

// statuses are the statuses of the codes that are shown to clients.
var statuses = map[string]int{
	cloud.CodeAccessDeniedSTS:      http.StatusForbidden,
	cloud.CodeInvalidClientTokenID: http.StatusForbidden,
	cloud.CodeExpiredToken:         http.StatusForbidden,
	sigv4.CodeDoesNotMatch:         http.StatusForbidden,
	sigv4.CodeMissingToken:         http.StatusForbidden,

	sigv4.CodeIncomplete:      http.StatusBadRequest,
	cloud.CodeMalformedPolicy: http.StatusBadRequest,
	cloud.CodePackedPolicy:    http.StatusBadRequest,
	cloud.CodeThrottling:      http.StatusBadRequest,

	cloud.CodeInvalidIdentityToken: http.StatusBadRequest,
	cloud.CodeInvalidParameterSTS:  http.StatusBadRequest,
	codeExpiredIdentity:            http.StatusBadRequest,
	codeIDPCommunication:           http.StatusBadRequest,

	codeValidation:    http.StatusBadRequest,
	codeAction:        http.StatusBadRequest,
	codeMissingAction: http.StatusBadRequest,
	codeParameter:     http.StatusBadRequest,
	codeMalformed:     http.StatusBadRequest,
	codeNotModelled:   http.StatusBadRequest,

	codeNotFound:    http.StatusNotFound,
	codeMethod:      http.StatusMethodNotAllowed,
	codeTooLarge:    http.StatusRequestEntityTooLarge,
	codeMisdirected: http.StatusMisdirectedRequest,
}

type errorResponse struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Xmlns     string   `xml:"xmlns,attr"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

// refusalOf returns the response for an error. Errors that are not AWS's are not
// shown: they mention policies, which a caller may have no right to read.
func refusalOf(err error, id string) (status int, out errorResponse) {
	out = errorResponse{Xmlns: namespace, Type: "Sender", RequestID: id}
	refusal := (*cloud.Error)(nil)
	if errors.As(err, &refusal) && statuses[refusal.Code] != 0 {
		out.Code, out.Message = refusal.Code, refusal.Message
		return statuses[refusal.Code], out
	}
	out.Type, out.Code = "Receiver", codeInternal
	out.Message = "the sandbox cannot judge this request: a policy that decides it may have elements that are not modelled"
	return http.StatusInternalServerError, out
}
