package access

import "strings"

// A path language is a sequence of tokens: literal characters, one or more
// characters without a slash ({variable}), one or more of any ({greedy+}), or
// any number of any (IAM's *).
type token struct {
	kind tokenKind
	char byte // of a literal
}

type tokenKind int

const (
	literal tokenKind = iota
	segment           // one or more, no slash; repeats
	greedy            // one or more of any; repeats
	star              // none or more of any; repeats
)

func (t token) accepts(c byte) bool {
	switch t.kind {
	case literal:
		return t.char == c
	case segment:
		return c != '/'
	default:
		return true
	}
}

// overlap reports whether some path matches both the IAM pattern and the route's
// path template.
func overlap(pattern, template string) bool {
	return !beginApart(pattern, template) && intersect(patternTokens(pattern), templateTokens(template))
}

// beginApart reports whether the two differ before the first * or variable. That
// decides most pairs cheaply.
func beginApart(pattern, template string) bool {
	a, _, _ := strings.Cut(pattern, "*")
	b, _, _ := strings.Cut(template, "{")
	shared := min(len(a), len(b))
	return a[:shared] != b[:shared]
}

func patternTokens(pattern string) []token {
	var tokens []token
	for i := range len(pattern) {
		if pattern[i] == '*' {
			tokens = append(tokens, token{kind: star})
		} else {
			tokens = append(tokens, token{char: pattern[i]})
		}
	}
	return tokens
}

func templateTokens(template string) []token {
	var tokens []token
	for part := range strings.SplitSeq(template[1:], "/") {
		tokens = append(tokens, token{char: '/'})
		switch {
		case !isVariable(part):
			tokens = append(tokens, patternTokens(part)...)
		case isGreedy(part):
			tokens = append(tokens, token{kind: greedy})
		default:
			tokens = append(tokens, token{kind: segment})
		}
	}
	return tokens
}

// intersect walks both languages side by side: position (i, j) is reachable if
// some common prefix of both ends there.
func intersect(a, b []token) bool {
	type position struct{ i, j int }
	seen := make([]bool, (len(a)+1)*(len(b)+1))
	queue := []position{{0, 0}}
	push := func(i, j int) {
		if at := i*(len(b)+1) + j; !seen[at] {
			seen[at] = true
			queue = append(queue, position{i, j})
		}
	}
	for len(queue) > 0 {
		p := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if p.i == len(a) && p.j == len(b) {
			return true
		}
		if p.i < len(a) && a[p.i].kind == star {
			push(p.i+1, p.j)
		}
		if p.j < len(b) && b[p.j].kind == star {
			push(p.i, p.j+1)
		}
		if p.i < len(a) && p.j < len(b) && share(a[p.i], b[p.j]) {
			for _, i := range after(a[p.i], p.i) {
				for _, j := range after(b[p.j], p.j) {
					push(i, j)
				}
			}
		}
	}
	return false
}

// share reports whether some character fits both tokens.
func share(a, b token) bool {
	switch {
	case a.kind == literal:
		return b.accepts(a.char)
	case b.kind == literal:
		return a.accepts(b.char)
	default:
		return true // a letter fits every repeating token
	}
}

// after returns the positions after a token has consumed a character.
func after(t token, at int) []int {
	if t.kind == literal {
		return []int{at + 1}
	}
	return []int{at, at + 1}
}
