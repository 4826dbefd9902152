package mocks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
)

func long(n int) string { return strings.Repeat("x", n) }

// many returns a map from n names to a value.
func many[V any](n int, format string, value V) map[string]V {
	entries := map[string]V{}
	for i := range n {
		entries[fmt.Sprintf(format, i)] = value
	}
	return entries
}

func manyRoutes(n int) access.Routes { return routesOf(many(n, "GET /r%d", access.RouteArgs{})) }

// longRoutes returns count routes of a length, and grants for all of them.
func longRoutes(count, length int) (access.Routes, []string) {
	declared := many(count, "GET /r%03d"+long(length-len("GET /r000")), access.RouteArgs{})
	return routesOf(declared), slices.Sorted(maps.Keys(declared))
}
