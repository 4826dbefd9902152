// Package metadata implements the services from which a program on AWS gets the
// credentials of its role.
//
// [New] is the instance metadata service of one EC2 instance. SDKs read the region from
// it, and the credentials of the role in the instance's profile. It supports version 2
// only (IMDSv2), which requires a token.
//
// [Containers] is the credentials service of ECS tasks and of pods with EKS Pod
// Identity.
//
// Sources: Amazon EC2 User Guide, "Use the Instance Metadata Service to access
// instance metadata" and "Retrieve security credentials from instance metadata";
// Amazon ECS Developer Guide, "Amazon ECS task IAM role"; github.com/aws/amazon-ecs-agent
// (paths, fields and errors of tasks); Amazon EKS API Reference,
// AssumeRoleForPodIdentity (session names, errors); github.com/aws/eks-pod-identity-agent
// (claims that it requires, fields and errors of pods).
package metadata
