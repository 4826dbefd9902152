package table

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// PageWidth is the width of lines that Wrap writes, in columns.
const PageWidth = 100

// Wrap writes pieces of text on lines of at most PageWidth columns, unless a piece is
// longer. The first line begins with a prefix, the others with an indent.
func Wrap(out io.Writer, prefix, indent string, pieces []string) {
	line := prefix
	for i, piece := range pieces {
		switch {
		case i == 0:
			line += piece
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(piece) > PageWidth:
			fmt.Fprintln(out, line)
			line = indent + piece
		default:
			line += " " + piece
		}
	}
	fmt.Fprintln(out, line)
}

// Enumerate returns the items of a list with commas, as pieces for Wrap.
func Enumerate(items []string) []string {
	pieces := slices.Clone(items)
	for i := range len(pieces) - 1 {
		pieces[i] += ","
	}
	return pieces
}

// Plural returns a number and a noun, such as "2 routes".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// MostNamed is the largest number of principals that People names.
const MostNamed = 3

// People returns the names of the first principals of a group, and counts the others.
func People(names []string) string {
	if len(names) <= MostNamed {
		return Listed(names)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:MostNamed], ", "), len(names)-MostNamed)
}

// Listed joins words with commas and "and".
func Listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
