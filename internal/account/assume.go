package account

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// trustReading is the trust policy of a role.
type trustReading struct {
	document string
	compiled *iam.TrustPolicy
	supposed map[reading]*iam.TrustPolicy // by bound and kind
	err      error                        // why the evaluator rejects it
	named    map[string][]string          // principals of Allow statements, by kind
	denied   []string                     // principals of Deny statements
	anyone   bool                         // it names everyone
	personal bool                         // its decisions may differ between principals that one element names
}

// readTrust reads each trust policy once.
func (k *asker) readTrust(document string) *trustReading {
	if t := k.trusts[document]; t != nil {
		return t
	}
	t := &trustReading{document: document, supposed: map[reading]*iam.TrustPolicy{}, named: map[string][]string{}}
	k.trusts[document] = t
	t.compiled, t.err = iam.CompileTrust(document)
	t.personal = personal.MatchString(document)
	for _, statement := range statementsOf(document) {
		kinds, _ := statement["Principal"].(map[string]any)
		if statement["Effect"] != "Allow" {
			t.denied = append(t.denied, textsOf(kinds["AWS"])...)
			continue
		}
		if text, ok := statement["Principal"].(string); ok {
			kinds = map[string]any{"AWS": text}
		}
		if _, not := statement["NotPrincipal"]; not {
			kinds = map[string]any{"NotPrincipal": "everyone but the NotPrincipal of the trust policy"}
		}
		for kind, texts := range kinds {
			t.named[kind] = append(t.named[kind], textsOf(texts)...)
		}
	}
	for kind, texts := range t.named {
		slices.Sort(texts)
		t.named[kind] = slices.Compact(texts)
	}
	t.anyone = slices.Contains(t.named["AWS"], "*")
	return t
}

// policy returns the trust policy for a bound, or nil.
func (t *trustReading) policy(b bound, of kind) *iam.TrustPolicy {
	if t == nil || t.err != nil {
		return nil
	}
	if b == asWritten {
		return t.compiled
	}
	r := reading{bound: b, kind: of}
	if t.supposed[r] == nil {
		t.supposed[r] = t.compiled.Suppose(of.unknown, b == atMost)
	}
	return t.supposed[r]
}

// everyoneTrusted is a trust policy that names everyone.
const everyoneTrusted = `{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}`

// sameDocument reports whether two documents have the same meaning. IAM may reorder a
// list, store a list of one as its item, and replace an account's id by the root's ARN.
// Sids do not matter.
func sameDocument(a, b, partition string) bool {
	return canonical(a, partition) == canonical(b, partition)
}

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

func canonical(document, partition string) string {
	var value any
	if json.Unmarshal([]byte(document), &value) != nil {
		return document
	}
	var simple func(key string, value any) any
	simple = func(key string, value any) any {
		switch value := value.(type) {
		case map[string]any:
			delete(value, "Sid")
			for key, of := range value {
				value[key] = simple(key, of)
			}
		case []any:
			for i := range value {
				value[i] = simple(key, value[i])
			}
			if len(value) == 1 {
				return value[0]
			}
			slices.SortFunc(value, func(x, y any) int { return strings.Compare(fmt.Sprint(x), fmt.Sprint(y)) })
		case string:
			if key == "AWS" && accountID.MatchString(value) {
				return "arn:" + partition + ":iam::" + value + ":root"
			}
		}
		return value
	}
	text, _ := json.Marshal(simple("", value)) // decoded from JSON: cannot fail
	return string(text)
}

// edge is a set of principals that may assume a role in the same way.
type edge struct {
	names     []string  // ARNs, or texts for principals that are not of the account
	people    []*person // those of the account, in the same order; nil for others
	through   string
	condition string
	byTrust   bool // no identity policy of the account is needed
}

// assumers returns who may assume a role directly.
func (k *asker) assumers(role *person) []edge {
	t := k.readTrust(role.Trust)
	if t.err != nil {
		return []edge{{names: []string{"those whom the trust policy names"}, condition: unjudged(t.err).condition}}
	}
	edges := map[string]*edge{}
	add := func(names []string, people []*person, found answer) {
		if !found.possible || len(names) == 0 {
			return
		}
		through := strings.Join(found.through, " and ")
		key := fmt.Sprintf("%t\n%s\n%s", people == nil, through, found.condition)
		if edges[key] == nil {
			edges[key] = &edge{through: through, condition: found.condition, byTrust: len(found.through) == 1}
		}
		e := edges[key]
		e.names, e.people = append(e.names, names...), append(e.people, people...)
	}
	for _, kind := range slices.Sorted(maps.Keys(t.named)) {
		for _, text := range t.named[kind] {
			if kind != "AWS" || !k.isOwn(text) {
				k.askOutsider(role, t, kind, text, add)
			}
		}
	}
	if t.anyone { // this may name users of identity providers
		k.askOutsider(role, t, "Federated", k.begin("iam", "", "oidc-provider/"+anyName), add)
	}
	k.askOwn(role, t, add)
	var all []edge
	for _, key := range slices.Sorted(maps.Keys(edges)) {
		all = append(all, *edges[key])
	}
	slices.SortStableFunc(all, func(a, b edge) int { return cmp.Compare(len(a.condition), len(b.condition)) })
	return all
}

// isOwn reports whether a principal of a trust policy is this account or is in the
// account's description.
func (k *asker) isOwn(text string) bool {
	return text == k.account.ID || text == k.root() || k.people[text] != nil || k.session(text) != nil
}

func (k *asker) root() string { return k.begin("iam", "", "root") }

// session returns the role of a session of this account by the session's ARN, or nil.
func (k *asker) session(arn string) *person {
	rest, is := strings.CutPrefix(arn, k.begin("sts", "", "assumed-role/"))
	name, _, _ := strings.Cut(rest, "/")
	if !is {
		return nil
	}
	return k.roles[name]
}

// askOwn decides which principals of the account may assume a role.
func (k *asker) askOwn(role *person, t *trustReading, add func([]string, []*person, answer)) {
	ask := func(who *person, as string) answer {
		return k.ask(who, question{action: assumeRole, resource: role.Arn, trust: t, as: as})
	}
	done := map[*person]bool{role: true}
	for _, text := range slices.Concat(t.named["AWS"], t.denied) {
		if who := k.people[text]; who != nil && !done[who] {
			add([]string{who.Arn}, []*person{who}, ask(who, ""))
			done[who] = true
		}
	}
	for _, text := range t.named["AWS"] {
		if who := k.session(text); who != nil && who != role {
			found := ask(who, text)
			found.condition = strings.TrimPrefix(found.condition+" and the session is "+text, " and ")
			add([]string{who.Arn}, []*person{who}, found)
		}
	}
	groups := k.assuming[role.Arn]
	if t.anyone {
		if k.everyone == nil {
			k.everyone = k.groups(nil, []string{assumeRole})
		}
		groups = k.everyone
	} else if !slices.Contains(t.named["AWS"], k.account.ID) && !slices.Contains(t.named["AWS"], k.root()) {
		return
	}
	for _, g := range groups {
		members := slices.DeleteFunc(slices.Clone(g.members), func(who *person) bool { return done[who] })
		if t.personal {
			for _, who := range members {
				add([]string{who.Arn}, []*person{who}, ask(who, ""))
			}
		} else if len(members) > 0 {
			add(arns(members), members, ask(members[0], ""))
		}
	}
}

// askOutsider decides whether a principal that is not of the account may assume a role.
// It supposes that the principal's identity policies, which are not known, allow it.
func (k *asker) askOutsider(role *person, t *trustReading, kind, text string, add func([]string, []*person, answer)) {
	name, as, action := text, text, assumeRole
	identity := iam.Policies{Identity: []*iam.IdentityPolicy{everything}}
	switch {
	case kind == "Service":
		name, identity = "service "+text, iam.Policies{}
	case kind == "Federated":
		if text == k.begin("iam", "", "oidc-provider/"+anyName) {
			name = "any identity provider"
		}
		name, action, identity = "users of "+name, "sts:AssumeRoleWithWebIdentity", iam.Policies{}
		if strings.Contains(text, ":saml-provider/") {
			const unknown = "the trust policy's conditions hold, which are not judged for SAML"
			add([]string{name}, nil, answer{possible: true, condition: unknown})
			return
		}
	case text == "*":
		name, as = "everyone", "arn:"+k.account.Partition+":iam::"+otherAccount(k.account.ID)+":user/x"
	case kind == "AWS" && strings.HasSuffix(text, ":root"):
		name = "account " + strings.Split(text, ":")[4]
		as = strings.TrimSuffix(text, "root") + "user/x"
	case kind == "AWS" && !strings.Contains(text, ":") && len(text) == len(k.account.ID):
		name, as = "account "+text, "arn:"+k.account.Partition+":iam::"+text+":user/x"
	case kind == "AWS" && !strings.Contains(text, ":"):
		return // the unique id of a principal that was deleted
	}
	request, err := iam.NewRequest(iam.RequestInput{Principal: as, Action: action, Resource: role.Arn})
	if err != nil {
		add([]string{name}, nil, unjudged(err))
		return
	}
	found := decide(&[3]iam.Policies{identity, identity, identity}, []string{"its own account"}, t, outsider, request)
	found.through = found.through[:min(len(found.through), 1)] // the trust policy's
	add([]string{name}, nil, found)
}

// otherAccount returns the id of an account that is not this one.
func otherAccount(id string) string {
	if id == "000000000000" {
		return "000000000001"
	}
	return "000000000000"
}

// chain is a sequence of roles to assume, from a principal to a role.
type chain struct {
	role       *person  // the first one
	via        []string // the roles between it and the target
	through    []string // by step
	conditions []string
}

// chains lists who may assume a target, directly or through other roles, with the shortest
// chain for each principal, and the shortest without conditions. The row says what the
// target can call, or can become able to. A principal that can call as much itself is not
// listed, and no chain goes through one that can, or can become able to.
func (b *becoming) chains(target *person, row *access.Row) {
	seen := map[string]bool{target.Arn: true} // by name, whether without conditions
	level := []chain{{role: target}}
	declared, ofStack := b.stack[target.Name]
	asDeclared := ofStack && sameDocument(declared, target.Trust, b.account.Partition)
	for len(level) > 0 {
		var next []chain
		for _, c := range level {
			for _, e := range b.assumersOf(c.role) {
				through := e.through
				switch {
				case c.role != target:
					through = strings.TrimSuffix(c.role.Name+": "+through, ": ")
				case ofStack && !asDeclared:
					through += ", which is not the one that the stack declares"
				}
				step := chain{via: c.via, through: slices.Concat([]string{through}, c.through), conditions: c.conditions}
				if e.condition != "" && !slices.Contains(c.conditions, e.condition) {
					step.conditions = append([]string{e.condition}, c.conditions...)
				}
				var names []string
				for i, name := range e.names {
					unconditional := len(step.conditions) == 0
					if always, known := seen[name]; always || known && !unconditional {
						continue
					}
					seen[name] = unconditional
					if e.people == nil {
						names = append(names, name)
						continue
					}
					who := e.people[i]
					if b.covers(who.row, row) {
						continue
					}
					if !who.atWill {
						names = append(names, name)
					}
					if who.IsRole() && !b.covers(b.power(who), row) {
						onward := step
						onward.role, onward.via = who, slices.Concat([]string{who.Arn}, c.via)
						next = append(next, onward)
					}
				}
				if len(names) > 0 {
					b.list(Become{
						Principals: names, Way: assumeRole, Effect: "assumes the role", Targets: []string{target.Arn}, Via: step.via,
						Through: step.through, Condition: strings.Join(step.conditions, " and "),
						OfStack: asDeclared && c.role == target && e.byTrust,
					})
				}
			}
		}
		level = next
	}
}
