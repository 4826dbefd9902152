package cloud

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"strings"
)

const (
	codeNoSuchBucket   = "NoSuchBucket"
	codeS3AccessDenied = "AccessDenied"
	codeS3Argument     = "InvalidArgument"
)

var reBucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// Bucket is a bucket of S3. Access control lists are disabled, as for all new buckets.
type Bucket struct {
	Name   string `state:",name"`
	ARN    string `state:"-"`
	Region string
	Block  *PublicAccessBlock // nil for none
	Tags   map[string]string
}

// PublicAccessBlock says which public access to a bucket is not possible.
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
	missing: missing[*region](codeNoSuchBucket, "The specified bucket does not exist: %s"),
	taken:   refusal{"BucketAlreadyOwnedByYou", "you own the bucket %s already"},
	tags:    func(b *bucket) *map[string]string { return &b.Tags },
	tagCode: "InvalidTag",
}

func bucketARN(name string) string { return "arn:aws:s3:::" + name }

// CreateBucket creates a bucket. Names are unique in all accounts. Public access to a new
// bucket is blocked.
func (r *Region) CreateBucket(name string, tags map[string]string) (Bucket, error) {
	return buckets.create(r, "CreateBucket", name, func(*region) (string, *bucket, error) {
		if !reBucketName.MatchString(name) || strings.Contains(name, "..") {
			return "", nil, errorf("InvalidBucketName", "The specified bucket is not valid: %q", name)
		}
		for id, a := range r.world().Accounts {
			for at, place := range a.Regions {
				switch {
				case place.Buckets[name] == nil || id == r.account.id && at == r.name:
				case id == r.account.id:
					return "", nil, buckets.taken.of(name)
				default:
					return "", nil, errorf("BucketAlreadyExists", "The requested bucket name is not available: %s", name)
				}
			}
		}
		return name, &bucket{Bucket: Bucket{
			Name: name, ARN: bucketARN(name), Region: r.name, Tags: tags, Block: &PublicAccessBlock{true, true, true, true},
		}}, regionTags(tags, buckets.tagCode)
	})
}

// HeadBucket returns a bucket.
func (r *Region) HeadBucket(name string) (Bucket, error) { return buckets.get(r, name) }

// ListBuckets returns the region's buckets.
func (r *Region) ListBuckets() ([]Bucket, error) { return buckets.list(r, nil) }

// DeleteBucket deletes an empty bucket.
func (r *Region) DeleteBucket(name string) error {
	return buckets.remove(r, "DeleteBucket", name, func(_ *region, b *bucket) error {
		if len(b.Objects) > 0 {
			return errorf("BucketNotEmpty", "The bucket you tried to delete is not empty: %s", name)
		}
		return nil
	})
}

// PutPublicAccessBlock sets which public access is not possible.
func (r *Region) PutPublicAccessBlock(name string, block PublicAccessBlock) error {
	return buckets.change(r, "PutPublicAccessBlock", name, func(_ *region, b *bucket) error {
		b.Block = &block
		return nil
	})
}

// DeletePublicAccessBlock makes public access possible.
func (r *Region) DeletePublicAccessBlock(name string) error {
	return buckets.change(r, "DeletePublicAccessBlock", name, func(_ *region, b *bucket) error {
		b.Block = nil
		return nil
	})
}

// PutBucketPolicy sets a bucket's policy.
func (r *Region) PutBucketPolicy(name, document string) error {
	return buckets.change(r, "PutBucketPolicy", name, func(_ *region, b *bucket) error {
		policy, public, err := r.readBucketPolicy(name, document)
		if err != nil {
			return err
		}
		if public && b.Block != nil && b.Block.BlockPublicPolicy {
			return errorf(codeS3AccessDenied,
				"public policies are blocked by the BlockPublicAccess setting of the bucket %s", name)
		}
		b.Policy = &bucketPolicy{policy}
		return nil
	})
}

// readBucketPolicy checks a policy, and reports whether it allows anyone something. A
// statement that allows anyone something under a condition counts as public.
func (r *Region) readBucketPolicy(name, document string) (policy trustPolicy, public bool, err error) {
	invalid := func(format string, args ...any) error { return errorf("MalformedPolicy", format, args...) }
	doc, err := decodeDocument(document)
	if err != nil || doc["Version"] != "2012-10-17" {
		return policy, false, invalid("Policies must be valid JSON, of version 2012-10-17")
	}
	policy = trustPolicy{Text: document, IDs: map[string]string{}}
	for _, s := range statementsOf(doc) {
		resources, _ := stringList(s["Resource"])
		actions, _ := stringList(s["Action"])
		if len(resources) == 0 || len(actions) == 0 || s["Principal"] == nil {
			return policy, false, invalid("a statement must have Principal, Action and Resource")
		}
		for _, resource := range resources {
			if arn := bucketARN(name); resource != arn && !strings.HasPrefix(resource, arn+"/") {
				return policy, false, invalid("Policy has invalid resource: %s", resource)
			}
		}
		kinds, _ := s["Principal"].(map[string]any)
		anyone := s["Principal"] == "*" || kinds["AWS"] == "*"
		public = public || anyone && s["Effect"] == "Allow"
		if anyone {
			continue
		}
		if err := r.world().resolvePrincipals(r.world().Accounts[r.account.id], s, policy.IDs); err != nil {
			return policy, false, invalid("Invalid principal in policy: %v", err)
		}
	}
	return policy, public, nil
}

// GetBucketPolicy returns a bucket's policy. A role that does not exist any more is shown
// by its unique id.
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
		return b.put(key, encryption, content)
	})
}

func (b *bucket) put(key, encryption string, content []byte) error {
	switch encryption = cmp.Or(encryption, "AES256"); {
	case key == "" || len(key) > 1024:
		return errorf(codeS3Argument, "key %q must have 1 to 1024 bytes", key)
	case encryption != "AES256":
		return notModelled("encryption of objects with " + encryption)
	}
	sum := sha256.Sum256(content)
	objects := map[string]*object{}
	maps.Copy(objects, b.Objects)
	objects[key] = &object{Object{key, hex.EncodeToString(sum[:]), encryption}, content}
	b.Objects = objects
	return nil
}

// GetObject returns an object and its content to the bucket's owner. Whom the bucket's
// policy allows to get it is not decided here.
func (r *Region) GetObject(name, key string) (Object, []byte, error) {
	var found object
	err := buckets.read(r, name, func(_ *region, b *bucket) error {
		o := b.Objects[key]
		if o == nil {
			return errorf("NoSuchKey", "The specified key does not exist: %s", key)
		}
		found = *o
		return nil
	})
	return found.Object, found.Content, err
}

// ListObjects returns the keys of a bucket's objects.
func (r *Region) ListObjects(name string) ([]string, error) {
	return query(buckets, r, name, func(b *bucket) ([]string, error) { return sortedKeys(b.Objects), nil })
}

// DeleteObject deletes an object. It succeeds if there is none.
func (r *Region) DeleteObject(name, key string) error {
	return buckets.change(r, "DeleteObject", name, func(_ *region, b *bucket) error {
		delete(b.Objects, key)
		return nil
	})
}
