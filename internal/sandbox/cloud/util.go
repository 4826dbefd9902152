package cloud

import (
	"cmp"
	"maps"
	"slices"
)

// sortedKeys returns the keys in ascending order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}

// without returns a copy of list that does not hold v.
func without(list []string, v string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(x string) bool { return x == v })
}

// reply is the answer of a call: nothing but the error if there is one.
func reply[T any](out T, err error) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return out, nil
}
