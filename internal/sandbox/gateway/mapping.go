package gateway

import (
	"errors"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// headerMapping is a change of a header by a request parameter of the integration, with
// the value for this request.
type headerMapping struct{ action, name, value string }

func isHeaderMapping(parameter string) bool {
	_, target, _ := strings.Cut(parameter, ":")
	return strings.HasPrefix(target, "header.")
}

// reContext matches a variable in the value of a request parameter. Without braces, it is
// the whole value.
var reContext = regexp.MustCompile(`^\$context\.([A-Za-z0-9._]+)$|\$\{context\.([A-Za-z0-9._]+)\}`)

// mappedHeaders returns the changes of headers, in the order of the parameters' names: AWS
// does not document an order.
func (e *exchange) mappedHeaders() ([]headerMapping, error) {
	var mapped []headerMapping
	for _, parameter := range slices.Sorted(maps.Keys(e.target.RequestParameters)) {
		if !isHeaderMapping(parameter) {
			continue
		}
		action, target, _ := strings.Cut(parameter, ":")
		value, err := e.mappedValue(e.target.RequestParameters[parameter])
		if err != nil {
			return nil, err
		}
		mapped = append(mapped, headerMapping{action, strings.TrimPrefix(target, "header."), value})
	}
	return mapped, nil
}

// mappedValue replaces the variables in a value.
func (e *exchange) mappedValue(text string) (string, error) {
	unknown := strings.Contains(reContext.ReplaceAllString(text, ""), "$")
	value := reContext.ReplaceAllStringFunc(text, func(variable string) string {
		match := reContext.FindStringSubmatch(variable)
		value, known := e.variable(match[1] + match[2]) // one of them is empty
		unknown = unknown || !known
		return value
	})
	if unknown {
		return "", errors.New("the sandbox does not model the value of a request parameter: " + text)
	}
	return value, nil
}

// apply changes the headers of a request. AWS does not document what API Gateway does with an
// empty value. Here, the client's header stays. This is the unsafe case: a test in which a
// client forges a header must fail if nothing removes the header.
func (m headerMapping) apply(headers http.Header) {
	switch {
	case m.action == "remove":
		headers.Del(m.name)
	case m.value == "":
	case m.action == "overwrite":
		headers.Set(m.name, m.value)
	case m.action == "append":
		headers.Add(m.name, m.value)
	}
}
