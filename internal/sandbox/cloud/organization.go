package cloud

// Organization is the id of the organization that the accounts of a new Cloud
// belong to.
const Organization = "o-sandbox0001"

// organizationRoot is the id of the root that the accounts are in.
const organizationRoot = "r-sand"

// SetOrganization moves all accounts to the root of another organization, or out
// of any if the id is empty.
func (c *Cloud) SetOrganization(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version.Add(1)
	c.state.Organization = id
}

// addOrganization adds the condition keys of a principal whose account belongs to
// an organization (IAM user guide, global condition keys).
func (s *state) addOrganization(context map[string][]string) {
	if s.Organization != "" {
		context["aws:PrincipalOrgID"] = []string{s.Organization}
		context["aws:PrincipalOrgPaths"] = []string{s.Organization + "/" + organizationRoot + "/"}
	}
}
