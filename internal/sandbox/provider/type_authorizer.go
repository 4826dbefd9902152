package provider

import "iam-secured-api/internal/sandbox/cloud"

// authorizerType rejects the deletion of an authorizer that a route uses. It fails at
// once; pulumi-aws retries for half an hour.
var authorizerType = &resourceType{
	token:    "aws:apigatewayv2/authorizer:Authorizer",
	autoname: 128,
	inputs: []property{
		{name: propAPIID, kind: aString, required: true, replaces: true, local: true},
		{name: "authorizerResultTtlInSeconds", kind: anInteger, keeps: true, unmodelled: true},
		{name: "authorizerType", kind: aString, field: "AuthorizerType", required: true},
		{name: "identitySources", kind: aSet, field: "IdentitySource"},
		{name: "jwtConfiguration", kind: anObject, field: "JWT", fields: []property{
			{name: "audiences", kind: aSet, field: "Audience"},
			{name: "issuer", kind: aString, field: "Issuer"},
		}},
		{name: propName, kind: aString, field: "Name"},
	},
	unmodelled: []string{
		"authorizerCredentialsArn", "authorizerPayloadFormatVersion", "authorizerUri", "enableSimpleResponses",
	},
	unique:  propName,
	creates: "CreateAuthorizer",
	calls:   []string{"DeleteAuthorizer", "UpdateAuthorizer"},
	create: func(c *client, ch *change) (string, error) {
		a, err := c.region.CreateAuthorizer(ch.new.str(propAPIID), filled[cloud.AuthorizerSettings](ch))
		return a.AuthorizerID, err
	},
	read: func(c *client, id string, prior values) (any, error) {
		return found(c.region.GetAuthorizer(prior.str(propAPIID), id))
	},
	update: func(c *client, ch *change) error {
		return c.region.UpdateAuthorizer(ch.new.str(propAPIID), ch.id, filled[cloud.AuthorizerSettings](ch))
	},
	delete: func(c *client, id string, state values) error {
		return c.region.DeleteAuthorizer(state.str(propAPIID), id)
	},
	locate: inAPI,
	list:   inAPIs((*cloud.Region).GetAuthorizers, func(a cloud.Authorizer) string { return a.AuthorizerID }),
}
