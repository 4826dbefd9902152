package cloud

// Organization is the id of the organization that the accounts of a new Cloud belong to.
const Organization = "o-sandbox0001"

// organizationRoot is the id of the organization's root, which contains the accounts.
const organizationRoot = "r-sand"

// SetOrganization moves all accounts without an organization of their own to the root of
// another organization. If the id is empty, they leave theirs.
func (c *Cloud) SetOrganization(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version.Add(1)
	c.state.Organization = id
}

// AddAccount adds an empty account in the given organization, or in the default one if
// organization is empty. It does nothing if the account exists.
func (c *Cloud) AddAccount(id, organization string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.Accounts[id] == nil {
		c.version.Add(1)
		c.state.Accounts[id] = &account{ID: id, Organization: organization}
	}
}
