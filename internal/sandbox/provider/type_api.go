package provider

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"iam-secured-api/internal/sandbox/cloud"
)

const propAPIID = "apiId"

var apiType = &resourceType{
	token:    "aws:apigatewayv2/api:Api",
	autoname: 128,
	inputs: []property{
		{name: propName, kind: aString},
		{name: "protocolType", kind: aString, required: true, replaces: true},
		{name: "apiKeySelectionExpression", kind: aString, byDefault: "$request.header.x-api-key"},
		{name: "corsConfiguration", kind: anObject, fields: []property{
			{name: "allowCredentials", kind: aBoolean},
			{name: "allowHeaders", kind: aSet},
			{name: "allowMethods", kind: aSet},
			{name: "allowOrigins", kind: aSet},
			{name: "exposeHeaders", kind: aSet},
			{name: "maxAge", kind: anInteger},
		}},
		{name: "description", kind: aString},
		{name: "disableExecuteApiEndpoint", kind: aBoolean},
		{name: "ipAddressType", kind: aString, keeps: true},
		{name: "routeSelectionExpression", kind: aString, byDefault: "$request.method $request.path"},
		tagsInput,
		{name: "version", kind: aString},
		{name: "body", kind: aString, unmodelled: true},
		{name: "credentialsArn", kind: aString, replaces: true, unmodelled: true},
		{name: "failOnWarnings", kind: aBoolean, unmodelled: true},
		{name: "routeKey", kind: aString, replaces: true, unmodelled: true},
		{name: "target", kind: aString, replaces: true, unmodelled: true},
	},
	outputs: []string{"apiEndpoint", "arn", "executionArn", propTagsAll},
	creates: "CreateApi",
	calls:   []string{"DeleteApi", "DeleteCorsConfiguration", "UpdateApi"},
	tags:    resourceTags((*cloud.Region).TagApi, (*cloud.Region).UntagApi),
	create: func(c *client, in values) (string, values, error) {
		settings := apiSettings(in)
		settings.Tags = in.stringMap(propTags)
		a, err := c.region.CreateApi(settings)
		return a.APIID, nil, err
	},
	read:   readAPI,
	update: updateAPI,
	delete: func(c *client, id string, _ values) error { return c.region.DeleteApi(id) },
	locate: byID,
	list:   inRegion((*cloud.Region).GetApis, func(a cloud.API) string { return a.APIID }),
}

func updateAPI(c *client, ch *change) error {
	cors := ch.of("corsConfiguration")
	if cors && !ch.new.has("corsConfiguration") {
		if err := c.region.DeleteCorsConfiguration(ch.id); err != nil {
			return err
		}
		cors = false
	}
	if !cors && !ch.of(propName, "apiKeySelectionExpression", "description", "disableExecuteApiEndpoint", "ipAddressType",
		"routeSelectionExpression", "version") {
		return nil
	}
	return c.region.UpdateApi(ch.id, updatedAPI(ch))
}

// updatedAPI are the settings that an update leads to: the name and the address
// type stay if the program leaves them out.
func updatedAPI(ch *change) cloud.APISettings {
	in := ch.new.overlaid(nil)
	for _, name := range []string{propName, "ipAddressType"} {
		if !in.has(name) {
			in[name] = ch.old[name]
		}
	}
	return apiSettings(in)
}

func apiSettings(in values) cloud.APISettings {
	out := cloud.APISettings{
		Name:                      in.str(propName),
		ProtocolType:              in.str("protocolType"),
		Description:               in.str("description"),
		Version:                   in.str("version"),
		DisableExecuteAPIEndpoint: in.boolean("disableExecuteApiEndpoint"),
		IPAddressType:             in.str("ipAddressType"),
		RouteSelectionExpression:  in.str("routeSelectionExpression"),
		APIKeySelectionExpression: in.str("apiKeySelectionExpression"),
	}
	if in.has("corsConfiguration") {
		cors := in.object("corsConfiguration")
		out.CORS = &cloud.CORS{
			AllowCredentials: cors.boolean("allowCredentials"),
			AllowHeaders:     cors.strings("allowHeaders"),
			AllowMethods:     cors.strings("allowMethods"),
			AllowOrigins:     cors.strings("allowOrigins"),
			ExposeHeaders:    cors.strings("exposeHeaders"),
			MaxAge:           cors.integer("maxAge"),
		}
	}
	return out
}

func readAPI(c *client, id string, _ values) (values, error) {
	a, err := c.region.GetApi(id)
	if err != nil {
		return absent(err)
	}
	out := values{}
	out.setString(propName, a.Name)
	out.setString("protocolType", a.ProtocolType)
	out.setString("apiKeySelectionExpression", a.APIKeySelectionExpression)
	if a.CORS != nil {
		out["corsConfiguration"] = corsValue(a.CORS)
	}
	out.setString("description", a.Description)
	out.setBool("disableExecuteApiEndpoint", a.DisableExecuteAPIEndpoint)
	out.setString("ipAddressType", a.IPAddressType)
	out.setString("routeSelectionExpression", a.RouteSelectionExpression)
	out.setMap(propTags, a.Tags)
	out.setString("version", a.Version)
	out.setString("apiEndpoint", a.Endpoint)
	out.setString("arn", a.ARN)
	out.setString("executionArn", a.ExecutionARN)
	return out, nil
}

func corsValue(c *cloud.CORS) resource.PropertyValue {
	out := values{}
	out.setBool("allowCredentials", c.AllowCredentials)
	out.setStrings("allowHeaders", c.AllowHeaders)
	out.setStrings("allowMethods", c.AllowMethods)
	out.setStrings("allowOrigins", c.AllowOrigins)
	out.setStrings("exposeHeaders", c.ExposeHeaders)
	out.setNumber("maxAge", float64(c.MaxAge))
	return objectValue(out)
}
