package provider

import (
	"fmt"
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
)

// queryDefinitionType has the query's id as its id, and is imported by its ARN.
var queryDefinitionType = &resourceType{
	token:    "aws:cloudwatch/queryDefinition:QueryDefinition",
	autoname: 255,
	inputs: []property{
		{name: "logGroupNames", kind: aList, field: "LogGroupNames"},
		{name: propName, kind: aString, field: "Name"},
		{name: "queryString", kind: aString, field: "QueryString", required: true},
	},
	outputs: []property{{name: "queryDefinitionId", field: "QueryDefinitionID"}},
	creates: "PutQueryDefinition",
	calls:   []string{"DeleteQueryDefinition"},
	create: func(c *client, ch *change) (string, error) {
		in := filled[cloud.QueryDefinitionSettings](ch)
		in.Name = ch.name()
		q, err := c.region.PutQueryDefinition("", in)
		return q.QueryDefinitionID, err
	},
	read: func(c *client, id string, _ values) (any, error) {
		return found(c.region.DescribeQueryDefinition(id))
	},
	update: func(c *client, ch *change) error {
		_, err := c.region.PutQueryDefinition(ch.id, filled[cloud.QueryDefinitionSettings](ch))
		return err
	},
	delete: func(c *client, id string, _ values) error { return c.region.DeleteQueryDefinition(id) },
	locate: func(_ *client, importID string) (string, values, error) {
		_, id, ok := strings.Cut(importID, ":query-definition:")
		if !ok || id == "" {
			return "", nil, fmt.Errorf("wrong format of import id %q: the ARN of a query definition", importID)
		}
		return id, values{}, nil
	},
	list: inRegion((*cloud.Region).DescribeQueryDefinitions, func(q cloud.QueryDefinition) string { return q.ARN }),
}
