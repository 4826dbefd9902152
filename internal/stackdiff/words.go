package stackdiff

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// PageWidth is the width of tables and sentences, in columns.
const PageWidth = 100

// Wrap writes pieces of text on lines of at most PageWidth columns, unless a piece is
// longer. The first line begins with a prefix, the others with an indent.
func Wrap(out *strings.Builder, prefix, indent string, pieces []string) {
	line, empty := prefix, true
	for _, piece := range pieces {
		switch {
		case empty:
			line += piece
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(piece) > PageWidth:
			out.WriteString(line + "\n")
			line = indent + piece
		default:
			line += " " + piece
		}
		empty = false
	}
	out.WriteString(line + "\n")
}

// Enumerate returns the items of a list with commas, as pieces for Wrap.
func Enumerate(items []string) []string {
	pieces := make([]string, len(items))
	for i, item := range items {
		pieces[i] = item + ","
	}
	if last := len(items) - 1; last >= 0 {
		pieces[last] = items[last]
	}
	return pieces
}

// WriteJSON writes a value as indented JSON.
func WriteJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// Plural returns a number and a noun, such as "2 routes".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
