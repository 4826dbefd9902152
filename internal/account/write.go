package account

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// anyName is the name of a resource if only its kind is known.
const anyName = "any-name"

// listWays lists the ways of all principals.
func (b *becoming) listWays() {
	for _, g := range b.groups(actionsOf(atWillSteps), nil) {
		b.listAtWill(g)
	}
	for _, arn := range slices.Sorted(maps.Keys(b.people)) {
		who := b.people[arn]
		if b.calls(who.row) || who.atWill {
			b.callers[who.IsRole()] = append(b.callers[who.IsRole()], arn)
		}
		if !b.covers(who.row, b.all) && who.isChangeable() {
			b.others[who.IsRole()] = append(b.others[who.IsRole()], arn)
		}
	}
	for i := range ways {
		w := &ways[i]
		for _, g := range b.groups(w.actions(), alsoDecided[w.targets]) {
			members := slices.DeleteFunc(g.members, func(who *person) bool { return who.atWill })
			if len(members) == 0 || b.covers(members[0].row, b.all) {
				continue
			}
			for _, a := range b.aims(w, members) {
				b.listWay(w, a)
			}
		}
	}
}

// alsoDecided are actions, other than those of a way, whose decisions determine the
// way's targets for a principal.
var alsoDecided = map[targets][]string{
	toSelf:      slices.Concat(removeBoundary[false], removeBoundary[true], toCall),
	toOwnGroup:  slices.Concat(removeBoundary[false], toCall),
	toOwnPolicy: slices.Concat(removeBoundary[false], removeBoundary[true], toCall),
	toBoundary:  toCall,
	toGroup:     toCall,
	toRole:      {assumeRole},
}

var toCall = []string{access.ActionInvoke}

// atWillSteps are the steps that a principal that can change IAM at will may take.
var atWillSteps = []step{
	on("iam:user/", "iam:CreateAccessKey", "iam:AttachUserPolicy", "iam:PutUserPolicy"),
	on("iam:role/", "iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePolicy"),
	on("iam:policy/", "iam:CreatePolicyVersion"),
}

// listAtWill lists the members of a group if they may change any user, role and policy.
func (b *becoming) listAtWill(g *group) {
	all := reasons{possible: true}
	for _, s := range atWillSteps {
		for _, action := range s.actions {
			found := b.ask(g.members[0], question{action: action, resource: b.begin("iam", "", strings.TrimPrefix(s.on, "iam:")+anyName)})
			if !found.possible || b.covers(g.members[0].row, b.all) {
				return
			}
			all.add(found)
		}
	}
	for _, who := range g.members {
		who.atWill, who.writes = true, true
	}
	b.list(Become{
		Principals: arns(g.members), Way: atWillWay, Effect: "may change IAM at will", Targets: []string{Itself},
		Through: all.through, Condition: all.text(),
	})
}

// aim is a target of a way, for principals with equal decisions.
type aim struct {
	members   []*person
	target    string // as it is listed
	on        string // the ARN that the steps about the target are about
	condition string
	part      string // ARN of the target's policy or identity provider that changes, or empty
}

// listWay lists a way to a target, if all its steps are allowed.
func (b *becoming) listWay(w *way, a aim) {
	members := slices.DeleteFunc(slices.Clone(a.members), func(who *person) bool { return who.Arn == a.target })
	if len(members) == 0 {
		return
	}
	all := b.allowed(members[0], w, a)
	if !all.possible {
		return
	}
	all.conditions = append(all.conditions, a.condition, w.when)
	for _, who := range members {
		who.writes = true
	}
	b.list(Become{
		Principals: arns(members), Way: w.name(), Effect: w.effect, Targets: []string{a.target},
		Through: all.through, Condition: all.text(), Source: w.url(),
	})
}

// aims returns the targets of a way by which the members of a group could call more. The
// decisions about the members are equal, except for requests about themselves.
func (b *becoming) aims(w *way, group []*person) []aim {
	first := group[0]
	switch w.targets {
	case toSelf, toOwnGroup, toOwnPolicy, toBoundary:
		return b.aimsAtSelf(w, group)
	case toGroup:
		return b.aimsAtGroups(w, group)
	case toNewUser:
		return []aim{{members: group, target: "a new user"}}
	case toNewRole:
		return []aim{{members: group, target: "a new role"}}
	}
	var all []aim
	add := func(target *person, part string, found answer) {
		if found.possible && !b.covers(first.row, b.gained(target)) {
			all = append(all, aim{group, target.Arn, target.Arn, found.condition, part})
		}
	}
	always := answer{possible: true}
	switch w.targets {
	case toUser:
		for _, user := range b.reachable(w, first, b.callers[false]) {
			add(user, "", always)
		}
	case toRole:
		for _, role := range b.reachable(w, first, b.callers[true]) {
			if role.isChangeable() {
				trust := b.readTrust(everyoneTrusted) // as it is then
				add(role, "", b.ask(first, question{action: assumeRole, resource: role.Arn, trust: trust}))
			}
		}
	case toPassedRole:
		for _, role := range b.reachable(w, first, b.callers[true]) {
			add(role, "", b.serves(w, role))
		}
	case toProvidedRole:
		for _, role := range b.reachable(w, first, b.callers[true]) {
			for _, provider := range b.readTrust(role.Trust).named["Federated"] {
				if strings.Contains(provider, w.service) {
					add(role, provider, always)
				}
			}
		}
	case toOtherUser, toOtherRole:
		for _, other := range b.reachable(w, first, b.others[w.targets == toOtherRole]) {
			all = append(all, b.aimsAtOther(w, group, other, "")...)
		}
	case toHeldRole:
		isMember := map[*person]bool{}
		for _, who := range group {
			isMember[who] = true
		}
		for _, role := range b.reachable(w, first, b.others[true]) {
			for _, e := range b.assumersOf(role) {
				holders := slices.DeleteFunc(slices.Clone(e.people), func(who *person) bool { return !isMember[who] })
				all = append(all, b.aimsAtOther(w, holders, role, e.condition)...)
			}
		}
	}
	return all
}

// reachable returns the principals that the steps of a way may be about.
func (b *becoming) reachable(w *way, who *person, arns []string) []*person {
	for _, s := range w.steps {
		if s.on != onTarget {
			continue
		}
		for _, action := range s.actions {
			arns = b.mayReach(who, action, arns)
		}
	}
	var people []*person
	for _, arn := range arns {
		people = append(people, b.people[arn])
	}
	return people
}

// gained returns what a principal gains by taking over a target: what the target can
// call, which is everything if it can change IAM at will.
func (b *becoming) gained(target *person) *access.Row {
	if target.atWill {
		return b.all
	}
	return target.row
}

// aimsAtOther returns a target that can call more after a way that changes its policies.
func (b *becoming) aimsAtOther(w *way, members []*person, target *person, condition string) []aim {
	policies := []string{""}
	if w.steps[0].on == onPolicy {
		policies = b.managedOf(target)
	}
	var all []aim
	for _, policy := range policies {
		reaches := len(members) > 0 &&
			(policy == "" || len(b.mayReach(members[0], w.steps[0].actions[0], []string{policy})) > 0)
		if reaches && b.gains(target, everything, target.bounds[atMost].Boundary, w.takesAway(policy)) {
			all = append(all, aim{members, target.Arn, target.Arn, condition, policy})
		}
	}
	return all
}

// aimsAtSelf returns the targets of a way by which principals change what decides about
// themselves.
func (b *becoming) aimsAtSelf(w *way, group []*person) []aim {
	first := group[0]
	ofOther := "Role"
	if first.IsRole() {
		ofOther = "User"
	}
	if strings.Contains(w.name(), ofOther) || !first.isChangeable() {
		return nil
	}
	var all []aim
	// The members have the same policies about calls, so the decision about one is that of all.
	type result struct {
		gains     bool
		condition string
	}
	results := map[string]result{}
	add := func(who *person, target, on, taken string) {
		r, done := results[taken]
		if !done && w.targets == toBoundary {
			r.gains = first.Boundary != "" && b.gains(first, nil, nil, nil)
		} else if !done {
			r.gains, r.condition = b.gainsByWriting(first, w, taken)
		}
		results[taken] = r
		if r.gains {
			all = append(all, aim{members: []*person{who}, target: target, on: on, condition: r.condition})
		}
	}
	for _, who := range group {
		switch w.targets {
		case toOwnGroup:
			for _, name := range who.Groups {
				if arn := b.account.Groups[name].Arn; arn != "" {
					add(who, arn, arn, name)
				}
			}
		case toOwnPolicy:
			for _, arn := range b.managedOf(who) {
				add(who, arn, arn, arn)
			}
		case toBoundary:
			add(who, Itself, who.Boundary, "")
		default:
			add(who, Itself, who.Arn, "")
		}
	}
	return all
}

// isChangeable reports whether IAM lets anybody but AWS change a principal.
func (who *person) isChangeable() bool {
	return !who.IsRole() || access.CheckChangeable(who.Path, who.Name) == nil
}

// managedOf returns the ARNs of the managed policies of the account that a principal
// has, sorted.
func (b *becoming) managedOf(who *person) []string {
	all := slices.Clone(who.Attached)
	for _, group := range who.Groups {
		all = append(all, b.account.Groups[group].Attached...)
	}
	all = slices.DeleteFunc(all, func(arn string) bool { return access.ArnAccount(arn) == "" }) // those of AWS
	slices.Sort(all)
	return slices.Compact(all)
}

// aimsAtGroups returns the groups in which users could call more.
func (b *becoming) aimsAtGroups(w *way, group []*person) []aim {
	var all []aim
	for _, who := range group {
		for name, of := range b.account.Groups {
			mayJoin := !who.IsRole() && !slices.Contains(who.Groups, name) &&
				len(b.mayReach(who, w.steps[0].actions[0], []string{of.Arn})) > 0
			if !mayJoin {
				continue
			}
			user := *who.Principal
			user.Groups = append(slices.Clone(who.Groups), name)
			policies, _ := b.policiesOf(&user)
			member := &person{Principal: &user, class: b.newClass(&user, policies), known: who.known}
			member.row = who.row
			if b.gains(member, nil, member.bounds[atMost].Boundary, nil) {
				all = append(all, aim{members: []*person{who}, target: of.Arn, on: of.Arn})
			}
		}
	}
	return all
}

// serves reports whether the service of a way may assume a role.
func (b *becoming) serves(w *way, role *person) answer {
	t := b.readTrust(role.Trust)
	for _, service := range t.named["Service"] {
		if rest, is := strings.CutPrefix(service, w.service+"."); is && serviceEnd.MatchString(rest) {
			request, err := iam.NewRequest(iam.RequestInput{Principal: service, Action: assumeRole, Resource: role.Arn})
			if err != nil {
				return unjudged(err)
			}
			return decide(&[3]iam.Policies{}, nil, t, outsider, request)
		}
	}
	return answer{}
}

// serviceEnd matches a service principal after the service's name and its dot, perhaps
// with a Region or in China.
var serviceEnd = regexp.MustCompile(`^([a-z]+(-[a-z]+)+-[0-9]\.)?amazonaws\.com(\.cn)?$`)

// gainsByWriting reports whether a principal could call more after a way that changes its
// policies, those of a group or a managed one. The condition says what else it must do.
func (b *becoming) gainsByWriting(who *person, w *way, changed string) (gains bool, condition string) {
	more, taken := everything, w.takesAway(changed)
	if w.removes {
		more = nil
	}
	boundary := who.bounds[atMost].Boundary
	if boundary == nil || b.gains(who, more, boundary, taken) {
		return b.gains(who, more, boundary, taken), ""
	}
	for _, action := range removeBoundary[who.IsRole()] {
		if b.ask(who, question{action: action, resource: who.Arn}).possible {
			return b.gains(who, more, nil, taken), "it removes its permissions boundary first (" + action + ")"
		}
	}
	return false, ""
}

// gains reports whether a principal could call more with one more policy, with this
// boundary, and without the policies with a Deny whose names are taken. Each may be nil.
func (b *becoming) gains(who *person, more, boundary *iam.IdentityPolicy, taken func(name string) bool) bool {
	policies := iam.Policies{Boundary: boundary}
	for i, policy := range who.bounds[atMost].Identity {
		if taken == nil || !taken(who.from[i]) || !strings.Contains(who.policies[i].Document, `"Deny"`) {
			policies.Identity = append(policies.Identity, policy)
		}
	}
	if more != nil {
		policies.Identity = append(policies.Identity, more)
	}
	for route, resource := range b.probes {
		if who.row != nil && who.row.Cells[route].Allows() {
			continue
		}
		request, err := iam.NewRequest(iam.RequestInput{
			Principal: who.Arn, Action: access.ActionInvoke, Resource: resource, Context: who.known,
		})
		if err != nil {
			return true
		}
		if decision, err := policies.Decide(request); err != nil || decision.Allowed() {
			return true
		}
	}
	return false
}

// reasons says why all steps of a way are allowed.
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

// allowed decides about all steps of a way, with its target. If a step is about any
// resource of a kind, one resource for which all its actions are allowed is enough.
func (b *becoming) allowed(who *person, w *way, a aim) reasons {
	all := reasons{possible: true}
	for _, s := range w.steps {
		var best reasons
		for _, resource := range b.resources(who, s, a) {
			found := b.allowedOn(who, s, w, resource)
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

// allowedOn decides about a step on one resource.
func (b *becoming) allowedOn(who *person, s step, w *way, resource string) reasons {
	all := reasons{possible: true}
	for _, action := range s.actions {
		q := question{action: action, resource: resource}
		if action == passRole {
			q.passedTo = w.service + ".amazonaws.com"
		}
		found := b.ask(who, q)
		if !found.possible {
			return reasons{}
		}
		all.add(found)
		if len(w.actions()) > 1 {
			last := len(all.through) - 1
			all.through[last] = action + ": " + all.through[last]
		}
	}
	return all
}

// resources returns the resources that a step may be about. For any resource of a kind,
// they are one with a name of its own, and examples of those in the principal's policies.
func (b *becoming) resources(who *person, s step, a aim) []string {
	switch s.on {
	case onSelf:
		return []string{who.Arn}
	case onTarget:
		return []string{a.on}
	case onPolicy, onProvider:
		return []string{a.part}
	case onAll:
		return []string{"*"}
	}
	var all []string
	service, prefix, _ := strings.Cut(s.on, ":")
	for _, region := range b.regions(who, service) {
		all = append(all, b.begin(service, region, prefix+anyName))
		for _, action := range s.actions {
			for _, r := range b.grants(who, action, b.begin(service, region, prefix)) {
				for _, resource := range r.Resources {
					glob := resource.Glob()
					if rest, is := strings.CutPrefix(glob, "*"); is {
						glob = prefix + anyName + rest
					}
					if strings.HasPrefix(glob, prefix) {
						all = append(all, b.begin(service, region, withoutWildcards.Replace(glob)))
					}
				}
			}
		}
	}
	return slices.DeleteFunc(all, func(arn string) bool { return b.people[arn] != nil }) // nobody can create it
}

var withoutWildcards = strings.NewReplacer("*", anyName, "?", "x")

// regions returns the API's Region, and those in the resources of a person's policies.
func (b *becoming) regions(who *person, service string) []string {
	if service == "iam" {
		return []string{""}
	}
	all := []string{b.region}
	named := regexp.MustCompile(`"arn:[^:"]*:` + service + `:([^:"]*)`)
	for _, policy := range who.policies {
		for _, match := range named.FindAllStringSubmatch(policy.Document, -1) {
			if region := withoutWildcards.Replace(match[1]); region != anyName && !slices.Contains(all, region) {
				all = append(all, region)
			}
		}
	}
	return all
}
