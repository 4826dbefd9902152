package account

import (
	"slices"
	"strings"
)

const assumeRole = "sts:AssumeRole"

// way is a way in which a principal makes itself a caller by writing: all its steps must
// be allowed.
type way struct {
	steps   []step
	targets targets
	effect  string // in words, with the principal as its subject
	service string // that assumes the target, as in "lambda"; a kind of provider for toProvidedRole
	when    string // what else must be the case, which the account's description does not say
	source  string
}

// step is a request of a way.
type step struct {
	action string
	on     string // a place, or SERVICE:RESOURCE for anything with an ARN that begins so
}

// Places are the resources of steps that depend on the principal or on the target.
const (
	onSelf     = "self"     // the principal's own ARN
	onTarget   = "target"   // the target's ARN
	onProvider = "provider" // the identity provider that the target trusts
	onAll      = "*"        // actions without resource
)

// targets are the kinds of targets of ways.
type targets uint8

const (
	toSelfUser     targets = iota // a user itself, who can then call more
	toSelfRole                    // a role itself, as far as its policies then allow more
	toOwnGroup                    // a group of the user; the target is the user
	toOwnPolicy                   // a managed policy that the principal has; the target is the principal
	toBoundary                    // the principal's boundary, which keeps it from calling
	toUser                        // users that can call
	toRole                        // roles that can call
	toPassedRole                  // roles that can call and that the service of the way may assume
	toProvidedRole                // roles that can call and that trust a SAML or OpenID Connect provider
	toHeldRole                    // roles that the principal may assume
	toOtherUser                   // users that cannot call everything
	toOtherRole                   // roles that cannot call everything
	toGroup                       // groups whose policies allow calls
	toNewUser                     // a user that is created
	toNewRole                     // a role that is created
)

// rhino is the first published list of ways, of Rhino Security Labs. Sources such as
// "ecs-004" are pages of another: https://pathfinding.cloud/paths/ecs-004.
const rhino = "https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/"

// ways is the table of the ways that are known here. Left out are those that need more
// than the account's description says, and those that do not lead to requests as a caller.
var ways = slices.Concat([]way{
	{steps: on(onTarget, "iam:CreateAccessKey"), targets: toUser, effect: "creates an access key of the user", source: rhino},
	{steps: on(onTarget, "iam:CreateLoginProfile"), targets: toUser, effect: "sets the first password of the user", when: "the user has none", source: rhino},
	{steps: on(onTarget, "iam:UpdateLoginProfile"), targets: toUser, effect: "changes the password of the user", when: "the user has one", source: rhino},
	{steps: on(onTarget, "iam:UpdateAssumeRolePolicy"), targets: toRole, effect: "adds itself to the trust policy of the role", source: rhino},

	{steps: on(onSelf, "iam:AttachUserPolicy"), targets: toSelfUser, effect: "attaches a policy to itself", source: rhino},
	{steps: on(onSelf, "iam:PutUserPolicy"), targets: toSelfUser, effect: "writes a policy of its own", source: rhino},
	{steps: on(onSelf, "iam:AttachRolePolicy"), targets: toSelfRole, effect: "attaches a policy to itself", source: rhino},
	{steps: on(onSelf, "iam:PutRolePolicy"), targets: toSelfRole, effect: "writes a policy of its own", source: rhino},
	{steps: on(onTarget, "iam:AttachGroupPolicy"), targets: toOwnGroup, effect: "attaches a policy to its own group", source: rhino},
	{steps: on(onTarget, "iam:PutGroupPolicy"), targets: toOwnGroup, effect: "writes a policy of its own group", source: rhino},
	{steps: on(onTarget, "iam:CreatePolicyVersion"), targets: toOwnPolicy, effect: "changes its own policy", source: rhino},
	{steps: on(onTarget, "iam:SetDefaultPolicyVersion"), targets: toOwnPolicy, effect: "selects another version of its own policy",
		when: "another version allows calls", source: rhino},
	{steps: on(onSelf, "iam:DeleteUserPermissionsBoundary"), targets: toBoundary, effect: "removes its permissions boundary",
		source: "IAM user guide, permissions boundaries"},
	{steps: on(onSelf, "iam:PutUserPermissionsBoundary"), targets: toBoundary, effect: "replaces its permissions boundary",
		source: "IAM user guide, permissions boundaries"},
	{steps: on(onSelf, "iam:DeleteRolePermissionsBoundary"), targets: toBoundary, effect: "removes its permissions boundary",
		source: "IAM user guide, permissions boundaries"},
	{steps: on(onSelf, "iam:PutRolePermissionsBoundary"), targets: toBoundary, effect: "replaces its permissions boundary",
		source: "IAM user guide, permissions boundaries"},
	{steps: on(onTarget, "iam:CreatePolicyVersion"), targets: toBoundary, effect: "changes its permissions boundary", source: rhino},
	{steps: on(onTarget, "iam:AddUserToGroup"), targets: toGroup, effect: "adds itself to the group", source: rhino},

	{steps: on(onTarget, "iam:AttachRolePolicy"), targets: toHeldRole, effect: "attaches a policy to, and assumes, the role", source: rhino},
	{steps: on(onTarget, "iam:PutRolePolicy"), targets: toHeldRole, effect: "writes a policy of, and assumes, the role", source: rhino},
	{steps: on(onTarget, "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"), targets: toOtherRole,
		effect: "attaches a policy to, and adds itself to the trust policy of, the role", source: "iam-019"},
	{steps: on(onTarget, "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"), targets: toOtherRole,
		effect: "writes a policy of, and adds itself to the trust policy of, the role", source: "iam-021"},
	{steps: on(onTarget, "iam:AttachUserPolicy", "iam:CreateAccessKey"), targets: toOtherUser,
		effect: "attaches a policy to, and creates an access key of, the user", source: "iam-015"},
	{steps: on(onTarget, "iam:PutUserPolicy", "iam:CreateAccessKey"), targets: toOtherUser,
		effect: "writes a policy of, and creates an access key of, the user", source: "iam-018"},

	{steps: on("iam:user/", "iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"), targets: toNewUser,
		effect: "creates, with an access key,", source: "iam-015, with a new user"},
	{steps: on("iam:user/", "iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"), targets: toNewUser,
		effect: "creates, with an access key,", source: "iam-018, with a new user"},
	{steps: on("iam:role/", "iam:CreateRole", "iam:AttachRolePolicy"), targets: toNewRole,
		effect: "creates, and may assume,", source: "IAM user guide, creating roles"},
	{steps: on("iam:role/", "iam:CreateRole", "iam:PutRolePolicy"), targets: toNewRole,
		effect: "creates, and may assume,", source: "IAM user guide, creating roles"},

	{steps: on(onProvider, "iam:UpdateSAMLProvider"), targets: toProvidedRole, service: ":saml-provider/", effect: "replaces the keys of the identity provider of the role",
		source: "IAM user guide, SAML providers"},
	{steps: on(onProvider, "iam:UpdateOpenIDConnectProviderThumbprint"), targets: toProvidedRole, service: ":oidc-provider/",
		effect: "changes the certificates of the identity provider of the role", when: "it controls the provider's address",
		source: "IAM user guide, OpenID Connect providers"},
	{steps: on(onProvider, "iam:AddClientIDToOpenIDConnectProvider"), targets: toProvidedRole, service: ":oidc-provider/",
		effect: "adds an audience to the identity provider of the role", when: "the trust policy accepts a token with it",
		source: "IAM user guide, OpenID Connect providers"},
},
	passing("ec2", rhino, on("ec2:instance/", "ec2:RunInstances")),
	passing("ec2", "ec2-003", on(onAll, "ec2:RequestSpotInstances")),
	passing("lambda", rhino, on("lambda:function:", "lambda:CreateFunction", "lambda:InvokeFunction")),
	passing("lambda", "lambda-006", on("lambda:function:", "lambda:CreateFunction", "lambda:AddPermission")),
	passing("lambda", rhino, on("lambda:function:", "lambda:CreateFunction"), step{"lambda:CreateEventSourceMapping", onAll}),
	passing("ecs-tasks", "ecs-004", on("ecs:task-definition/", "ecs:RegisterTaskDefinition", "ecs:RunTask")),
	passing("ecs-tasks", "ecs-005", on("ecs:task-definition/", "ecs:RegisterTaskDefinition", "ecs:StartTask")),
	passing("ecs-tasks", "ecs-003", on("ecs:task-definition/", "ecs:RegisterTaskDefinition"), step{"ecs:CreateService", "ecs:service/"}),
	passing("ecs-tasks", "batch-001", on("batch:job-definition/", "batch:RegisterJobDefinition", "batch:SubmitJob")),
	passing("codebuild", "codebuild-001", on("codebuild:project/", "codebuild:CreateProject", "codebuild:StartBuild")),
	passing("codebuild", "codebuild-004", on("codebuild:project/", "codebuild:CreateProject", "codebuild:StartBuildBatch")),
	passing("glue", rhino, on("glue:devEndpoint/", "glue:CreateDevEndpoint")),
	passing("glue", "glue-003", on("glue:job/", "glue:CreateJob", "glue:StartJobRun")),
	passing("sagemaker", "sagemaker-001", on("sagemaker:notebook-instance/", "sagemaker:CreateNotebookInstance")),
	passing("sagemaker", "sagemaker-002", on("sagemaker:training-job/", "sagemaker:CreateTrainingJob")),
	passing("sagemaker", "sagemaker-003", on("sagemaker:processing-job/", "sagemaker:CreateProcessingJob")),
	passing("tasks.apprunner", "apprunner-001", on("apprunner:service/", "apprunner:CreateService")),
	passing("bedrock-agentcore", "bedrock-001", on("bedrock-agentcore:code-interpreter-custom/", "bedrock-agentcore:CreateCodeInterpreter",
		"bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter")),
	passing("ec2", rhino, on(onAll, "datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline")),
	passing("states", "AWS Step Functions guide, API Gateway", on("states:stateMachine:", "states:CreateStateMachine", "states:StartExecution")),
	passing("pods.eks", "Amazon EKS user guide, Pod Identity", on("eks:cluster/", "eks:CreatePodIdentityAssociation")),
	running("lambda", "a function", rhino, on("lambda:function:", "lambda:UpdateFunctionCode")),
	running("ec2", "an instance", "ssm-001", on("ec2:instance/", "ssm:StartSession")),
	running("ec2", "an instance", "ssm-002", on("ec2:instance/", "ssm:SendCommand")),
	running("ec2", "an instance", "ec2instanceconnect-003", on("ec2:instance/", "ec2-instance-connect:SendSSHPublicKey")),
	running("ecs-tasks", "a task", "ecs-006", on("ecs:cluster/", "ecs:ExecuteCommand")),
	running("codebuild", "a project", "codebuild-002", on("codebuild:project/", "codebuild:StartBuild")),
	running("codebuild", "a project", "codebuild-003", on("codebuild:project/", "codebuild:StartBuildBatch")),
	running("tasks.apprunner", "a service", "apprunner-002", on("apprunner:service/", "apprunner:UpdateService")),
	running("glue", "a development endpoint", rhino, on("glue:devEndpoint/", "glue:UpdateDevEndpoint")),
	running("sagemaker", "a notebook", "sagemaker-004", on("sagemaker:notebook-instance/", "sagemaker:CreatePresignedNotebookInstanceUrl")),
)

// NotModelled says in one line what the list of who can become a caller leaves out.
const NotModelled = "Not modelled: the root user; policies of organizations, of sessions and of resources; ways of more steps, or through what runs " +
	"under a role if the account's description does not say so; other requests and resources that a way's own needs; " +
	"creating an identity provider that a role trusts and the account does not have; keys, passwords and code that are found or stolen."

// passing is the way of passing a role to a service and having it run code of the
// principal's.
func passing(service, source string, steps []step, more ...step) []way {
	steps = slices.Concat([]step{{passRole, onTarget}}, steps, more)
	return []way{{steps: steps, targets: toPassedRole, service: service, effect: "lets " + service + " run its code under the role", source: source}}
}

const passRole = "iam:PassRole"

// running is the way of changing what already runs under a role.
func running(service, what, source string, steps []step) []way {
	return []way{{
		steps: steps, targets: toPassedRole, service: service, effect: "runs its code in " + what + " of " + service + " under the role",
		when: what + " has the role", source: source,
	}}
}

// on returns a step for each action on the same resource.
func on(place string, actions ...string) []step {
	var steps []step
	for _, action := range actions {
		steps = append(steps, step{action, place})
	}
	return steps
}

func (w *way) actions() []string { return actionsOf(w.steps) }

func actionsOf(steps []step) []string {
	var actions []string
	for _, s := range steps {
		actions = append(actions, s.action)
	}
	return actions
}

func (w *way) name() string { return strings.Join(w.actions(), ", ") }

// removeBoundary are the actions that remove a permissions boundary, by whether it is that
// of a role.
var removeBoundary = map[bool][]string{
	false: {"iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"},
	true:  {"iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"},
}
