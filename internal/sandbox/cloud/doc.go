// Package cloud models AWS accounts in memory: what IAM, API Gateway's HTTP
// APIs, CloudWatch Logs, Lambda and DynamoDB keep, and what they refuse.
//
// Methods carry the names of AWS's API actions and are called on the handle of
// an account, or of one of its regions:
//
//	c := cloud.New()
//	c.Account(cloud.APIAccount).CreateUser(cloud.CreateUserInput{UserName: "jane"})
//	c.Account(cloud.APIAccount).Region("us-east-1").CreateApi(cloud.APISettings{Name: "shop"})
//
// Each kind of thing has a file. A [shelf] does what all kinds have in common; the
// file has the settings, their check and what else AWS refuses. Quotas are in one
// table. What a description of the accounts shows follows from the state, see [rule].
//
// A refusal is an [*Error] with AWS's code. What the model does not know is
// refused loudly, never ignored. Every call that changes something goes through
// one place, where tests inject faults (see [Cloud.OnMutation]). All methods are
// safe for concurrent use.
package cloud
