package cloud

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
)

// Bucket is a bucket of S3. Access control lists are disabled, as for all new buckets.
type Bucket struct {
	Name   string `state:",name"`
	ARN    string `state:"-"`
	Region string
	Block  *PublicAccessBlock // nil for none
	Tags   map[string]string
}

// PublicAccessBlock says which public access to a bucket is blocked.
type PublicAccessBlock struct {
	BlockPublicAcls, BlockPublicPolicy, IgnorePublicAcls, RestrictPublicBuckets bool
}

// Object is an object of S3.
type Object struct {
	Key        string `state:",title"`
	SHA256     string // of the content, in hex
	Encryption string
}

type bucket struct {
	Bucket
	Policy  *bucketPolicy
	Objects map[string]*object `state:"object"`
}

// bucketPolicy is a bucket's policy. Like a trust policy, it is stored with the unique ids
// of the roles that it names.
type bucketPolicy struct{ Document trustPolicy }

type object struct {
	Object
	Content []byte `state:"-"`
}

func (b *bucket) view(*state) Bucket { return b.Bucket }

var buckets = &shelf[*region, *bucket, Bucket]{
	things:  func(r *region) *map[string]*bucket { return &r.Buckets },
	missing: missing[*region]("NoSuchBucket", "The specified bucket does not exist: %s"),
	taken:   refusal{"BucketAlreadyOwnedByYou", "you own the bucket %s already"},
	tags:    func(b *bucket) *map[string]string { return &b.Tags },
	tagCode: "InvalidTag",
}

func bucketARN(name string) string { return "arn:aws:s3:::" + name }

// CreateBucket creates a bucket. Public access to a new bucket is blocked. On AWS, names are
// unique in all accounts; here, in the region.
func (r *Region) CreateBucket(name string, tags map[string]string) (Bucket, error) {
	return buckets.create(r, "CreateBucket", name, func(*region) (string, *bucket, error) {
		return name, &bucket{Bucket: Bucket{
			Name: name, ARN: bucketARN(name), Region: r.name, Tags: tags, Block: &PublicAccessBlock{true, true, true, true},
		}}, regionTags(tags, buckets.tagCode)
	})
}

// HeadBucket returns a bucket.
func (r *Region) HeadBucket(name string) (Bucket, error) { return buckets.get(r, name) }

// DeleteBucket deletes an empty bucket.
func (r *Region) DeleteBucket(name string) error {
	return buckets.remove(r, "DeleteBucket", name, func(_ *region, b *bucket) error {
		if len(b.Objects) > 0 {
			return errorf("BucketNotEmpty", "The bucket you tried to delete is not empty: %s", name)
		}
		return nil
	})
}

// PutPublicAccessBlock sets which public access is blocked, nil for none.
func (r *Region) PutPublicAccessBlock(name string, block *PublicAccessBlock) error {
	action := "PutPublicAccessBlock"
	if block == nil {
		action = "DeletePublicAccessBlock"
	}
	return buckets.change(r, action, name, func(_ *region, b *bucket) error {
		b.Block = clone(block)
		return nil
	})
}

// PutBucketPolicy sets a bucket's policy.
func (r *Region) PutBucketPolicy(name, document string) error {
	return buckets.change(r, "PutBucketPolicy", name, func(_ *region, b *bucket) error {
		doc, err := decodeDocument(document)
		if err != nil {
			return errorf("MalformedPolicy", "Policies must be valid JSON: %v", err)
		}
		policy := trustPolicy{Text: document, IDs: map[string]string{}}
		for _, s := range statementsOf(doc) {
			kinds, _ := s["Principal"].(map[string]any)
			anyone := s["Principal"] == "*" || kinds["AWS"] == "*"
			if anyone && s["Effect"] == "Allow" && b.Block != nil && b.Block.BlockPublicPolicy { // even with conditions
				return errorf("AccessDenied", "public policies are blocked by the BlockPublicAccess setting of the bucket %s", name)
			}
			if err := r.world().resolvePrincipals(r.world().Accounts[r.account.id], s, policy.IDs); err != nil {
				return errorf("MalformedPolicy", "Invalid principal in policy: %v", err)
			}
		}
		b.Policy = &bucketPolicy{policy}
		return nil
	})
}

// GetBucketPolicy returns a bucket's policy. It names a role that was deleted by its unique
// id.
func (r *Region) GetBucketPolicy(name string) (string, error) {
	return query(buckets, r, name, func(b *bucket) (string, error) {
		if b.Policy == nil {
			return "", errorf("NoSuchBucketPolicy", "The bucket policy does not exist: %s", name)
		}
		return b.Policy.Document.render(r.world()), nil
	})
}

// DeleteBucketPolicy deletes a bucket's policy.
func (r *Region) DeleteBucketPolicy(name string) error {
	return buckets.change(r, "DeleteBucketPolicy", name, func(_ *region, b *bucket) error {
		b.Policy = nil
		return nil
	})
}

// PutObject creates or replaces an object.
func (r *Region) PutObject(name, key, encryption string, content []byte) error {
	return buckets.change(r, "PutObject", name, func(_ *region, b *bucket) error {
		if encryption = cmp.Or(encryption, "AES256"); encryption != "AES256" {
			return notModelled("encryption of objects with " + encryption)
		}
		if b.Objects == nil {
			b.Objects = map[string]*object{}
		}
		sum := sha256.Sum256(content)
		b.Objects[key] = &object{Object{key, hex.EncodeToString(sum[:]), encryption}, content}
		return nil
	})
}

// GetObject returns an object and its content to the bucket's owner. The bucket's policy is
// not evaluated.
func (r *Region) GetObject(name, key string) (found Object, content []byte, err error) {
	err = buckets.read(r, name, func(_ *region, b *bucket) error {
		o := b.Objects[key]
		if o == nil {
			return errorf("NoSuchKey", "The specified key does not exist: %s", key)
		}
		found, content = o.Object, o.Content
		return nil
	})
	return found, content, err
}

// ListObjects returns the keys of a bucket's objects.
func (r *Region) ListObjects(name string) ([]string, error) {
	return query(buckets, r, name, func(b *bucket) ([]string, error) { return sortedKeys(b.Objects), nil })
}

// DeleteObject deletes an object. It succeeds if the object does not exist.
func (r *Region) DeleteObject(name, key string) error {
	return buckets.change(r, "DeleteObject", name, func(_ *region, b *bucket) error {
		delete(b.Objects, key)
		return nil
	})
}
