package gateway

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
)

// Payload returns what a function gets for a request.
func (g *Gateway) Payload(r *http.Request) ([]byte, error) {
	e := &exchange{gateway: g, request: r, id: "id=", start: g.options.Now()}
	if err := e.receive(httptest.NewRecorder()); err != nil {
		return nil, err
	}
	if err := e.find(); err != nil {
		return nil, err
	}
	if err := e.authorize(); err != nil {
		return nil, err
	}
	event, err := e.payload()
	if err != nil {
		return nil, err
	}
	return json.Marshal(event)
}
