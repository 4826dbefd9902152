//go:build bench && unix

package benchmarks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"iam-secured-api/tests/harness"
)

// stack is a configuration of the program, as far as the plain program reads it.
type stack struct {
	Routes   map[string]struct{}
	Policies map[string]struct{ Allow []string }
	Groups   map[string]struct{ Policies []string }
	Users    map[string]struct {
		Groups    []string
		AccessKey bool `yaml:"accessKey"`
	}
	Roles map[string]struct {
		Trust struct {
			Service, Account string
			Principals       []string
		}
		Policies []string
	}
	Backend struct{ Archive string }
}

func stackOf(b *testing.B, config map[string]any) (s stack) {
	text, err := yaml.Marshal(config)
	if err != nil {
		b.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &s); err != nil {
		b.Fatal(err)
	}
	return s
}

// largeConfig returns the sandbox's configuration with 300 routes, and with 1,000 users
// in 20 more groups, each with a policy for 30 routes.
func largeConfig(b *testing.B) map[string]any {
	var routes, policies, groups, users []string
	keys := []string{"GET /products", "POST /products"}
	for i := range 298 {
		keys = append(keys, fmt.Sprintf("GET /area-%02d/things-%03d", i%20, i))
		routes = append(routes, fmt.Sprintf("%q: {}", keys[len(keys)-1]))
	}
	for i := range 20 {
		allow := make([]string, 30)
		for j := range allow {
			allow[j] = fmt.Sprintf("%q", keys[(i*13+j)%len(keys)])
		}
		policies = append(policies, fmt.Sprintf("policy-%02d: {allow: [%s]}", i, strings.Join(allow, ", ")))
		groups = append(groups, fmt.Sprintf("group-%02d: {policies: [policy-%02d]}", i, i))
	}
	for i := range 998 {
		users = append(users, fmt.Sprintf("user-%04d: {groups: [group-%02d, ReadOnly-Group]}", i, i%20))
	}
	return harness.Merge(b, harness.Config(b), fmt.Sprintf("{routes: {%s}, policies: {%s}, groups: {%s}, users: {%s}}",
		strings.Join(routes, ", "), strings.Join(policies, ", "), strings.Join(groups, ", "), strings.Join(users, ", ")))
}

// document returns a policy of grants of routes or of the whole stage.
func document(executionArn string, grants []string) string {
	var resources []string
	for _, grant := range grants {
		resources = append(resources, fmt.Sprintf("%q", executionArn+"/prod/"+strings.Replace(grant, " /", "/", 1)))
	}
	slices.Sort(resources)
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":[%s]}]}`, strings.Join(resources, ","))
}

// trusting returns a trust policy for a principal.
func trusting(principal string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":%s}]}`, principal)
}
