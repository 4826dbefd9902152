package provider

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"iam-secured-api/internal/sandbox/cloud"
)

// throttleFields are those of a stage's default and of a route's settings.
var throttleFields = []property{
	{name: "dataTraceEnabled", kind: aBoolean},
	{name: "detailedMetricsEnabled", kind: aBoolean},
	{name: "loggingLevel", kind: aString},
	{name: "throttlingBurstLimit", kind: anInteger},
	{name: "throttlingRateLimit", kind: aNumber},
}

var stageType = &resourceType{
	token:    "aws:apigatewayv2/stage:Stage",
	autoname: 128,
	inputs: []property{
		{name: propAPIID, kind: aString, required: true, replaces: true},
		{name: "accessLogSettings", kind: anObject, fields: []property{
			{name: "destinationArn", kind: aString, required: true},
			{name: "format", kind: aString, required: true},
		}},
		{name: "autoDeploy", kind: aBoolean, byDefault: false},
		// Left out, the settings stay as they are: the provider looks away.
		{name: "defaultRouteSettings", kind: anObject, keeps: true, fields: throttleFields},
		{name: "description", kind: aString},
		{name: propName, kind: aString, replaces: true},
		{name: "routeSettings", kind: anObjects, fields: append(
			slices.Clone(throttleFields), property{name: "routeKey", kind: aString, required: true})},
		{name: "stageVariables", kind: aMap},
		tagsInput,
		{name: "clientCertificateId", kind: aString, unmodelled: true},
		{name: "deploymentId", kind: aString, keeps: true, unmodelled: true},
	},
	outputs: []string{"arn", "deploymentId", "executionArn", "invokeUrl", propTagsAll},
	unique:  propName,
	creates: "CreateStage",
	calls:   []string{"DeleteRouteSettings", "DeleteStage", "UpdateStage"},
	tags: &tagging{
		calls: tagsResource,
		tag: func(c *client, id string, state values, tags map[string]string) error {
			return c.region.TagStage(state.str(propAPIID), id, tags)
		},
		untag: func(c *client, id string, state values, keys []string) error {
			return c.region.UntagStage(state.str(propAPIID), id, keys)
		},
	},
	create: func(c *client, in values) (string, values, error) {
		settings := stageSettings(in)
		settings.Tags = in.stringMap(propTags)
		s, err := c.region.CreateStage(in.str(propAPIID), in.str(propName), settings)
		return s.StageName, nil, err
	},
	read: readStage,
	update: func(c *client, ch *change) error {
		if !ch.of("accessLogSettings", "autoDeploy", "defaultRouteSettings", "description", "routeSettings", "stageVariables") {
			return nil
		}
		if err := dropRouteSettings(c, ch); err != nil {
			return err
		}
		api, settings := ch.new.str(propAPIID), stageSettings(ch.new)
		if !ch.new.has("defaultRouteSettings") {
			live, err := c.region.GetStage(api, ch.id)
			if err != nil {
				return err
			}
			settings.DefaultRouteSettings = live.DefaultRouteSettings
		}
		return c.region.UpdateStage(api, ch.id, settings)
	},
	delete: func(c *client, id string, state values) error { return c.region.DeleteStage(state.str(propAPIID), id) },
	locate: inAPI,
	list:   inAPIs((*cloud.Region).GetStages, func(s cloud.Stage) string { return s.StageName }),
}

func stageSettings(in values) cloud.StageSettings {
	out := cloud.StageSettings{
		AutoDeploy:     in.boolean("autoDeploy"),
		Description:    in.str("description"),
		StageVariables: in.stringMap("stageVariables"),
		RouteSettings:  map[string]cloud.Throttle{},
	}
	if in.has("accessLogSettings") {
		l := in.object("accessLogSettings")
		out.AccessLog = &cloud.AccessLog{
			DestinationARN: strings.TrimSuffix(l.str("destinationArn"), ":*"), Format: l.str("format"),
		}
	}
	if in.has("defaultRouteSettings") {
		out.DefaultRouteSettings = throttle(in.object("defaultRouteSettings"))
	}
	for _, s := range in.objects("routeSettings") {
		out.RouteSettings[s.str("routeKey")] = throttle(s)
	}
	return out
}

// dropRouteSettings deletes the settings of the routes that change or go.
func dropRouteSettings(c *client, ch *change) error {
	now := stageSettings(ch.new).RouteSettings
	for _, s := range ch.old.objects("routeSettings") {
		key := s.str("routeKey")
		if kept, ok := now[key]; ok && reflect.DeepEqual(kept, throttle(s)) {
			continue
		}
		if err := tolerate(c.region.DeleteRouteSettings(ch.new.str(propAPIID), ch.id, key)); err != nil {
			return err
		}
	}
	return nil
}

// throttle always sends both limits: one that the program leaves out is 0, and
// lets no call through.
func throttle(in values) cloud.Throttle {
	rate, burst := in.number("throttlingRateLimit"), in.integer("throttlingBurstLimit")
	return cloud.Throttle{
		RateLimit: &rate, BurstLimit: &burst,
		DetailedMetricsEnabled: in.boolean("detailedMetricsEnabled"),
		DataTraceEnabled:       in.boolean("dataTraceEnabled"),
		LoggingLevel:           in.str("loggingLevel"),
	}
}

func throttleValue(t cloud.Throttle, routeKey string) resource.PropertyValue {
	out := values{}
	out.setString("routeKey", routeKey)
	out.setBool("dataTraceEnabled", t.DataTraceEnabled)
	out.setBool("detailedMetricsEnabled", t.DetailedMetricsEnabled)
	out.setString("loggingLevel", t.LoggingLevel)
	if t.BurstLimit != nil {
		out.setNumber("throttlingBurstLimit", float64(*t.BurstLimit))
	}
	if t.RateLimit != nil {
		out.setNumber("throttlingRateLimit", *t.RateLimit)
	}
	return objectValue(out)
}

func readStage(c *client, id string, prior values) (values, error) {
	s, err := c.region.GetStage(prior.str(propAPIID), id)
	if err != nil {
		return absent(err)
	}
	out := values{}
	out.setString(propAPIID, prior.str(propAPIID))
	if s.AccessLog != nil {
		l := values{}
		l.setString("destinationArn", s.AccessLog.DestinationARN)
		l.setString("format", s.AccessLog.Format)
		out["accessLogSettings"] = objectValue(l)
	}
	out.setBool("autoDeploy", s.AutoDeploy)
	out["defaultRouteSettings"] = throttleValue(s.DefaultRouteSettings, "")
	out.setString("description", s.Description)
	out.setString(propName, s.StageName)
	var routes []resource.PropertyValue
	for _, k := range slices.Sorted(maps.Keys(s.RouteSettings)) {
		routes = append(routes, throttleValue(s.RouteSettings[k], k))
	}
	if len(routes) > 0 {
		out["routeSettings"] = resource.NewProperty(routes)
	}
	out.setMap("stageVariables", s.StageVariables)
	out.setMap(propTags, s.Tags)
	out.setString("arn", s.ARN)
	out.setString("deploymentId", s.DeploymentID)
	out.setString("executionArn", s.ExecutionARN)
	out.setString("invokeUrl", s.InvokeURL)
	return out, nil
}
