//go:build bench && unix

package benchmarks_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// plain declares the resources and the outputs of a stack with the SDK alone. It
// checks nothing and computes no access matrix.
type plain struct {
	stack
	ctx        *pulumi.Context
	components bool  // whether the resources are in components
	err        error // the first
	api        *apigatewayv2.Api
	policies   map[string]*iam.Policy
	members    map[string]pulumi.StringArray
}

// plain declares the resources without components.
func (s stack) plain(ctx *pulumi.Context) error { return s.declare(ctx, false) }

// bare declares the resources in components that do nothing else.
func (s stack) bare(ctx *pulumi.Context) error { return s.declare(ctx, true) }

func (s stack) declare(ctx *pulumi.Context, components bool) error {
	p := &plain{stack: s, ctx: ctx, components: components, policies: map[string]*iam.Policy{}, members: map[string]pulumi.StringArray{}}
	p.declareApi(p.declareService())
	p.declareUsers()
	p.declareGroups()
	p.declareRoles()
	return p.err
}

// within declares the resources of a component, with the options that they need,
// and registers the outputs that declare returns.
func (p *plain) within(kind, name string, declare func(child ...pulumi.ResourceOption) pulumi.Map) {
	if !p.components {
		declare()
		return
	}
	c := &pulumi.ResourceState{}
	err := p.ctx.RegisterComponentResourceV2("iam-secured-api:components:"+kind, name, pulumi.Map{"name": pulumi.String(name)}, c)
	keep(p, c, err)
	outputs := declare(pulumi.Parent(c))
	keep(p, c, p.ctx.RegisterResourceOutputs(c, outputs))
}

// keep returns the resource, and keeps the first error.
func keep[R any](p *plain, resource R, err error) R {
	if p.err == nil {
		p.err = err
	}
	return resource
}

func (p *plain) declareService() *lambda.Function {
	table, err := dynamodb.NewTable(p.ctx, "products-table", &dynamodb.TableArgs{
		BillingMode:         pulumi.String("PAY_PER_REQUEST"),
		HashKey:             pulumi.String("id"),
		Attributes:          dynamodb.TableAttributeArray{dynamodb.TableAttributeArgs{Name: pulumi.String("id"), Type: pulumi.String("S")}},
		PointInTimeRecovery: dynamodb.TablePointInTimeRecoveryArgs{Enabled: pulumi.Bool(true)},
	})
	keep(p, table, err)
	logs, err := cloudwatch.NewLogGroup(p.ctx, "products-log", &cloudwatch.LogGroupArgs{NamePrefix: pulumi.String("/aws/lambda/products-"), RetentionInDays: pulumi.Int(365)})
	keep(p, logs, err)
	policy, err := iam.NewPolicy(p.ctx, "products-service", &iam.PolicyArgs{Policy: pulumi.Sprintf(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:Scan","dynamodb:PutItem"],"Resource":"%s"},`+
			`{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"%s:*"}]}`, table.Arn, logs.Arn)})
	keep(p, policy, err)
	role := p.declareRole("products", "", trusting(`{"Service":"lambda.amazonaws.com"}`), map[string]*iam.Policy{"service": policy})
	function, err := lambda.NewFunction(p.ctx, "products-function", &lambda.FunctionArgs{
		Runtime:       pulumi.String("provided.al2023"),
		Architectures: pulumi.ToStringArray([]string{"arm64"}),
		Handler:       pulumi.String("bootstrap"),
		Code:          pulumi.NewFileArchive(p.Backend.Archive),
		Role:          role.Arn,
		MemorySize:    pulumi.Int(128),
		Timeout:       pulumi.Int(10),
		Environment:   lambda.FunctionEnvironmentArgs{Variables: pulumi.StringMap{"TABLE_NAME": table.Name}},
		LoggingConfig: lambda.FunctionLoggingConfigArgs{LogFormat: pulumi.String("JSON"), LogGroup: logs.Name},
	})
	return keep(p, function, err)
}

func (p *plain) declareApi(function *lambda.Function) {
	p.within("HttpApi", "api", func(child ...pulumi.ResourceOption) pulumi.Map {
		api, err := apigatewayv2.NewApi(p.ctx, "api-api", &apigatewayv2.ApiArgs{Name: pulumi.String("ProductAPI"), ProtocolType: pulumi.String("HTTP")}, child...)
		p.api = keep(p, api, err)
		stage := p.declareStage(p.declareRoutes(function, child), child)
		p.ctx.Export("invokeUrl", stage.InvokeUrl)
		return pulumi.Map{"apiId": api.ID(), "executionArn": api.ExecutionArn, "invokeUrl": stage.InvokeUrl}
	})
	arns, documents := pulumi.StringArrayMap{}, pulumi.StringArrayMap{}
	for _, name := range slices.Sorted(maps.Keys(p.Policies)) {
		p.within("InvokePolicy", name, func(child ...pulumi.ResourceOption) pulumi.Map {
			grants := p.Policies[name].Allow
			policy, err := iam.NewPolicy(p.ctx, name+"-invoke", &iam.PolicyArgs{
				Policy: p.api.ExecutionArn.ApplyT(func(arn string) string { return document(arn, grants) }).(pulumi.StringOutput),
			}, child...)
			p.policies[name] = keep(p, policy, err)
			arns[name] = pulumi.StringArray{policy.Arn}
			documents[name] = pulumi.StringArray{policy.Policy}
			return pulumi.Map{"arn": policy.Arn}
		})
	}
	p.ctx.Export("policyArns", arns)
	p.ctx.Export("policyDocuments", documents)
}

func (p *plain) declareRoutes(function *lambda.Function, child []pulumi.ResourceOption) (routes []pulumi.Resource) {
	permission, err := lambda.NewPermission(p.ctx, "api-permission", &lambda.PermissionArgs{
		Action: pulumi.String("lambda:InvokeFunction"), Function: function.Name, Principal: pulumi.String("apigateway.amazonaws.com"),
		SourceArn: pulumi.Sprintf("%s/prod/*", p.api.ExecutionArn),
	}, child...)
	keep(p, permission, err)
	integration, err := apigatewayv2.NewIntegration(p.ctx, "api-backend", &apigatewayv2.IntegrationArgs{
		ApiId: p.api.ID(), IntegrationType: pulumi.String("AWS_PROXY"), IntegrationMethod: pulumi.String("POST"),
		IntegrationUri: function.InvokeArn, PayloadFormatVersion: pulumi.String("2.0"),
	}, append(child, pulumi.DependsOn([]pulumi.Resource{permission}))...)
	keep(p, integration, err)
	for _, key := range slices.Sorted(maps.Keys(p.Routes)) {
		route, err := apigatewayv2.NewRoute(p.ctx, "api-"+key, &apigatewayv2.RouteArgs{
			ApiId: p.api.ID(), RouteKey: pulumi.String(key), AuthorizationType: pulumi.String("AWS_IAM"),
			Target: pulumi.Sprintf("integrations/%s", integration.ID()),
		}, child...)
		routes = append(routes, keep(p, route, err))
	}
	return routes
}

func (p *plain) declareStage(routes []pulumi.Resource, child []pulumi.ResourceOption) *apigatewayv2.Stage {
	logs, err := cloudwatch.NewLogGroup(p.ctx, "api-access-log",
		&cloudwatch.LogGroupArgs{NamePrefix: pulumi.String("/aws/vendedlogs/api-"), RetentionInDays: pulumi.Int(365)}, child...)
	keep(p, logs, err)
	stage, err := apigatewayv2.NewStage(p.ctx, "api-stage", &apigatewayv2.StageArgs{
		ApiId: p.api.ID(), Name: pulumi.String("prod"), AutoDeploy: pulumi.Bool(true),
		DefaultRouteSettings: &apigatewayv2.StageDefaultRouteSettingsArgs{ThrottlingRateLimit: pulumi.Float64(100), ThrottlingBurstLimit: pulumi.Int(200)},
		AccessLogSettings:    &apigatewayv2.StageAccessLogSettingsArgs{DestinationArn: logs.Arn, Format: pulumi.String(`{"requestId":"$context.requestId"}`)},
	}, append(child, pulumi.DependsOn(routes))...)
	return keep(p, stage, err)
}

func (p *plain) declareUsers() {
	users, secrets := pulumi.Map{}, pulumi.StringMap{}
	for _, name := range slices.Sorted(maps.Keys(p.Users)) {
		p.within("User", name, func(child ...pulumi.ResourceOption) pulumi.Map {
			user, err := iam.NewUser(p.ctx, name+"-user", &iam.UserArgs{Name: pulumi.String(name), ForceDestroy: pulumi.Bool(true)}, child...)
			keep(p, user, err)
			attached, err := iam.NewUserPolicyAttachmentsExclusive(p.ctx, name+"-policies",
				&iam.UserPolicyAttachmentsExclusiveArgs{UserName: user.Name, PolicyArns: pulumi.StringArray{}}, child...)
			keep(p, attached, err)
			inline, err := iam.NewUserPoliciesExclusive(p.ctx, name+"-inline-policies",
				&iam.UserPoliciesExclusiveArgs{UserName: user.Name, PolicyNames: pulumi.StringArray{}}, child...)
			keep(p, inline, err)
			entry := pulumi.Map{"arn": user.Arn, "groups": pulumi.ToStringArray(p.Users[name].Groups)}
			if p.Users[name].AccessKey {
				key, err := iam.NewAccessKey(p.ctx, name+"-key", &iam.AccessKeyArgs{User: user.Name}, child...)
				secrets[name], entry["accessKeyId"] = keep(p, key, err).Secret, key.ID()
			}
			users[name] = entry
			for _, group := range p.Users[name].Groups {
				p.members[group] = append(p.members[group], user.Name)
			}
			return pulumi.Map{"arn": user.Arn, "userName": user.Name}
		})
	}
	p.ctx.Export("users", users)
	p.ctx.Export("secretAccessKeys", pulumi.ToSecret(secrets))
}

func (p *plain) declareGroups() {
	for _, name := range slices.Sorted(maps.Keys(p.Groups)) {
		p.within("Group", name, func(child ...pulumi.ResourceOption) pulumi.Map {
			return p.declareGroup(name, child)
		})
	}
}

func (p *plain) declareGroup(name string, child []pulumi.ResourceOption) pulumi.Map {
	group, err := iam.NewGroup(p.ctx, name+"-group", &iam.GroupArgs{Name: pulumi.String(name)}, child...)
	keep(p, group, err)
	arns, attachments := pulumi.StringArray{}, []pulumi.Resource{}
	for _, policy := range p.Groups[name].Policies {
		attachment, err := iam.NewGroupPolicyAttachment(p.ctx, name+"-"+policy,
			&iam.GroupPolicyAttachmentArgs{Group: group.Name, PolicyArn: p.policies[policy].Arn}, child...)
		arns, attachments = append(arns, p.policies[policy].Arn), append(attachments, keep(p, attachment, err))
	}
	attached, err := iam.NewGroupPolicyAttachmentsExclusive(p.ctx, name+"-policies",
		&iam.GroupPolicyAttachmentsExclusiveArgs{GroupName: group.Name, PolicyArns: arns}, append(child, pulumi.DependsOn(attachments))...)
	keep(p, attached, err)
	inline, err := iam.NewGroupPoliciesExclusive(p.ctx, name+"-inline-policies",
		&iam.GroupPoliciesExclusiveArgs{GroupName: group.Name, PolicyNames: pulumi.StringArray{}}, child...)
	keep(p, inline, err)
	members, err := iam.NewGroupMembership(p.ctx, name+"-members",
		&iam.GroupMembershipArgs{Name: pulumi.String(name + "-members"), Group: group.Name, Users: p.members[name]}, child...)
	keep(p, members, err)
	return pulumi.Map{"arn": group.Arn, "groupName": group.Name}
}

func (p *plain) declareRoles() {
	for _, name := range slices.Sorted(maps.Keys(p.Roles)) {
		declared := p.Roles[name]
		trust := declared.Trust
		if trust.Service == "" {
			p.declareRole(name, name, trusting(fmt.Sprintf(`{"AWS":"arn:aws:iam::%s:%s"}`, trust.Account, trust.Principals[0])), p.named(declared.Policies))
			continue
		}
		role := p.declareRole(name, name, trusting(fmt.Sprintf(`{"Service":"%s.amazonaws.com"}`, trust.Service)), p.named(declared.Policies))
		profile, err := iam.NewInstanceProfile(p.ctx, name+"-profile", &iam.InstanceProfileArgs{Name: pulumi.String(name), Role: role.Name})
		keep(p, profile, err)
	}
}

func (p *plain) named(names []string) map[string]*iam.Policy {
	policies := map[string]*iam.Policy{}
	for _, name := range names {
		policies[name] = p.policies[name]
	}
	return policies
}

func (p *plain) declareRole(name, physical, trust string, policies map[string]*iam.Policy) *iam.Role {
	args := &iam.RoleArgs{AssumeRolePolicy: pulumi.String(trust), ForceDetachPolicies: pulumi.Bool(true)}
	if physical != "" {
		args.Name = pulumi.String(physical)
	}
	role, err := iam.NewRole(p.ctx, name+"-role", args)
	keep(p, role, err)
	arns, attachments := pulumi.StringArray{}, []pulumi.Resource{}
	for _, policy := range slices.Sorted(maps.Keys(policies)) {
		attachment, err := iam.NewRolePolicyAttachment(p.ctx, name+"-"+policy, &iam.RolePolicyAttachmentArgs{Role: role.Name, PolicyArn: policies[policy].Arn})
		arns, attachments = append(arns, policies[policy].Arn), append(attachments, keep(p, attachment, err))
	}
	attached, err := iam.NewRolePolicyAttachmentsExclusive(p.ctx, name+"-policies", &iam.RolePolicyAttachmentsExclusiveArgs{RoleName: role.Name, PolicyArns: arns}, pulumi.DependsOn(attachments))
	keep(p, attached, err)
	inline, err := iam.NewRolePoliciesExclusive(p.ctx, name+"-inline-policies", &iam.RolePoliciesExclusiveArgs{RoleName: role.Name, PolicyNames: pulumi.StringArray{}})
	keep(p, inline, err)
	return role
}
