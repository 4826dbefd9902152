// Package sigv4 verifies requests that are signed with AWS Signature Version 4, in
// the header or the query. It returns the caller and the condition keys of the
// request.
//
// It signs the request that it received once more, with the AWS SDK's own signer,
// and compares. Therefore it refuses a signature over a header that the SDK never
// signs (User-Agent, Expect, X-Amzn-Trace-Id, Transfer-Encoding), and a Date header
// in place of X-Amz-Date. It also refuses some requests that other signers sign
// differently: a path with empty or dot segments, which botocore removes before it
// signs; parameters whose order changes when they are escaped; a query or a path
// that curl 7 signs as it stands.
//
// Sources: AWS Signature Version 4 signing process, in the IAM User Guide; a
// request is valid for five minutes around its date, a presigned one for
// X-Amz-Expires, seven days at most.
package sigv4
