package account

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// person is a user or role with what decides its requests.
type person struct {
	*Principal
	*class
	known  map[string][]string // the condition keys that are known
	atWill bool                // it can change IAM at will
	writes bool                // it can write a way in
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
	Attachment
	personal bool            // it may decide differently for each principal that has it
	actions  map[string]bool // whether it has statements about an action
}

// about reports whether the policy has statements about an action.
func (p *policyOf) about(action string) bool {
	about, done := p.actions[action]
	if !done {
		about = p.Policy.About(action) != nil
		p.actions[action] = about
	}
	return about
}

// asker asks the evaluator about the principals of an account.
type asker struct {
	account  *Account
	people   map[string]*person // by ARN
	roles    map[string]*person // by name
	classes  []*class
	supposed map[reading]*iam.IdentityPolicy
	policies map[Attachment]*policyOf
	trusts   map[string]*trustReading
	everyone []*group            // all principals
	assuming map[string][]*group // who may have a grant to assume a role, by its ARN
}

// reading is how a policy is read: for a bound and a kind of principal.
type reading struct {
	policy *iam.IdentityPolicy
	bound  bound
	kind   kind
}

// newAsker returns an asker about all principals. The rows say what they can call, by ARN.
func newAsker(a *Account, rows access.Matrix) *asker {
	k := &asker{
		account: a, people: map[string]*person{}, roles: map[string]*person{}, supposed: map[reading]*iam.IdentityPolicy{},
		policies: map[Attachment]*policyOf{}, trusts: map[string]*trustReading{}, assuming: map[string][]*group{},
	}
	classes := map[string]*class{}
	for i := range a.Principals {
		p := &a.Principals[i]
		policies, unjudged := k.policiesOf(p)
		row := rows[p.Arn]
		key := fmt.Sprintf("%t\n%s\n%v\n%q\n%p", p.IsRole(), p.Boundary, policies, unjudged, row)
		c := classes[key]
		if c == nil {
			c = k.newClass(p, policies)
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

// policiesOf returns the identity policies of a principal, and names those that cannot be
// judged.
func (k *asker) policiesOf(p *Principal) (policies []*policyOf, unjudged []string) {
	for _, attachment := range k.account.Attachments(*p) {
		if attachment.Err != nil {
			unjudged = append(unjudged, attachment.From+": "+attachment.Err.Error())
			continue
		}
		policy := k.policies[attachment]
		if policy == nil {
			policy = &policyOf{attachment, personal.MatchString(attachment.Document), map[string]bool{}}
			k.policies[attachment] = policy
		}
		policies = append(policies, policy)
	}
	return policies, unjudged
}

func (k *asker) newClass(p *Principal, policies []*policyOf) *class {
	c := &class{policies: policies, personal: personal.MatchString(k.account.Policies[p.Boundary])}
	for _, policy := range policies {
		c.from = append(c.from, policy.From)
		for b := range c.bounds {
			c.bounds[b].Identity = append(c.bounds[b].Identity, k.suppose(policy.Policy, bound(b), p.kind()))
		}
	}
	if p.Boundary != "" {
		for b := range c.bounds {
			c.bounds[b].Boundary = k.boundary(p, bound(b))
		}
	}
	return c
}

// group is a set of persons for whom the decisions about some actions are equal.
type group struct{ members []*person }

// groups returns the persons who have statements about every action. Those in a group get
// equal decisions about these actions and those of also, and can call the same.
func (k *asker) groups(actions, also []string) []*group {
	var all []*group
	byKey := map[string]*group{}
	for _, c := range k.classes {
		hasNone := func(action string) bool {
			return !slices.ContainsFunc(c.policies, func(policy *policyOf) bool { return policy.about(action) })
		}
		if slices.ContainsFunc(actions, hasNone) {
			continue
		}
		key := fmt.Sprintf("%t %q %p", c.members[0].IsRole(), c.members[0].Boundary, c.row)
		apart := c.personal
		for _, policy := range c.policies {
			if slices.ContainsFunc(slices.Concat(actions, also), func(action string) bool { return policy.about(action) }) {
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

// boundary returns a principal's permissions boundary for a bound. One that cannot be
// judged allows everything under atMost, and nothing under atLeast.
func (k *asker) boundary(p *Principal, b bound) *iam.IdentityPolicy {
	if managed := k.account.Managed(p.Boundary); managed.Err == nil {
		return k.suppose(managed.Policy, b, p.kind())
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

// suppose returns a policy for a bound. It computes each only once.
func (k *asker) suppose(policy *iam.IdentityPolicy, b bound, of kind) *iam.IdentityPolicy {
	if b == asWritten {
		return policy
	}
	r := reading{policy, b, of}
	if k.supposed[r] == nil {
		k.supposed[r] = policy.Suppose(of.unknown, b == atMost)
	}
	return k.supposed[r]
}

// question is a request of a person, as far as it is known.
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

// ask decides about a request whose context is not known. The request is possible if
// the evaluator allows it under atMost, and unconditional if it does so under atLeast.
func (k *asker) ask(who *person, q question) answer {
	context := who.known
	if q.passedTo != "" {
		context = maps.Clone(context)
		context[passedToService] = []string{q.passedTo}
	}
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: cmp.Or(q.as, who.Arn), Action: q.action, Resource: q.resource, Context: context,
	})
	if err != nil {
		return unjudged(err)
	}
	found := decide(&who.bounds, who.from, q.trust, who.kind(), request)
	if found.condition != "" && who.Boundary != "" && k.account.Managed(who.Boundary).Err != nil {
		found.condition = strings.TrimPrefix(found.condition+" and ", someConditions+" and ") +
			"the permissions boundary " + who.Boundary + ", which cannot be judged, allows it"
	}
	return found
}

// unjudged is the answer to a request that the evaluator cannot judge.
func unjudged(err error) answer {
	return answer{possible: true, condition: "it cannot be judged: " + err.Error()}
}

// decide asks the evaluator about both bounds.
func decide(bounds *[3]iam.Policies, from []string, trust *trustReading, of kind, request *iam.Request) answer {
	with := func(b bound) *iam.Policies {
		policies := bounds[b]
		policies.Trust = trust.policy(b, of)
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
	found.condition = conditionOf(decision, most, with(asWritten), with(atLeast), from, of, request)
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

// someConditions is the condition of a request that is allowed only under atMost, if no
// condition of a statement explains why.
const someConditions = "the request meets conditions"

// conditionOf describes what a request must meet that is allowed only under atMost.
func conditionOf(
	decision iam.Decision, most, written, least *iam.Policies, from []string, of kind, request *iam.Request,
) string {
	all, err := written.Matches(request)
	if err != nil {
		return "a policy variable has a value that allows it"
	}
	open := func(m iam.Match) string {
		same := slices.IndexFunc(all, func(w iam.Match) bool { return sameStatement(w, m) })
		if same < 0 {
			return ""
		}
		return openConditions(all[same].Conditions, of)
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
			parts = append(parts, fmt.Sprintf("not (%s), which %s denies", conditions, nameOf(m, from)))
		}
	}
	if len(parts) == 0 {
		return someConditions
	}
	return strings.Join(parts, " and ")
}

func sameStatement(a, b iam.Match) bool {
	return a.Document == b.Document && a.Index == b.Index && a.Statement == b.Statement
}

// openConditions describes the conditions that depend on the request.
func openConditions(conditions []iam.Condition, of kind) string {
	var open []iam.Condition
	for _, c := range conditions {
		if !of.leavesOpen(c.Key, c.Values) {
			continue
		}
		if strings.EqualFold(c.Key, "sts:ExternalId") { // it is like a password
			c.Values = []string{"(not shown)"}
		}
		open = append(open, c)
	}
	known := access.AlternativeOf(open)
	texts := []string{strings.TrimPrefix(access.AllowIf(access.Alternative{Conditions: known.Conditions}).Condition(), "if ")}
	for _, c := range known.Others {
		text := c.String()
		operator, ifExists := strings.CutSuffix(strings.TrimPrefix(c.Operator, "ForAnyValue:"), "IfExists")
		if verb := verbs[operator]; verb != "" {
			text = c.Key + " " + verb + " " + strings.Join(c.Values, " or ")
			if ifExists {
				text += " or absent"
			}
		}
		texts = append(texts, text)
	}
	return strings.Join(slices.DeleteFunc(texts, isEmpty), " and ")
}

// verbs has words for condition operators. Other operators are shown as they are written.
var verbs = map[string]string{
	"StringEquals": "is", "StringLike": "is like", "ArnEquals": "is like", "ArnLike": "is like", "Bool": "is", "IpAddress": "is in",
	"StringNotEquals": "is not", "StringNotLike": "is not like", "ArnNotEquals": "is not like", "ArnNotLike": "is not like",
	"NotIpAddress": "is not in",
}

// grants returns the statements of a person's identity policies that may allow an action
// on resources whose ARNs have this beginning. The evaluator must still decide.
func (k *asker) grants(who *person, action, begin string) []iam.Residue {
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: who.Arn, Action: action, Resource: begin + anyName, Context: who.known,
	})
	if err != nil {
		return nil // the table of ways is known: cannot happen
	}
	unknown := func(key string) bool { return key == passedToService || who.kind().unknown(key) }
	return slices.DeleteFunc(who.bounds[asWritten].Residues(request, unknown), func(r iam.Residue) bool {
		return r.Deny || r.Document != iam.IdentityDocument
	})
}

// mayReach returns the ARNs that a person's statements about an action may match. The
// ARNs are sorted, and all are of the account's IAM. The evaluator must still decide.
func (k *asker) mayReach(who *person, action string, sorted []string) []string {
	var found []string
	for _, r := range k.grants(who, action, k.begin("iam", "", "role/")) {
		if r.NotResource || r.Unknown != nil {
			return sorted
		}
		for _, resource := range r.Resources {
			prefix, _, isPattern := cutWildcard(resource.Glob())
			prefix = k.begin("iam", "", prefix)
			i, _ := slices.BinarySearch(sorted, prefix)
			for ; i < len(sorted) && strings.HasPrefix(sorted[i], prefix); i++ {
				if isPattern || sorted[i] == prefix {
					found = append(found, sorted[i])
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// cutWildcard cuts a pattern at its first wildcard.
func cutWildcard(glob string) (before, from string, found bool) {
	i := strings.IndexAny(glob, "*?")
	if i < 0 {
		return glob, "", false
	}
	return glob[:i], glob[i:], true
}

// begin returns the beginning of the ARNs of the account's resources.
func (k *asker) begin(service, region, resource string) string {
	return strings.Join([]string{"arn", k.account.Partition, service, region, k.account.ID, resource}, ":")
}
