package sts

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sigv4"
)

const contentType = "application/x-www-form-urlencoded"

// form holds the parameters of a request, including Action and Version.
type form url.Values

// readForm returns the parameters, which are in the body of a POST or in the query.
// A presigned request has them in the query.
func readForm(r *http.Request, body []byte) (form, error) {
	text := r.URL.RawQuery
	if len(body) > 0 {
		media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		switch {
		case text != "" || r.Method != http.MethodPost:
			return nil, refuse(codeParameter, "parameters must be in the body of a POST or in the query, not in both")
		case err != nil || media != contentType:
			return nil, refuse(codeMalformed, "the Content-Type of a body must be %s", contentType)
		}
		text = string(body)
	}
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, refuse(codeMalformed, "the parameters cannot be read")
	}
	if len(body) == 0 && values.Has("X-Amz-Signature") {
		for _, name := range sigv4.Parameters { // they are the verifier's
			values.Del(name)
		}
	}
	return form(values), nil
}

// action returns the action that the parameters name.
func (f form) action() (action, error) {
	name, about := f.get("Action"), f.get("Version")
	if about == "" {
		about = "NO_VERSION_SPECIFIED"
	}
	act, known := actions[name]
	switch {
	case len(f["Action"]) > 1 || len(f["Version"]) > 1:
		return action{}, refuse(codeParameter, "Action and Version must appear once each")
	case name == "":
		return action{}, refuse(codeMissingAction, "the request has no parameter Action")
	case about == version && slices.Contains(otherActions, name):
		return action{}, refuse(codeNotModelled, "the sandbox does not model the action %s; it has %s", name,
			strings.Join(sortedKeys(actions), ", "))
	case about != version || !known:
		return action{}, refuse(codeAction, "could not find operation %.100q for version %.100q", name, about)
	}
	return act, nil
}

// check refuses parameters that the action does not have, that appear twice, or that
// are empty.
func (f form) check(act action) error {
	for _, name := range sortedKeys(f) {
		values := f[name]
		top, _, _ := strings.Cut(name, ".") // of a list, such as Tags.member.1.Key
		known := slices.Contains(act.parameters, name) || slices.Contains(act.lists, top)
		mayBeEmpty := slices.Contains(act.lists, name) || strings.HasSuffix(name, ".Value")
		switch {
		case slices.Contains(otherParameters, top):
			return refuse(codeNotModelled, "the sandbox does not model the parameter %s", top)
		case name != "Action" && name != "Version" && !known:
			return refuse(codeParameter, "the parameter %.100q is unknown", name)
		case len(values) > 1:
			return refuse(codeParameter, "the parameter %s appears twice", name)
		case values[0] == "" && !mayBeEmpty:
			return refuse(codeValidation, "value '' at '%s' failed to satisfy constraint: must not be empty", name)
		}
	}
	return nil
}

func (f form) get(name string) string { return url.Values(f).Get(name) }

// list returns the members of a list, or one field of each member: the parameters
// NAME.member.1FIELD, NAME.member.2FIELD and so on.
func (f form) list(name, field string) []string {
	var values []string
	for i := 1; ; i++ {
		value, present := f[fmt.Sprintf("%s.member.%d%s", name, i, field)]
		if !present {
			return values
		}
		values = append(values, value[0])
	}
}

// checkList rejects a list that has other parameters than the n that were read.
func (f form) checkList(name string, n int) error {
	for parameter := range f {
		if strings.HasPrefix(parameter, name+".") {
			n--
		}
	}
	if n != 0 || f.get(name) != "" {
		return refuse(codeMalformed, "the members of %s must be %[1]s.member.1, %[1]s.member.2 and so on", name)
	}
	return nil
}

// tags returns session tags. Package cloud rejects keys that differ only in case.
func (f form) tags(name string) (map[string]string, error) {
	keys, values := f.list(name, ".Key"), f.list(name, ".Value")
	if len(keys) != len(values) {
		return nil, refuse(codeValidation, "each member of %s must have a Key and a Value", name)
	}
	tags := map[string]string{}
	for i, key := range keys {
		if _, twice := tags[key]; twice {
			return nil, refuse(cloud.CodeInvalidParameterSTS, "duplicate tag keys found: %.128q", key)
		}
		tags[key] = values[i]
	}
	return tags, f.checkList(name, 2*len(keys))
}

// texts returns a list of strings.
func (f form) texts(name string) ([]string, error) {
	values := f.list(name, "")
	return values, f.checkList(name, len(values))
}
