package provider

import (
	"fmt"
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
)

const propLogGroup = "logGroupName"

var metricFilterType = &resourceType{
	token:    "aws:cloudwatch/logMetricFilter:LogMetricFilter",
	autoname: 512,
	inputs: []property{
		{name: propLogGroup, kind: aString, field: "LogGroupName", required: true, replaces: true},
		{name: "metricTransformation", kind: anObject, field: "MetricTransformation", required: true, fields: []property{
			{name: "defaultValue", kind: aString, field: "DefaultValue"},
			{name: "dimensions", kind: aMap, unmodelled: true},
			{name: propName, kind: aString, field: "MetricName", required: true},
			{name: "namespace", kind: aString, field: "MetricNamespace", required: true},
			{name: "unit", kind: aString, field: "Unit"},
			{name: "value", kind: aString, field: "MetricValue", required: true},
		}},
		{name: propName, kind: aString, field: "FilterName", replaces: true},
		{name: "pattern", kind: aString, field: "FilterPattern"},
	},
	unique:  propName,
	creates: "PutMetricFilter",
	calls:   []string{"DeleteMetricFilter"},
	create: func(c *client, ch *change) (string, error) {
		in := filled[cloud.MetricFilterSettings](ch)
		in.FilterName = ch.name()
		if err := c.region.PutMetricFilter(ch.new.str(propLogGroup), in); err != nil {
			return "", err
		}
		return in.FilterName, nil
	},
	read: func(c *client, id string, prior values) (any, error) {
		return found(c.region.DescribeMetricFilter(prior.str(propLogGroup), id))
	},
	update: func(c *client, ch *change) error {
		in := filled[cloud.MetricFilterSettings](ch)
		in.FilterName = ch.id
		return c.region.PutMetricFilter(ch.new.str(propLogGroup), in)
	},
	delete: func(c *client, id string, state values) error {
		return c.region.DeleteMetricFilter(state.str(propLogGroup), id)
	},
	locate: func(_ *client, importID string) (string, values, error) {
		group, name, ok := strings.Cut(importID, ":")
		if !ok || group == "" || name == "" {
			return "", nil, fmt.Errorf("wrong format of import id %q: LOG-GROUP:NAME", importID)
		}
		return name, textValues(propLogGroup, group), nil
	},
	list: inRegion((*cloud.Region).DescribeMetricFilters,
		func(f cloud.MetricFilter) string { return f.LogGroupName + ":" + f.FilterName }),
}
