package iam_test

import (
	"fmt"
	"maps"
	"math/rand"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
)

// random returns documents and requests of a few parts, so that they often match.
type random struct{ *rand.Rand }

func (r random) of(texts ...string) string { return texts[r.Intn(len(texts))] }

// some returns up to n statements.
func (r random) some(n int, statement func() string) []string {
	statements := make([]string, r.Intn(n+1))
	for i := range statements {
		statements[i] = statement()
	}
	return statements
}

func (r random) condition() string {
	key := r.of("aws:username", "aws:SourceIp", "aws:userid", "aws:CurrentTime")
	value := map[string]string{
		"aws:username":    r.of(`"ann"`, `["ann","bob"]`, `"b*"`, `"${aws:userid}"`, `"${aws:userid, 'ann'}"`),
		"aws:SourceIp":    `"203.0.113.0/24"`,
		"aws:userid":      r.of(`"ann"`, `"x"`),
		"aws:CurrentTime": `"2026-01-01"`,
	}[key]
	operator := map[string]string{
		"aws:username":    r.of("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"),
		"aws:SourceIp":    r.of("IpAddress", "NotIpAddress"),
		"aws:userid":      r.of("StringEquals", "StringNotLike"),
		"aws:CurrentTime": r.of("DateLessThan", "DateGreaterThan", "DateNotEquals"),
	}[key]
	switch r.Intn(12) {
	case 0:
		return unknownCondition
	case 1, 2:
		return fmt.Sprintf(`"Null":{%q:%q}`, key, r.of("true", "false"))
	}
	return fmt.Sprintf(`"%s%s%s":{%q:%s}`, r.of("", "", "ForAllValues:", "ForAnyValue:"), operator, r.of("", "", "IfExists"), key, value)
}

func (r random) more() []string {
	if r.Intn(2) == 0 {
		return nil
	}
	return []string{when(r.condition())}
}

func (r random) effect() string { return r.of("Allow", "Allow", "Allow", "Deny") }

func (r random) identityStatement(effect string) string {
	members := []string{
		`"Effect":"` + effect + `"`,
		r.of(`"Action":"*"`, `"Action":"*"`, `"Action":["execute-api:Inv*","sts:AssumeRole"]`, `"Action":"s3:*"`, `"NotAction":"s3:*"`),
		r.of(`"Resource":"*"`, `"Resource":"*"`, `"Resource":"`+executionArn+`/prod/*"`, `"Resource":["`+products+`","`+executor+`"]`,
			`"Resource":"`+executionArn+`/*/${aws:username}"`, `"NotResource":"`+executionArn+`/dev/*"`, `"NotResource":"`+executionArn+`/*/${aws:userid}"`),
	}
	return "{" + strings.Join(append(members, r.more()...), ",") + "}"
}

func (r random) trustStatement(effect string) string {
	principal := r.of(`"*"`, aws("111122223333"), aws(john), aws(theirUser), aws(reader), aws(session), aws(otherIAM+"root"), unknownPrincipal,
		federated(github))
	actions := r.of(`"sts:AssumeRole"`, `"sts:AssumeRole"`, `"sts:*"`, `["sts:AssumeRoleWithWebIdentity","sts:TagSession"]`)
	return trustActions(effect, actions, principal, r.more()...)
}

// A condition and a principal that are not known, and what they may turn out to be.
const (
	unknownCondition = `"Like":{"x:a":"b"}`
	unknownPrincipal = `{"CanonicalUser":"79a59df900b949e5"}`
)

var known = map[string][2]string{
	unknownCondition: {`"Null":{"x:absent":"true"}`, `"Null":{"x:absent":"false"}`},
	unknownPrincipal: {`"*"`, `{"AWS":"AIDAIOSFODNN7EXAMPLE"}`},
}

// statementLists has the statements of each document of a trial.
type statementLists struct {
	identity                 [][]string
	boundary, session, trust []string
}

func (r random) lists() statementLists {
	identity := func() string { return r.identityStatement(r.effect()) }
	var lists statementLists
	for range r.Intn(4) {
		lists.identity = append(lists.identity, r.some(3, identity))
	}
	if r.Intn(3) == 0 {
		lists.boundary = r.some(3, identity)
	}
	if r.Intn(3) == 0 {
		lists.session = r.some(3, identity)
	}
	lists.trust = r.some(4, func() string { return r.trustStatement(r.effect()) })
	return lists
}

func (r random) input() iam.RequestInput {
	input := iam.RequestInput{Principal: r.of(john, john, session, reader, theirUser), Context: map[string][]string{}}
	input.Action, input.Resource = invoke, r.of(products, executionArn+"/dev/ann", executionArn+"/prod/ann")
	if r.Intn(2) == 0 {
		input.Action, input.Resource = r.of("sts:AssumeRole", "sts:AssumeRole", tagSession, setSourceIdentity), executor
	}
	known := map[string][]string{
		"aws:username": {"ann", "bob", "ann|bob", ""}, "aws:SourceIp": {"203.0.113.9", "198.51.100.1", "nowhere"},
		"aws:userid": {"ann", "x"}, "aws:CurrentTime": {"2025-12-31", "2026-06-01", "1767225600"},
	}
	for _, key := range slices.Sorted(maps.Keys(known)) { // one order for one seed
		if r.Intn(2) == 0 {
			input.Context[key] = strings.Split(r.of(known[key]...), "|")
		}
	}
	return input
}

// outcome returns an effect or "error".
func (l statementLists) outcome(t *testing.T, input iam.RequestInput) string {
	t.Helper()
	v := vector{}
	for _, statements := range l.identity {
		if len(statements) > 0 {
			v.identity = append(v.identity, doc(statements...))
		}
	}
	for text, statements := range map[*string][]string{&v.boundary: l.boundary, &v.session: l.session, &v.trust: l.trust} {
		if len(statements) > 0 {
			*text = doc(statements...)
		}
	}
	request, err := iam.NewRequest(input)
	require.NoError(t, err)
	decision, err := v.policies(t).Decide(request)
	if err != nil {
		assertOneLine(t, err)
		return "error"
	}
	assert.NotEmpty(t, decision.Reason())
	return decision.Effect().String()
}

func (l statementLists) clone() statementLists {
	copied := statementLists{boundary: slices.Clone(l.boundary), session: slices.Clone(l.session), trust: slices.Clone(l.trust)}
	for _, statements := range l.identity {
		copied.identity = append(copied.identity, slices.Clone(statements))
	}
	return copied
}

// TestDecideProperties decides random requests by random documents, and changes the
// documents in ways whose effect is known.
func TestDecideProperties(t *testing.T) {
	seen := map[string]int{}
	for seed := range int64(3000) {
		r := random{rand.New(rand.NewSource(seed))}
		lists, input := r.lists(), r.input()
		before := lists.outcome(t, input)
		seen[before]++
		for _, change := range changes {
			changed := lists.clone()
			change.to(r, &changed, input)
			after := changed.outcome(t, input)
			assert.True(t, change.holds(before, after), "%s: %s, %s", change.name, before, after)
		}
		if t.Failed() {
			t.Fatalf("seed %d: %+v with %+v: %s", seed, input, lists, before)
		}
	}
	t.Log(seen)
	for _, outcome := range []string{"allow", "implicitDeny", "explicitDeny", "error"} {
		assert.Greater(t, seen[outcome], 50, "the trials must reach it: %s", outcome)
	}
}

// TestUnknownOnlyIfItMatters decides random requests by random documents in which
// something is not known, and again for all that it may turn out to be. There must be
// an error if the outcomes differ, and only then.
func TestUnknownOnlyIfItMatters(t *testing.T) {
	seen := map[string]int{}
	for seed := range int64(3000) {
		r := random{rand.New(rand.NewSource(seed))}
		lists, input := r.lists(), r.input()
		outcomes := map[string]bool{}
		if !lists.eachKnown(func(l statementLists) { outcomes[l.outcome(t, input)] = true }) {
			continue
		}
		want := "error"
		if len(outcomes) == 1 {
			want = slices.Collect(maps.Keys(outcomes))[0]
		}
		require.Equal(t, want, lists.outcome(t, input), "seed %d: %+v with %+v", seed, input, lists)
		seen[want]++
	}
	t.Log(seen)
	for _, outcome := range []string{"allow", "implicitDeny", "explicitDeny", "error"} {
		assert.Greater(t, seen[outcome], 20, "the trials must reach it: %s", outcome)
	}
}

// eachKnown calls a function for all documents that these may turn out to be. It
// reports whether something in them is not known.
func (l statementLists) eachKnown(f func(statementLists)) bool {
	for _, statements := range append(slices.Clone(l.identity), l.boundary, l.session, l.trust) {
		for i, statement := range statements {
			for unknown, options := range known {
				if !strings.Contains(statement, unknown) {
					continue
				}
				for _, option := range options {
					statements[i] = strings.Replace(statement, unknown, option, 1)
					if !l.eachKnown(f) {
						f(l)
					}
				}
				statements[i] = statement
				return true
			}
		}
	}
	return false
}

// change changes documents. What it does to the outcome must hold.
type change struct {
	name  string
	to    func(r random, lists *statementLists, input iam.RequestInput)
	holds func(before, after string) bool
}

func same(before, after string) bool { return before == after }

var changes = []change{
	{"the order of documents and statements has no effect", func(r random, l *statementLists, _ iam.RequestInput) {
		r.Shuffle(len(l.identity), func(i, j int) { l.identity[i], l.identity[j] = l.identity[j], l.identity[i] })
		for _, statements := range append(l.identity, l.boundary, l.session, l.trust) {
			r.Shuffle(len(statements), func(i, j int) { statements[i], statements[j] = statements[j], statements[i] })
		}
	}, same},
	{"statements may be in any identity document", func(_ random, l *statementLists, _ iam.RequestInput) {
		all := slices.Concat(l.identity...)
		l.identity = nil
		for _, statement := range all {
			l.identity = append(l.identity, []string{statement})
		}
	}, same},
	{"a Deny of everything wins in any document", func(r random, l *statementLists, input iam.RequestInput) {
		everything := rule("Deny", "*", "*")
		switch place := r.Intn(4); {
		case place == 0:
			l.boundary = append(l.boundary, everything)
		case place == 1:
			l.session = append(l.session, everything)
		case place == 2 && input.Action == "sts:AssumeRole":
			l.trust = append(l.trust, trustRule("Deny", `"*"`))
		default:
			l.identity = append(l.identity, []string{everything})
		}
	}, func(_, after string) bool { return after == "explicitDeny" }},
	{"one more Allow takes nothing away and lifts no Deny", func(r random, l *statementLists, _ iam.RequestInput) {
		if r.Intn(2) == 0 {
			l.identity = append(l.identity, []string{r.identityStatement("Allow")})
		} else {
			l.trust = append(l.trust, r.trustStatement("Allow"))
		}
	}, func(before, after string) bool {
		return before == after || before == "implicitDeny" || before == "error"
	}},
	{"one more Deny allows nothing and lifts no Deny", func(r random, l *statementLists, _ iam.RequestInput) {
		l.identity = append(l.identity, []string{r.identityStatement("Deny")})
	}, func(before, after string) bool {
		return before == "allow" || after != "allow" && (before != "explicitDeny" || after == before)
	}},
	{"a boundary and a session policy allow nothing", func(_ random, l *statementLists, _ iam.RequestInput) {
		l.boundary, l.session = nil, nil
	}, func(before, after string) bool { return before != "allow" || after == before }},
}

// TestFederatedProperties decides requests of an identity provider's users by random
// trust documents. Only a statement that names the provider in Federated allows them,
// and what is not known never turns a deny into an allow.
func TestFederatedProperties(t *testing.T) {
	seen := map[string]int{}
	for seed := range int64(3000) {
		r := random{rand.New(rand.NewSource(seed))}
		lists, input := statementLists{trust: r.lists().trust}, r.input()
		input.Principal, input.Action, input.Resource = github, r.of(webIdentity, tagSession), executor
		outcome := lists.outcome(t, input)
		seen[outcome]++

		without := lists.clone()
		without.trust = slices.DeleteFunc(without.trust, func(s string) bool { return strings.Contains(s, "Federated") })
		assert.NotEqual(t, "allow", without.outcome(t, input))

		more := lists.clone()
		more.trust = append(more.trust, trustActions("Allow", `"sts:*"`, federated(github), when(unknownCondition)))
		after := more.outcome(t, input)
		assert.True(t, after == outcome || outcome == "implicitDeny" && after == "error", "%s, %s", outcome, after)
		if t.Failed() {
			t.Fatalf("seed %d: %+v with %+v: %s", seed, input, lists, outcome)
		}
	}
	t.Log(seen)
	for _, outcome := range []string{"allow", "implicitDeny", "explicitDeny", "error"} {
		assert.Greater(t, seen[outcome], 50, "the trials must reach it: %s", outcome)
	}
}

// TestWildcardsAgainstRegexp compares StringLike with regular expressions.
func TestWildcardsAgainstRegexp(t *testing.T) {
	r := random{rand.New(rand.NewSource(1))}
	expression := strings.NewReplacer("*", "(?s:.*)", "?", "(?s:.)", "é", "é", "a", "a", "b", "b", "/", "/")
	matched := 0
	for range 4000 {
		var pattern, text string
		for range r.Intn(7) {
			pattern += r.of("*", "*", "?", "a", "b", "/", "é")
		}
		for range r.Intn(9) {
			text += r.of("a", "b", "/", "é")
		}
		want := regexp.MustCompile("^" + expression.Replace(pattern) + "$").MatchString(text)
		decision, err := vector{identity: []string{allow("*", when(`"StringLike":{"s3:prefix":"`+pattern+`"}`))}, context: map[string][]string{"s3:prefix": {text}}}.decide(t)
		require.NoError(t, err)
		require.Equal(t, want, decision.Allowed(), "%q and %q", pattern, text)
		if want {
			matched++
		}
	}
	assert.Greater(t, matched, 200)
}

// TestDecideConcurrently shares documents and requests between goroutines.
func TestDecideConcurrently(t *testing.T) {
	v := vector{identity: []string{allow(executionArn+"/*/${aws:username}", when(fromOffice))}, resource: executionArn + "/prod/ann",
		context: given("aws:username=ann", "aws:SourceIp=203.0.113.9")}
	policies := v.policies(t)
	request, err := iam.NewRequest(v.input())
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				decision, err := policies.Decide(request)
				assert.NoError(t, err)
				assert.True(t, decision.Allowed(), decision.Reason())
			}
		})
	}
	all.Wait()
}
