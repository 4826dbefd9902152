package account

import (
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// anyName is the name of resources of which only the kind is known.
const anyName = "any-name"

// listWays lists the ways in of all principals.
func (b *becoming) listWays() {
	callers := map[bool][]string{} // ARNs of callers, by whether they are roles
	others := map[bool][]string{}  // ARNs of those that cannot call everything
	for _, arn := range slices.Sorted(maps.Keys(b.people)) {
		who := b.people[arn]
		if b.calls(who.row) {
			callers[who.IsRole()] = append(callers[who.IsRole()], arn)
		}
		if !b.covers(who.row, b.all) {
			others[who.IsRole()] = append(others[who.IsRole()], arn)
		}
	}
	for _, c := range b.classes {
		if b.covers(c.row, b.all) || b.listAtWill(c) {
			continue
		}
		for i := range ways {
			w := &ways[i]
			missing := func(s step) bool { return !c.actions.has(actionIndex[s.action]) }
			if !slices.ContainsFunc(w.steps, missing) {
				b.listWay(c, w, callers, others)
			}
		}
	}
}

// atWillSteps are what a principal may do that can change IAM at will.
var atWillSteps = slices.Concat(
	on("iam:user/", "iam:CreateAccessKey", "iam:AttachUserPolicy", "iam:PutUserPolicy"),
	on("iam:role/", "iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePolicy"),
	on("iam:policy/", "iam:CreatePolicyVersion"),
)

// listAtWill lists the members of a class if they may change any user, role and policy,
// and reports whether they may.
func (b *becoming) listAtWill(c *class) bool {
	all := reasons{possible: true}
	for _, s := range atWillSteps {
		if !c.actions.has(actionIndex[s.action]) {
			return false
		}
		found := b.ask(c.members[0], question{action: s.action, resource: b.begin(s) + anyName})
		if !found.possible {
			return false
		}
		all.add(found)
	}
	for _, who := range c.members {
		b.atWill[who], b.writes[who] = true, true
	}
	b.list(Become{
		Principals: arns(c.members), Way: atWillWay, Effect: "may change IAM at will", Targets: []string{Itself},
		Through: all.through, Condition: all.text(),
	})
	return true
}

// listWay lists a way of the members of a class for each of its targets. The decisions
// about all members are equal but for requests about themselves and their groups.
func (b *becoming) listWay(c *class, w *way, callers, others map[bool][]string) {
	list := func(members []*person, target, on string, conditions ...string) {
		members = slices.DeleteFunc(slices.Clone(members), func(who *person) bool { return who.Arn == target })
		if len(members) == 0 {
			return
		}
		all := b.allowed(members[0], w, on)
		if !all.possible {
			return
		}
		all.conditions = append(all.conditions, append(conditions, w.when)...)
		for _, who := range members {
			b.writes[who] = true
		}
		b.list(Become{
			Principals: arns(members), Way: w.name(), Effect: w.effect, Targets: []string{target}, Through: all.through, Condition: all.text(),
		})
	}
	first := c.members[0]
	// reachable are those resources that the steps about the target may be about.
	reachable := func(arns []string) []string {
		for _, s := range w.steps {
			if s.on == onTarget {
				arns = b.mayReach(first, actionIndex[s.action], arns)
			}
		}
		return arns
	}
	switch w.targets {
	case toSelfUser, toSelfRole, toOwnGroup, toOwnPolicy:
		gains, condition := b.gainsByWriting(first)
		if !gains || first.IsRole() != (w.targets == toSelfRole) && w.targets != toOwnPolicy {
			return
		}
		if w.targets == toOwnPolicy {
			for _, arn := range reachable(b.policiesOf(first)) {
				list(c.members, arn, arn, condition)
			}
			return
		}
		for _, who := range c.members {
			if w.targets != toOwnGroup {
				list([]*person{who}, Itself, who.Arn, condition)
				continue
			}
			for _, group := range who.Groups {
				if arn := b.account.Groups[group].Arn; arn != "" {
					list([]*person{who}, arn, arn, condition)
				}
			}
		}
	case toNew:
		list(c.members, "a new principal", "")
	case toBoundary:
		ofOther := map[bool]string{false: "Role", true: "User"}[first.IsRole()]
		if first.Boundary == "" || strings.Contains(w.name(), ofOther) || !b.gains(first, nil, nil) {
			return
		}
		for _, who := range c.members {
			list([]*person{who}, Itself, map[bool]string{true: who.Arn, false: who.Boundary}[w.steps[0].on == onSelf])
		}
	case toGroup:
		for _, who := range c.members {
			for _, arn := range reachable(b.groupsToJoin(who)) {
				list([]*person{who}, arn, arn)
			}
		}
	case toUser, toRole:
		for _, arn := range reachable(callers[w.targets == toRole]) {
			b.listTarget(c, w, b.people[arn], func(condition string) { list(c.members, arn, arn, condition) })
		}
	case toOtherUser, toOtherRole:
		for _, arn := range reachable(others[w.targets == toOtherRole]) {
			if other := b.people[arn]; b.gains(other, everything, other.bounds[atMost].Boundary) {
				list(c.members, arn, arn)
			}
		}
	case toHeldRole:
		for _, arn := range reachable(others[true]) {
			role := b.people[arn]
			if !b.gains(role, everything, role.bounds[atMost].Boundary) {
				continue
			}
			for _, e := range b.assumersOf(role) {
				list(slices.DeleteFunc(slices.Clone(e.people), func(who *person) bool { return who.class != c }), arn, arn, e.condition)
			}
		}
	case toPassedRole:
		for _, arn := range reachable(callers[true]) {
			role := b.people[arn]
			if served := b.serves(w, role); served.possible && !b.covers(c.row, role.row) {
				list(c.members, arn, arn, served.condition)
			}
		}
	case toProvidedRole:
		for _, arn := range callers[true] {
			role := b.people[arn]
			for _, provider := range b.readTrust(role.Trust).named["Federated"] {
				isSAML, isOIDC := strings.Contains(provider, ":saml-provider/"), strings.Contains(provider, ":oidc-provider/")
				if !b.covers(c.row, role.row) && (isSAML || isOIDC) && isSAML == strings.Contains(w.name(), "SAML") {
					list(c.members, arn, provider)
				}
			}
		}
	}
}

// listTarget lists a caller whose credentials a way gives, if they allow more.
func (b *becoming) listTarget(c *class, w *way, target *person, list func(condition string)) {
	if b.covers(c.row, target.row) {
		return
	}
	if w.targets == toUser {
		list("")
		return
	}
	assumes := b.ask(c.members[0], question{action: assumeRole, resource: target.Arn, trust: b.readTrust(everyoneTrusted)})
	if assumes.possible {
		list(assumes.condition)
	}
}

// policiesOf returns the ARNs of the managed policies of the account that a principal
// has, sorted.
func (b *becoming) policiesOf(who *person) []string {
	all := slices.Clone(who.Attached)
	for _, group := range who.Groups {
		all = append(all, b.account.Groups[group].Attached...)
	}
	all = slices.DeleteFunc(all, func(arn string) bool { return strings.HasPrefix(arn, "arn:"+b.account.Partition+":iam::aws:") })
	slices.Sort(all)
	return slices.Compact(all)
}

// groupsToJoin returns the ARNs of the groups in which a user could call more, sorted.
func (b *becoming) groupsToJoin(who *person) []string {
	var arns []string
	for name, group := range b.account.Groups {
		if who.IsRole() || slices.Contains(who.Groups, name) {
			continue
		}
		member := *who.Principal
		member.Groups = append(slices.Clone(who.Groups), name)
		documents, _ := b.documents(&member)
		joined := person{Principal: &member, class: b.newClass(&member, documents, nil), known: who.known}
		joined.row = who.row
		if b.gains(&joined, nil, joined.bounds[atMost].Boundary) {
			arns = append(arns, group.Arn)
		}
	}
	slices.Sort(arns)
	return arns
}

// serves reports whether the service of a way may assume a role.
func (b *becoming) serves(w *way, role *person) answer {
	t := b.readTrust(role.Trust)
	service := w.service + serviceSuffix
	if !slices.Contains(t.named["Service"], service) {
		return answer{}
	}
	request, err := iam.NewRequest(iam.RequestInput{Principal: service, Action: assumeRole, Resource: role.Arn})
	if err != nil {
		return unjudged(err)
	}
	return decide(&[3]iam.Policies{}, nil, t, unknownKeys, request)
}

// gainsByWriting reports whether a principal could call more with another policy. The
// condition says what else it must do.
func (b *becoming) gainsByWriting(who *person) (gains bool, condition string) {
	boundary := who.bounds[atMost].Boundary
	if boundary == nil || b.gains(who, everything, boundary) {
		return b.gains(who, everything, boundary), ""
	}
	kind := map[bool]string{false: "User", true: "Role"}[who.IsRole()]
	for _, action := range []string{"iam:Delete" + kind + "PermissionsBoundary", "iam:Put" + kind + "PermissionsBoundary"} {
		if b.ask(who, question{action: action, resource: who.Arn}).possible {
			return b.gains(who, everything, nil), "it removes its permissions boundary first (" + action + ")"
		}
	}
	return false, ""
}

// gains reports whether a principal could call more with another policy, or nil, and with
// this boundary, or nil.
func (b *becoming) gains(who *person, more, boundary *iam.IdentityPolicy) bool {
	policies := iam.Policies{Identity: slices.Clone(who.bounds[atMost].Identity), Boundary: boundary}
	if more != nil {
		policies.Identity = append(policies.Identity, more)
	}
	for route, resource := range b.probes {
		if who.row != nil && who.row.Cells[route].Allows() {
			continue
		}
		request, err := iam.NewRequest(iam.RequestInput{Principal: who.Arn, Action: access.ActionInvoke, Resource: resource, Context: who.known})
		if err != nil {
			return true
		}
		if decision, err := policies.Decide(request); err != nil || decision.Allowed() {
			return true
		}
	}
	return false
}

// reasons say why all steps of a way are allowed.
type reasons struct {
	possible   bool
	through    []string
	conditions []string
}

func (r reasons) text() string {
	var texts []string
	for _, text := range r.conditions {
		if text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, " and ")
}

func (r *reasons) add(found answer) {
	r.through = append(r.through, strings.Join(found.through, " and "))
	r.conditions = append(r.conditions, found.condition)
}

// allowed decides about all steps of a way, with the ARN of what it is about. If steps are
// about anything of a kind, one for which they are all allowed suffices.
func (b *becoming) allowed(who *person, w *way, target string) reasons {
	all := reasons{possible: true}
	for i, s := range w.steps {
		if i > 0 && s.on == w.steps[i-1].on {
			continue // decided with the step before it
		}
		same := w.steps[i:]
		if end := slices.IndexFunc(same, func(other step) bool { return other.on != s.on }); end > 0 {
			same = same[:end]
		}
		var best reasons
		for _, resource := range b.resources(who, same, target) {
			found := b.allowedOn(who, same, w, resource)
			if found.possible && (!best.possible || found.text() == "") {
				best = found
			}
			if best.possible && best.text() == "" {
				break
			}
		}
		if !best.possible {
			return best
		}
		all.through = append(all.through, best.through...)
		all.conditions = append(all.conditions, best.conditions...)
	}
	return all
}

// allowedOn decides about steps on one resource.
func (b *becoming) allowedOn(who *person, steps []step, w *way, resource string) reasons {
	all := reasons{possible: true}
	for _, s := range steps {
		q := question{action: s.action, resource: resource}
		if s.action == passRole {
			q.passedTo = w.service + serviceSuffix
		}
		found := b.ask(who, q)
		if !found.possible {
			return reasons{}
		}
		all.add(found)
		if len(w.steps) > 1 {
			last := len(all.through) - 1
			all.through[last] = s.action + ": " + all.through[last]
		}
	}
	return all
}

const serviceSuffix = ".amazonaws.com"

// begin returns the beginning of the ARNs of a step about anything of a kind.
func (b *becoming) begin(s step) string {
	service, prefix, _ := strings.Cut(s.on, ":")
	region := b.region
	if service == "iam" {
		region = ""
	}
	return strings.Join([]string{"arn", b.account.Partition, service, region, b.account.ID, prefix}, ":")
}

// resources returns the resources that steps on the same place may be about. For anything
// of a kind, they are one with a name of its own and those that the principal's policies
// suggest.
func (b *becoming) resources(who *person, steps []step, target string) []string {
	switch steps[0].on {
	case onSelf:
		return []string{who.Arn}
	case onTarget, onProvider:
		return []string{target}
	case onAll:
		return []string{"*"}
	}
	all := []string{b.begin(steps[0]) + anyName}
	service, prefix, _ := strings.Cut(steps[0].on, ":")
	for _, s := range steps {
		for _, g := range who.grants {
			if !g.actions.has(actionIndex[s.action]) {
				continue
			}
			for _, text := range g.resources {
				if example, ok := b.example(fill(text, who.valueOf), service, prefix); ok && !slices.Contains(all, example) {
					all = append(all, example)
				}
			}
		}
	}
	return all
}

var withoutWildcards = strings.NewReplacer("*", anyName, "?", "x")

// example returns a resource that a pattern matches, if that can be one of the service
// with the prefix.
func (b *becoming) example(pattern, service, prefix string) (string, bool) {
	fields := strings.SplitN(pattern, ":", 6)
	if len(fields) < 6 || fields[2] != service {
		return "", false
	}
	for i, known := range map[int]string{1: b.account.Partition, 3: b.region, 4: b.account.ID} {
		if fields[i] == "*" {
			fields[i] = known
		}
	}
	if rest, found := strings.CutPrefix(fields[5], "*"); found {
		fields[5] = prefix + anyName + rest
	}
	fields[5] = withoutWildcards.Replace(fields[5])
	return strings.Join(fields, ":"), strings.HasPrefix(fields[5], prefix)
}
