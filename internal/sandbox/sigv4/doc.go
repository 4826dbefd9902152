// Package sigv4 verifies requests that are signed with AWS Signature Version 4, in
// the header or the query. It returns the caller and the condition keys of the
// request.
//
// It builds the canonical request by the rules that AWS publishes in the IAM User
// Guide, "Create a signed AWS API request", and compares signatures. A request is
// valid for five minutes around its date, a presigned one for X-Amz-Expires, seven
// days at most.
//
// Paths are encoded as they were sent. A client that resolves dots or empty segments
// before it signs must send what it signed. Names and values of a query are sorted
// after they were escaped. The Go SDK sorts before, and is refused if the order
// differs. botocore and curl sign a query as it is spelled, and are refused if a
// character in it should have been escaped. A plus sign in a query is a space, which
// signers write as %20. A tab inside a header stays a tab, as the rules speak of
// spaces: botocore and the JavaScript signers replace it, and are refused.
//
// The body and each header X-Amz- must be signed. Other headers may be added on the
// way.
package sigv4
