package instance

import (
	"encoding/json"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// store is a private bucket with the program.
type store struct {
	bucket *s3.BucketV2
	script pulumi.StringOutput // the user data, which fetches the program
	ready  []pulumi.Resource   // what the script needs
}

// newStore creates the bucket. Its policy allows the role to get the one object over TLS.
// Nothing is attached to the role: it belongs to the API's stack, whose list of its policies
// is exclusive, and within an account, a bucket's policy is enough. A permissions boundary
// of the role must allow s3:GetObject, too.
func newStore(ctx *pulumi.Context, cfg Config, program Program, roleArn string) (*store, error) {
	bucket, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{Tags: named(cfg.Tags)})
	if err != nil {
		return nil, err
	}
	block, err := s3.NewBucketPublicAccessBlock(ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket.Bucket,
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	})
	if err != nil {
		return nil, err
	}
	object, err := s3.NewBucketObjectv2(ctx, name, &s3.BucketObjectv2Args{
		Bucket:               bucket.Bucket,
		Key:                  pulumi.String(program.key()),
		Source:               pulumi.NewFileAsset(program.Path),
		ServerSideEncryption: pulumi.String("AES256"),
	}, pulumi.DependsOn([]pulumi.Resource{block}))
	if err != nil {
		return nil, err
	}
	policy, err := s3.NewBucketPolicy(ctx, name, &s3.BucketPolicyArgs{
		Bucket: bucket.Bucket,
		Policy: bucket.Arn.ApplyT(func(arn string) (string, error) { return bucketPolicy(arn, program.key(), roleArn) }).(pulumi.StringOutput),
	}, pulumi.DependsOn([]pulumi.Resource{block})) // S3 changes one of them at a time
	if err != nil {
		return nil, err
	}
	script := pulumi.All(bucket.Bucket, bucket.Region).ApplyT(func(of []any) string {
		return userData(cfg, program, of[0].(string), of[1].(string))
	}).(pulumi.StringOutput)
	return &store{bucket, script, []pulumi.Resource{object, policy}}, nil
}

type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    string
	Resource  any
	Condition map[string]map[string]string
}

// bucketPolicy returns the policy that lets a role get an object, and denies everyone
// requests without TLS.
func bucketPolicy(bucketArn, key, roleArn string) (string, error) {
	secure := func(is string) map[string]map[string]string {
		return map[string]map[string]string{"Bool": {"aws:SecureTransport": is}}
	}
	text, err := json.Marshal(map[string]any{
		"Version": "2012-10-17",
		"Statement": []statement{
			{"GetProgram", "Allow", map[string]string{"AWS": roleArn}, "s3:GetObject", bucketArn + "/" + key, secure("true")},
			{"OnlyTLS", "Deny", "*", "s3:*", []string{bucketArn, bucketArn + "/*"}, secure("false")},
		},
	})
	return string(text), err
}
