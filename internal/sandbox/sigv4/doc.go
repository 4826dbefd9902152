// Package sigv4 says who has signed a request to a door of the sandbox with AWS
// Signature Version 4, in the header or the query, and under which circumstances
// it was made.
//
// A signature is verified by signing what was received once more, with the AWS
// SDK's own signer, and comparing. Two consequences: a signature over a header
// that the SDK never signs (User-Agent, Expect, X-Amzn-Trace-Id,
// Transfer-Encoding) is refused, and so is a Date header in the place of
// X-Amz-Date.
//
// Sources: AWS Signature Version 4 signing process, in the IAM User Guide; a
// request is valid for five minutes around its date, a presigned one for
// X-Amz-Expires, seven days at most.
package sigv4
