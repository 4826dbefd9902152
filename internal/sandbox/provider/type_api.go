package provider

import "iam-secured-api/internal/sandbox/cloud"

const (
	propAPIID = "apiId"
	propCORS  = "corsConfiguration"
)

var apiType = &resourceType{
	token:    "aws:apigatewayv2/api:Api",
	autoname: 128,
	inputs: []property{
		{name: propName, kind: aString, field: "Name"},
		{name: "protocolType", kind: aString, field: "ProtocolType", required: true, replaces: true},
		{name: "apiKeySelectionExpression", kind: aString, field: "APIKeySelectionExpression",
			byDefault: "$request.header.x-api-key"},
		{name: propCORS, kind: anObject, field: "CORS", fields: []property{
			{name: "allowCredentials", kind: aBoolean, field: "AllowCredentials"},
			{name: "allowHeaders", kind: aSet, field: "AllowHeaders"},
			{name: "allowMethods", kind: aSet, field: "AllowMethods"},
			{name: "allowOrigins", kind: aSet, field: "AllowOrigins"},
			{name: "exposeHeaders", kind: aSet, field: "ExposeHeaders"},
			{name: "maxAge", kind: anInteger, field: "MaxAge"},
		}},
		{name: "description", kind: aString, field: "Description"},
		{name: "disableExecuteApiEndpoint", kind: aBoolean, field: "DisableExecuteAPIEndpoint"},
		{name: "ipAddressType", kind: aString, field: "IPAddressType", keeps: true},
		{name: "routeSelectionExpression", kind: aString, field: "RouteSelectionExpression",
			byDefault: "$request.method $request.path"},
		tagsInput,
		{name: "version", kind: aString, field: "Version"},
	},
	unmodelled: []string{"body", "credentialsArn", "failOnWarnings", "routeKey", "target"},
	outputs: []property{
		{name: "apiEndpoint", field: "Endpoint"},
		{name: "arn", field: "ARN"},
		{name: "executionArn", field: "ExecutionARN"},
	},
	creates: "CreateApi",
	calls:   []string{"DeleteApi", "DeleteCorsConfiguration", "UpdateApi"},
	tags:    tagsResource,
	create: func(c *client, ch *change) (string, error) {
		a, err := c.region.CreateApi(filled[cloud.APISettings](ch))
		return a.APIID, err
	},
	read:   func(c *client, id string, _ values) (any, error) { return found(c.region.GetApi(id)) },
	update: updateAPI,
	delete: func(c *client, id string, _ values) error { return c.region.DeleteApi(id) },
	locate: byID,
	list:   inRegion((*cloud.Region).GetApis, func(a cloud.API) string { return a.APIID }),
}

func updateAPI(c *client, ch *change) error {
	if ch.of(propCORS) && !ch.new.has(propCORS) {
		if err := c.region.DeleteCorsConfiguration(ch.id); err != nil {
			return err
		}
		delete(ch.old, propCORS)
	}
	var settings cloud.APISettings
	if !ch.fill(&settings) {
		return nil
	}
	return c.region.UpdateApi(ch.id, settings)
}
