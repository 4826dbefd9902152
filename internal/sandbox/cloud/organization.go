package cloud

// Organization is the id of the organization that the accounts of a new Cloud
// belong to.
const Organization = "o-sandbox0001"

// organizationRoot is the id of the root that the accounts are in.
const organizationRoot = "r-sand"

// SetOrganization moves all accounts without an organization of their own to the root
// of another organization, or out of any if the id is empty.
func (c *Cloud) SetOrganization(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version.Add(1)
	c.state.Organization = id
}

// AddAccount adds an empty account to an organization of its own, or to that of all
// accounts if the organization is empty. It does nothing if the account exists.
func (c *Cloud) AddAccount(id, organization string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.Accounts[id] == nil {
		c.version.Add(1)
		c.state.Accounts[id] = &account{ID: id, Organization: organization}
	}
}
