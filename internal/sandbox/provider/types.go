package provider

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
)

// resourceTypes is the registry of the modelled types. Tests range over it, see
// [Types]. To add a type, add a file in package cloud, a file here with its
// resourceType, and its name in this list.
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
	exclusiveAttachments("GroupPolicyAttachmentsExclusive", groupPolicies),
	exclusiveAttachments("RolePolicyAttachmentsExclusive", rolePolicies),
	exclusiveAttachments("UserPolicyAttachmentsExclusive", userPolicies),
	exclusiveInline("GroupPoliciesExclusive", groupPolicies),
	exclusiveInline("RolePoliciesExclusive", rolePolicies),
	exclusiveInline("UserPoliciesExclusive", userPolicies),
}

const (
	propTags    = "tags"
	propTagsAll = "tagsAll"
	propPath    = "path"
)

// tagsInput is the input of all types with tags.
var tagsInput = property{name: propTags, kind: aMap, field: "Tags"}

// tagging describes how resources of a type are tagged.
type tagging struct {
	calls []string // that tag and untag
	tag   func(c *client, id string, state values, tags map[string]string) error
	untag func(c *client, id string, state values, keys []string) error
}

// iamTags is the tagging of a type of IAM, which has its own actions for each
// type.
func iamTags(
	kind string, tag func(*cloud.Account, string, map[string]string) error, untag func(*cloud.Account, string, []string) error,
) *tagging {
	return &tagging{
		calls: []string{"Tag" + kind, "Untag" + kind},
		tag:   func(c *client, id string, _ values, tags map[string]string) error { return tag(c.account, id, tags) },
		untag: func(c *client, id string, _ values, keys []string) error { return untag(c.account, id, keys) },
	}
}

// resourceTags is the tagging of a type of another service.
func resourceTags(tag func(*cloud.Region, string, map[string]string) error, untag func(*cloud.Region, string, []string) error) *tagging {
	return &tagging{
		calls: tagsResource,
		tag:   func(c *client, id string, _ values, tags map[string]string) error { return tag(c.region, id, tags) },
		untag: func(c *client, id string, _ values, keys []string) error { return untag(c.region, id, keys) },
	}
}

// tagsResource are the actions of all services except IAM that tag and untag.
var tagsResource = []string{"TagResource", "UntagResource"}

// retag changes the tags with the actions that the change requires.
func (t *tagging) retag(c *client, ch *change) error {
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
		if err := t.untag(c, ch.id, ch.old, gone); err != nil {
			return err
		}
	}
	if len(changed) > 0 {
		return t.tag(c, ch.id, ch.old, changed)
	}
	return nil
}

// inAccount lists the ids of things in the account.
func inAccount[T any](all func(*cloud.Account) ([]T, error), id func(T) string) func(*client) ([]string, error) {
	return func(c *client) ([]string, error) {
		list, err := all(c.account)
		return idsOf("", list, id), err
	}
}

// inRegion lists the ids of things in the region.
func inRegion[T any](all func(*cloud.Region) ([]T, error), id func(T) string) func(*client) ([]string, error) {
	return func(c *client) ([]string, error) {
		list, err := all(c.region)
		return idsOf("", list, id), err
	}
}

// inAPIs lists things in the region's APIs as API-ID/ID.
func inAPIs[T any](all func(r *cloud.Region, api string) ([]T, error), id func(T) string) func(*client) ([]string, error) {
	return func(c *client) ([]string, error) {
		apis, err := c.region.GetApis()
		var ids []string
		for _, api := range apis {
			list, apiErr := all(c.region, api.APIID)
			err = errors.Join(err, apiErr)
			ids = append(ids, idsOf(api.APIID+"/", list, id)...)
		}
		return ids, err
	}
}

func idsOf[T any](prefix string, list []T, id func(T) string) []string {
	ids := make([]string, 0, len(list))
	for _, x := range list {
		ids = append(ids, prefix+id(x))
	}
	return ids
}

// difference returns the elements of a that are not in b.
func difference(a, b []string) []string {
	var out []string
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// forEach does something to everything that belongs to a principal. It is not an
// error if one of the things does not exist any more.
func forEach[T any](list func(principal string) ([]T, error), principal string, do func(T) error) error {
	things, err := list(principal)
	if err != nil {
		return err
	}
	for _, x := range things {
		if err := tolerate(do(x)); err != nil {
			return err
		}
	}
	return nil
}

// setBoundary changes a principal's permissions boundary if it differs.
func (ch *change) setBoundary(put func(name, arn string) error, remove func(name string) error) error {
	if !ch.of(propBoundary) {
		return nil
	}
	if arn := ch.new.str(propBoundary); arn != "" {
		return put(ch.id, arn)
	}
	return remove(ch.id)
}

// tolerate returns nil for an error that says that something does not exist.
func tolerate(err error) error {
	if cloud.IsNotFound(err) {
		return nil
	}
	return err
}

// byID locates resources whose import id is their id.
func byID(_ *client, importID string) (string, values, error) { return importID, values{}, nil }

// inAPI locates resources that are imported as API-ID/ID.
func inAPI(_ *client, importID string) (string, values, error) {
	api, id, ok := strings.Cut(importID, "/")
	if !ok || api == "" || id == "" || strings.Contains(id, "/") {
		return "", nil, fmt.Errorf("wrong format of import id %q: API-ID/ID", importID)
	}
	return id, textValues(propAPIID, api), nil
}

// principalPolicies are the actions for the policies of users, groups or roles.
type principalPolicies struct {
	kind         string // in the names of the actions
	attached     func(a *cloud.Account, name string) ([]string, error)
	attach       func(a *cloud.Account, name, arn string) error
	detach       func(a *cloud.Account, name, arn string) error
	inline       func(a *cloud.Account, name string) ([]string, error)
	deleteInline func(a *cloud.Account, name, policy string) error
}

// attaches returns the actions that attach and detach managed policies.
func (p principalPolicies) attaches() []string {
	return []string{"Attach" + p.kind + "Policy", "Detach" + p.kind + "Policy"}
}

var (
	groupPolicies = principalPolicies{
		kind: "Group", attached: (*cloud.Account).ListAttachedGroupPolicies, attach: (*cloud.Account).AttachGroupPolicy,
		detach: (*cloud.Account).DetachGroupPolicy, inline: (*cloud.Account).ListGroupPolicies,
		deleteInline: (*cloud.Account).DeleteGroupPolicy,
	}
	rolePolicies = principalPolicies{
		kind: "Role", attached: (*cloud.Account).ListAttachedRolePolicies, attach: (*cloud.Account).AttachRolePolicy,
		detach: (*cloud.Account).DetachRolePolicy, inline: (*cloud.Account).ListRolePolicies,
		deleteInline: (*cloud.Account).DeleteRolePolicy,
	}
	userPolicies = principalPolicies{
		kind: "User", attached: (*cloud.Account).ListAttachedUserPolicies, attach: (*cloud.Account).AttachUserPolicy,
		detach: (*cloud.Account).DetachUserPolicy, inline: (*cloud.Account).ListUserPolicies,
		deleteInline: (*cloud.Account).DeleteUserPolicy,
	}
)
