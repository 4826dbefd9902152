package sigv4

import (
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const maxExpires = 7 * 24 * time.Hour

const (
	hexDigits   = "0123456789abcdef"
	lowerCase   = "abcdefghijklmnopqrstuvwxyz"
	keyIDs      = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + lowerCase + "0123456789_"
	headerNames = lowerCase + "0123456789!#$%&'*+-.^_|~"
)

// consists reports whether a text is not empty and has these characters only.
func consists(text, of string) bool { return text != "" && strings.Trim(text, of) == "" }

// ParseQuery reads a query string. A semicolon is part of a value, as on AWS.
func ParseQuery(raw string) (url.Values, error) {
	return url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B"))
}

// Parameters are the query parameters that hold the signature of a presigned
// request.
var Parameters = []string{
	"X-Amz-Algorithm", "X-Amz-Credential", headerDate, "X-Amz-Expires", parameterToken, "X-Amz-Signature", "X-Amz-SignedHeaders",
}

// signature is a request's signature and what it claims.
type signature struct {
	keyID, day, region, service string // the credential scope
	date                        string // such as 20060102T150405Z
	at                          time.Time
	valid                       time.Duration // from at on
	token                       string        // empty for none
	signedHeaders               []string      // as listed
	signature                   string
	query                       url.Values // without the signature
}

// parse reads the signature of a request. It refuses one that has any part twice, or
// parts in both places.
func parse(r *http.Request) (signature, error) {
	query, err := ParseQuery(r.URL.RawQuery)
	if err != nil {
		return signature{}, refuse(CodeIncomplete, "the query string cannot be read")
	}
	authorization := r.Header.Values("Authorization")
	presigned := false
	for key := range query {
		lower := strings.ToLower(key)
		presigned = presigned || lower == "x-amz-algorithm" || lower == "x-amz-signature" || lower == "x-amz-credential"
	}
	switch {
	case len(authorization) > 1 || len(authorization) == 1 && presigned:
		return signature{}, refuse(CodeIncomplete, "only one signature is accepted: a header Authorization, or query parameters")
	case len(authorization) == 1:
		return parseHeader(r, query, authorization[0])
	case presigned:
		return parseQuery(query)
	}
	return signature{}, refuse(CodeMissingToken, "request is missing authentication token")
}

func parseHeader(r *http.Request, query url.Values, authorization string) (signature, error) {
	s := signature{valid: clockSkew, query: query}
	rest, found := strings.CutPrefix(authorization, algorithm+" ")
	if !found {
		return s, refuse(CodeIncomplete, "the header Authorization must begin with %s", algorithm)
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := parts[name]; twice || value == "" {
			return s, refuse(CodeIncomplete, "the header Authorization must have Credential, SignedHeaders and Signature, each once")
		}
		parts[name] = value
	}
	if len(parts) != 3 {
		return s, refuse(CodeIncomplete, "the header Authorization must have Credential, SignedHeaders and Signature, and nothing else")
	}
	date, ok := single(r.Header, headerDate)
	if ok && date == "" {
		date, ok = dateHeader(r.Header)
	}
	if !ok || date == "" {
		return s, refuse(CodeIncomplete, "the header %s must be there once", headerDate)
	}
	if s.token, ok = single(r.Header, parameterToken); !ok {
		return s, refuse(CodeIncomplete, "the header %s must be there once at most", parameterToken)
	}
	return s, s.fill(parts["Credential"], date, parts["SignedHeaders"], parts["Signature"])
}

func parseQuery(query url.Values) (signature, error) {
	s := signature{valid: clockSkew, query: query}
	for key, values := range query {
		for _, name := range Parameters {
			if strings.EqualFold(key, name) && (key != name || len(values) != 1) {
				return s, refuse(CodeIncomplete, "the query parameter %s must be there once, in this spelling", name)
			}
		}
	}
	if query.Get("X-Amz-Algorithm") != algorithm {
		return s, refuse(CodeIncomplete, "X-Amz-Algorithm must be %s", algorithm)
	}
	if text := query.Get("X-Amz-Expires"); query.Has("X-Amz-Expires") {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 1 || seconds > int(maxExpires/time.Second) {
			return s, refuse(CodeIncomplete, "X-Amz-Expires must be a number of seconds, 1 to %d", int(maxExpires/time.Second))
		}
		s.valid = time.Duration(seconds) * time.Second
	}
	s.token = query.Get(parameterToken)
	signed := query.Get("X-Amz-Signature")
	query.Del("X-Amz-Signature")
	return s, s.fill(query.Get("X-Amz-Credential"), query.Get(headerDate), query.Get("X-Amz-SignedHeaders"), signed)
}

// fill checks and keeps what both forms have.
func (s *signature) fill(credential, date, signedHeaders, signed string) error {
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || scope[4] != scopeTerminator ||
		!consists(scope[0], keyIDs) || len(scope[0]) < 16 || len(scope[0]) > 128 {
		return refuse(CodeIncomplete, "Credential must be KEY/DAY/REGION/SERVICE/%s", scopeTerminator)
	}
	s.keyID, s.day, s.region, s.service = scope[0], scope[1], scope[2], scope[3]
	var err error
	s.at, err = time.Parse(dateFormat, date)
	if err != nil || s.at.Format(dateFormat) != date { // Parse reads fractions of seconds, too
		return refuse(CodeIncomplete, "%s must be a date such as 20060102T150405Z", headerDate)
	}
	s.date = date
	s.signedHeaders = strings.Split(signedHeaders, ";")
	invalid := func(name string) bool { return !consists(name, headerNames) }
	if !slices.Contains(s.signedHeaders, "host") || slices.ContainsFunc(s.signedHeaders, invalid) {
		return refuse(CodeIncomplete, "SignedHeaders must list headers in lower case, host among them")
	}
	if !consists(signed, hexDigits) || len(signed) != 64 {
		return refuse(CodeIncomplete, "Signature must be 64 hexadecimal digits")
	}
	s.signature = signed
	return nil
}

// dateHeader returns the header Date in the format of X-Amz-Date, whose place it can
// take. botocore writes it as emails do, with the zone -0000.
func dateHeader(header http.Header) (string, bool) {
	date, ok := single(header, "Date")
	if at, err := mail.ParseDate(date); err == nil {
		date = at.UTC().Format(dateFormat)
	}
	return date, ok
}

// single returns the value of a header, empty for none; false if it is there
// more than once.
func single(header http.Header, name string) (string, bool) {
	values := header.Values(name)
	if len(values) == 0 {
		return "", true
	}
	return values[0], len(values) == 1
}
