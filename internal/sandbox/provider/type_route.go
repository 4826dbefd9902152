package provider

import "iam-secured-api/internal/sandbox/cloud"

var routeType = &resourceType{
	token: "aws:apigatewayv2/route:Route",
	inputs: []property{
		{name: propAPIID, kind: aString, required: true, replaces: true},
		{name: "apiKeyRequired", kind: aBoolean, byDefault: false},
		{name: "authorizationType", kind: aString, byDefault: cloud.AuthNone},
		{name: "operationName", kind: aString},
		{name: "routeKey", kind: aString, required: true},
		{name: "target", kind: aString},
		{name: "authorizationScopes", kind: aSet, unmodelled: true},
		{name: "authorizerId", kind: aString, unmodelled: true},
		{name: "modelSelectionExpression", kind: aString, unmodelled: true},
		{name: "requestModels", kind: aMap, unmodelled: true},
		{name: "requestParameters", kind: anObjects, unmodelled: true},
		{name: "routeResponseSelectionExpression", kind: aString, unmodelled: true},
	},
	unique:  "routeKey",
	creates: "CreateRoute",
	calls:   []string{"DeleteRoute", "UpdateRoute"},
	create: func(c *client, in values) (string, values, error) {
		r, err := c.region.CreateRoute(in.str(propAPIID), routeSettings(in))
		return r.RouteID, nil, err
	},
	read: func(c *client, id string, prior values) (values, error) {
		r, err := c.region.GetRoute(prior.str(propAPIID), id)
		if err != nil {
			return absent(err)
		}
		out := values{}
		out.setString(propAPIID, prior.str(propAPIID))
		out.setBool("apiKeyRequired", r.APIKeyRequired)
		out.setString("authorizationType", r.AuthorizationType)
		out.setString("operationName", r.OperationName)
		out.setString("routeKey", r.RouteKey)
		out.setString("target", r.Target)
		return out, nil
	},
	update: func(c *client, ch *change) error {
		return c.region.UpdateRoute(ch.new.str(propAPIID), ch.id, routeSettings(ch.new))
	},
	delete: func(c *client, id string, state values) error { return c.region.DeleteRoute(state.str(propAPIID), id) },
	locate: inAPI,
	list:   inAPIs((*cloud.Region).GetRoutes, func(r cloud.Route) string { return r.RouteID }),
}

func routeSettings(in values) cloud.RouteSettings {
	return cloud.RouteSettings{
		RouteKey:          in.str("routeKey"),
		AuthorizationType: in.str("authorizationType"),
		Target:            in.str("target"),
		OperationName:     in.str("operationName"),
		APIKeyRequired:    in.boolean("apiKeyRequired"),
	}
}
