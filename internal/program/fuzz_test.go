package program

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"iam-secured-api/components"
	"iam-secured-api/internal/config"
	"iam-secured-api/internal/products/bundle"
)

// keys are all that Parse reads, in the order of FuzzParse's arguments.
var keys = []string{
	"apiName", "stageName", "permissionsBoundary", "routes", "policies", "groups", "users",
	"roles", "instanceRoles", "throttle", "accessLog", "backend", "tags",
}

// FuzzParse reads any text under any key. It never panics; an error has a line a
// problem that begins with the path of a key; what is accepted holds together.
func FuzzParse(f *testing.F) {
	add := func(texts ...string) {
		f.Add(texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], texts[6], texts[7], texts[8], texts[9], texts[10], texts[11], texts[12], "other", false)
	}
	add("Shop", "prod", "", `{"GET /x":{},"ANY /y/{z}":{"authorization":"none"}}`, `{"p":{"allow":["GET /x"]}}`, `{"G":{"policies":["p"]}}`,
		`{"ann":{"groups":["G"],"accessKey":true}}`, `{"r":{"policies":["p"]}}`,
		`{"c":{"accountId":444455556666,"principals":["user/x"],"externalId":"ab","requireMfa":true,"maxSessionSeconds":3600,"policies":["p"]}}`,
		`{"rateLimit":1,"burstLimit":1}`, `{"retentionDays":7}`, `{"url":"https://backend.example.com"}`, `{"team":"shop"}`)
	add("", "$default", "arn:aws:iam::aws:policy/x", `{"":{"authorization":5}}`, `{"P":{"allow":["*","*"]},"p":{}}`, `{"G":{"policies":["q",1]}}`,
		`{"ann":{"groups":"G"},"Ann":null}`, `{"c":[]}`, `{"c":{"accountId":"1","principals":["*","user/*"]}}`, `{"rateLimit":1e999}`, `[]`, `{"url":"http://%"}`, `{"aws:x":"a\nb"}`)
	for _, backend := range []string{
		`{"archive":"no.zip","deletionProtection":true}`, `{"archive":"go.mod"}`, `{"archive":"."}`, `{"archive":"/dev/null","url":"https://x.dev"}`,
		`{"deletionProtection":true}`, `{"url":"https://x.dev","deletionProtection":false}`, `{"archive":""}`, `{"archive":"\u0000","colour":1}`, `{}`,
	} {
		add("Shop", "prod", "", `{"GET /x":{}}`, `{}`, `{}`, `{}`, `{}`, `{}`, `{"rateLimit":1,"burstLimit":1}`, `{}`, backend, `{}`)
	}
	for _, conditions := range []string{
		`{"sourceCidrs":["203.0.113.0/24","2001:db8::1"],"notBefore":"2026-01-31 08:00:00 +0000 UTC","notAfter":"2026-12-31T00:00:00Z","requireMfa":true,"secureTransport":true,"principalOrgId":"o-a1b2c3d4e5","principalTags":{"team":"shop"}}`,
		`{"sourceCidrs":["10.0.0.0/8","10.0.0.0/8",1],"notBefore":"2026-12-31T00:00:00Z","notAfter":"2026-01-31","requireMfa":1,"sourceVpce":"x","principalTags":[]}`,
		`{"sourceCidrs":[],"principalTags":null,"principalOrgId":"","hours":{}}`, `null`, `[]`,
	} {
		add("Shop", "prod", "arn:aws:iam::aws:policy/x", `{"GET /x":{},"ANY /y/{z}":{},"GET /y/{z+}":{"authorization":"none"}}`, `{"p":{"allow":["GET *"],"conditions":`+conditions+`},"q":{"allow":["ANY /y/{z}"]}}`,
			`{"G":{"policies":["p","q"]}}`, `{"ann":{"groups":["G"]}}`, `{"r":{"policies":["q"]}}`, `{"c":{"accountId":444455556666,"principals":["user/x"],"policies":["p"]}}`,
			`{"rateLimit":1,"burstLimit":1}`, `{}`, `{}`, `{}`)
	}
	add("\n", "\u2028", "\x00", `{`, `[`, `"`, `nul`, `null`, `{}`, `true`, `1`, ``, `{"a":`)
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i, j, k, l, m, n, other string, secret bool) {
		settings := config.Settings{Values: map[string]string{}, Secret: map[string]bool{}}
		for at, text := range []string{a, b, c, d, e, g, h, i, j, k, l, m, n} {
			settings.Values[keys[at]] = text
			settings.Secret[keys[at]] = secret
		}
		if other != "other" {
			settings.Values[other] = a
		}
		cfg, err := Parse(settings)
		if err != nil {
			checkMessage(t, err.Error(), other)
			return
		}
		checkAccepted(t, cfg)
	})
}

var head = regexp.MustCompile(`^([0-9]+) problems? in the stack's configuration:$`)

// checkMessage checks the form of an error: how many problems, and each on a line.
func checkMessage(t *testing.T, message, other string) {
	lines := strings.Split(message, "\n")
	count := head.FindStringSubmatch(lines[0])
	if count == nil || count[1] != fmt.Sprint(len(lines)-1) {
		t.Fatalf("%q does not count its %d lines", lines[0], len(lines)-1)
	}
	for _, line := range lines[1:] {
		path, found := strings.CutPrefix(line, "  ")
		known := false
		for _, key := range keys {
			known = known || strings.HasPrefix(path, key)
		}
		if !found || !known && !strings.Contains(path, "is under an unknown key") {
			t.Fatalf("%q names no key, nor %q", line, other)
		}
		if strings.ContainsFunc(line, unicode.IsControl) {
			t.Fatalf("%q has control characters", line)
		}
	}
}

// checkBackend checks that there is one of the two, and that it can be deployed.
func checkBackend(t *testing.T, b Backend) {
	switch {
	case b.Url != "":
		if err := components.CheckBackendUrl(b.Url); err != nil || b.Archive != "" || b.DeletionProtection {
			t.Fatalf("%+v: %v", b, err)
		}
	case b.Archive != "":
		if err := bundle.Check(b.Archive); err != nil || !filepath.IsAbs(b.Archive) {
			t.Fatalf("%+v: %v", b, err)
		}
	}
}

// checkAccess checks that there is a matrix of everyone.
func checkAccess(t *testing.T, plan *Plan) {
	if count := 1 + len(plan.Users) + len(plan.Roles); len(plan.Matrix) != count {
		t.Fatalf("%d rows, not %d", len(plan.Matrix), count)
	}
	for name, row := range plan.Matrix {
		if len(row.Cells) != len(plan.Routes) {
			t.Fatalf("%q has %d cells of %d routes", name, len(row.Cells), len(plan.Routes))
		}
	}
	for name, policy := range plan.Policies {
		if errs := policy.Conditions.Check(); len(errs) > 0 {
			t.Fatalf("policy %q: %v", name, errs)
		}
		if len(policy.Parts) == 0 {
			t.Fatalf("policy %q has no document", name)
		}
	}
}

// checkAccepted checks what the rest of the program relies on.
func checkAccepted(t *testing.T, plan *Plan) {
	if len(plan.Routes) == 0 {
		t.Fatal("no routes")
	}
	checkBackend(t, plan.Backend)
	checkAccess(t, plan)
	attached := func(owner string, policies []string) {
		for _, policy := range policies {
			if _, declared := plan.Policies[policy]; !declared {
				t.Fatalf("%q has the policy %q, which is not declared", owner, policy)
			}
		}
	}
	for name, group := range plan.Groups {
		attached(name, group.Policies)
	}
	for name, role := range plan.Roles {
		attached(name, role.Policies)
		if errs := role.Trust.Check(); len(errs) > 0 {
			t.Fatalf("role %q: %v", name, errs)
		}
	}
	for name, user := range plan.Users {
		for _, group := range user.Groups {
			if _, declared := plan.Groups[group]; !declared {
				t.Fatalf("%q is in the group %q, which is not declared", name, group)
			}
		}
	}
}
