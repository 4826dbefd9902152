package provider

import (
	"fmt"
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
)

const propDomain = "domainName"

var domainNameType = &resourceType{
	token: "aws:apigatewayv2/domainName:DomainName",
	inputs: []property{
		{name: propDomain, kind: aString, field: "Domain", required: true, replaces: true},
		{name: "domainNameConfiguration", kind: anObject, field: "Endpoint", required: true, fields: []property{
			{name: "certificateArn", kind: aString, field: "CertificateARN", required: true},
			{name: "endpointType", kind: aString, field: "EndpointType", required: true},
			{name: "hostedZoneId", kind: aString, field: "HostedZoneID", keeps: true},
			{name: "ipAddressType", kind: aString, field: "IPAddressType", keeps: true},
			{name: "ownershipVerificationCertificateArn", kind: aString, field: "OwnershipARN", keeps: true},
			{name: "securityPolicy", kind: aString, field: "SecurityPolicy", required: true},
			{name: "targetDomainName", kind: aString, field: "TargetDomainName", keeps: true},
		}},
		{name: "mutualTlsAuthentication", kind: anObject, field: "MutualTLS", fields: []property{
			{name: "truststoreUri", kind: aString, field: "TruststoreURI", required: true},
			{name: "truststoreVersion", kind: aString, field: "TruststoreVersion"},
		}},
		tagsInput,
	},
	outputs: []property{
		{name: "apiMappingSelectionExpression", field: "Selection"},
		{name: "arn", field: "ARN"},
	},
	unique:  propDomain,
	creates: "CreateDomainName",
	calls:   []string{"DeleteDomainName", "UpdateDomainName"},
	tags:    tagsResource,
	create: func(c *client, ch *change) (string, error) {
		d, err := c.region.CreateDomainName(filled[cloud.DomainSettings](ch))
		return d.Domain, err
	},
	read: func(c *client, id string, _ values) (any, error) {
		d, err := c.region.GetDomainName(id)
		return found(struct {
			cloud.DomainName
			Selection string
		}{d, "$request.basepath"}, err)
	},
	update: func(c *client, ch *change) error {
		var settings cloud.DomainSettings
		if !ch.fill(&settings) {
			return nil
		}
		return c.region.UpdateDomainName(ch.id, settings)
	},
	delete: func(c *client, id string, _ values) error { return c.region.DeleteDomainName(id) },
	locate: byID,
	list:   inRegion((*cloud.Region).GetDomainNames, func(d cloud.DomainName) string { return d.Domain }),
}

var apiMappingType = &resourceType{
	token: "aws:apigatewayv2/apiMapping:ApiMapping",
	inputs: []property{
		{name: propAPIID, kind: aString, field: "APIID", required: true, replaces: true},
		{name: "apiMappingKey", kind: aString, field: "Key"},
		{name: propDomain, kind: aString, required: true, replaces: true, local: true},
		{name: "stage", kind: aString, field: "Stage", required: true},
	},
	unique:  propDomain, // with an empty key
	creates: "CreateApiMapping",
	calls:   []string{"DeleteApiMapping", "UpdateApiMapping"},
	create: func(c *client, ch *change) (string, error) {
		m, err := c.region.CreateApiMapping(ch.new.str(propDomain), filled[cloud.MappingSettings](ch))
		return m.MappingID, err
	},
	read: func(c *client, id string, prior values) (any, error) {
		return found(c.region.GetApiMapping(prior.str(propDomain), id))
	},
	update: func(c *client, ch *change) error {
		return c.region.UpdateApiMapping(ch.new.str(propDomain), ch.id, filled[cloud.MappingSettings](ch))
	},
	delete: func(c *client, id string, state values) error {
		return c.region.DeleteApiMapping(state.str(propDomain), id)
	},
	locate: func(_ *client, importID string) (string, values, error) {
		id, domain, ok := strings.Cut(importID, "/")
		if !ok || id == "" || domain == "" {
			return "", nil, fmt.Errorf("wrong format of import id %q: MAPPING-ID/DOMAIN-NAME", importID)
		}
		return id, textValues(propDomain, domain), nil
	},
	list: func(c *client) ([]string, error) {
		domains, err := c.region.GetDomainNames()
		var ids []string
		for _, d := range domains {
			list, err := c.region.GetApiMappings(d.Domain)
			if err != nil {
				return nil, err
			}
			for _, m := range list {
				ids = append(ids, m.MappingID+"/"+d.Domain)
			}
		}
		return ids, err
	},
}
