package gateway

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// isPreflight reports whether the API has CORS and the request is a preflight, by the
// headers that AWS requires of one.
func (e *exchange) isPreflight() bool {
	header := e.request.Header
	return e.api.CORS != nil && e.request.Method == http.MethodOptions &&
		header.Get("Origin") != "" && header.Get("Access-Control-Request-Method") != ""
}

// answerPreflight responds to a preflight without a route. The status does not depend on the
// origin: a browser decides by the headers.
func (e *exchange) answerPreflight(w http.ResponseWriter) error {
	e.outcome.reason = "a preflight"
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// setCORS replaces a response's CORS headers by those of the API, if the API has CORS. For an
// origin that is not allowed, it only removes them.
func (e *exchange) setCORS(header http.Header) {
	cors := e.api.CORS
	if cors == nil {
		return
	}
	maps.DeleteFunc(header, func(name string, _ []string) bool { return strings.HasPrefix(name, "Access-Control-") })
	header.Add("Vary", "Origin")
	origin := allowedOrigin(cors.AllowOrigins, e.request.Header["Origin"])
	if origin == "" {
		return
	}
	set := func(name string, values ...string) {
		if text := strings.Join(values, ","); text != "" {
			header.Set("Access-Control-"+name, text)
		}
	}
	set("Allow-Origin", origin)
	if cors.AllowCredentials {
		set("Allow-Credentials", "true")
	}
	if !e.isPreflight() {
		set("Expose-Headers", cors.ExposeHeaders...)
		return
	}
	set("Allow-Methods", cors.AllowMethods...)
	set("Allow-Headers", cors.AllowHeaders...)
	set("Max-Age", strconv.Itoa(cors.MaxAge))
}

// allowedOrigin returns what to send in Access-Control-Allow-Origin, or "" if the
// request's origin is not allowed. Origins are compared as they are: browsers send them
// in lower case and without default ports. "https://*" allows what begins with https://.
func allowedOrigin(allowed, requested []string) string {
	if len(requested) != 1 || requested[0] == "" {
		return ""
	}
	origin := requested[0]
	switch {
	case slices.Contains(allowed, "*"):
		return "*"
	case slices.Contains(allowed, origin) && !strings.HasSuffix(origin, "*"),
		slices.Contains(allowed, "https://*") && strings.HasPrefix(origin, "https://"),
		slices.Contains(allowed, "http://*") && strings.HasPrefix(origin, "http://"):
		return origin
	}
	return ""
}
