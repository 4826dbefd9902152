package iam

import "fmt"

// result is yes, no or unknown. It is unknown if err is set, which says why.
type result struct {
	err  error
	from statementRef // of a yes: the statement that applies
	yes  bool
}

// newResult returns whether a statement applies, unless err says why that is unknown.
func newResult(applies bool, err error, from statementRef) result {
	switch {
	case err != nil:
		return result{err: fmt.Errorf("%s: %w", from.document(), err)}
	case applies:
		return result{yes: true, from: from}
	}
	return result{}
}

func (r result) no() bool { return !r.yes && r.err == nil }

// and returns no if one of the results is no, and yes if both are yes.
func and(a, b result) result {
	switch {
	case a.no(), b.yes:
		return a
	case a.err != nil && b.err != nil:
		return a
	}
	return b
}

// or returns yes if one of the results is yes, and no if both are no.
func or(a, b result) result {
	if a.yes || a.err != nil && !b.yes {
		return a
	}
	return b
}

// anyOf reports whether one of n things holds, which are given by index. What is
// unknown, for which holds returns an error, counts only if none is known to hold.
func anyOf(n int, holds func(i int) (bool, error)) (bool, error) {
	var unknown error
	for i := range n {
		yes, err := holds(i)
		if yes && err == nil {
			return true, nil
		}
		if unknown == nil {
			unknown = err
		}
	}
	return false, unknown
}
