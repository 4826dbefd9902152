package mocks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

func long(n int) string { return strings.Repeat("x", n) }

func manyRoutes(n int) access.Routes {
	routes := map[string]access.Authorization{}
	for i := range n {
		routes[fmt.Sprintf("GET /r%d", i)] = ""
	}
	return routesOf(routes)
}

// longRoutes returns count routes of a length, and grants for all of them.
func longRoutes(count, length int) (access.Routes, []string) {
	declared := map[string]access.Authorization{}
	for i := range count {
		begin := fmt.Sprintf("GET /r%03d", i)
		declared[begin+long(length-len(begin))] = ""
	}
	routes, _ := access.NewRoutes(declared)
	return routes, slices.Sorted(maps.Keys(declared))
}

func manyPrincipals(n int) []string {
	var principals []string
	for i := range n {
		principals = append(principals, fmt.Sprintf("user/%d%s", i, long(60)))
	}
	return principals
}

func manyPolicies(n int) map[string]pulumi.StringInput {
	policies := map[string]pulumi.StringInput{}
	for i := range n {
		policies[fmt.Sprintf("p%d", i)] = pulumi.String("arn")
	}
	return policies
}

func manyTags(n int) map[string]string {
	tags := map[string]string{}
	for i := range n {
		tags[fmt.Sprintf("t%d", i)] = ""
	}
	return tags
}
