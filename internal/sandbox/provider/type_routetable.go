package provider

import (
	"slices"

	"iam-secured-api/internal/sandbox/cloud"
)

const (
	propRoutes       = "routes"
	propRouteTableID = "routeTableId"
)

var routeTableType = &resourceType{
	token: "aws:ec2/routeTable:RouteTable",
	inputs: []property{
		{name: propRoutes, kind: anObjects, field: "Routes", keeps: true, fields: []property{
			{name: propCIDR, kind: aString, field: "Destination", required: true},
			{name: "gatewayId", kind: aString, field: "GatewayID", required: true},
		}},
		{name: propVpcID, kind: aString, field: "VpcID", required: true, replaces: true},
		tagsInput,
	},
	outputs: arnOutput,
	creates: "CreateRouteTable",
	calls:   []string{"CreateRoute", "DeleteRoute", "DeleteRouteTable"},
	tags:    tagsResource,
	create: func(c *client, ch *change) (string, error) {
		v, err := c.region.CreateRouteTable(ch.new.str(propVpcID), ch.new.stringMap(propTags))
		if err != nil {
			return "", err
		}
		return v.ID, setRoutes(c, v.ID, nil, filled[cloud.RouteTable](ch).Routes)
	},
	read: func(c *client, id string, _ values) (any, error) { return found(c.region.DescribeRouteTable(id)) },
	update: func(c *client, ch *change) error {
		if !ch.of(propRoutes) {
			return nil
		}
		before := filled[cloud.RouteTable](&change{kind: ch.kind, new: ch.old})
		return setRoutes(c, ch.id, before.Routes, filled[cloud.RouteTable](ch).Routes)
	},
	delete: func(c *client, id string, _ values) error { return c.region.DeleteRouteTable(id) },
	locate: byID,
}

// setRoutes deletes the old routes that are not wanted now, and creates the new ones.
func setRoutes(c *client, id string, old, now []cloud.VPCRoute) error {
	for _, route := range old {
		if !slices.Contains(now, route) {
			if err := tolerate(c.region.DeleteVpcRoute(id, route.Destination)); err != nil {
				return err
			}
		}
	}
	for _, route := range now {
		if !slices.Contains(old, route) {
			if err := c.region.CreateVpcRoute(id, route); err != nil {
				return err
			}
		}
	}
	return nil
}

var routeTableAssociationType = &resourceType{
	token: "aws:ec2/routeTableAssociation:RouteTableAssociation",
	inputs: []property{
		{name: propRouteTableID, kind: aString, field: "RouteTableID", required: true},
		{name: propSubnetID, kind: aString, field: "ID", required: true, replaces: true},
	},
	creates: "AssociateRouteTable",
	calls:   []string{"DisassociateRouteTable", "ReplaceRouteTableAssociation"},
	create: func(c *client, ch *change) (string, error) {
		return c.region.AssociateRouteTable(ch.new.str(propSubnetID), ch.new.str(propRouteTableID))
	},
	read: func(c *client, id string, _ values) (any, error) { return found(c.region.Association(id)) },
	update: func(c *client, ch *change) error {
		return c.region.ReplaceRouteTableAssociation(ch.id, ch.new.str(propRouteTableID))
	},
	delete: func(c *client, id string, _ values) error { return c.region.DisassociateRouteTable(id) },
	locate: func(c *client, importID string) (string, values, error) {
		_, parent, err := inParent(propSubnetID, "SUBNET-ID/ROUTE-TABLE-ID")(c, importID)
		if err != nil {
			return "", nil, err
		}
		v, err := c.region.DescribeSubnet(parent.str(propSubnetID))
		return v.AssociationID, values{}, tolerate(err)
	},
}
