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
	airflow airflow-env amplify apigateway appconfig appflow application-autoscaling appstream
	appsync athena autoscaling backup batch bedrock bedrock-agentcore billingconductor
	build.apprunner chatbot chime cleanrooms cloud9 cloudformation cloudfront cloudtrail codebuild
	codedeploy codepipeline cognito-idp comprehend config connect credentials.deadline
	credentials.iot databrew datapipeline datasync datazone dax dlm dms ds ec2 ecs ecs-tasks edgelambda
	eks eks-fargate-pods elasticbeanstalk elasticfilesystem elasticmapreduce elastictranscoder
	emr-containers emr-serverless entityresolution es events evidently export.rds finspace firehose
	fis forecast frauddetector fsx gamelift glue grafana greengrass groundstation healthlake
	imagebuilder iot iotanalytics iotevents iotfleetwise iotsitewise iottwinmaker iotwireless kafka
	kafkaconnect kendra kinesis kinesisanalytics kinesisvideo lakeformation lambda lex lexv2
	lightsail location logs m2 malware-protection-plan.guardduty mediaconnect mediaconvert medialive
	mediapackage mediatailor mgn monitoring.rds neptune-graph omics opensearchservice opsworks
	osis-pipelines personalize pinpoint pipes pods.eks qbusiness quicksight rds redshift redshift-serverless
	rekognition resource-groups robomaker rolesanywhere s3 sagemaker scheduler servicecatalog ses sns spotfleet
	ssm ssm-incidents states storagegateway streams.metrics.cloudwatch swf synthetics
	tasks.apprunner textract timestream transcribe transfer translate verifiedpermissions vmie
	voiceconnector.chime vpc-flow-logs workspaces
`)

// taggingServices are the services that need sts:TagSession to assume a role, each with
// what to do instead.
var taggingServices = map[string]string{
	"pods.eks":      "EKS Pod Identity also tags sessions; write podIdentity: {cluster, namespace, serviceAccount} instead",
	"rolesanywhere": "IAM Roles Anywhere also tags sessions, which this kind of trust does not allow",
}

// CheckService accepts the name of a service that assumes roles, as in the service
// principal NAME.amazonaws.com.
func CheckService(name string) error {
	if short, long := strings.CutSuffix(strings.TrimSuffix(name, ".cn"), servicePrincipalSuffix); long {
		return fmt.Errorf("must be the name alone: %q", short)
	}
	if reason := taggingServices[name]; reason != "" {
		return fmt.Errorf("must be another service: %s", reason)
	}
	if !slices.Contains(services, name) {
		return fmt.Errorf("must be a service that assumes roles, by the NAME in its service principal NAME.amazonaws.com, " +
			`such as "ec2", "lambda", "ecs-tasks" or "states"`)
	}
	return nil
}

// KnownServicePrincipal reports whether a text is the service principal of a service
// that is known to assume roles.
func KnownServicePrincipal(text string) bool {
	name, is := strings.CutSuffix(text, servicePrincipalSuffix)
	return is && slices.Contains(services, name)
}
