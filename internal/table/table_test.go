package table_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/table"
)

func TestTable(t *testing.T) {
	rows := table.Table{
		{{}, {Text: "GET /x"}, {Text: "POST /ü"}},
		{{Text: "user/john"}, {Text: "allow"}, {}},
		{{Text: "user/jürgen"}, {Text: "deny", Colour: "31"}, {Text: "deny"}},
	}
	var out strings.Builder
	rows.Write(&out)
	assert.Equal(t, strings.Join([]string{
		"              GET /x   POST /ü",
		"user/john     allow",
		"user/jürgen   \x1b[31mdeny\x1b[0m     deny",
		"",
	}, "\n"), out.String())
	assert.Equal(t, 30, rows.Width())
}

func TestPeople(t *testing.T) {
	for want, names := range map[string][]string{
		"":                   nil,
		"a":                  {"a"},
		"a and b":            {"a", "b"},
		"a, b and c":         {"a", "b", "c"},
		"a, b, c and 2 more": {"a", "b", "c", "d", "e"},
	} {
		assert.Equal(t, want, table.People(names))
	}
}
