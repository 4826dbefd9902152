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

// without returns a copy of list without v.
func without(list []string, v string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(x string) bool { return x == v })
}

// reply returns the result of an action, or the zero value with the error.
func reply[T any](out T, err error) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return out, nil
}
