package provider

import (
	"fmt"
	"slices"
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
)

// resourceTypes are the types that the sandbox models. To add one: a file with
// its resourceType, and its name here.
var resourceTypes = []*resourceType{
	apiType,
	integrationType,
	routeType,
	stageType,
	logGroupType,
	functionType,
	permissionType,
	tableType,
	policyType,
	groupType,
	groupMembershipType,
	userType,
	accessKeyType,
	roleType,
	instanceProfileType,
	groupAttachmentType,
	roleAttachmentType,
	exclusiveAttachments("group", "GroupPolicyAttachmentsExclusive", groupPolicies),
	exclusiveAttachments("role", "RolePolicyAttachmentsExclusive", rolePolicies),
	exclusiveAttachments("user", "UserPolicyAttachmentsExclusive", userPolicies),
	exclusiveInline("group", "GroupPoliciesExclusive", groupPolicies),
	exclusiveInline("role", "RolePoliciesExclusive", rolePolicies),
	exclusiveInline("user", "UserPoliciesExclusive", userPolicies),
}

const (
	propTags    = "tags"
	propTagsAll = "tagsAll"
	propPath    = "path"
)

// tagsInput is the property that all tagged types share.
var tagsInput = property{name: propTags, kind: aMap}

// retag brings tags from old to new with the calls that a change needs.
func retag(ch *change, untag func([]string) error, tag func(map[string]string) error) error {
	old, now := ch.old.stringMap(propTags), ch.new.stringMap(propTags)
	var gone []string
	changed := map[string]string{}
	for k := range old {
		if _, ok := now[k]; !ok {
			gone = append(gone, k)
		}
	}
	for k, v := range now {
		if was, ok := old[k]; !ok || was != v {
			changed[k] = v
		}
	}
	if len(gone) > 0 {
		slices.Sort(gone)
		if err := untag(gone); err != nil {
			return err
		}
	}
	if len(changed) > 0 {
		return tag(changed)
	}
	return nil
}

// difference returns what is in a and not in b.
func difference(a, b []string) []string {
	var out []string
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// tolerate drops the error that says that something is gone already.
func tolerate(err error) error {
	if cloud.IsNotFound(err) {
		return nil
	}
	return err
}

// absent turns the error that says that something does not exist into no
// properties.
func absent(err error) (values, error) { return nil, tolerate(err) }

// byID locates resources whose import id is their id.
func byID(_ *client, importID string) (string, values, error) { return importID, values{}, nil }

// inAPI locates resources that are imported as API-ID/ID.
func inAPI(_ *client, importID string) (string, values, error) {
	api, id, ok := strings.Cut(importID, "/")
	if !ok || api == "" || id == "" || strings.Contains(id, "/") {
		return "", nil, fmt.Errorf("wrong format of import id %q: API-ID/ID", importID)
	}
	prior := values{}
	prior.setString(propAPIID, api)
	return id, prior, nil
}

// policyOwner are the calls for the policies of users, groups or roles.
type policyOwner struct {
	attached     func(a *cloud.Account, name string) ([]string, error)
	attach       func(a *cloud.Account, name, arn string) error
	detach       func(a *cloud.Account, name, arn string) error
	inline       func(a *cloud.Account, name string) ([]string, error)
	deleteInline func(a *cloud.Account, name, policy string) error
}

var (
	groupPolicies = policyOwner{
		attached: (*cloud.Account).ListAttachedGroupPolicies, attach: (*cloud.Account).AttachGroupPolicy,
		detach: (*cloud.Account).DetachGroupPolicy, inline: (*cloud.Account).ListGroupPolicies,
		deleteInline: (*cloud.Account).DeleteGroupPolicy,
	}
	rolePolicies = policyOwner{
		attached: (*cloud.Account).ListAttachedRolePolicies, attach: (*cloud.Account).AttachRolePolicy,
		detach: (*cloud.Account).DetachRolePolicy, inline: (*cloud.Account).ListRolePolicies,
		deleteInline: (*cloud.Account).DeleteRolePolicy,
	}
	userPolicies = policyOwner{
		attached: (*cloud.Account).ListAttachedUserPolicies, attach: (*cloud.Account).AttachUserPolicy,
		detach: (*cloud.Account).DetachUserPolicy, inline: (*cloud.Account).ListUserPolicies,
		deleteInline: (*cloud.Account).DeleteUserPolicy,
	}
)
