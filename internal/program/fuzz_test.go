package program

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"iam-secured-api/internal/config"
)

// valid has every key, with a value that is accepted.
var valid = map[string]string{
	"apiName":             "Shop",
	"stageName":           "prod",
	"permissionsBoundary": "",
	"routes":              `{"GET /x":{},"ANY /y/{z}":{},"GET /y/{z+}":{"authorization":"none"},"GET /t":{"authorization":"shop","scopes":["read"]}}`,
	"authorizers":         `{"shop":{"issuer":"https://issuer.example.com","audiences":["web"]}}`,
	"policies":            `{"p":{"allow":["GET *"]},"q":{"allow":["ANY /y/{z}"]}}`,
	"groups":              `{"G":{"policies":["p","q"]}}`,
	"users":               `{"ann":{"groups":["G"],"accessKey":true}}`,
	"roles":               `{"r":{"trust":{"service":"ec2"},"policies":["q"]}}`,
	"oidcProviders":       `{"https://gitlab.com":{"audiences":["shop"]}}`,
	"throttle":            `{"rateLimit":1,"burstLimit":1}`,
	"accessLog":           `{"retentionDays":7}`,
	"backend":             `{"url":"https://backend.example.com"}`,
	"tags":                `{"team":"shop"}`,
	"existingRoles":       `{"task":{"policies":["q"]},"arn:aws:iam::111122223333:role/a/b":{}}`,
}

// FuzzParse replaces the text of one key, or adds a key. Parse never panics. An error
// has a line for each problem that begins with the path of a key, and an accepted plan
// is complete.
func FuzzParse(f *testing.F) {
	for key, texts := range map[string][]string{
		"apiName":             {"", "\n"},
		"stageName":           {"$default", "\u2028"},
		"permissionsBoundary": {"arn:aws:iam::aws:policy/x", "\x00"},
		"routes":              {`{"":{"authorization":5}}`, `{"GET /x":{}}`, `{`},
		"policies": {`{"P":{"allow":["*","*"]},"p":{}}`, `[`,
			`{"p":{"allow":["*"],"conditions":{"sourceCidrs":["203.0.113.0/24","2001:db8::1"],"notBefore":"2026-01-31 08:00:00 +0000 UTC","notAfter":"2026-12-31T00:00:00Z","requireMfa":true,"secureTransport":true,"principalOrgId":"o-a1b2c3d4e5","principalTags":{"team":"shop"}}}}`,
			`{"p":{"allow":["*"],"conditions":{"sourceCidrs":["10.0.0.0/8","10.0.0.0/8",1],"notBefore":"2026-12-31T00:00:00Z","notAfter":"2026-01-31","requireMfa":1,"sourceVpce":"x","principalTags":[]}}}`,
			`{"p":{"allow":["*"],"conditions":{"sourceCidrs":[],"principalTags":null,"principalOrgId":"","hours":{}}}}`,
			`{"p":{"allow":["*"],"name":"Staff","path":"/a/","documents":3},"q":{"allow":["*"],"documents":11,"path":"a","name":"staff-1"}}`,
			`{"p":{"allow":["*"],"conditions":null},"q":{"allow":["*"],"conditions":[]}}`},
		"groups": {`{"G":{"policies":["q",1]}}`, `"`},
		"users":  {`{"ann":{"groups":"G"},"Ann":null}`, `nul`},
		"roles": {`{"c":[]}`, `null`,
			`{"c":{"trust":{"account":444455556666,"principals":["user/x"],"externalId":"ab","requireMfa":true},"maxSessionSeconds":3600,"policies":["q"]}}`,
			`{"c":{"trust":{"account":"1","principals":["*","user/*"],"sessionTags":1}}}`,
			`{"c":{"trust":{"oidc":{"issuer":"https://gitlab.com","audiences":["shop"],"claims":{"sub":["project_path:a/*"],"project_id":"7"}}}}}`,
			`{"c":{"trust":{"oidc":{"issuer":"http://x","audiences":["*"],"claims":{"sub":"*","":[]}}}},"d":{"trust":{"oidc":null}}}`,
			`{"c":{"trust":{"podIdentity":{"cluster":"main","namespace":"shop","serviceAccount":"a.b"}}}}`,
			`{"c":{"trust":{"identityPool":{"id":"us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"}}}}`,
			`{"c":{"trust":{"service":"ec2"},"managedPolicies":["arn:aws:iam::aws:policy/x","arn:aws:iam::999988887777:policy/x","/",1]}}`,
			`{"c":{"trust":{"organization":"o-a1b2c3d4e5"}},"d":{"trust":{"organization":[]}}}`},
		"authorizers": {`{"iam":{}}`, `{"shop":null}`, `{"shop":{"issuer":"https://gitlab.com","audiences":["a",1,"a"]}}`,
			`{"shop":{"issuer":"https://x.dev:1/","audiences":["a"]},"b":{"issuer":"https://x.dev:1/","audiences":["a"]}}`},
		"oidcProviders": {`{"":{}}`, `[]`, `{"https://gitlab.com":{"audiences":["bank"],"thumbprints":[1]}}`},
		"throttle":      {`{"rateLimit":1e999}`, `true`},
		"accessLog":     {`[]`, `1`},
		"backend": {`{"url":"http://%"}`, ``, `{"archive":"no.zip","deletionProtection":true}`, `{"archive":"go.mod"}`, `{"archive":"."}`,
			`{"archive":"/dev/null","url":"https://x.dev"}`, `{"deletionProtection":true}`, `{"url":"https://x.dev","deletionProtection":false}`,
			`{"archive":""}`, `{"archive":"\u0000","colour":1}`, `{}`},
		"tags": {`{"aws:x":"a\nb"}`, `{"a":`},
		"existingRoles": {`{"r":{"policies":["p"]},"arn:aws:iam::1:role/x":null}`, `{"arn:aws:sts::1:assumed-role/":{}}`,
			`{"":{"policies":1},"AWSReservedSSO_x":{},"arn:":{}}`},
		"instanceRoles": {`{}`},
		"other":         {"x"},
	} {
		for _, text := range texts {
			f.Add(key, text, false)
			f.Add(key, text, true)
		}
	}
	f.Fuzz(func(t *testing.T, key, text string, secret bool) {
		settings := config.Settings{Values: maps.Clone(valid), Secret: map[string]bool{key: secret}}
		settings.Values[key] = text
		plan, err := Parse(settings)
		if err != nil {
			checkMessage(t, err.Error())
			if plan != nil {
				t.Fatal("a plan and an error")
			}
			return
		}
		checkAccepted(t, plan)
	})
}

var head = regexp.MustCompile(`^([0-9]+) problems? in the stack's configuration:$`)

// checkMessage checks that an error counts the problems and has a line for each.
func checkMessage(t *testing.T, message string) {
	lines := strings.Split(message, "\n")
	count := head.FindStringSubmatch(lines[0])
	if count == nil || count[1] != fmt.Sprint(len(lines)-1) {
		t.Fatalf("%q does not count its %d lines", lines[0], len(lines)-1)
	}
	for _, line := range lines[1:] {
		path, indented := strings.CutPrefix(line, "  ")
		known := strings.Contains(line, "is under an unknown key") || strings.Contains(line, "cannot be set")
		for key := range valid {
			known = known || strings.HasPrefix(path, key)
		}
		if !indented || !known {
			t.Fatalf("%q does not name a key", line)
		}
		if strings.ContainsFunc(line, unicode.IsControl) {
			t.Fatalf("%q has control characters", line)
		}
	}
}

// checkAccess checks the matrix and the policies.
func checkAccess(t *testing.T, plan *Plan) {
	count := 1 + len(plan.Users) + len(plan.Roles) + len(plan.ExistingRoles) + len(plan.Authorizers)
	if len(plan.Matrix) != count {
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

// checkAccepted checks that a plan is complete and consistent.
func checkAccepted(t *testing.T, plan *Plan) {
	if len(plan.Routes) == 0 {
		t.Fatal("no routes")
	}
	checkAccess(t, plan)
	attached := func(principal string, policies []string) {
		for _, policy := range policies {
			if _, declared := plan.Policies[policy]; !declared {
				t.Fatalf("%q has the policy %q, which is not declared", principal, policy)
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
	for name, role := range plan.ExistingRoles {
		attached(name, role.Policies)
	}
	for name, user := range plan.Users {
		for _, group := range user.Groups {
			if _, declared := plan.Groups[group]; !declared {
				t.Fatalf("%q is in the group %q, which is not declared", name, group)
			}
		}
	}
}
