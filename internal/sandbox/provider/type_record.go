package provider

import (
	"fmt"
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
)

const (
	propZone = "zoneId"
	propType = "type"
)

// aliasRecord is a record with a list of at most one alias.
type aliasRecord struct {
	Name, Type, FQDN string
	Aliases          []cloud.Alias
}

// recordType models alias records.
var recordType = &resourceType{
	token: "aws:route53/record:Record",
	inputs: []property{
		{name: "aliases", kind: anObjects, field: "Aliases", required: true, fields: []property{
			{name: "evaluateTargetHealth", kind: aBoolean, field: "EvaluateTargetHealth", required: true},
			{name: propName, kind: aString, field: "DNSName", required: true},
			{name: propZone, kind: aString, field: "HostedZoneID", required: true},
		}},
		{name: propName, kind: aString, field: "Name", required: true, replaces: true},
		{name: propType, kind: aString, field: "Type", required: true, replaces: true}, // pulumi-aws updates it
		{name: propZone, kind: aString, required: true, replaces: true, local: true},
	},
	unmodelled: []string{
		"allowOverwrite", "cidrRoutingPolicy", "failoverRoutingPolicies", "geolocationRoutingPolicies", "geoproximityRoutingPolicy",
		"healthCheckId", "latencyRoutingPolicies", "multivalueAnswerRoutingPolicy", "records", "setIdentifier", "ttl",
		"weightedRoutingPolicies",
	},
	outputs: []property{{name: "fqdn", field: "FQDN"}},
	unique:  propName,
	creates: "ChangeResourceRecordSets(CREATE)",
	calls:   []string{"ChangeResourceRecordSets(DELETE)", "ChangeResourceRecordSets(UPSERT)"},
	create: func(c *client, ch *change) (string, error) {
		record, err := recordOf(ch)
		if err != nil {
			return "", err
		}
		created, err := c.account.CreateRecord(ch.new.str(propZone), record)
		if err != nil {
			return "", err
		}
		return ch.new.str(propZone) + "_" + created.Name + "_" + created.Type, nil
	},
	read: func(c *client, id string, prior values) (any, error) {
		_, name, kind, err := recordID(id)
		if err != nil {
			return nil, err
		}
		r, err := c.account.GetRecord(prior.str(propZone), name, kind)
		record := aliasRecord{Name: r.Name, Type: r.Type, FQDN: r.Name}
		if r.Alias != nil {
			record.Aliases = []cloud.Alias{*r.Alias}
		}
		return found(record, err)
	},
	update: func(c *client, ch *change) error {
		record, err := recordOf(ch)
		if err != nil {
			return err
		}
		return c.account.UpdateRecord(ch.new.str(propZone), record)
	},
	delete: func(c *client, id string, state values) error {
		_, name, kind, err := recordID(id)
		if err != nil {
			return err
		}
		return c.account.DeleteRecord(state.str(propZone), name, kind)
	},
	locate: func(_ *client, importID string) (string, values, error) {
		zone, _, _, err := recordID(importID)
		return importID, textValues(propZone, zone), err
	},
	list: func(c *client) ([]string, error) {
		zones, err := c.account.GetRecords()
		var ids []string
		for zone, records := range zones {
			ids = append(ids, idsOf(zone+"_", records, func(r cloud.Record) string { return r.Name + "_" + r.Type })...)
		}
		return ids, err
	},
}

func recordOf(ch *change) (cloud.Record, error) {
	in := filled[aliasRecord](ch)
	if len(in.Aliases) != 1 {
		return cloud.Record{}, fmt.Errorf("the sandbox models records with one alias, not %d", len(in.Aliases))
	}
	return cloud.Record{Name: in.Name, Type: in.Type, Alias: &in.Aliases[0]}, nil
}

// recordID splits the id of a record, ZONE_NAME_TYPE.
func recordID(id string) (zone, name, kind string, err error) {
	zone, rest, _ := strings.Cut(id, "_")
	if i := strings.LastIndexByte(rest, '_'); i > 0 && i < len(rest)-1 && zone != "" {
		return zone, rest[:i], rest[i+1:], nil
	}
	return "", "", "", fmt.Errorf("wrong format of id %q: ZONE_NAME_TYPE", id)
}
