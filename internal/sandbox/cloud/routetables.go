package cloud

import "slices"

// CreateRouteTable creates a route table.
func (r *Region) CreateRouteTable(vpcID string, tags map[string]string) (RouteTable, error) {
	return routeTables.create(r, "CreateRouteTable", vpcID, func(st *region) (string, *RouteTable, error) {
		if _, err := vpcs.find(r, st, vpcID); err != nil {
			return "", nil, err
		}
		x := &RouteTable{EC2Resource: r.newEC2("route-table", "rtb", tags), VpcID: vpcID}
		return x.ID, x, regionTags(tags, codeEC2Value)
	})
}

// DescribeRouteTable returns a route table.
func (r *Region) DescribeRouteTable(id string) (RouteTable, error) { return routeTables.get(r, id) }

// DescribeRouteTables returns the region's route tables, except the main ones.
func (r *Region) DescribeRouteTables() ([]RouteTable, error) { return routeTables.list(r, nil) }

// CreateVpcRoute adds a route to an internet gateway of the VPC.
func (r *Region) CreateVpcRoute(tableID string, route VPCRoute) error {
	return routeTables.change(r, "CreateRoute", tableID, func(st *region, x *RouteTable) error {
		gateway, err := internetGateways.find(r, st, route.GatewayID)
		if err != nil {
			return err
		}
		if gateway.VpcID != x.VpcID {
			return errorf(codeEC2Value, "route table %s and network gateway %s belong to different networks", tableID, gateway.ID)
		}
		x.Routes = append(slices.Clone(x.Routes), route)
		return nil
	})
}

// DeleteVpcRoute deletes a route.
func (r *Region) DeleteVpcRoute(tableID, destination string) error {
	return routeTables.change(r, "DeleteRoute", tableID, func(_ *region, x *RouteTable) error {
		i := slices.IndexFunc(x.Routes, func(r VPCRoute) bool { return r.Destination == destination })
		if i < 0 {
			return errorf("InvalidRoute.NotFound", "no route with destination-cidr-block %s in route table %s", destination, tableID)
		}
		x.Routes = slices.Delete(slices.Clone(x.Routes), i, i+1)
		return nil
	})
}

// DeleteRouteTable deletes a route table that no subnet uses.
func (r *Region) DeleteRouteTable(id string) error {
	return routeTables.remove(r, "DeleteRouteTable", id, func(st *region, _ *RouteTable) error {
		return unused(id, st.Subnets, func(x *Subnet) bool { return x.RouteTableID == id })
	})
}

// AssociateRouteTable makes a subnet use a route table and returns the association's id.
func (r *Region) AssociateRouteTable(subnetID, tableID string) (string, error) {
	id := "rtbassoc-0" + random(16, hexDigits)
	if err := r.associate("AssociateRouteTable", subnetID, id, tableID); err != nil {
		return "", err
	}
	return id, nil
}

// associate changes the route table of a subnet. Without one, the subnet uses the main one.
func (r *Region) associate(action, subnetID, id, tableID string) error {
	return subnets.change(r, action, subnetID, func(st *region, x *Subnet) error {
		if table, err := routeTables.find(r, st, tableID); tableID != "" && err != nil {
			return err
		} else if tableID != "" && table.VpcID != x.VpcID {
			return errorf(codeEC2Value, "route table %s and subnet %s belong to different networks", tableID, subnetID)
		}
		x.AssociationID, x.RouteTableID = id, tableID
		return nil
	})
}

// Association returns the subnet of an association.
func (r *Region) Association(id string) (Subnet, error) {
	all, err := subnets.list(r, func(x *Subnet) bool { return x.AssociationID == id })
	if err != nil || len(all) == 0 {
		return Subnet{}, errorf("InvalidAssociationID.NotFound", "The association ID '%s' does not exist", id)
	}
	return all[0], nil
}

// ReplaceRouteTableAssociation makes a subnet use another route table. On AWS, the
// association gets another id, which Pulumi cannot record.
func (r *Region) ReplaceRouteTableAssociation(id, tableID string) error {
	subnet, err := r.Association(id)
	if err != nil {
		return err
	}
	return r.associate("ReplaceRouteTableAssociation", subnet.ID, id, tableID)
}

// DisassociateRouteTable makes a subnet use the main route table again.
func (r *Region) DisassociateRouteTable(id string) error {
	subnet, err := r.Association(id)
	if err != nil {
		return err
	}
	return r.associate("DisassociateRouteTable", subnet.ID, "", "")
}
