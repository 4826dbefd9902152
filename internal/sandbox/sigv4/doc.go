// Package sigv4 says who has signed a request to a door of the sandbox with AWS
// Signature Version 4, in the header or the query, and under which circumstances
// it was made.
//
// A signature is verified by signing what was received once more, with the AWS
// SDK's own signer, and comparing. Consequences: a signature over a header that
// the SDK never signs (User-Agent, Expect, X-Amzn-Trace-Id, Transfer-Encoding)
// is refused, and so is a Date header in the place of X-Amz-Date. So are some
// that other signers make of what the SDK signs otherwise: a path with empty or
// dot segments, which botocore takes out before it signs; parameters whose names
// sort otherwise once they are escaped; a query or a path that curl 7 signs as
// it stands.
//
// Sources: AWS Signature Version 4 signing process, in the IAM User Guide; a
// request is valid for five minutes around its date, a presigned one for
// X-Amz-Expires, seven days at most.
package sigv4
