package provider

import "iam-secured-api/internal/sandbox/cloud"

const propAnalyzer = "analyzerName"

// analyzerType is not autonamed: its name is required.
var analyzerType = &resourceType{
	token: "aws:accessanalyzer/analyzer:Analyzer",
	named: propAnalyzer,
	inputs: []property{
		{name: propAnalyzer, kind: aString, field: "AnalyzerName", required: true, replaces: true},
		tagsInput,
		{name: "type", kind: aString, field: "Type", byDefault: "ACCOUNT", replaces: true},
	},
	unmodelled: []string{"configuration"},
	outputs:    []property{{name: "arn", field: "ARN"}},
	unique:     propAnalyzer,
	creates:    "CreateAnalyzer",
	calls:      []string{"DeleteAnalyzer"},
	tags:       tagsResource,
	create: func(c *client, ch *change) (string, error) {
		a, err := c.region.CreateAnalyzer(ch.new.str(propAnalyzer), ch.new.str("type"), ch.new.stringMap(propTags))
		return a.AnalyzerName, err
	},
	read:   func(c *client, id string, _ values) (any, error) { return found(c.region.GetAnalyzer(id)) },
	delete: func(c *client, id string, _ values) error { return c.region.DeleteAnalyzer(id) },
	locate: byID,
	list:   inRegion((*cloud.Region).ListAnalyzers, func(a cloud.Analyzer) string { return a.AnalyzerName }),
}
