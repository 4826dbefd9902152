// Package metadata is the sandbox's instance metadata service of one EC2 instance.
// It has what the SDKs read to get the credentials of the role in the instance's
// profile, and the region. It supports version 2 only (IMDSv2), which requires a
// token.
//
// Sources: Amazon EC2 User Guide, "Use the Instance Metadata Service to access
// instance metadata" and "Retrieve security credentials from instance metadata".
package metadata
