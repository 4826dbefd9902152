// Package metadata is the sandbox's door to the instance metadata service of one
// EC2 instance: what the SDKs read there to get the credentials of the role in
// the instance's profile, and to learn where they are. It speaks version 2 only
// (IMDSv2): a token is to be fetched first.
//
// Sources: Amazon EC2 User Guide, "Use the Instance Metadata Service to access
// instance metadata" and "Retrieve security credentials from instance metadata".
package metadata
