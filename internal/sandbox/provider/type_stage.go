package provider

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
)

// throttleFields are the fields of a stage's default settings and of a route's
// settings.
var throttleFields = []property{
	{name: "dataTraceEnabled", kind: aBoolean, field: "DataTraceEnabled"},
	{name: "detailedMetricsEnabled", kind: aBoolean, field: "DetailedMetricsEnabled"},
	{name: "loggingLevel", kind: aString, field: "LoggingLevel"},
	{name: "throttlingBurstLimit", kind: anInteger, field: "BurstLimit"},
	{name: "throttlingRateLimit", kind: aNumber, field: "RateLimit"},
}

var stageType = &resourceType{
	token:    "aws:apigatewayv2/stage:Stage",
	autoname: 128,
	inputs: []property{
		{name: propAPIID, kind: aString, required: true, replaces: true, local: true},
		{name: "accessLogSettings", kind: anObject, field: "AccessLog", fields: []property{
			{name: "destinationArn", kind: aString, field: "DestinationARN", required: true},
			{name: "format", kind: aString, field: "Format", required: true},
		}},
		{name: "autoDeploy", kind: aBoolean, field: "AutoDeploy", byDefault: false},
		// If omitted, the settings stay as they are.
		{name: "defaultRouteSettings", kind: anObject, field: "DefaultRouteSettings", keeps: true, fields: throttleFields},
		{name: "description", kind: aString, field: "Description"},
		{name: propName, kind: aString, field: "StageName", replaces: true},
		{name: "routeSettings", kind: anObjects, field: "Routes", fields: append(
			slices.Clone(throttleFields), property{name: "routeKey", kind: aString, field: "RouteKey", required: true})},
		{name: "stageVariables", kind: aMap, field: "StageVariables"},
		tagsInput,
		{name: "deploymentId", kind: aString, keeps: true, unmodelled: true},
	},
	unmodelled: []string{"clientCertificateId"},
	outputs: []property{
		{name: "arn", field: "ARN"},
		{name: "deploymentId", field: "DeploymentID"},
		{name: "executionArn", field: "ExecutionARN"},
		{name: "invokeUrl", field: "InvokeURL"},
	},
	unique:  propName,
	creates: "CreateStage",
	calls:   []string{"DeleteRouteSettings", "DeleteStage", "UpdateStage"},
	tags:    tagsResource,
	create: func(c *client, ch *change) (string, error) {
		settings, _ := stageSettings(ch)
		s, err := c.region.CreateStage(ch.new.str(propAPIID), ch.new.str(propName), settings)
		return s.StageName, err
	},
	read:   readStage,
	update: updateStage,
	delete: func(c *client, id string, state values) error { return c.region.DeleteStage(state.str(propAPIID), id) },
	locate: inAPI,
	list:   inAPIs((*cloud.Region).GetStages, func(s cloud.Stage) string { return s.StageName }),
}

// routeSettings are the settings of one route. Pulumi has a list of them, the
// cloud a map.
type routeSettings struct {
	RouteKey string
	cloud.Throttle
}

// stageSettings returns the settings that the inputs describe, and reports
// whether one of them changes. Both limits of a throttle are always set. A
// limit that the program omits is 0, so that no request is allowed.
func stageSettings(ch *change) (cloud.StageSettings, bool) {
	var in struct {
		cloud.StageSettings
		Routes []routeSettings
	}
	changed := ch.fill(&in)
	if in.AccessLog != nil {
		in.AccessLog.DestinationARN = strings.TrimSuffix(in.AccessLog.DestinationARN, ":*")
	}
	in.RouteSettings = map[string]cloud.Throttle{}
	for _, r := range in.Routes {
		in.RouteSettings[r.RouteKey] = r.Throttle
	}
	return in.StageSettings, changed
}

func updateStage(c *client, ch *change) error {
	api := ch.new.str(propAPIID)
	settings, changed := stageSettings(ch)
	if !changed {
		return nil
	}
	// Settings of routes are deleted first if they change or are removed.
	before, _ := stageSettings(&change{kind: ch.kind, new: ch.old})
	for _, key := range slices.Sorted(maps.Keys(before.RouteSettings)) {
		if kept, ok := settings.RouteSettings[key]; ok && reflect.DeepEqual(kept, before.RouteSettings[key]) {
			continue
		}
		if err := tolerate(c.region.DeleteRouteSettings(api, ch.id, key)); err != nil {
			return err
		}
	}
	if !ch.new.has("defaultRouteSettings") {
		live, err := c.region.GetStage(api, ch.id)
		if err != nil {
			return err
		}
		settings.DefaultRouteSettings = live.DefaultRouteSettings
	}
	return c.region.UpdateStage(api, ch.id, settings)
}

func readStage(c *client, id string, prior values) (any, error) {
	s, err := c.region.GetStage(prior.str(propAPIID), id)
	var routes []routeSettings
	for _, key := range slices.Sorted(maps.Keys(s.RouteSettings)) {
		routes = append(routes, routeSettings{key, s.RouteSettings[key]})
	}
	return found(struct {
		cloud.Stage
		Routes []routeSettings
	}{s, routes}, err)
}
