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

// person is a user or role with what decides its requests.
type person struct {
	*Principal
	*class
	known map[string][]string // the condition keys that are known
}

// class is what persons with the same policies have in common.
type class struct {
	policies []*policyOf
	from     []string        // names of the policies
	bounds   [3]iam.Policies // by bound
	unjudged []string        // policies that cannot be judged, with the reason
	personal bool            // the boundary may decide differently for each member
	members  []*person
	row      *access.Row // what they can call
}

// policyOf is an identity policy of a class.
type policyOf struct {
	personal bool            // it may decide differently for each principal that has it
	about    map[string]bool // the actions of ways that its statements are about
	grants   []grant
}

// asker asks the evaluator about the principals of an account.
type asker struct {
	account  *Account
	people   map[string]*person // by ARN
	roles    map[string]*person // by name
	classes  []*class
	compiled map[reading]*iam.IdentityPolicy
	policies map[named]*policyOf
	actions  map[string]map[string]bool // by the Action or NotAction of a statement
	trusts   map[string]*trustReading
	everyone []*group            // all principals
	assuming map[string][]*group // who may have a grant to assume a role, by its ARN
}

// reading is a document as it is read for a bound.
type reading struct {
	document string
	bound    bound
	known    *regexp.Regexp
}

// newAsker returns an asker about all principals. The rows say what they can call, by ARN.
func newAsker(a *Account, rows access.Matrix) *asker {
	k := &asker{
		account: a, people: map[string]*person{}, roles: map[string]*person{}, compiled: map[reading]*iam.IdentityPolicy{},
		policies: map[named]*policyOf{}, actions: map[string]map[string]bool{}, trusts: map[string]*trustReading{}, assuming: map[string][]*group{},
	}
	classes := map[string]*class{}
	for i := range a.Principals {
		p := &a.Principals[i]
		documents, unjudged := k.documents(p)
		row := rows[p.Arn]
		key := fmt.Sprintf("%t\n%s\n%q\n%q\n%p", p.IsRole(), p.Boundary, documents, unjudged, row)
		c := classes[key]
		if c == nil {
			c = k.newClass(p, documents)
			c.unjudged, c.row = unjudged, row
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
	for _, g := range k.groups([]string{assumeRole}, nil) {
		for _, arn := range k.mayReach(g.members[0], assumeRole, roles) {
			k.assuming[arn] = append(k.assuming[arn], g)
		}
	}
	return k
}

// named is a document with the name of its policy.
type named struct{ from, document string }

// documents returns the identity documents of a principal, and names those that cannot
// be judged.
func (k *asker) documents(p *Principal) (documents []named, unjudged []string) {
	for _, attachment := range k.account.Attachments(*p) {
		if attachment.Err != nil {
			unjudged = append(unjudged, attachment.From+": "+attachment.Err.Error())
		} else {
			documents = append(documents, named{attachment.From, attachment.Document})
		}
	}
	return documents, unjudged
}

func (k *asker) newClass(p *Principal, documents []named) *class {
	known := knownKeys[p.IsRole()]
	c := &class{personal: personal.MatchString(k.account.Policies[p.Boundary])}
	for _, d := range documents {
		c.policies, c.from = append(c.policies, k.policyOf(d)), append(c.from, d.from)
		for b := range c.bounds {
			c.bounds[b].Identity = append(c.bounds[b].Identity, k.compile(reading{d.document, bound(b), known}))
		}
	}
	if p.Boundary != "" {
		for b := range c.bounds {
			c.bounds[b].Boundary = k.boundary(p, bound(b))
		}
	}
	return c
}

func (k *asker) policyOf(d named) *policyOf {
	policy := k.policies[d]
	if policy == nil {
		policy = &policyOf{personal: personal.MatchString(d.document)}
		policy.grants, policy.about = k.grants(d.document)
		k.policies[d] = policy
	}
	return policy
}

// group are persons about whom decisions are equal for some actions.
type group struct{ members []*person }

// groups returns the persons who may have a grant of every action. Those in a group get
// equal decisions about these actions and those of also, and can call the same.
func (k *asker) groups(actions, also []string) []*group {
	var all []*group
	byKey := map[string]*group{}
	for _, c := range k.classes {
		if slices.ContainsFunc(actions, func(action string) bool { return !c.mayAllow(action) }) {
			continue
		}
		key := fmt.Sprintf("%t %q %p", c.members[0].IsRole(), c.members[0].Boundary, c.row)
		apart := c.personal
		for _, policy := range c.policies {
			if slices.ContainsFunc(slices.Concat(actions, also), func(action string) bool { return policy.about[action] }) {
				key += fmt.Sprintf(" %p", policy)
				apart = apart || policy.personal
			}
		}
		switch {
		case apart:
			for _, who := range c.members {
				all = append(all, &group{[]*person{who}})
			}
		case byKey[key] == nil:
			byKey[key] = &group{slices.Clone(c.members)}
			all = append(all, byKey[key])
		default:
			byKey[key].members = append(byKey[key].members, c.members...)
		}
	}
	return all
}

// mayAllow reports whether a class may have a grant of an action.
func (c *class) mayAllow(action string) bool {
	return slices.ContainsFunc(c.policies, func(policy *policyOf) bool {
		return policy.about[action] && slices.ContainsFunc(policy.grants, func(g grant) bool { return g.actions[action] })
	})
}

// boundary returns a principal's permissions boundary for a bound. One that cannot be
// judged allows everything at most, and nothing at least.
func (k *asker) boundary(p *Principal, b bound) *iam.IdentityPolicy {
	if k.account.Managed(p.Boundary).Err == nil {
		return k.compile(reading{k.account.Policies[p.Boundary], b, knownKeys[p.IsRole()]})
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

// compile compiles a document once for each bound and set of known keys. The evaluator
// accepts the document as it is written.
func (k *asker) compile(r reading) *iam.IdentityPolicy {
	policy := k.compiled[r]
	if policy == nil {
		policy = mustCompile(bounded(r.document, r.bound, r.known))
		k.compiled[r] = policy
	}
	return policy
}

// grant is an Allow statement without its conditions. It says what a policy may allow,
// before the evaluator is asked.
type grant struct {
	actions   map[string]bool // those of ways
	resources []string        // as written; nil for NotResource
}

// grants returns the Allow statements of a document, and the actions of ways that any of
// its statements are about.
func (k *asker) grants(document string) (grants []grant, about map[string]bool) {
	about = map[string]bool{}
	_, statements := statementsOf(document)
	for _, statement := range statements {
		actions := k.actionsOf(statement)
		maps.Copy(about, actions)
		if statement["Effect"] == "Allow" {
			grants = append(grants, grant{actions, textsOf(statement["Resource"])})
		}
	}
	return grants, about
}

// actionsOf returns the actions of ways that a statement is about.
func (k *asker) actionsOf(statement map[string]any) map[string]bool {
	one := map[string]any{"Effect": "Allow", "Resource": "*"}
	for _, element := range []string{"Action", "NotAction"} {
		if value, has := statement[element]; has {
			one[element] = value
		}
	}
	text, _ := json.Marshal(map[string]any{"Statement": one})
	actions := k.actions[string(text)]
	if actions != nil {
		return actions
	}
	actions = map[string]bool{}
	policies := iam.Policies{Identity: []*iam.IdentityPolicy{mustCompile(string(text))}, Trust: trustsAccount}
	for action, request := range wayRequests {
		if decision, err := policies.Decide(request); err != nil || decision.Allowed() {
			actions[action] = true
		}
	}
	k.actions[string(text)] = actions
	return actions
}

// wayRequests are requests with the actions that ways depend on.
var wayRequests = func() map[string]*iam.Request {
	requests := map[string]*iam.Request{}
	for _, w := range ways {
		for _, action := range slices.Concat(w.actions(), alsoDecided[w.targets], []string{assumeRole}) {
			request, err := iam.NewRequest(iam.RequestInput{
				Principal: "arn:aws:iam::000000000000:user/x", Action: action, Resource: "arn:aws:iam::000000000000:role/x",
			})
			if err != nil {
				panic(err)
			}
			requests[action] = request
		}
	}
	return requests
}()

// trustsAccount is a trust policy that requires an identity policy of the account of
// wayRequests.
var trustsAccount = func() *iam.TrustPolicy {
	policy, err := iam.CompileTrust(`{"Statement": {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:*"}}`)
	if err != nil {
		panic(err)
	}
	return policy
}()

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
	return decide(&who.bounds, who.from, q.trust, knownKeys[who.IsRole()], request)
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
		return "a policy variable has a value that allows it"
	}
	open := func(m iam.Match) string {
		same := slices.IndexFunc(all, func(w iam.Match) bool { return sameStatement(w, m) })
		if same < 0 {
			return ""
		}
		return openConditions(all[same].Conditions, known)
	}
	deciding, _ := decision.Statement()
	trusting, _ := decision.Trusting()
	applying, _ := most.Matches(request)
	var parts []string
	for _, kind := range []iam.DocumentKind{iam.TrustDocument, iam.IdentityDocument, iam.BoundaryDocument} {
		var alternatives []string
		for _, m := range applying {
			applies := len(m.Conditions) == 0 || sameStatement(m, deciding) || sameStatement(m, trusting)
			if m.Document == kind && !m.Deny && applies {
				alternatives = append(alternatives, open(m))
			}
		}
		byTrustAlone := kind == iam.IdentityDocument && deciding.Document == iam.TrustDocument
		if !byTrustAlone && len(alternatives) > 0 && !slices.Contains(alternatives, "") {
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

func sameStatement(a, b iam.Match) bool {
	return a.Document == b.Document && a.Index == b.Index && a.Statement == b.Statement
}

// openConditions describes the conditions that depend on the request.
func openConditions(conditions []iam.Condition, known *regexp.Regexp) string {
	var texts []string
	for _, c := range conditions {
		if known.MatchString(c.Key) && !slices.ContainsFunc(c.Values, func(text string) bool { return hasOpen(text, known) }) {
			continue
		}
		if strings.EqualFold(c.Key, "sts:ExternalId") { // it is like a password
			c.Values = []string{"(not shown)"}
		}
		texts = append(texts, c.String())
	}
	return strings.Join(texts, " and ")
}

// mayReach returns those of the resources, which are sorted ARNs of the account, that a
// person's grants of an action may be about. The evaluator is still to be asked.
func (k *asker) mayReach(who *person, action string, sorted []string) []string {
	var found []string
	for _, g := range who.grantsOf(action) {
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

// grantsOf returns the grants of a class that may allow an action.
func (c *class) grantsOf(action string) []grant {
	var all []grant
	for _, policy := range c.policies {
		for _, g := range policy.grants {
			if g.actions[action] {
				all = append(all, g)
			}
		}
	}
	return all
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
