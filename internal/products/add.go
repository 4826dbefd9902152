package products

import (
	"context"
	"encoding/base64"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// MaxBody is the largest body of a POST, in bytes. A product at the limits of its
// fields fits, even with every character escaped. API Gateway accepts 10 MB, and
// Lambda 6 MB.
const MaxBody = 64 << 10

// add serves POST /products.
func (h *Handler) add(ctx context.Context, req *events.APIGatewayV2HTTPRequest) (int, any, error) {
	creator := caller(req)
	if creator == "" {
		return 0, nil, &problem{http.StatusForbidden,
			"no caller: products are added with IAM credentials or a token, through a route that requires them"}
	}
	if err := checkQuery(req.QueryStringParameters); err != nil {
		return 0, nil, err
	}
	if err := checkMediaType(req.Headers); err != nil {
		return 0, nil, err
	}
	body, err := bodyOf(req)
	if err != nil {
		return 0, nil, err
	}
	d, err := decodeDraft(body)
	if err != nil {
		return 0, nil, err
	}
	p, err := d.product(creator)
	if err != nil {
		return 0, nil, err
	}
	if err := h.store.Add(ctx, p); err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, p, nil
}

// checkMediaType accepts application/json in UTF-8, not compressed.
func checkMediaType(headers map[string]string) error {
	given := header(headers, "content-type")
	media, params, err := mime.ParseMediaType(given)
	if err != nil || media != "application/json" {
		return &problem{http.StatusUnsupportedMediaType, "content-type " + quoted(given) + ": must be application/json"}
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return &problem{http.StatusUnsupportedMediaType, "charset " + quoted(charset) + ": must be utf-8"}
	}
	if coding := header(headers, "content-encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return &problem{http.StatusUnsupportedMediaType, "content-encoding " + quoted(coding) + ": must not be encoded"}
	}
	return nil
}

// header returns the value of a header. Case is ignored in its name. API Gateway
// writes names in lower case and joins values with commas.
func header(headers map[string]string, name string) string {
	if value, ok := headers[name]; ok {
		return value
	}
	for key, value := range headers {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

// bodyOf returns a request's body as it was sent. API Gateway encodes in base64 what
// may not be text.
func bodyOf(req *events.APIGatewayV2HTTPRequest) ([]byte, error) {
	most := MaxBody
	if req.IsBase64Encoded {
		most = base64.StdEncoding.EncodedLen(MaxBody)
	}
	if len(req.Body) > most {
		return nil, tooLarge()
	}
	if !req.IsBase64Encoded {
		return []byte(req.Body), nil
	}
	body, err := base64.StdEncoding.Strict().DecodeString(req.Body)
	if err != nil {
		return nil, badRequest("body: must be valid base64, as the request marks it")
	}
	if len(body) > MaxBody {
		return nil, tooLarge()
	}
	return body, nil
}

func tooLarge() *problem {
	return &problem{http.StatusRequestEntityTooLarge, fmt.Sprintf("body: must have at most %d bytes", MaxBody)}
}
