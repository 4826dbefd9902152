package provider

import (
	"time"

	"iam-secured-api/internal/sandbox/cloud"
)

const (
	propTrust       = "assumeRolePolicy"
	propMaxSession  = "maxSessionDuration"
	propForceDetach = "forceDetachPolicies"
)

var roleType = &resourceType{
	token:    "aws:iam/role:Role",
	autoname: 64,
	inputs: []property{
		{name: propTrust, kind: aDocument, required: true},
		{name: "description", kind: aString},
		{name: propForceDetach, kind: aBoolean, byDefault: false, local: true},
		{name: propMaxSession, kind: anInteger, byDefault: 3600},
		{name: propName, kind: aString, replaces: true},
		{name: propNamePrefix, kind: aString, replaces: true},
		{name: propPath, kind: aString, replaces: true, byDefault: "/"},
		{name: propBoundary, kind: aString},
		tagsInput,
		{name: "inlinePolicies", kind: anObjects, unmodelled: true},
		{name: "managedPolicyArns", kind: aSet, unmodelled: true},
	},
	outputs: []string{"arn", "createDate", propTagsAll, "uniqueId"},
	unique:  propName,
	creates: "CreateRole",
	calls: []string{
		"DeleteRole", "DeleteRolePermissionsBoundary", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary",
		"RemoveRoleFromInstanceProfile", "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription",
	},
	tags: iamTags("Role", (*cloud.Account).TagRole, (*cloud.Account).UntagRole),
	create: func(c *client, in values) (string, values, error) {
		r, err := c.account.CreateRole(cloud.CreateRoleInput{
			RoleName: physicalName(in), Path: in.str(propPath), AssumeRolePolicyDocument: in.str(propTrust),
			Description: in.str("description"), MaxSessionDuration: in.integer(propMaxSession),
			PermissionsBoundary: in.str(propBoundary), Tags: in.stringMap(propTags),
		})
		return r.RoleName, nil, err
	},
	read: func(c *client, id string, _ values) (values, error) {
		r, err := c.account.GetRole(id)
		if err != nil {
			return absent(err)
		}
		out := values{}
		out.setString(propTrust, r.AssumeRolePolicyDocument)
		out.setString("description", r.Description)
		out.setNumber(propMaxSession, float64(r.MaxSessionDuration))
		out.setName(r.RoleName)
		out.setString(propPath, r.Path)
		out.setString(propBoundary, r.PermissionsBoundary)
		out.setMap(propTags, r.Tags)
		out.setString("arn", r.ARN)
		out.setString("createDate", r.CreateDate.Format(time.RFC3339))
		out.setString("uniqueId", r.RoleID)
		return out, nil
	},
	update: updateRole,
	delete: deleteRole,
	locate: byID,
	list:   inAccount((*cloud.Account).ListRoles, func(r cloud.Role) string { return r.RoleName }),
}

func updateRole(c *client, ch *change) error {
	if ch.of(propTrust) {
		if err := c.account.UpdateAssumeRolePolicy(ch.id, ch.new.str(propTrust)); err != nil {
			return err
		}
	}
	if ch.of("description") {
		if err := c.account.UpdateRoleDescription(ch.id, ch.new.str("description")); err != nil {
			return err
		}
	}
	if ch.of(propMaxSession) {
		if err := c.account.UpdateRole(ch.id, ch.new.integer(propMaxSession)); err != nil {
			return err
		}
	}
	if !ch.of(propBoundary) {
		return nil
	}
	if arn := ch.new.str(propBoundary); arn != "" {
		return c.account.PutRolePermissionsBoundary(ch.id, arn)
	}
	return c.account.DeleteRolePermissionsBoundary(ch.id)
}

func deleteRole(c *client, id string, state values) error {
	profiles, err := c.account.ListInstanceProfilesForRole(id)
	if err != nil {
		return err
	}
	for _, p := range profiles {
		if err := tolerate(c.account.RemoveRoleFromInstanceProfile(p.InstanceProfileName, id)); err != nil {
			return err
		}
	}
	if state.boolean(propForceDetach) {
		if err := detachAll(c, id); err != nil {
			return err
		}
	}
	return c.account.DeleteRole(id)
}

// detachAll takes all policies, attached and embedded, from a role.
func detachAll(c *client, role string) error {
	attached, err := c.account.ListAttachedRolePolicies(role)
	if err != nil {
		return err
	}
	for _, arn := range attached {
		if err := tolerate(c.account.DetachRolePolicy(role, arn)); err != nil {
			return err
		}
	}
	inline, err := c.account.ListRolePolicies(role)
	if err != nil {
		return err
	}
	for _, name := range inline {
		if err := tolerate(c.account.DeleteRolePolicy(role, name)); err != nil {
			return err
		}
	}
	return nil
}
