package provider

import "iam-secured-api/internal/sandbox/cloud"

var integrationType = &resourceType{
	token: "aws:apigatewayv2/integration:Integration",
	inputs: []property{
		{name: propAPIID, kind: aString, required: true, replaces: true},
		{name: "connectionType", kind: aString, byDefault: "INTERNET"},
		{name: "description", kind: aString},
		{name: "integrationMethod", kind: aString},
		{name: "integrationType", kind: aString, required: true, replaces: true},
		{name: "integrationUri", kind: aString},
		{name: "payloadFormatVersion", kind: aString, byDefault: "1.0"},
		{name: "requestParameters", kind: aMap},
		{name: "timeoutMilliseconds", kind: anInteger, keeps: true},
		{name: "connectionId", kind: aString, unmodelled: true},
		{name: "contentHandlingStrategy", kind: aString, unmodelled: true},
		{name: "credentialsArn", kind: aString, unmodelled: true},
		{name: "integrationSubtype", kind: aString, replaces: true, unmodelled: true},
		{name: "passthroughBehavior", kind: aString, unmodelled: true},
		{name: "requestTemplates", kind: aMap, unmodelled: true},
		{name: "responseParameters", kind: anObjects, unmodelled: true},
		{name: "templateSelectionExpression", kind: aString, unmodelled: true},
		{name: "tlsConfig", kind: anObject, unmodelled: true},
	},
	creates: "CreateIntegration",
	calls:   []string{"DeleteIntegration", "UpdateIntegration"},
	create: func(c *client, in values) (string, values, error) {
		i, err := c.region.CreateIntegration(in.str(propAPIID), integrationSettings(in))
		return i.IntegrationID, nil, err
	},
	read: func(c *client, id string, prior values) (values, error) {
		i, err := c.region.GetIntegration(prior.str(propAPIID), id)
		if err != nil {
			return absent(err)
		}
		out := values{}
		out.setString(propAPIID, prior.str(propAPIID))
		out.setString("connectionType", i.ConnectionType)
		out.setString("description", i.Description)
		out.setString("integrationMethod", i.IntegrationMethod)
		out.setString("integrationType", i.IntegrationType)
		out.setString("integrationUri", i.IntegrationURI)
		out.setString("payloadFormatVersion", i.PayloadFormatVersion)
		out.setMap("requestParameters", i.RequestParameters)
		out.setNumber("timeoutMilliseconds", float64(i.TimeoutMillis))
		return out, nil
	},
	update: func(c *client, ch *change) error {
		settings := integrationSettings(ch.new)
		if !ch.new.has("timeoutMilliseconds") {
			settings.TimeoutMillis = ch.old.integer("timeoutMilliseconds")
		}
		return c.region.UpdateIntegration(ch.new.str(propAPIID), ch.id, settings)
	},
	delete: func(c *client, id string, state values) error {
		return c.region.DeleteIntegration(state.str(propAPIID), id)
	},
	locate: inAPI,
	list:   inAPIs((*cloud.Region).GetIntegrations, func(i cloud.Integration) string { return i.IntegrationID }),
}

func integrationSettings(in values) cloud.IntegrationSettings {
	return cloud.IntegrationSettings{
		IntegrationType:      in.str("integrationType"),
		IntegrationMethod:    in.str("integrationMethod"),
		IntegrationURI:       in.str("integrationUri"),
		ConnectionType:       in.str("connectionType"),
		Description:          in.str("description"),
		PayloadFormatVersion: in.str("payloadFormatVersion"),
		RequestParameters:    in.stringMap("requestParameters"),
		TimeoutMillis:        in.integer("timeoutMilliseconds"),
	}
}
