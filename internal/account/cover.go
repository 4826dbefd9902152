package account

import (
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// slot is a route under IAM with one of the methods of requests that can end at it.
type slot struct {
	route  access.Route
	method string
	prefix string // of the resource: everything before the path
	parts  []part // of the resource
	// example is a resource with characters in its free parts that no pattern has.
	example string
}

// part is a part of a pattern: a character, or a free part, which matches any characters
// of its kind.
type part struct {
	kind partKind
	char byte
}

type partKind uint8

const (
	literal  partKind = iota
	inPart            // one character except a slash
	inParts           // any number of them
	one               // one character
	anything          // any number of characters
)

// repeats reports whether the part matches any number of characters.
func (p part) repeats() bool { return p.kind == inParts || p.kind == anything }

// accepts reports whether the part matches the character.
func (p part) accepts(char byte) bool {
	switch p.kind {
	case literal:
		return p.char == char
	case inPart, inParts:
		return char != '/'
	}
	return true
}

// slotsOf returns the slots of the routes under IAM, in the order of the routes.
func slotsOf(api access.Api) []slot {
	var slots []slot
	var m meeting
	id := api.ExecutionArn[strings.LastIndexByte(api.ExecutionArn, ':')+1:]
	for _, route := range api.Routes {
		if route.Authorization != access.IAM {
			continue
		}
		for _, method := range api.Routes.MethodsOf(route) {
			s := slot{route: route, method: method, prefix: id + "/" + api.Stage + "/" + method}
			path := route.Key.Path
			if route.Key.IsDefault() {
				path = "/"
			}
			for i, segment := range strings.Split(s.prefix+path, "/") {
				if i > 0 {
					s.parts = append(s.parts, part{char: '/'})
				}
				switch {
				case strings.HasSuffix(segment, "+}"):
					s.parts = append(s.parts, part{kind: one}, part{kind: anything})
				case strings.HasPrefix(segment, "{"):
					s.parts = append(s.parts, part{kind: inPart}, part{kind: inParts})
				default:
					s.parts = append(s.parts, literals(segment)...)
				}
			}
			if route.Key.IsDefault() {
				s.parts = append(s.parts, part{kind: anything})
			}
			s.example, _ = m.meet(s.parts, []part{{kind: anything}}, "\x00", "\x00", "\x00")
			slots = append(slots, s)
		}
	}
	return slots
}

func literals(text string) []part {
	var parts []part
	for i := range len(text) {
		parts = append(parts, part{char: text[i]})
	}
	return parts
}

// coverage says how many requests of a slot a pattern matches.
type coverage uint8

const (
	none coverage = iota
	some
	all
)

// cover returns how many requests of each slot a pattern matches.
func (w *who) cover(pattern iam.ResourcePattern) []coverage {
	if known := w.covered[pattern]; known != nil {
		return known
	}
	glob := make([]part, 0, len(pattern.Glob()))
	for _, char := range []byte(pattern.Glob()) {
		switch char {
		case '*':
			glob = append(glob, part{kind: anything})
		case '?':
			glob = append(glob, part{kind: one})
		default:
			glob = append(glob, part{char: char})
		}
	}
	covered := make([]coverage, len(w.slots))
	for i := range w.slots {
		covered[i] = w.coverSlot(&w.slots[i], pattern, glob)
	}
	w.covered[pattern] = covered
	return covered
}

func (w *who) coverSlot(s *slot, pattern iam.ResourcePattern, glob []part) coverage {
	if !startAlike(glob, s.parts) || !endAlike(glob, s.parts) {
		return none
	}
	// If a pattern without ? matches a character that is not in it, a * does, which
	// matches any other text in its place, too.
	free := slices.ContainsFunc(s.parts, func(p part) bool { return p.kind != literal })
	isOne := func(p part) bool { return p.kind == one }
	if (!free || !slices.ContainsFunc(glob, isOne)) && pattern.Matches(s.example) {
		return all
	}
	for _, fill := range w.fills {
		request, meets := w.meeting.meet(glob, s.parts, w.word, fill[:1], fill[1:])
		if !meets {
			return none
		}
		candidates := w.api.Routes.Candidates(s.method, request[len(s.prefix):])
		if slices.ContainsFunc(candidates, func(r access.Route) bool { return r.Key == s.route.Key }) {
			return some
		}
	}
	return none
}

// startAlike reports whether two patterns have the same characters up to the first part
// that is free in one of them. It decides most pairs.
func startAlike(a, b []part) bool {
	for i := range min(len(a), len(b)) {
		if a[i].kind != literal || b[i].kind != literal {
			break
		}
		if a[i].char != b[i].char {
			return false
		}
	}
	return true
}

// endAlike reports whether two patterns have the same characters after the last part
// that is free in one of them.
func endAlike(a, b []part) bool {
	for i := 1; i <= min(len(a), len(b)); i++ {
		x, y := a[len(a)-i], b[len(b)-i]
		if x.kind != literal || y.kind != literal {
			break
		}
		if x.char != y.char {
			return false
		}
	}
	return true
}

// fillsOf returns texts for free parts that may have slashes. They have from one word up
// to more words than any route has. The last text begins with a slash, which only greedy
// variables match.
func fillsOf(routes access.Routes, word string) []string {
	most := 0
	for _, route := range routes {
		most = max(most, strings.Count(route.Key.Path, "/"))
	}
	var fills []string
	for n := 1; n <= most+1; n++ {
		fills = append(fills, strings.TrimSuffix(strings.Repeat(word+"/", n), "/"))
	}
	return append(fills, "/"+word)
}

// meeting finds texts that two patterns match. It can be used again.
type meeting struct {
	a, b       []part
	word, rest string
	first      byte
	text       []byte
	failed     []bool // by positions in a and b
}

// meet returns a text that both patterns match, and reports whether there is one.
// Where both may repeat characters, the text has word, or rest if these may be slashes.
// Where both accept any one character, it has first.
func (m *meeting) meet(a, b []part, word, first, rest string) (string, bool) {
	m.a, m.b, m.word, m.first, m.rest, m.text = a, b, word, first[0], rest, m.text[:0]
	size := (len(a) + 1) * (len(b) + 1)
	m.failed = slices.Grow(m.failed[:0], size)[:size]
	clear(m.failed)
	meets := m.from(0, 0)
	return string(m.text), meets
}

// from reports whether the patterns meet from these positions on.
func (m *meeting) from(i, j int) bool {
	if i == len(m.a) && j == len(m.b) {
		return true
	}
	at, length := i*(len(m.b)+1)+j, len(m.text)
	if m.failed[at] {
		return false
	}
	aRepeats, bRepeats := i < len(m.a) && m.a[i].repeats(), j < len(m.b) && m.b[j].repeats()
	nextA, nextB := 1, 1 // what taking a character leaves behind
	if aRepeats {
		nextA = 0
	}
	if bRepeats {
		nextB = 0
	}
	switch {
	case aRepeats && bRepeats:
		m.text = append(m.text, m.repeated(m.a[i], m.b[j])...)
	case i < len(m.a) && j < len(m.b):
		if char, meets := m.char(m.a[i], m.b[j]); meets {
			m.text = append(m.text, char)
			if m.from(i+nextA, j+nextB) {
				return true
			}
			m.text = m.text[:length]
		}
	}
	if bRepeats && m.from(i, j+1) || aRepeats && m.from(i+1, j) {
		return true
	}
	m.text = m.text[:length]
	m.failed[at] = true
	return false
}

// repeated returns the text where both parts repeat characters.
func (m *meeting) repeated(a, b part) string {
	if a.kind == inParts || b.kind == inParts {
		return m.word
	}
	return m.rest
}

// char returns a character that both parts accept, and reports whether there is one.
func (m *meeting) char(a, b part) (byte, bool) {
	for _, p := range []part{a, b} {
		if p.kind == literal {
			return p.char, a.accepts(p.char) && b.accepts(p.char)
		}
	}
	if a.accepts(m.first) && b.accepts(m.first) {
		return m.first, true
	}
	return m.word[0], true
}
