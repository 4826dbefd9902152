package access

import (
	"fmt"
	"slices"
	"strings"
)

const servicePrincipalSuffix = ".amazonaws.com"

// services are the AWS services that assume roles of an account, by their names in
// service principals. Sources: the trust policies in the services' own guides and
// the Service Authorization Reference.
var services = strings.Fields(`
	airflow airflow-env amplify apidestinations.events apigateway appconfig appflow application-autoscaling
	appsync athena autoscaling backup batch bedrock bedrock-agentcore billingconductor build.apprunner
	chatbot chime cloudformation cloudfront cloudtrail codebuild codecommit codedeploy codepipeline
	cognito-idp config connect credentials.iot databrew datapipeline datasync
	datazone dax delivery.logs devicefarm dlm dms ds dynamodb ec2 ec2fleet ecs ecs-tasks edgelambda eks
	eks-fargate-pods elasticache elasticbeanstalk elasticfilesystem elasticmapreduce elastictranscoder
	emr-containers emr-serverless es events evidently export.rds finspace firehose fis forecast
	frauddetector fsx gamelift glue grafana greengrass guardduty healthlake imagebuilder inspector
	inspector2 iot iotanalytics iotevents iotfleetwise iotsitewise ivs kafka kafkaconnect kendra kinesis
	kinesisanalytics kinesisvideo lakeformation lambda lex lexv2 lightsail location logs m2 macie
	managedblockchain mediaconnect mediaconvert medialive mediapackage mediatailor memorydb mgn
	monitoring.rds mq mwaa neptune-graph omics opensearchservice opsworks osis-pipelines personalize
	pinpoint pipes polly qbusiness quicksight rds redshift redshift-serverless rekognition
	resource-groups robomaker rolesanywhere route53 s3 sagemaker scheduler secretsmanager securityhub
	serverlessrepo servicecatalog servicediscovery ses signer sns sqs ssm ssm-incidents states
	storagegateway streams.metrics.cloudwatch swf synthetics tasks.apprunner textract timestream
	transcribe transfer translate verifiedpermissions vpc-flow-logs vmie wafv2 workmail workspaces
	workspaces-web xray
`)

// CheckService accepts the name of a service that assumes roles, as in the service
// principal NAME.amazonaws.com.
func CheckService(name string) error {
	if short, long := strings.CutSuffix(strings.TrimSuffix(name, ".cn"), servicePrincipalSuffix); long {
		return fmt.Errorf("must be the name alone: %q", short)
	}
	if name == "pods.eks" {
		return fmt.Errorf("must be another service: EKS Pod Identity also tags sessions, which this kind of trust does not allow")
	}
	if !slices.Contains(services, name) {
		return fmt.Errorf(`must be a service that assumes roles, as its service principal NAME.amazonaws.com calls it, such as "ec2", "lambda", "ecs-tasks" or "states"`)
	}
	return nil
}

// KnownServicePrincipal reports whether a text is the service principal of a service
// that [CheckService] accepts.
func KnownServicePrincipal(text string) bool {
	name, is := strings.CutSuffix(text, servicePrincipalSuffix)
	return is && slices.Contains(services, name)
}
