package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

// share returns the length of paths with which exactly that many routes fit a
// policy's document, for the stage "prod" and the longest ARN of an API.
func share(t *testing.T, of int) int {
	t.Helper()
	size := func(invokes ...access.Invoke) int {
		text, err := access.Render(access.InvokeDocument(access.LongestExecutionArn, "prod", invokes, access.Conditions{}))
		require.NoError(t, err)
		return access.Size(text)
	}
	beside := size()
	one := access.Invoke{Method: "GET", Path: "/"}
	const comma = 1
	return (access.MaxPolicyCharacters-beside+comma)/of - (size(one) - beside + comma) + len(one.Path)
}

// longRoutes returns routes and a policy p that grants all of them. YAML allows keys
// of more than 1024 characters after "?".
func longRoutes(count, length int) string {
	path := "/r%03d" + strings.Repeat("x", length-len("/r000"))
	return fmt.Sprintf("routes: {%s}\npolicies: {p: {allow: [%s]}}", join(count, "? GET "+path+" : {}"), join(count, "GET "+path))
}

// withPolicies replaces the policy p of longRoutes by copies under other names, and
// adds small policies of one document each.
func withPolicies(config string, names []string, small int) string {
	head, policy, _ := strings.Cut(config, "policies: {p: ")
	policy = strings.TrimSuffix(policy, "}")
	var all []string
	for _, name := range names {
		all = append(all, name+": "+policy)
	}
	if small > 0 {
		all = append(all, join(small, `s%d: {allow: ["*"]}`))
	}
	return head + "policies: {" + strings.Join(all, ", ") + "}"
}

// countPolicies deploys a configuration and counts the managed policies.
func countPolicies(t *testing.T, config string) int {
	t.Helper()
	s := settings(t, config)
	count := -1
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		run.Settings = s
		recording := run.Must(t, program.Deploy)
		count = len(recording.All(recorder.Policy))
		for _, policy := range recording.All(recorder.Policy) {
			if !run.Preview {
				require.NoError(t, access.CheckPolicySize(policy.Input("policy").(string)))
			}
		}
	})
	return count
}

// TestPoliciesUpToTenDocuments checks routes that just fit one document and ten, and
// routes that are a character longer.
func TestPoliciesUpToTenDocuments(t *testing.T) {
	require.Equal(t, 1, countPolicies(t, longRoutes(30, share(t, 30))), "30 routes that fill a document")
	require.Equal(t, 2, countPolicies(t, longRoutes(30, share(t, 30)+1)), "a character more each")
	require.Equal(t, 10, countPolicies(t, longRoutes(300, share(t, 30))), "300 routes that fill ten documents")
	refuse(t, []row{
		{"eleven documents", longRoutes(300, share(t, 30)+1), []problem{{"policies.p.allow", "allows 300 methods and paths", "11 or more policy documents with room for"}}},
		{"two policies that are too large", withPolicies(longRoutes(300, share(t, 30)+1), []string{"p", "q"}, 0), []problem{
			{"policies.p.allow", "allows 300 methods and paths", "11 or more policy documents"},
			{"policies.q.allow", "allows 300 methods and paths", "11 or more policy documents"},
		}},
	})
}

// TestRoutesUpToTheLongestCall checks a route whose ARN is as long as API Gateway
// accepts, and longer ones.
func TestRoutesUpToTheLongestCall(t *testing.T) {
	longest := access.MaxCallArn - len(access.LongestExecutionArn+"/prod/GET")
	key := func(method, begin string, length int) string {
		return method + " " + begin + strings.Repeat("x", length-len(begin))
	}
	routes := func(keys ...string) string {
		var all []string
		for _, key := range keys {
			all = append(all, fmt.Sprintf(`? %q : {}`, key))
		}
		return "routes: {" + strings.Join(all, ", ") + "}"
	}
	const inVariable = len("{id}") - len("x") // one character is enough for it
	parse(t, settings(t, routes(key("GET", "/", longest), key("ANY", "/{id}/", longest+inVariable))).Values)
	parse(t, settings(t, strings.Replace(routes(key("GET", "/", longest+1)), "{}", "{authorization: none}", 1)).Values)
	tooLong := func(begin string) problem {
		return problem{"routes", begin, "the ARN of its calls has 1601 characters or more, and API Gateway takes at most 1600"}
	}
	refuse(t, []row{
		{"a character more", routes(key("GET", "/", longest+1)), []problem{tooLong(`"GET /xxx`)}},
		{"two routes", routes(key("ANY", "/{id}/", longest+inVariable+1), key("POST", "/y", longest)), []problem{tooLong(`"ANY /{id}/xxx`), tooLong(`"POST /yxxx`)}},
	})
}

// TestAnAccountsQuotas checks as many of each as an account can have, and one more.
func TestAnAccountsQuotas(t *testing.T) {
	const service = "backend: {}\n" // it has a role and a policy of its own
	const quota = "IAM's quota of an account"
	const ec2 = "trust: {service: ec2}"
	for _, kind := range []struct {
		name, config, entry string
		most                int
		problem             problem
	}{
		{"users", `users: {%s}`, "", 5000, problem{"users", "has 5001 users", "at most 5000, " + quota}},
		{"groups", `groups: {%s}`, "", 300, problem{"groups", "has 301 groups", "at most 300, " + quota}},
		{"roles", `roles: {%s}`, ec2, 1000, problem{"roles", "need 1001 roles", "at most 1000, " + quota}},
		{"roles with the product service's", service + `roles: {%s}`, ec2, 999, problem{"roles", "need 1001 roles", "at most 1000, " + quota}},
	} {
		config := func(n int) string { return fmt.Sprintf(kind.config, join(n, "n%d: {"+kind.entry+"}")) }
		parse(t, settings(t, config(kind.most)).Values)
		refuse(t, []row{{kind.name, config(kind.most + 1), []problem{kind.problem}}})
	}
	policies := func(n int) string { return `policies: {` + join(n, `n%d: {allow: ["*"]}`) + `}` }
	for of, most := range map[string]int{"": 1500, service: 1499} {
		parse(t, settings(t, of+policies(most)).Values)
		refuse(t, []row{{"policies", of + policies(most+1), []problem{{"policies", "need 1501 managed policies", "at most 1500, " + quota}}}})
	}
}

// TestConditionsTakeRoom checks routes that no longer fit a document once there are
// conditions.
func TestConditionsTakeRoom(t *testing.T) {
	config := longRoutes(30, share(t, 30))
	require.Equal(t, 2, countPolicies(t, strings.Replace(config, "{allow:", "{conditions: {requireMfa: true}, allow:", 1)))
	config = longRoutes(300, share(t, 30))
	refuse(t, []row{{"ten full documents under conditions", strings.Replace(config, "{allow:", "{conditions: {requireMfa: true}, allow:", 1),
		[]problem{{"policies.p.allow", "allows 300 methods and paths", "11 or more policy documents"}}}})
}

// attached returns a principal of a kind with these policies and small ones.
func attached(kind string, policies []string, small int) string {
	if small > 0 {
		policies = append(slices.Clone(policies), join(small, "s%d"))
	}
	trust := ""
	if kind == "roles" {
		trust = "trust: {service: ec2}, "
	}
	return kind + `: {one: {` + trust + `policies: [` + strings.Join(policies, ", ") + `]}}`
}

// TestTenManagedPoliciesCountParts checks principals with few policies that need ten
// and eleven managed policies.
func TestTenManagedPoliciesCountParts(t *testing.T) {
	two := longRoutes(30, share(t, 30)+1) // two documents
	five := []string{"p", "q", "r", "s", "t"}
	for _, kind := range []string{"groups", "roles"} {
		has := func(base string, large []string, small int) string {
			return withPolicies(base, large, small) + "\n" + attached(kind, large, small)
		}
		require.Equal(t, 10, countPolicies(t, has(two, five[:1], 8)), kind)
		require.Equal(t, 10, countPolicies(t, has(two, five, 0)), kind)
		refuse(t, []row{
			{kind + ": one more", has(two, five[:1], 9), []problem{{kind + ".one.policies", "need 11 managed policies, as some need several documents", "must be at most 10 policies, IAM's quota"}}},
			{kind + ": a sixth of two", has(two, append(five, "u"), 0), []problem{{kind + ".one.policies", "need 12 managed policies", "at most 10 policies"}}},
		})
	}
	ten := longRoutes(300, share(t, 30))
	require.Equal(t, 10, countPolicies(t, ten+"\n"+attached("groups", five[:1], 0)))
	refuse(t, []row{{"one of ten documents and another", withPolicies(ten, five[:1], 1) + "\n" + attached("groups", five[:1], 1),
		[]problem{{"groups.one.policies", "need 11 managed policies", "at most 10 policies"}}}})
}

// TestNamesOfPartsAreTheirOwn checks names of policies of several documents: those
// that leave room for the suffix of a part, and others.
func TestNamesOfPartsAreTheirOwn(t *testing.T) {
	two := longRoutes(30, share(t, 30)+1)
	long := strings.Repeat("n", 95)
	for _, name := range []string{long[:94], "p-0", "p-1-1", "P-1"} {
		require.Equal(t, 3, countPolicies(t, withPolicies(two, []string{name}, 1)+"\n"+attached("groups", []string{name}, 1)), name)
	}
	refuse(t, []row{
		{"a name too long for its parts", withPolicies(two, []string{long}, 0) + "\n" + attached("groups", []string{long}, 0),
			[]problem{{"policies." + long, `"` + long + `-1"`, "1 to 96 characters"}}},
		{"a policy named as a part", strings.TrimSuffix(two, "}") + `, p-1: {allow: ["*"]}}`, []problem{{"policies.p-1", `that of a part of "p"`, "rename one"}}},
		{"two that each name the other's", withPolicies(two, []string{"p", "p-1"}, 0), []problem{{"policies.p-1", `that of a part of "p"`, "rename one"}}},
		{"attachments of one name", strings.TrimSuffix(two, "}") + `, "1": {allow: ["*"]}}` + "\n" + `groups: {a: {policies: [p]}, a-p: {policies: ["1"]}}`,
			[]problem{{"groups", `"a" with policy "p-1" and "a-p" with policy "1"`, `"a-p-1"; rename one`}}},
	})
}

// TestLargeTrustPoliciesAreRefused checks a trust policy of too many principals. The
// tests of package access check its size to the character.
func TestLargeTrustPoliciesAreRefused(t *testing.T) {
	principals := func(n int) string { return partner(`principals: [` + join(n, "user/%063d") + `]`) }
	parse(t, settings(t, principals(15)).Values)
	refuse(t, []row{{"too many principals", principals(30), []problem{
		{"roles.partner.trust", "the document has", "a role's trust policy takes at most 2048"},
	}}})
}
