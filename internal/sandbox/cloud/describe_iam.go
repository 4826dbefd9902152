package cloud

func (d *description) account(s *state, a *account) *node {
	n := &node{line: "account " + a.ID}
	for _, name := range sortedKeys(a.Users) {
		n.add(d.user(a, a.Users[name]))
	}
	for _, name := range sortedKeys(a.Groups) {
		g := a.Groups[name]
		d.made(g.GroupID, a.ID, "(id of group "+d.name(name, a.ID+"/group")+")")
		x := &node{line: "group " + name}
		x.fact("path", customPath(g.Path))
		x.each("member", a.members(g))
		g.describe(x)
		n.add(x)
	}
	for _, arn := range sortedKeys(a.Policies) {
		n.add(d.policy(a, a.Policies[arn]))
	}
	for _, name := range sortedKeys(a.Roles) {
		n.add(d.role(s, a, a.Roles[name]))
	}
	for _, name := range sortedKeys(a.InstanceProfiles) {
		p := a.InstanceProfiles[name]
		d.made(p.InstanceProfileID, a.ID, "(id of instance profile "+d.name(name, a.ID+"/profile")+")")
		x := &node{line: "instance profile " + name}
		x.fact("path", customPath(p.Path))
		x.fact("role", p.RoleName)
		x.keyed("tag", p.Tags)
		n.add(x)
	}
	for _, name := range sortedKeys(a.Regions) {
		if r := a.Regions[name]; len(r.APIs)+len(r.LogGroups)+len(r.Functions)+len(r.Tables) > 0 {
			n.add(d.region(a.ID, name, r))
		}
	}
	return n
}

func customPath(path string) string {
	if path == "/" {
		return ""
	}
	return path
}

func (p *permissions) describe(n *node) {
	n.each("attached", p.Attached)
	for _, name := range sortedKeys(p.Inline) {
		n.add(&node{line: "inline policy " + name, document: p.Inline[name]})
	}
}

func (d *description) user(a *account, u *user) *node {
	base := d.name(u.UserName, a.ID+"/user")
	d.made(u.UserID, a.ID, "(id of user "+base+")")
	n := &node{line: "user " + u.UserName}
	n.fact("path", customPath(u.Path))
	n.fact("boundary", u.PermissionsBoundary)
	n.keyed("tag", u.Tags)
	u.describe(n)
	for _, k := range u.Keys {
		d.made(k.AccessKeyID, a.ID, "(key of user "+base+")")
		n.fact("access key "+k.AccessKeyID, k.Status)
	}
	for _, m := range u.MFADevices {
		n.fact("MFA device", m.SerialNumber)
	}
	return n
}

func (d *description) policy(a *account, p *policy) *node {
	d.made(p.PolicyID, a.ID, "(id of policy "+d.name(p.PolicyName, a.ID+"/policy")+")")
	n := &node{line: "policy " + p.PolicyName, document: p.version(p.DefaultVersionID).Document}
	n.fact("path", customPath(p.Path))
	n.text("description", p.Description)
	n.keyed("tag", p.Tags)
	return n
}

func (d *description) role(s *state, a *account, r *role) *node {
	d.made(r.RoleID, a.ID, "(id of role "+d.name(r.RoleName, a.ID+"/role")+")")
	n := &node{line: "role " + r.RoleName}
	n.fact("path", customPath(r.Path))
	n.text("description", r.Description)
	n.fact("boundary", r.PermissionsBoundary)
	n.fact("max session seconds", r.MaxSessionDuration)
	n.add(&node{line: "trust", document: r.Trust.render(s), trust: true})
	n.keyed("tag", r.Tags)
	r.describe(n)
	return n
}
