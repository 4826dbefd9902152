package provider

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
)

// resourceTypes is the registry of the modelled types. Tests range over it, see
// [Types]. A new type needs a file in package cloud, a field of the account or
// the region there (and a row of iamTagged for tags in IAM), a file here with
// its resourceType, its name in this list, and a sample in the tests.
var resourceTypes = complete(
	apiType,
	integrationType,
	authorizerType,
	routeType,
	stageType,
	domainNameType,
	apiMappingType,
	recordType,
	logGroupType,
	metricFilterType,
	alarmType,
	queryDefinitionType,
	analyzerType,
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
	oidcProviderType,
	groupAttachmentType,
	roleAttachmentType,
	exclusiveAttachments("Group", (*cloud.Account).GroupPolicies),
	exclusiveAttachments("Role", (*cloud.Account).RolePolicies),
	exclusiveAttachments("User", (*cloud.Account).UserPolicies),
	exclusiveInline("Group", (*cloud.Account).GroupPolicies),
	exclusiveInline("Role", (*cloud.Account).RolePolicies),
	exclusiveInline("User", (*cloud.Account).UserPolicies),
)

// instanceTypes are the types that only examples/instance-caller uses. They are not in
// [Types]: the tests of the program range over the types that it uses.
var instanceTypes = complete(
	vpcType,
	subnetType,
	internetGatewayType,
	routeTableType,
	routeTableAssociationType,
	securityGroupType,
	instanceType,
	bucketType,
	publicAccessBlockType,
	bucketPolicyType,
	objectType,
)

// complete adds rows for the properties that are not modelled.
func complete(types ...*resourceType) []*resourceType {
	for _, t := range types {
		for _, name := range t.unmodelled {
			t.inputs = append(t.inputs, property{name: name, unmodelled: true})
		}
	}
	return types
}

const (
	propTags    = "tags"
	propTagsAll = "tagsAll"
	propPath    = "path"

	propSkipDestroy = "skipDestroy"
)

// tagsInput is the input of all types with tags.
var tagsInput = property{name: propTags, kind: aMap, field: "Tags"}

// tagsResource is the name of the actions of all services except IAM that tag.
const tagsResource = "Resource"

// tag adds tags to a resource, or changes them.
func (t *resourceType) tag(c *client, id string, state values, tags map[string]string) error {
	if t.tags == tagsResource {
		return c.region.TagResource(state.str("arn"), tags)
	}
	return c.account.Tag(t.tags, id, tags)
}

// untag removes tags from a resource.
func (t *resourceType) untag(c *client, id string, state values, keys []string) error {
	if t.tags == tagsResource {
		return c.region.UntagResource(state.str("arn"), keys)
	}
	return c.account.Untag(t.tags, id, keys)
}

// retag changes the tags with the actions that the change requires.
func (t *resourceType) retag(c *client, ch *change) error {
	old, now := ch.old.stringMap(propTags), ch.new.stringMap(propTags)
	if gone := difference(slices.Sorted(maps.Keys(old)), slices.Collect(maps.Keys(now))); len(gone) > 0 {
		if err := t.untag(c, ch.id, ch.old, gone); err != nil {
			return err
		}
	}
	maps.DeleteFunc(now, func(key, value string) bool {
		was, ok := old[key]
		return ok && was == value
	})
	if len(now) > 0 {
		return t.tag(c, ch.id, ch.old, now)
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

// inParent locates resources that are imported as PARENT/ID. The property names
// the parent.
func inParent(property, format string) func(*client, string) (string, values, error) {
	return func(_ *client, importID string) (string, values, error) {
		parent, id, ok := strings.Cut(importID, "/")
		if !ok || parent == "" || id == "" || strings.Contains(id, "/") {
			return "", nil, fmt.Errorf("wrong format of import id %q: %s", importID, format)
		}
		return id, textValues(property, parent), nil
	}
}

// inAPI locates resources that are imported as API-ID/ID.
var inAPI = inParent(propAPIID, "API-ID/ID")
