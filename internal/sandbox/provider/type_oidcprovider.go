package provider

import "iam-secured-api/internal/sandbox/cloud"

var oidcProviderType = &resourceType{
	token: "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
	inputs: []property{
		{name: "clientIdLists", kind: aSet, field: "ClientIDList", required: true},
		{name: "thumbprintLists", kind: aList, field: "ThumbprintList", keeps: true},
		{name: "url", kind: anIssuer, field: "URL", required: true, replaces: true},
		tagsInput,
	},
	outputs: []property{{name: "arn", field: "ARN"}},
	unique:  "url",
	creates: "CreateOpenIDConnectProvider",
	calls: []string{
		"AddClientIDToOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider",
		"UpdateOpenIDConnectProviderThumbprint",
	},
	tags: "OpenIDConnectProvider",
	create: func(c *client, ch *change) (string, error) {
		var in cloud.CreateOpenIDConnectProviderInput
		ch.fill(&in)
		p, err := c.account.CreateOpenIDConnectProvider(in)
		return p.ARN, err
	},
	read: func(c *client, id string, _ values) (any, error) {
		return found(c.account.GetOpenIDConnectProvider(id))
	},
	update: updateOIDCProvider,
	delete: func(c *client, id string, _ values) error { return c.account.DeleteOpenIDConnectProvider(id) },
	locate: byID,
	list:   inAccount((*cloud.Account).ListOpenIDConnectProviders, func(p cloud.OIDCProvider) string { return p.ARN }),
}

func updateOIDCProvider(c *client, ch *change) error {
	if ch.of("thumbprintLists") {
		if err := c.account.UpdateOpenIDConnectProviderThumbprint(ch.id, ch.new.strings("thumbprintLists")); err != nil {
			return err
		}
	}
	old, now := ch.old.strings("clientIdLists"), ch.new.strings("clientIdLists")
	for _, id := range difference(now, old) {
		if err := c.account.AddClientIDToOpenIDConnectProvider(ch.id, id); err != nil {
			return err
		}
	}
	for _, id := range difference(old, now) {
		if err := c.account.RemoveClientIDFromOpenIDConnectProvider(ch.id, id); err != nil {
			return err
		}
	}
	return nil
}
