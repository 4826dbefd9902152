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
}

// bucketSetting adds what settings of a bucket have in common. Their id is the bucket's name.
func bucketSetting(
	t *resourceType, put func(c *client, bucket string, ch *change) error, clear func(c *client, bucket string) error,
) *resourceType {
	t.inputs = append(t.inputs, property{name: propBucket, kind: aString, required: true, replaces: true, local: true})
	t.create = func(c *client, ch *change) (string, error) {
		bucket := ch.new.str(propBucket)
		if err := put(c, bucket, ch); err != nil {
			return "", err
		}
		return bucket, nil
	}
	t.update = func(c *client, ch *change) error { return put(c, ch.id, ch) }
	t.delete = func(c *client, id string, _ values) error { return clear(c, id) }
	t.locate = func(_ *client, importID string) (string, values, error) {
		return importID, textValues(propBucket, importID), nil
	}
	return t
}

var publicAccessBlockType = bucketSetting(&resourceType{
	token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
	inputs: []property{
		{name: "blockPublicAcls", kind: aBoolean, field: "BlockPublicAcls", byDefault: false},
		{name: "blockPublicPolicy", kind: aBoolean, field: "BlockPublicPolicy", byDefault: false},
		{name: "ignorePublicAcls", kind: aBoolean, field: "IgnorePublicAcls", byDefault: false},
		{name: "restrictPublicBuckets", kind: aBoolean, field: "RestrictPublicBuckets", byDefault: false},
	},
	calls: []string{"DeletePublicAccessBlock", "PutPublicAccessBlock"},
	read: func(c *client, id string, _ values) (any, error) {
		b, err := c.region.HeadBucket(id)
		if err != nil || b.Block == nil {
			return nil, tolerate(err)
		}
		return *b.Block, nil
	},
}, func(c *client, bucket string, ch *change) error {
	block := filled[cloud.PublicAccessBlock](ch)
	return c.region.PutPublicAccessBlock(bucket, &block)
}, func(c *client, bucket string) error { return c.region.PutPublicAccessBlock(bucket, nil) })

var bucketPolicyType = bucketSetting(&resourceType{
	token:  "aws:s3/bucketPolicy:BucketPolicy",
	inputs: []property{{name: "policy", kind: aDocument, field: "Document", required: true}},
	calls:  []string{"DeleteBucketPolicy", "PutBucketPolicy"},
	read: func(c *client, id string, _ values) (any, error) {
		document, err := c.region.GetBucketPolicy(id)
		return found(struct{ Document string }{document}, err)
	},
}, func(c *client, bucket string, ch *change) error {
	return c.region.PutBucketPolicy(bucket, ch.new.str("policy"))
},
	func(c *client, bucket string) error { return c.region.DeleteBucketPolicy(bucket) })

// objectType is an object with the content of a local file. AWS does not return the file's
// path.
var objectType = &resourceType{
	token: "aws:s3/bucketObjectv2:BucketObjectv2",
	inputs: []property{
		{name: propBucket, kind: aString, required: true, replaces: true, local: true},
		{name: "key", kind: aString, field: "Key", required: true, replaces: true},
		{name: "serverSideEncryption", kind: aString, field: "Encryption", keeps: true},
		{name: propSource, kind: anAsset, required: true, local: true},
		{name: "forceDestroy", kind: aBoolean, byDefault: false, unmodelled: true},
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
