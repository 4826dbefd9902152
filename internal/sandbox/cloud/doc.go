// Package cloud models AWS accounts in memory: what IAM, API Gateway's HTTP
// APIs, CloudWatch Logs, Lambda and DynamoDB store and what they reject.
//
// Methods have the names of AWS's API actions. They belong to the handle of an
// account or of one of its regions:
//
//	c := cloud.New()
//	c.Account(cloud.APIAccount).CreateUser(cloud.CreateUserInput{UserName: "jane"})
//	c.Account(cloud.APIAccount).Region("us-east-1").CreateApi(cloud.APISettings{Name: "shop"})
//
// Users, groups and roles share the actions for their policies, see
// [PrincipalPolicies], and things of IAM those for tags, see [Account.Tag].
//
// Each kind of thing has a file with its settings, their check and everything
// else that AWS rejects. A [shelf] does what all kinds have in common. Quotas are
// in quotas.go, or in package access if the components check them, too. The
// description of the accounts follows from the state, see [rule].
//
// Rejections are of type [*Error] and have AWS's code. What is not modelled is
// an error and never ignored. Every action that changes something goes through
// one function, where tests inject faults, see [Cloud.OnMutation]. All methods
// are safe for concurrent use.
package cloud
