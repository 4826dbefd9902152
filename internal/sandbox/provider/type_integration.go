package provider

import "iam-secured-api/internal/sandbox/cloud"

var integrationType = &resourceType{
	token: "aws:apigatewayv2/integration:Integration",
	inputs: []property{
		{name: propAPIID, kind: aString, required: true, replaces: true, local: true},
		{name: "connectionType", kind: aString, field: "ConnectionType", byDefault: "INTERNET"},
		{name: "description", kind: aString, field: "Description"},
		{name: "integrationMethod", kind: aString, field: "IntegrationMethod"},
		{name: "integrationType", kind: aString, field: "IntegrationType", required: true, replaces: true},
		{name: "integrationUri", kind: aString, field: "IntegrationURI"},
		{name: "payloadFormatVersion", kind: aString, field: "PayloadFormatVersion", byDefault: "1.0"},
		{name: "requestParameters", kind: aMap, field: "RequestParameters"},
		{name: "timeoutMilliseconds", kind: anInteger, field: "TimeoutMillis", keeps: true},
	},
	unmodelled: []string{
		"connectionId", "contentHandlingStrategy", "credentialsArn", "integrationSubtype", "passthroughBehavior",
		"requestTemplates", "responseParameters", "templateSelectionExpression", "tlsConfig",
	},
	creates: "CreateIntegration",
	calls:   []string{"DeleteIntegration", "UpdateIntegration"},
	create: func(c *client, ch *change) (string, error) {
		i, err := c.region.CreateIntegration(ch.new.str(propAPIID), filled[cloud.IntegrationSettings](ch))
		return i.IntegrationID, err
	},
	read: func(c *client, id string, prior values) (any, error) {
		return found(c.region.GetIntegration(prior.str(propAPIID), id))
	},
	update: func(c *client, ch *change) error {
		return c.region.UpdateIntegration(ch.new.str(propAPIID), ch.id, filled[cloud.IntegrationSettings](ch))
	},
	delete: func(c *client, id string, state values) error {
		return c.region.DeleteIntegration(state.str(propAPIID), id)
	},
	locate: inAPI,
	list:   inAPIs((*cloud.Region).GetIntegrations, func(i cloud.Integration) string { return i.IntegrationID }),
}
