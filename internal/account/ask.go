package account

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// person is a user or role with what decides its requests.
type person struct {
	*Principal
	*class
	known map[string][]string // the condition keys that are known
}

// class is what decides the requests of persons with the same policies. If their
// decisions may differ, each has a class of its own.
type class struct {
	from     []string           // names of the identity policies
	bounds   [3]iam.Policies    // by bound
	grants   []*classifiedGrant // of the identity policies
	actions  actionSet
	boundary string // ARN, or empty
	unjudged []string
	members  []*person
	row      *access.Row // what they can call; nil for nothing
}

// actionSet is a set of the actions that ways need, by index in wayActions.
type actionSet [2]uint64

func (s *actionSet) add(i int)     { s[i/64] |= 1 << (i % 64) }
func (s actionSet) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// classifiedGrant is a grant with the actions that it may allow.
type classifiedGrant struct {
	grant
	actions actionSet
}

// asker asks the evaluator about the principals of an account.
type asker struct {
	account  *Account
	people   map[string]*person // by ARN
	roles    map[string]*person // by name
	classes  []*class
	identity map[string]compiled
	trusts   map[string]*trustReading
	granted  map[string][]*classifiedGrant // by document
	assuming map[string][]*class           // classes that may have a grant to assume a role, by its ARN
}

// newAsker returns an asker about all principals. The rows say what they can call, by ARN.
func newAsker(a *Account, rows access.Matrix) *asker {
	k := &asker{
		account: a, people: map[string]*person{}, roles: map[string]*person{}, identity: map[string]compiled{}, trusts: map[string]*trustReading{},
		granted: map[string][]*classifiedGrant{}, assuming: map[string][]*class{},
	}
	classes := map[string]*class{}
	for i := range a.Principals {
		p := &a.Principals[i]
		documents, unjudged := k.documents(p)
		key := classKey(p, documents, unjudged)
		c := classes[key]
		if c == nil {
			c = k.newClass(p, documents, unjudged)
			c.row = rows[p.Arn]
			classes[key], k.classes = c, append(k.classes, c)
		}
		who := &person{Principal: p, class: c, known: p.context(a.ID)}
		c.members = append(c.members, who)
		k.people[p.Arn] = who
		if p.IsRole() {
			k.roles[p.Name] = who
		}
	}
	var roles []string
	for _, who := range k.roles {
		roles = append(roles, who.Arn)
	}
	slices.Sort(roles)
	for _, c := range k.classes {
		for _, arn := range k.mayReach(c.members[0], actionIndex[assumeRole], roles) {
			k.assuming[arn] = append(k.assuming[arn], c)
		}
	}
	return k
}

// named is a document with the name of its policy.
type named struct{ from, document string }

// documents returns the identity documents of a principal, and names those that cannot
// be judged.
func (k *asker) documents(p *Principal) (documents []named, unjudged []string) {
	add := func(prefix string, inline []Inline, attached []string) {
		for _, policy := range inline {
			documents = append(documents, named{prefix + "inline policy " + policy.Name, policy.Document})
		}
		for _, arn := range attached {
			documents = append(documents, named{prefix + "policy " + arn, k.account.Policies[arn]})
		}
	}
	add("", p.Inline, p.Attached)
	for _, group := range p.Groups {
		add("group "+group+", ", k.account.Groups[group].Inline, k.account.Groups[group].Attached)
	}
	documents = slices.DeleteFunc(documents, func(d named) bool {
		err := k.compile(d.document, asWritten, unknownKeys).err
		if err != nil {
			unjudged = append(unjudged, fmt.Sprintf("%s: %s", d.from, err))
		}
		return err != nil
	})
	return documents, unjudged
}

// classKey is the same for principals of one class.
func classKey(p *Principal, documents []named, unjudged []string) string {
	key := fmt.Sprintf("%t\n%s\n%s\n", p.IsRole(), p.Boundary, unjudged)
	for _, d := range documents {
		if personal.MatchString(d.document) {
			return p.Arn
		}
		key += d.from + "\n" + d.document + "\n"
	}
	return key
}

func (k *asker) newClass(p *Principal, documents []named, unjudged []string) *class {
	c := &class{unjudged: unjudged, boundary: p.Boundary}
	for _, d := range documents {
		c.from = append(c.from, d.from)
		for _, g := range k.grants(d.document) {
			c.grants = append(c.grants, g)
			c.actions[0], c.actions[1] = c.actions[0]|g.actions[0], c.actions[1]|g.actions[1]
		}
	}
	for b := range c.bounds {
		for _, d := range documents {
			c.bounds[b].Identity = append(c.bounds[b].Identity, k.compile(d.document, bound(b), knownKeys[p.IsRole()]).policy)
		}
		if p.Boundary != "" {
			c.bounds[b].Boundary = k.boundary(p, bound(b))
		}
	}
	return c
}

// boundary returns a principal's permissions boundary for a bound. One that cannot be
// judged allows everything at most, and nothing at least.
func (k *asker) boundary(p *Principal, b bound) *iam.IdentityPolicy {
	document := k.account.Policies[p.Boundary]
	if k.compile(document, asWritten, unknownKeys).err == nil {
		return k.compile(document, b, knownKeys[p.IsRole()]).policy
	}
	if b == atMost {
		return everything
	}
	return nothing
}

var (
	everything = mustCompile(`{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`)
	nothing    = mustCompile(`{"Statement": {"Effect": "Allow", "Action": "sts:None", "Resource": "*"}}`)
)

func mustCompile(document string) *iam.IdentityPolicy {
	policy, err := iam.CompileIdentity(document)
	if err != nil {
		panic(err)
	}
	return policy
}

// compile compiles an identity document once for each bound and set of known keys.
func (k *asker) compile(document string, b bound, known *regexp.Regexp) compiled {
	key := fmt.Sprintf("%d%p%s", b, known, document)
	c, done := k.identity[key]
	if !done {
		if c.policy, c.err = iam.CompileIdentity(bounded(document, b, known)); document == "" {
			c.err = fmt.Errorf("the policy's document is missing in the account's description")
		}
		k.identity[key] = c
	}
	return c
}

// grants returns the Allow statements of a document with the actions that they may
// allow.
func (k *asker) grants(document string) []*classifiedGrant {
	grants, done := k.granted[document]
	if done {
		return grants
	}
	for _, g := range grantsOf(document) {
		classified := &classifiedGrant{grant: g}
		for i, action := range wayActions {
			if grantAllows(g, action) {
				classified.actions.add(i)
			}
		}
		grants = append(grants, classified)
	}
	k.granted[document] = grants
	return grants
}

// grantAllows reports whether a grant may allow an action. What the evaluator cannot
// judge is allowed.
func grantAllows(g grant, action string) bool {
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: "arn:aws:iam::000000000000:user/x", Action: action, Resource: "arn:aws:iam::000000000000:role/x",
	})
	if err != nil {
		return true // the table of ways has known actions: cannot happen
	}
	policies := iam.Policies{Identity: []*iam.IdentityPolicy{g.policy}}
	if strings.HasPrefix(action, "sts:") {
		policies.Trust = trustsAccount
	}
	decision, err := policies.Decide(request)
	return err != nil || decision.Allowed()
}

// question is a request of a person without what is not known of it.
type question struct {
	action   string
	resource string
	as       string        // the ARN of a session of the person, or empty
	passedTo string        // the service that a role is passed to, or empty
	trust    *trustReading // of the role to assume, or nil
}

// answer says whether a person may make a request.
type answer struct {
	possible  bool
	through   []string // the statements that allow it
	condition string   // in words; empty if it is always allowed
}

// ask decides about a request whose context is not known. It is possible if the
// evaluator allows it at most, and unconditional if at least.
func (k *asker) ask(who *person, q question) answer {
	context := who.known
	if q.passedTo != "" {
		context = maps.Clone(context)
		context["iam:passedtoservice"] = []string{q.passedTo}
	}
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: cmp.Or(q.as, who.Arn), Action: q.action, Resource: q.resource, Context: context,
	})
	if err != nil {
		return unjudged(err)
	}
	return decide(&who.class.bounds, who.class.from, q.trust, knownKeys[who.IsRole()], request)
}

// unjudged is the answer to a request that the evaluator cannot judge.
func unjudged(err error) answer {
	return answer{possible: true, condition: "it cannot be judged: " + err.Error()}
}

// decide asks the evaluator about both bounds.
func decide(bounds *[3]iam.Policies, from []string, trust *trustReading, known *regexp.Regexp, request *iam.Request) answer {
	with := func(b bound) *iam.Policies {
		policies := bounds[b]
		policies.Trust = trust.policy(b, known)
		return &policies
	}
	most := with(atMost)
	decision, err := most.Decide(request)
	switch {
	case err != nil:
		return unjudged(err)
	case !decision.Allowed():
		return answer{}
	}
	found := answer{possible: true}
	statement, _ := decision.Statement()
	if trusting, both := decision.Trusting(); both {
		found.through = append(found.through, nameOf(trusting, from))
	}
	found.through = append(found.through, nameOf(statement, from))
	if decision, err := with(atLeast).Decide(request); err == nil && decision.Allowed() {
		return found
	}
	found.condition = conditionOf(decision, most, with(asWritten), with(atLeast), from, known, request)
	return found
}

// nameOf names a statement.
func nameOf(m iam.Match, from []string) string {
	text := fmt.Sprintf("statement %d", m.Statement)
	if m.Sid != "" {
		text += fmt.Sprintf(" %q", m.Sid)
	}
	switch m.Document {
	case iam.TrustDocument:
		return text + " of the trust policy"
	case iam.BoundaryDocument:
		return text + " of the permissions boundary"
	}
	return text + " of " + from[m.Index]
}

// conditionOf describes what a request must meet that is allowed at most.
func conditionOf(decision iam.Decision, most, written, least *iam.Policies, from []string, known *regexp.Regexp, request *iam.Request) string {
	all, err := written.Matches(request)
	if err != nil {
		return "it cannot be judged: " + err.Error()
	}
	open := func(m iam.Match) string {
		for _, w := range all {
			if w.Document == m.Document && w.Index == m.Index && w.Statement == m.Statement {
				return openConditions(w.Conditions, known)
			}
		}
		return ""
	}
	var parts []string
	deciding, _ := decision.Statement()
	trusting, _ := decision.Trusting()
	applying, _ := most.Matches(request)
	for _, kind := range []iam.DocumentKind{iam.TrustDocument, iam.IdentityDocument, iam.BoundaryDocument} {
		if kind == iam.IdentityDocument && deciding.Document == iam.TrustDocument {
			continue
		}
		var alternatives []string
		for _, m := range applying {
			isDeciding := m.Document == deciding.Document && m.Index == deciding.Index && m.Statement == deciding.Statement ||
				m.Document == trusting.Document && m.Statement == trusting.Statement
			if m.Document == kind && !m.Deny && (len(m.Conditions) == 0 || isDeciding) {
				alternatives = append(alternatives, open(m))
			}
		}
		if !slices.Contains(alternatives, "") && len(alternatives) > 0 {
			slices.Sort(alternatives)
			parts = append(parts, strings.Join(slices.Compact(alternatives), ", or "))
		}
	}
	denying, _ := least.Matches(request)
	for _, m := range denying {
		if conditions := open(m); m.Deny && conditions != "" {
			parts = append(parts, fmt.Sprintf("not %s, which %s denies", conditions, nameOf(m, from)))
		}
	}
	if len(parts) == 0 {
		return "the request meets conditions"
	}
	return strings.Join(parts, " and ")
}

// openConditions describes the conditions that depend on the request.
func openConditions(conditions []iam.Condition, known *regexp.Regexp) string {
	var texts []string
	for _, c := range conditions {
		if known.MatchString(c.Key) && !slices.ContainsFunc(c.Values, func(text string) bool { return hasOpen(text, known) }) {
			continue
		}
		if strings.EqualFold(c.Key, "sts:ExternalId") { // whoever knows it may assume the role
			c.Values = []string{"(not shown)"}
		}
		texts = append(texts, c.String())
	}
	return strings.Join(texts, " and ")
}

// mayReach returns those of the resources, which are sorted ARNs of the account, that a
// person's grants of an action may be about. The evaluator is still to be asked.
func (k *asker) mayReach(who *person, action int, sorted []string) []string {
	var found []string
	for _, g := range who.grants {
		if !g.actions.has(action) {
			continue
		}
		if len(g.resources) == 0 {
			return sorted
		}
		for _, resource := range g.resources {
			prefix, whole := k.literalPrefix(who, resource)
			i, _ := slices.BinarySearch(sorted, prefix)
			for ; i < len(sorted) && strings.HasPrefix(sorted[i], prefix); i++ {
				if !whole || sorted[i] == prefix {
					found = append(found, sorted[i])
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// literalPrefix returns the beginning of a resource of IAM up to its first wildcard,
// and whether that is the whole resource.
func (k *asker) literalPrefix(who *person, resource string) (prefix string, whole bool) {
	resource = fill(resource, who.valueOf)
	fields := strings.SplitN(resource, ":", 6)
	if len(fields) == 6 {
		if strings.ContainsAny(fields[1], "*?") {
			fields[1] = k.account.Partition
		}
		if strings.ContainsAny(fields[4], "*?") {
			fields[4] = k.account.ID
		}
		resource = strings.Join(fields, ":")
	}
	wildcard := strings.IndexAny(resource, "*?$")
	if wildcard < 0 {
		return resource, len(fields) == 6
	}
	return resource[:wildcard], false
}

// valueOf returns the value of a policy variable, or "*" if it is not known.
func (who *person) valueOf(key string) string {
	if values := who.known[strings.ToLower(key)]; len(values) == 1 {
		return values[0]
	}
	return "*"
}
