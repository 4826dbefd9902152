package account

import (
	"strings"
)

const assumeRole = "sts:AssumeRole"

// way is how a principal makes itself a caller by writing. All its steps must be allowed.
type way struct {
	steps   []step
	targets targets
	effect  string // in words, with the principal as its subject
	service string // that assumes the target, as in "lambda"; a kind of provider for toProvidedRole
	removes bool   // it only takes a Deny away
	when    string // what else must hold, which the account's description does not say
	source  string // a URL, or the name of a page of pathfinding.cloud
}

// step is the requests of a way on one resource.
type step struct {
	on      string // a place, or the beginning of ARNs as SERVICE:RESOURCE
	actions []string
}

// Places are the resources of steps that depend on the principal or on the target.
const (
	onSelf     = "self"     // the principal's own ARN
	onTarget   = "target"   // the target's ARN
	onPolicy   = "policy"   // a managed policy of the target
	onProvider = "provider" // the identity provider that the target trusts
	onAll      = "*"        // actions without resource
)

// targets are the kinds of targets of ways.
type targets uint8

const (
	toSelf         targets = iota // the principal itself, which can then call more
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

// rhino is the first published list of ways.
const rhino = "https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/"

const userGuide = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"

// ways is the table of the ways that are known here. Left out are those that need more
// than the account's description says, and those that do not lead to requests as a caller.
var ways = []way{
	writing(toUser, "creates an access key of the user", rhino, on(onTarget, "iam:CreateAccessKey")),
	writing(toUser, "sets the first password of the user", rhino,
		on(onTarget, "iam:CreateLoginProfile")).onlyIf("the user has none"),
	writing(toUser, "changes the password of the user", rhino,
		on(onTarget, "iam:UpdateLoginProfile")).onlyIf("the user has one"),
	writing(toRole, "adds itself to the trust policy of the role", rhino,
		on(onTarget, "iam:UpdateAssumeRolePolicy")),

	writing(toSelf, "attaches a policy to itself", rhino, on(onSelf, "iam:AttachUserPolicy")),
	writing(toSelf, "writes a policy of its own", rhino, on(onSelf, "iam:PutUserPolicy")),
	writing(toSelf, "attaches a policy to itself", rhino, on(onSelf, "iam:AttachRolePolicy")),
	writing(toSelf, "writes a policy of its own", rhino, on(onSelf, "iam:PutRolePolicy")),
	writing(toOwnGroup, "attaches a policy to its own group", rhino, on(onTarget, "iam:AttachGroupPolicy")),
	writing(toOwnGroup, "writes a policy of its own group", rhino, on(onTarget, "iam:PutGroupPolicy")),
	writing(toOwnPolicy, "changes its own policy", rhino, on(onTarget, "iam:CreatePolicyVersion")),
	writing(toOwnPolicy, "selects another version of its own policy", rhino,
		on(onTarget, "iam:SetDefaultPolicyVersion")).onlyIf("another version allows calls"),
	removing(toSelf, "deletes a policy of its own", "iam:DeleteUserPolicy"),
	removing(toSelf, "detaches a policy from itself", "iam:DetachUserPolicy"),
	removing(toSelf, "deletes a policy of its own", "iam:DeleteRolePolicy"),
	removing(toSelf, "detaches a policy from itself", "iam:DetachRolePolicy"),
	removing(toOwnGroup, "deletes a policy of its own group", "iam:DeleteGroupPolicy"),
	removing(toOwnGroup, "detaches a policy from its own group", "iam:DetachGroupPolicy"),
	removing(toOwnGroup, "removes itself from the group", "iam:RemoveUserFromGroup"),
	writing(toBoundary, "removes its permissions boundary", userGuide,
		on(onSelf, "iam:DeleteUserPermissionsBoundary")),
	writing(toBoundary, "replaces its permissions boundary", userGuide,
		on(onSelf, "iam:PutUserPermissionsBoundary")),
	writing(toBoundary, "removes its permissions boundary", userGuide,
		on(onSelf, "iam:DeleteRolePermissionsBoundary")),
	writing(toBoundary, "replaces its permissions boundary", userGuide,
		on(onSelf, "iam:PutRolePermissionsBoundary")),
	writing(toBoundary, "changes its permissions boundary", rhino, on(onTarget, "iam:CreatePolicyVersion")),
	writing(toGroup, "adds itself to the group", rhino, on(onTarget, "iam:AddUserToGroup")),

	writing(toHeldRole, "attaches a policy to, and assumes, the role", rhino, on(onTarget, "iam:AttachRolePolicy")),
	writing(toHeldRole, "writes a policy of, and assumes, the role", rhino, on(onTarget, "iam:PutRolePolicy")),
	writing(toHeldRole, "changes a policy of, and assumes, the role", "iam-016", on(onPolicy, "iam:CreatePolicyVersion")),
	writing(toOtherRole, "changes a policy of, and adds itself to the trust policy of, the role", "iam-020",
		on(onPolicy, "iam:CreatePolicyVersion"), on(onTarget, "iam:UpdateAssumeRolePolicy")),
	writing(toOtherUser, "changes a policy of, and creates an access key of, the user", userGuide,
		on(onPolicy, "iam:CreatePolicyVersion"), on(onTarget, "iam:CreateAccessKey")),
	writing(toOtherRole, "attaches a policy to, and adds itself to the trust policy of, the role", "iam-019",
		on(onTarget, "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy")),
	writing(toOtherRole, "writes a policy of, and adds itself to the trust policy of, the role", "iam-021",
		on(onTarget, "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy")),
	writing(toOtherUser, "attaches a policy to, and creates an access key of, the user", "iam-015",
		on(onTarget, "iam:AttachUserPolicy", "iam:CreateAccessKey")),
	writing(toOtherUser, "writes a policy of, and creates an access key of, the user", "iam-018",
		on(onTarget, "iam:PutUserPolicy", "iam:CreateAccessKey")),

	writing(toNewUser, "creates, with an access key,", "iam-015",
		on("iam:user/", "iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey")),
	writing(toNewUser, "creates, with an access key,", "iam-018",
		on("iam:user/", "iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey")),
	writing(toNewRole, "creates, and may assume,", userGuide,
		on("iam:role/", "iam:CreateRole", "iam:AttachRolePolicy")),
	writing(toNewRole, "creates, and may assume,", userGuide,
		on("iam:role/", "iam:CreateRole", "iam:PutRolePolicy")),

	writing(toProvidedRole, "replaces the keys of the identity provider of the role", userGuide,
		on(onProvider, "iam:UpdateSAMLProvider")).of(":saml-provider/"),
	writing(toProvidedRole, "changes the certificates of the identity provider of the role", userGuide,
		on(onProvider, "iam:UpdateOpenIDConnectProviderThumbprint")).of(":oidc-provider/").
		onlyIf("it controls the provider's address"),
	writing(toProvidedRole, "adds an audience to the identity provider of the role", userGuide,
		on(onProvider, "iam:AddClientIDToOpenIDConnectProvider")).of(":oidc-provider/").
		onlyIf("the trust policy accepts a token with it"),
	writing(toProvidedRole, "lets an identity pool issue sessions of the role", "cognitoidentity-001",
		on(onTarget, passRole), on("cognito-identity:identitypool/", "cognito-identity:SetIdentityPoolRoles")).
		of("cognito-identity").onlyIf("the trust policy accepts the pool"),

	passing("ec2", rhino, on("ec2:instance/", "ec2:RunInstances")),
	passing("ec2", "emr-001", on(onAll, "elasticmapreduce:RunJobFlow")),
	passing("ec2", "ec2-003", on(onAll, "ec2:RequestSpotInstances")),
	passing("lambda", rhino, on("lambda:function:", "lambda:CreateFunction", "lambda:InvokeFunction")),
	passing("lambda", "lambda-006", on("lambda:function:", "lambda:CreateFunction", "lambda:AddPermission")),
	passing("lambda", rhino, on("lambda:function:", "lambda:CreateFunction"), on(onAll, "lambda:CreateEventSourceMapping")),
	passing("ecs-tasks", "ecs-004", on("ecs:task-definition/", "ecs:RegisterTaskDefinition", "ecs:RunTask")),
	passing("ecs-tasks", "ecs-005", on("ecs:task-definition/", "ecs:RegisterTaskDefinition", "ecs:StartTask")),
	passing("ecs-tasks", "ecs-003", on("ecs:task-definition/", "ecs:RegisterTaskDefinition"),
		on("ecs:service/", "ecs:CreateService")),
	passing("ecs-tasks", "batch-001", on("batch:job-definition/", "batch:RegisterJobDefinition", "batch:SubmitJob")),
	passing("codebuild", "codebuild-001", on("codebuild:project/", "codebuild:CreateProject", "codebuild:StartBuild")),
	passing("codebuild", "codebuild-004", on("codebuild:project/", "codebuild:CreateProject", "codebuild:StartBuildBatch")),
	passing("glue", rhino, on("glue:devEndpoint/", "glue:CreateDevEndpoint")),
	passing("glue", "glue-003", on("glue:job/", "glue:CreateJob", "glue:StartJobRun")),
	passing("glue", "glue-005", on("glue:job/", "glue:UpdateJob", "glue:StartJobRun")),
	passing("ssm", "ssm-003", on("ssm:document/", "ssm:CreateDocument"), on("ssm:automation-definition/", "ssm:StartAutomationExecution")),
	passing("sagemaker", "sagemaker-001", on("sagemaker:notebook-instance/", "sagemaker:CreateNotebookInstance")),
	passing("sagemaker", "sagemaker-002", on("sagemaker:training-job/", "sagemaker:CreateTrainingJob")),
	passing("sagemaker", "sagemaker-003", on("sagemaker:processing-job/", "sagemaker:CreateProcessingJob")),
	passing("tasks.apprunner", "apprunner-001", on("apprunner:service/", "apprunner:CreateService")),
	passing("bedrock-agentcore", "bedrock-001", on("bedrock-agentcore:code-interpreter-custom/",
		"bedrock-agentcore:CreateCodeInterpreter", "bedrock-agentcore:StartCodeInterpreterSession",
		"bedrock-agentcore:InvokeCodeInterpreter")),
	passing("ec2", rhino, on(onAll,
		"datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline")),
	passing("states", "https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html",
		on("states:stateMachine:", "states:CreateStateMachine", "states:StartExecution")),
	passing("pods.eks", "https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html",
		on("eks:cluster/", "eks:CreatePodIdentityAssociation")),

	running("lambda", "a function", rhino, on("lambda:function:", "lambda:UpdateFunctionCode")),
	running("ec2", "an instance", "ssm-001", on("ec2:instance/", "ssm:StartSession")),
	running("ec2", "an instance", "ssm-002", on("ec2:instance/", "ssm:SendCommand")),
	running("ec2", "an instance", "ec2instanceconnect-003", on("ec2:instance/", "ec2-instance-connect:SendSSHPublicKey")),
	running("ec2", "an instance", "ec2-002",
		on("ec2:instance/", "ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances")),
	running("ec2", "a launch template", "ec2-005",
		on("ec2:launch-template/", "ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate")),
	running("ecs-tasks", "a job definition", "batch-002", on("batch:job-definition/", "batch:SubmitJob")),
	running("ecs-tasks", "a task", "ecs-006", on("ecs:cluster/", "ecs:ExecuteCommand")),
	running("codebuild", "a project", "codebuild-002", on("codebuild:project/", "codebuild:StartBuild")),
	running("codebuild", "a project", "codebuild-003", on("codebuild:project/", "codebuild:StartBuildBatch")),
	running("tasks.apprunner", "a service", "apprunner-002", on("apprunner:service/", "apprunner:UpdateService")),
	running("glue", "a development endpoint", rhino, on("glue:devEndpoint/", "glue:UpdateDevEndpoint")),
	running("sagemaker", "a notebook", "sagemaker-004",
		on("sagemaker:notebook-instance/", "sagemaker:CreatePresignedNotebookInstanceUrl")),
	running("sagemaker", "a notebook", "sagemaker-005",
		on("sagemaker:notebook-instance-lifecycle-config/", "sagemaker:CreateNotebookInstanceLifecycleConfig"),
		on("sagemaker:notebook-instance/",
			"sagemaker:StopNotebookInstance", "sagemaker:UpdateNotebookInstance", "sagemaker:StartNotebookInstance")),
}

// NotModelled says in one line what the list of who can become a caller leaves out.
const NotModelled = "Not modelled in the second list: the root user; policies of organizations, sessions and resources; " +
	"ways of more steps than these; other requests that a way takes; which code runs under a role now; " +
	"identity providers that are missing in the account; credentials and code that are found or stolen."

// writing is a way of writing to IAM.
func writing(to targets, effect, source string, steps ...step) way {
	return way{steps: steps, targets: to, effect: effect, source: source}
}

// removing is the way of removing a policy with a Deny.
func removing(to targets, effect, action string) way {
	place := onSelf
	if to == toOwnGroup {
		place = onTarget
	}
	w := writing(to, effect, userGuide, on(place, action))
	w.removes = true
	return w
}

// takesAway reports which policies of a principal a way removes or replaces, by their
// names in Attachments. changed is the name of the group or the ARN of the policy that
// changes.
func (w *way) takesAway(changed string) func(name string) bool {
	prefix := ""
	switch w.steps[0].actions[0] {
	case "iam:PutUserPolicy", "iam:PutRolePolicy", "iam:DeleteUserPolicy", "iam:DeleteRolePolicy":
		prefix = "inline policy "
	case "iam:DetachUserPolicy", "iam:DetachRolePolicy":
		prefix = "policy "
	case "iam:PutGroupPolicy", "iam:DeleteGroupPolicy":
		prefix = "group " + changed + ", inline policy "
	case "iam:DetachGroupPolicy":
		prefix = "group " + changed + ", policy "
	case "iam:RemoveUserFromGroup":
		prefix = "group " + changed + ", "
	case "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion":
		return func(name string) bool { return strings.HasSuffix(name, "policy "+changed) }
	default:
		return nil
	}
	return func(name string) bool { return strings.HasPrefix(name, prefix) }
}

// of returns the way for a service or kind of provider.
func (w way) of(service string) way {
	w.service = service
	return w
}

// onlyIf returns the way with what else must hold.
func (w way) onlyIf(when string) way {
	w.when = when
	return w
}

const passRole = "iam:PassRole"

// passing is the way of passing a role to a service and having it run code of the
// principal's.
func passing(service, source string, steps ...step) way {
	steps = append([]step{on(onTarget, passRole)}, steps...)
	return writing(toPassedRole, "lets "+service+" run its code under the role", source, steps...).of(service)
}

// running is the way of changing what already runs under a role.
func running(service, what, source string, steps ...step) way {
	effect := "runs its code in " + what + " of " + service + " under the role"
	return writing(toPassedRole, effect, source, steps...).of(service).onlyIf(what + " has the role")
}

// on returns a step with these actions.
func on(place string, actions ...string) step { return step{place, actions} }

func (w *way) actions() []string { return actionsOf(w.steps) }

func actionsOf(steps []step) []string {
	var actions []string
	for _, s := range steps {
		actions = append(actions, s.actions...)
	}
	return actions
}

// url returns the address of the way's source.
func (w *way) url() string {
	if strings.HasPrefix(w.source, "https:") {
		return w.source
	}
	return "https://pathfinding.cloud/paths/" + w.source
}

func (w *way) name() string { return strings.Join(w.actions(), ", ") }

// removeBoundary has the actions that remove or replace a permissions boundary. The key
// reports whether the boundary is a role's.
var removeBoundary = map[bool][]string{
	false: {"iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"},
	true:  {"iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"},
}
