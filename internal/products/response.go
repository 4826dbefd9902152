package products

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
)

// problem is an error that is shown to the caller, with its status.
type problem struct {
	status  int
	message string
}

func (p *problem) Error() string { return p.message }

func badRequest(format string, args ...any) *problem {
	return &problem{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// failure is the body of every response with a status of 400 or more.
type failure struct {
	Message string `json:"message"`
}

// listing is the body of the response to a GET.
type listing struct {
	Products      []Product `json:"products"`
	NextPageToken string    `json:"nextPageToken,omitempty"`
}

// respond returns a response in payload format 2.0.
func respond(status int, body any) (events.APIGatewayV2HTTPResponse, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, fmt.Errorf("encode the response: %w", err)
	}
	headers := map[string]string{"content-type": "application/json", "cache-control": "no-store"}
	if status == http.StatusMethodNotAllowed {
		headers["allow"] = allowed
	}
	return events.APIGatewayV2HTTPResponse{StatusCode: status, Headers: headers, Body: string(encoded)}, nil
}
