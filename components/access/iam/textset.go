package iam

// textSet is a set of texts that is quick to ask, be it small or large.
type textSet struct {
	few  []string
	many map[string]struct{} // in the place of few, from so many on that hashing pays
}

// mostFew is about where hashing a text becomes quicker than comparing them all.
const mostFew = 6

func newTextSet(texts []string) textSet {
	if len(texts) <= mostFew {
		return textSet{few: texts}
	}
	many := make(map[string]struct{}, len(texts))
	for _, text := range texts {
		many[text] = struct{}{}
	}
	return textSet{many: many}
}

func (s *textSet) has(text string) bool {
	if s.many != nil {
		_, found := s.many[text]
		return found
	}
	for _, one := range s.few {
		if one == text {
			return true
		}
	}
	return false
}
