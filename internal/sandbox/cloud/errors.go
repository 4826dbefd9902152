package cloud

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Error codes of AWS.
const (
	CodeNoSuchEntity        = "NoSuchEntity"
	CodeEntityAlreadyExists = "EntityAlreadyExists"
	CodeDeleteConflict      = "DeleteConflict"
	CodeLimitExceeded       = "LimitExceeded"
	CodeMalformedPolicy     = "MalformedPolicyDocument"
	CodeValidation          = "ValidationError"
	CodeInvalidInput        = "InvalidInput"
	CodeUnmodifiableEntity  = "UnmodifiableEntity"
	CodePolicyNotAttachable = "PolicyNotAttachable"

	CodeNotFound        = "NotFoundException"
	CodeBadRequest      = "BadRequestException"
	CodeConflict        = "ConflictException"
	CodeTooManyRequests = "TooManyRequestsException"

	CodeResourceNotFound      = "ResourceNotFoundException"
	CodeResourceAlreadyExists = "ResourceAlreadyExistsException"
	CodeInvalidParameter      = "InvalidParameterException"

	CodeInvalidParameterValue = "InvalidParameterValueException"
	CodeResourceConflict      = "ResourceConflictException"
	CodePolicyLengthExceeded  = "PolicyLengthExceededException"
	CodeRequestTooLarge       = "RequestEntityTooLargeException"
	CodeAccessDenied          = "AccessDeniedException"

	CodeInvalidChangeBatch = "InvalidChangeBatch"
	CodeNoSuchHostedZone   = "NoSuchHostedZone"
	CodeNoSuchRecord       = "NoSuchResourceRecordSet" // the sandbox's: Route 53 lists records

	CodeResourceInUse       = "ResourceInUseException"
	CodeValidationException = "ValidationException"

	CodeLimitExceededException = "LimitExceededException"
	CodeAlarmNotFound          = "ResourceNotFound"
	CodeServiceQuotaExceeded   = "ServiceQuotaExceededException"
)

// Error is an error of AWS. Its text is one line and contains no secret.
type Error struct {
	// Code is AWS's name of the error, for example EntityAlreadyExists.
	Code string
	// Message says what was rejected and what is accepted.
	Message string
}

// Error returns code and message in one line.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

func errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// IsCode reports whether err is, or wraps, an [*Error] with one of the codes.
func IsCode(err error, codes ...string) bool {
	var e *Error
	return errors.As(err, &e) && slices.Contains(codes, e.Code)
}

// IsNotFound reports whether err is the error of a service for something that
// does not exist.
func IsNotFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Code == CodeNotFound || e.Code == CodeResourceNotFound || e.Code == CodeAlarmNotFound ||
		strings.HasPrefix(e.Code, "NoSuch") || strings.HasSuffix(e.Code, ".NotFound"))
}

// notModelled returns the error for what AWS supports and the sandbox does not.
func notModelled(what string) *Error {
	return errorf("NotModelled", "the sandbox does not model %s", what)
}
