package gateway

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
)

// Payload is what a function would get of a request.
func (g *Gateway) Payload(r *http.Request) ([]byte, error) {
	c := &call{gateway: g, request: r, id: "id=", start: g.options.Now()}
	if err := c.receive(httptest.NewRecorder()); err != nil {
		return nil, err
	}
	if err := c.find(); err != nil {
		return nil, err
	}
	if err := c.authorize(); err != nil {
		return nil, err
	}
	return json.Marshal(c.payload())
}
