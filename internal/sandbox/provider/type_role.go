package provider

import (
	"strings"
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
		{name: propTrust, kind: aDocument, field: "AssumeRolePolicyDocument", required: true},
		{name: "description", kind: aString, field: "Description"},
		{name: propForceDetach, kind: aBoolean, byDefault: false, local: true},
		{name: propMaxSession, kind: anInteger, field: "MaxSessionDuration", byDefault: 3600},
		{name: propName, kind: aString, field: "RoleName", replaces: true},
		{name: propNamePrefix, kind: aString, replaces: true},
		{name: propPath, kind: aString, field: "Path", replaces: true, byDefault: "/"},
		{name: propBoundary, kind: aString, field: "PermissionsBoundary"},
		tagsInput,
	},
	unmodelled: []string{"inlinePolicies", "managedPolicyArns"},
	outputs: []property{
		{name: "arn", field: "ARN"},
		{name: "createDate", field: "CreateDate"},
		{name: "uniqueId", field: "RoleID"},
	},
	unique:  propName,
	creates: "CreateRole",
	calls: []string{
		"DeleteRole", "DeleteRolePermissionsBoundary", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary",
		"RemoveRoleFromInstanceProfile", "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription",
	},
	tags: "Role",
	create: func(c *client, ch *change) (string, error) {
		in := filled[cloud.CreateRoleInput](ch)
		in.RoleName = ch.name()
		var r cloud.Role
		err := onceKnown(func() (err error) {
			r, err = c.account.CreateRole(in)
			return err
		})
		return r.RoleName, err
	},
	read:   func(c *client, id string, _ values) (any, error) { return found(c.account.GetRole(id)) },
	update: updateRole,
	delete: deleteRole,
	locate: byID,
	list:   inAccount((*cloud.Account).ListRoles, func(r cloud.Role) string { return r.RoleName }),
}

// principalsWait is how long a role waits for principals that its trust policy names.
const principalsWait = 2 * time.Second

// onceKnown retries an action while a principal in a trust policy does not exist, because
// the stack may create it at the same time. The provider for AWS retries for two minutes
// (terraform-provider-aws, internal/service/iam/role.go).
func onceKnown(action func() error) error {
	for end := time.Now().Add(principalsWait); ; time.Sleep(5 * time.Millisecond) {
		err := action()
		if err == nil || !strings.Contains(err.Error(), "invalid principal in policy") || time.Now().After(end) {
			return err
		}
	}
}

func updateRole(c *client, ch *change) error {
	if ch.of(propTrust) {
		err := onceKnown(func() error { return c.account.UpdateAssumeRolePolicy(ch.id, ch.new.str(propTrust)) })
		if err != nil {
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
	return ch.setBoundary(c.account.PutRolePermissionsBoundary, c.account.DeleteRolePermissionsBoundary)
}

func deleteRole(c *client, id string, state values) error {
	err := forEach(c.account.ListInstanceProfilesForRole, id, func(p cloud.InstanceProfile) error {
		return c.account.RemoveRoleFromInstanceProfile(p.InstanceProfileName, id)
	})
	if err != nil {
		return err
	}
	if state.boolean(propForceDetach) {
		if err := detachAll(c, id); err != nil {
			return err
		}
	}
	return c.account.DeleteRole(id)
}

// detachAll removes all managed and inline policies from a role.
func detachAll(c *client, role string) error {
	err := forEach(c.account.RolePolicies().Attached, role, func(arn string) error {
		return c.account.RolePolicies().Detach(role, arn)
	})
	if err != nil {
		return err
	}
	return forEach(c.account.RolePolicies().Names, role, func(name string) error {
		return c.account.RolePolicies().Delete(role, name)
	})
}
