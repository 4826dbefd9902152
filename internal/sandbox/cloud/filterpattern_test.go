package cloud

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFilterPatterns compares patterns with events. The patterns are those that the user
// guide of CloudWatch Logs explains, and those that are close to another result.
func TestFilterPatterns(t *testing.T) {
	const trail = `{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"],
		"objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": null, "ThisFlag": true, "OtherFlag": false}`
	const people = `{"user": {"id": 1, "email": "John.Stiles@example.com"},
		"users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
		"actions": ["GET", "PUT", "DELETE"], "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]], "latency": 55.5}`
	for _, row := range []struct {
		event, pattern string
		want           bool
	}{
		{trail, ``, true},
		{trail, ` `, true},
		{trail, `{ $.eventType = "UpdateTrail" }`, true},
		{trail, `{$.eventType=UpdateTrail}`, true},
		{trail, `{ $.eventType != "UpdateTrail" }`, false},
		{trail, `{ $.eventType = "updateTrail" }`, false},
		{trail, `{ $.eventType = "*Trail" }`, true},
		{trail, `{ $.eventType = Update* }`, true},
		{trail, `{ $.eventType = *date* }`, true},
		{trail, `{ $.eventType = * }`, true},
		{trail, `{ $.eventType = Up*ail }`, false},
		{trail, `{ $.sourceIPAddress != 123.123.* }`, true},
		{trail, `{ $.sourceIPAddress != 111.111.* }`, false},
		{trail, `{ $.objectList.id = 2 }`, false},
		{trail, `{ $.ThisFlag = "true" }`, false},

		{people, `{ ($.user.id = 1) && ($.user.email = "John*") }`, true},
		{people, `{ ($.user.id = 2 && $.user.email = "nonmatch") || $.latency = 55.5 }`, true},
		{people, `{ $.user.email = "John.Stiles@example.com" || $.latency = 1 && $.user.id = 2 }`, true},
		{people, `{ ($.user.email = "John.Stiles@example.com" || $.latency = 1) && $.user.id = 2 }`, false},
		{people, `{ $.user.id.x = 1 }`, false},
		{people, `{ $.users = 1 }`, false},
		{people, `{ $.users != 1 }`, false},
		{people, `{ $.latency >= 55.5 && $.latency < 1e2 && $.latency > +55 && $.latency <= 55.5 && $.latency != 5550e-2 }`, false},
		{people, `{ $.latency >= 55.5 && $.latency < 1e2 && $.latency > +55 && $.latency <= 55.5 && $.latency = 555e-1 }`, true},
		{people, `{ $.latency > 55.5 }`, false},

		{`{"status": "403"}`, `{ ($.status = "401") || ($.status = "403") }`, true},
		{`{"status": "429"}`, `{ ($.status = "401") || ($.status = "403") }`, false},
		{`{"status": "403"}`, `{ $.status = 403 }`, false},
		{`{"status": 403}`, `{ $.status = 403 }`, true},
		{`{"status": 403}`, `{ $.status = "403" }`, false},
		{`{"x": "403"}`, `{ $.status != "401" }`, false},
		{`"status": "403"`, `{ $.status = "403" }`, false},
		{`{"status": "403"} {}`, `{ $.status = "403" }`, false},
		{`no JSON`, ``, true},
	} {
		matches, err := parseFilterPattern(row.pattern)
		require.NoError(t, err, row.pattern)
		assert.Equal(t, row.want, matches(decodeEvent(row.event)), "%s of %s", row.pattern, row.event)
	}
}

func TestBadFilterPatterns(t *testing.T) {
	long := `{ $.status = "` + strings.Repeat("4", 1024-len(`{ $.status = "" }`)) + `" }`
	_, err := parseFilterPattern(long)
	require.NoError(t, err)
	for pattern, code := range map[string]string{
		long + " ":                          CodeInvalidParameter,
		`{`:                                 CodeInvalidParameter,
		`{}`:                                CodeInvalidParameter,
		`{ $.status }`:                      CodeInvalidParameter,
		`{ $.status = }`:                    CodeInvalidParameter,
		`{ $.status = "403 }`:               CodeInvalidParameter,
		`{ $.status == "403" }`:             CodeInvalidParameter,
		`{ $.status < "403" }`:              CodeInvalidParameter,
		`{ $.status = 403`:                  CodeInvalidParameter,
		`{ ($.status = 403 }`:               CodeInvalidParameter,
		`{ $.status = 403 } x`:              CodeInvalidParameter,
		`{ $.status = 403 && }`:             CodeInvalidParameter,
		`{ $.status = 403 $.status = 401 }`: CodeInvalidParameter,
		`{ status = 403 }`:                  CodeInvalidParameter,
		`{ $ = 403 }`:                       CodeInvalidParameter,
		`{ $.status IS ODD }`:               CodeInvalidParameter,
		`{ $.a = "b" & $.c = "d" }`:         CodeInvalidParameter,

		`ERROR`:                  "NotModelled",
		`[ip, status]`:           "NotModelled",
		`{ $.status = %4[0-9]%}`: "NotModelled",
		`{ $.['a.b'] = 1 }`:      CodeInvalidParameter,
		`{ $.a.['b'] = 1 }`:      "NotModelled",
		`{ $.a[*] = 1 }`:         "NotModelled",
		`{ $.a[0] = 1 }`:         "NotModelled",
		`{ $.a IS NULL }`:        "NotModelled",
		`{ $.a not  exists }`:    "NotModelled",
	} {
		_, err := parseFilterPattern(pattern)
		require.Error(t, err, pattern)
		assert.True(t, IsCode(err, code), "%s: %v", pattern, err)
	}
}

func FuzzFilterPattern(f *testing.F) {
	f.Add(`{ ($.a = "b*") && $.c.d >= 1e2 || $.d != x }`, `{"a": "b", "c": {"d": 1}}`)
	f.Fuzz(func(t *testing.T, pattern, event string) {
		matches, err := parseFilterPattern(pattern)
		if err != nil {
			return
		}
		matches(decodeEvent(event))
	})
}
