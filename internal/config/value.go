package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/strictjson"
)

// Value is a value in the configuration, with its path. All settings together are a
// map, with an empty path.
type Value struct {
	report  *Report
	path    string
	data    any             // as encoding/json decodes it, numbers as json.Number
	secret  bool            // never shown
	secrets map[string]bool // of all settings: the keys of the secrets
}

// Value returns the settings as a map. The settings of the keys in texts are text, and
// the others are JSON. Text that is not JSON remains text, except empty text, which is
// null: Pulumi passes it for a key without a value.
func (s Settings) Value(report *Report, texts ...string) Value {
	all := map[string]any{}
	for key, text := range s.Values {
		all[key] = text
		if slices.Contains(texts, key) {
			continue
		}
		if data, err := strictjson.Decode(text); err == nil || text == "" {
			all[key] = data
		}
	}
	return Value{report: report, data: all, secrets: s.Secret}
}

// Path returns the path of the value, for messages.
func (v Value) Path() string { return v.path }

// Fail reports a problem with the value. The line begins with the path and the value.
func (v Value) Fail(format string, args ...any) {
	v.report.Add("%s: %s %s", v.path, v.shown(), fmt.Sprintf(format, args...))
}

// Refuse reports an error that contains the value, or a part of it. The format is for
// what follows the path, such as ": %w".
func (v Value) Refuse(format string, err error) {
	if v.secret {
		v.Fail("holds what is not accepted; set it without --secret to see what")
		return
	}
	v.report.Add("%s%v", v.path, fmt.Errorf(format, err))
}

// mostShown is the largest part of a value in a message, in bytes.
const mostShown = 80

// shown returns the value as JSON for a message: shortened, and without secrets and
// the users and passwords of URLs.
func (v Value) shown() string {
	if v.secret {
		return "[secret]"
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v.data); err != nil {
		return fmt.Sprintf("%q", fmt.Sprint(v.data))
	}
	text := access.WithoutUserInfo(strings.TrimSpace(out.String()))
	if len(text) <= mostShown {
		return text
	}
	cut := mostShown
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

var plainKey = regexp.MustCompile(`^[\w-]+$`)

// At returns the value of a key of a map. It is null if the map does not have the key.
func (v Value) At(key string) Value {
	entries, _ := v.data.(map[string]any)
	path := key
	switch {
	case v.path == "":
	case plainKey.MatchString(key):
		path = v.path + "." + key
	default:
		path = v.path + fmt.Sprintf("[%q]", key)
	}
	return Value{report: v.report, path: path, data: entries[key], secret: v.secret || v.secrets[key]}
}

// Item returns the element of a list that is this text.
func (v Value) Item(text string) Value {
	list, _ := v.data.([]any)
	return v.index(slices.Index(list, any(text)), text)
}

func (v Value) index(i int, data any) Value {
	return Value{report: v.report, path: fmt.Sprintf("%s[%d]", v.path, i), data: data, secret: v.secret}
}

// In returns the value at a path, which has keys of maps as strings and indices of lists as
// numbers. It ignores a step into a value that is neither a map nor a list.
func (v Value) In(path ...any) Value {
	for _, step := range path {
		switch data := v.data.(type) {
		case map[string]any:
			if key, is := step.(string); is {
				v = v.At(key)
			}
		case []any:
			if i, is := step.(int); is && i < len(data) {
				v = v.index(i, data[i])
			}
		}
	}
	return v
}

// Failed reports whether a problem with the value, or with a part of it, was reported.
func (v Value) Failed() bool {
	return slices.ContainsFunc(v.report.problems, func(line string) bool {
		rest, found := strings.CutPrefix(line, v.path)
		return found && strings.IndexAny(rest, ":.[") == 0
	})
}

// Keys returns the sorted keys of a map, or nil if the value is not a map.
func (v Value) Keys() []string {
	entries, _ := v.data.(map[string]any)
	return slices.Sorted(maps.Keys(entries))
}

// IsMap reports whether the value is a map. Null counts as an empty map.
func (v Value) IsMap() bool {
	_, ok := v.data.(map[string]any)
	return ok || v.data == nil
}

func (v Value) mustBeMap(format, what string) bool {
	if !v.IsMap() {
		v.Fail("must be a map "+format, what)
	}
	return v.IsMap()
}

// Fields calls the reader of each key of a map. It reports unknown keys, with the
// reason if one of the functions returns one.
func (v Value) Fields(readers map[string]func(Value), reasons ...func(key string) (reason string, known bool)) {
	known := slices.Sorted(maps.Keys(readers))
	if !v.mustBeMap("with %s", strings.Join(known, ", ")) {
		return
	}
keys:
	for _, key := range v.Keys() {
		if read, ok := readers[key]; ok {
			read(v.At(key))
			continue
		}
		for _, reasonFor := range reasons {
			if reason, ok := reasonFor(key); ok {
				v.At(key).Fail("cannot be set: %s", reason)
				continue keys
			}
		}
		v.FailUnknown(key, known)
	}
}

// Require reports a map without a key, unless a similar key was reported as unknown.
func (v Value) Require(key, format string, args ...any) {
	if !v.IsMap() || !v.report.missing(v.path, key, v.Keys()) {
		return
	}
	accepted := fmt.Sprintf(format, args...)
	if v.path == "" {
		v.report.Add("%s: must be set to %s", key, accepted)
	} else {
		v.Fail("must have the key %s, %s", key, accepted)
	}
}

// Entries calls a function for each entry of a map whose keys are names.
func (v Value) Entries(of string, each func(name string, entry Value)) {
	if !v.mustBeMap("of %s", of) {
		return
	}
	for _, name := range v.Keys() {
		each(name, v.At(name))
	}
}

// FailUnknown reports a key of the map that is unknown.
func (v Value) FailUnknown(key string, known []string) {
	if v.report.unknown == nil {
		v.report.unknown = map[string][]string{}
	}
	v.report.unknown[v.path] = append(v.report.unknown[v.path], key)
	v.At(key).Fail("is under an unknown key%s; accepted are %s", DidYouMean(key, known), strings.Join(known, ", "))
}

// Texts reads a list of distinct strings that are not empty. It returns nil if the
// value is not a list, or if none of its elements is valid.
func (v Value) Texts(of string) []string {
	list, ok := v.data.([]any)
	if !ok {
		v.Fail("must be a list of %s", of)
		return nil
	}
	texts := []string{}
	for i, data := range list {
		text, ok := data.(string)
		switch {
		case !ok || text == "":
			v.index(i, data).Fail("must be a string that is not empty")
		case slices.Contains(texts, text):
			v.index(i, data).Fail("appears twice; list each once")
		default:
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 && len(list) > 0 {
		return nil
	}
	return texts
}

// TextOrTexts reads a string, or a list as Texts does.
func (v Value) TextOrTexts(of string) []string {
	if text, is := v.data.(string); is {
		return []string{text}
	}
	return v.Texts(of)
}

// Checked reads a string that a check accepts. The check's error says what is accepted.
func (v Value) Checked(check func(string) error) string {
	text, ok := v.data.(string)
	err := check(text)
	switch {
	case !ok && err != nil:
		v.Fail("%v, as a string", err)
	case !ok:
		v.Fail("must be a string")
	case err != nil:
		v.Fail("%v", err)
	}
	return text
}

// Text reads a string.
func (v Value) Text() string { return v.Checked(func(string) error { return nil }) }

// CheckedOrNone is Checked for a string that may also be empty.
func (v Value) CheckedOrNone(check func(string) error) string {
	return v.Checked(func(text string) error {
		if text == "" {
			return nil
		}
		return check(text)
	})
}

// Tags reads tags that AWS accepts.
func (v Value) Tags() map[string]string {
	tags := map[string]string{}
	v.Entries("tags", func(name string, entry Value) {
		tags[name] = entry.Text()
	})
	for _, err := range access.CheckTags(tags) {
		v.Refuse(": %w", err)
	}
	return tags
}

// Conceal returns the value as one that no message shows, even if it is not set as a
// secret.
func (v Value) Conceal() Value {
	v.secret = true
	return v
}

// CheckedDigits is Checked for digits. It also reads a number, because `pulumi config
// set` converts digits to one.
func (v Value) CheckedDigits(check func(string) error) string {
	if number, ok := v.data.(json.Number); ok {
		v.data = number.String()
	}
	return v.Checked(check)
}

// Flag reads true or false.
func (v Value) Flag() bool {
	flag, ok := v.data.(bool)
	if !ok {
		v.Fail("must be true or false")
	}
	return flag
}

// Whole reads a whole number that a check accepts.
func (v Value) Whole(check func(int) error) int {
	number, _ := v.data.(json.Number)
	n, err := number.Int64()
	if err != nil || int64(int(n)) != n {
		v.Fail("must be a whole number")
		return 0
	}
	if err := check(int(n)); err != nil {
		v.Fail("%v", err)
	}
	return int(n)
}

// Number reads a number.
func (v Value) Number() float64 {
	number, _ := v.data.(json.Number)
	n, err := number.Float64()
	if err != nil {
		v.Fail("must be a number")
	}
	return n
}
