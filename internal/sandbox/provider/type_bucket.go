package provider

import (
	"fmt"

	"iam-secured-api/internal/sandbox/cloud"
)

const propBucket = "bucket"

var bucketType = &resourceType{
	token:    "aws:s3/bucketV2:BucketV2",
	autoname: 63,
	named:    propBucket,
	inputs: []property{
		{name: propBucket, kind: aString, field: "Name", replaces: true},
		{name: propBucket + suffixPrefix, kind: aString, replaces: true},
		tagsInput,
		{name: "forceDestroy", kind: aBoolean, byDefault: false, unmodelled: true},
	},
	unmodelled: []string{
		"accelerationStatus", "acl", "corsRules", "grants", "lifecycleRules", "loggings", "objectLockConfiguration", "objectLockEnabled",
		"policy", "replicationConfigurations", "requestPayer", "serverSideEncryptionConfigurations", "versionings", "websites",
	},
	outputs: []property{{name: "arn", field: "ARN"}, {name: "region", field: "Region"}},
	unique:  propBucket,
	creates: "CreateBucket",
	calls:   []string{"DeleteBucket"},
	tags:    tagsResource,
	create: func(c *client, ch *change) (string, error) {
		b, err := c.region.CreateBucket(ch.name(), ch.new.stringMap(propTags))
		return b.Name, err
	},
	read:   func(c *client, id string, _ values) (any, error) { return found(c.region.HeadBucket(id)) },
	delete: func(c *client, id string, _ values) error { return c.region.DeleteBucket(id) },
	locate: byID,
	list:   inRegion((*cloud.Region).ListBuckets, func(b cloud.Bucket) string { return b.Name }),
}

var publicAccessBlockType = &resourceType{
	token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
	inputs: []property{
		{name: "blockPublicAcls", kind: aBoolean, field: "BlockPublicAcls", byDefault: false},
		{name: "blockPublicPolicy", kind: aBoolean, field: "BlockPublicPolicy", byDefault: false},
		{name: propBucket, kind: aString, required: true, replaces: true, local: true},
		{name: "ignorePublicAcls", kind: aBoolean, field: "IgnorePublicAcls", byDefault: false},
		{name: "restrictPublicBuckets", kind: aBoolean, field: "RestrictPublicBuckets", byDefault: false},
	},
	calls:  []string{"DeletePublicAccessBlock", "PutPublicAccessBlock"},
	create: func(c *client, ch *change) (string, error) { return ofBucket(ch, putBlock(c, ch)) },
	read: func(c *client, id string, _ values) (any, error) {
		b, err := c.region.HeadBucket(id)
		if err != nil || b.Block == nil {
			return nil, tolerate(err)
		}
		return *b.Block, nil
	},
	update: putBlock,
	delete: func(c *client, id string, _ values) error { return c.region.DeletePublicAccessBlock(id) },
	locate: inBucket,
}

func putBlock(c *client, ch *change) error {
	return c.region.PutPublicAccessBlock(ch.new.str(propBucket), filled[cloud.PublicAccessBlock](ch))
}

var bucketPolicyType = &resourceType{
	token: "aws:s3/bucketPolicy:BucketPolicy",
	inputs: []property{
		{name: propBucket, kind: aString, required: true, replaces: true, local: true},
		{name: "policy", kind: aDocument, field: "Document", required: true},
	},
	calls:  []string{"DeleteBucketPolicy", "PutBucketPolicy"},
	create: func(c *client, ch *change) (string, error) { return ofBucket(ch, putPolicy(c, ch)) },
	read: func(c *client, id string, _ values) (any, error) {
		document, err := c.region.GetBucketPolicy(id)
		return found(struct{ Document string }{document}, err)
	},
	update: putPolicy,
	delete: func(c *client, id string, _ values) error { return c.region.DeleteBucketPolicy(id) },
	locate: inBucket,
}

func putPolicy(c *client, ch *change) error {
	return c.region.PutBucketPolicy(ch.new.str(propBucket), ch.new.str("policy"))
}

// ofBucket returns the id of a setting of a bucket: the bucket's name, if the setting was
// made.
func ofBucket(ch *change, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return ch.new.str(propBucket), nil
}

func inBucket(_ *client, importID string) (string, values, error) {
	return importID, textValues(propBucket, importID), nil
}

// objectType is an object of a local file. AWS does not return which file it was.
var objectType = &resourceType{
	token: "aws:s3/bucketObjectv2:BucketObjectv2",
	inputs: []property{
		{name: propBucket, kind: aString, required: true, replaces: true, local: true},
		{name: "key", kind: aString, field: "Key", required: true, replaces: true},
		{name: "serverSideEncryption", kind: aString, field: "Encryption", keeps: true},
		{name: propSource, kind: anAsset, required: true, local: true},
		{name: "forceDestroy", kind: aBoolean, byDefault: false, unmodelled: true},
	},
	unmodelled: []string{
		"acl", "bucketKeyEnabled", "cacheControl", "checksumAlgorithm", "content", "contentBase64", "contentDisposition", "contentEncoding",
		"contentLanguage", "contentType", "etag", "kmsKeyId", "metadata", "objectLockLegalHoldStatus", "objectLockMode",
		"objectLockRetainUntilDate", "overrideProvider", "sourceHash", "storageClass", "websiteRedirect",
	},
	calls: []string{"DeleteObject", "PutObject"},
	create: func(c *client, ch *change) (string, error) {
		if err := putObject(c, ch); err != nil {
			return "", err
		}
		return ch.new.str("key"), nil
	},
	read: func(c *client, id string, prior values) (any, error) {
		object, _, err := c.region.GetObject(prior.str(propBucket), id)
		return found(object, err)
	},
	update: putObject,
	delete: func(c *client, id string, state values) error {
		return c.region.DeleteObject(state.str(propBucket), id)
	},
	locate: inParent(propBucket, "BUCKET/KEY"),
}

func putObject(c *client, ch *change) error {
	content, err := ch.new.fileContent(propSource)
	if err != nil {
		return fmt.Errorf("%s: %w", propSource, err)
	}
	return c.region.PutObject(ch.new.str(propBucket), ch.new.str("key"), ch.new.str("serverSideEncryption"), content)
}
