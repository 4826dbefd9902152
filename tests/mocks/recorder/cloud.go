package recorder

// Cloud says where the mocked resources are.
type Cloud struct {
	// Partition and Region appear in ARNs, Domain in URLs.
	Partition, Region, Domain string
}

// Three partitions of AWS.
var (
	AWS      = Cloud{Partition: "aws", Region: "us-east-1", Domain: "amazonaws.com"}
	GovCloud = Cloud{Partition: "aws-us-gov", Region: "us-gov-west-1", Domain: "amazonaws.com"}
	China    = Cloud{Partition: "aws-cn", Region: "cn-north-1", Domain: "amazonaws.com.cn"}
)

// Account is the account of all mocked resources.
const Account = "111122223333"

// SecretKey is the prefix of every secret access key that the mocks return.
const SecretKey = "not-a-real-secret-of-"

// Tokens of the types that tests name. The mocks accept any type.
const (
	Api                             = "aws:apigatewayv2/api:Api"
	ApiMapping                      = "aws:apigatewayv2/apiMapping:ApiMapping"
	DomainName                      = "aws:apigatewayv2/domainName:DomainName"
	Record                          = "aws:route53/record:Record"
	Authorizer                      = "aws:apigatewayv2/authorizer:Authorizer"
	Integration                     = "aws:apigatewayv2/integration:Integration"
	Route                           = "aws:apigatewayv2/route:Route"
	Stage                           = "aws:apigatewayv2/stage:Stage"
	LogMetricFilter                 = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
	MetricAlarm                     = "aws:cloudwatch/metricAlarm:MetricAlarm"
	QueryDefinition                 = "aws:cloudwatch/queryDefinition:QueryDefinition"
	Analyzer                        = "aws:accessanalyzer/analyzer:Analyzer"
	LogGroup                        = "aws:cloudwatch/logGroup:LogGroup"
	Table                           = "aws:dynamodb/table:Table"
	AccessKey                       = "aws:iam/accessKey:AccessKey"
	Group                           = "aws:iam/group:Group"
	GroupMembership                 = "aws:iam/groupMembership:GroupMembership"
	GroupPolicyAttachment           = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
	GroupPolicyAttachmentsExclusive = "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive"
	GroupPoliciesExclusive          = "aws:iam/groupPoliciesExclusive:GroupPoliciesExclusive"
	InstanceProfile                 = "aws:iam/instanceProfile:InstanceProfile"
	OidcProvider                    = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	Policy                          = "aws:iam/policy:Policy"
	Role                            = "aws:iam/role:Role"
	RolePolicyAttachment            = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	RolePolicyAttachmentsExclusive  = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
	RolePoliciesExclusive           = "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive"
	User                            = "aws:iam/user:User"
	UserPolicyAttachmentsExclusive  = "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive"
	UserPoliciesExclusive           = "aws:iam/userPoliciesExclusive:UserPoliciesExclusive"
	Function                        = "aws:lambda/function:Function"
	Permission                      = "aws:lambda/permission:Permission"
	AwsProvider                     = "pulumi:providers:aws"
)

// Tokens of the functions that the mocks implement.
const (
	GetCallerIdentity = "aws:index/getCallerIdentity:getCallerIdentity"
	GetRegion         = "aws:index/getRegion:getRegion"
	GetRole           = "aws:iam/getRole:getRole"
	GetFunction       = "aws:lambda/getFunction:getFunction"
)
