package provider

import "iam-secured-api/internal/sandbox/cloud"

var routeType = &resourceType{
	token: "aws:apigatewayv2/route:Route",
	inputs: []property{
		{name: propAPIID, kind: aString, required: true, replaces: true, local: true},
		{name: "apiKeyRequired", kind: aBoolean, field: "APIKeyRequired", byDefault: false},
		{name: "authorizationScopes", kind: aSet, field: "AuthorizationScopes"},
		{name: "authorizationType", kind: aString, field: "AuthorizationType", byDefault: cloud.AuthNone},
		{name: "authorizerId", kind: aString, field: "AuthorizerID"},
		{name: "operationName", kind: aString, field: "OperationName"},
		{name: "routeKey", kind: aString, field: "RouteKey", required: true},
		{name: "target", kind: aString, field: "Target"},
	},
	unmodelled: []string{
		"modelSelectionExpression", "requestModels", "requestParameters", "routeResponseSelectionExpression",
	},
	unique:  "routeKey",
	creates: "CreateRoute",
	calls:   []string{"DeleteRoute", "UpdateRoute"},
	create: func(c *client, ch *change) (string, error) {
		r, err := c.region.CreateRoute(ch.new.str(propAPIID), filled[cloud.RouteSettings](ch))
		return r.RouteID, err
	},
	read: func(c *client, id string, prior values) (any, error) {
		return found(c.region.GetRoute(prior.str(propAPIID), id))
	},
	update: func(c *client, ch *change) error {
		return c.region.UpdateRoute(ch.new.str(propAPIID), ch.id, filled[cloud.RouteSettings](ch))
	},
	delete: func(c *client, id string, state values) error { return c.region.DeleteRoute(state.str(propAPIID), id) },
	locate: inAPI,
	list:   inAPIs((*cloud.Region).GetRoutes, func(r cloud.Route) string { return r.RouteID }),
}
