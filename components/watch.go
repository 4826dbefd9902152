package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/accessanalyzer"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// Watch watches an HTTP API: alarms on refused and throttled requests and on errors of the
// server, saved queries of its access log, and an analyzer of access from outside of the
// account.
type Watch struct {
	pulumi.ResourceState

	// Alarms are the alarms, by the field of Thresholds in lower camel case: refused,
	// serverErrors and throttled. The map is empty without WatchArgs.Alarms.
	Alarms map[string]*cloudwatch.MetricAlarm
}

// WatchArgs are the inputs of a Watch. Alarms or AccessAnalyzer must be set.
type WatchArgs struct {
	// Alarms creates the alarms, and with these the saved queries; nil for none.
	Alarms *Alarms
	// AccessAnalyzer creates an external-access analyzer. AWS allows one for each account
	// and Region, so it must not have one yet.
	AccessAnalyzer bool
	// Tags are set on the alarms and the analyzer; see access.CheckTags.
	Tags map[string]string
}

// Alarms are alarms on one stage of an HTTP API that logs in AccessLogFormat or
// TokenLogFormat.
type Alarms struct {
	// ApiName is the API's name, for the descriptions. Required.
	ApiName string
	// ApiId is the API's id. Required.
	ApiId pulumi.StringInput
	// Stage is the stage's name. Default DefaultStage.
	Stage string
	// LogGroupName is the name of the access log's log group. Required.
	LogGroupName pulumi.StringInput
	// Tokens adds the claims of tokens to the saved queries. The stage must log in
	// TokenLogFormat.
	Tokens bool
	// TopicArn is the ARN of an SNS topic of the same Region. It gets a message when an
	// alarm goes off and when it is over; see CheckTopicArn. Nil for none.
	TopicArn pulumi.StringInput
	// Thresholds say when the alarms go off.
	Thresholds Thresholds
}

// NewWatch creates the alarms with the metric filters and queries that belong to them, and
// the analyzer.
func NewWatch(ctx *pulumi.Context, name string, args *WatchArgs, opts ...pulumi.ResourceOption) (*Watch, error) {
	a := valueOf(args)
	if err := a.validate(name); err != nil {
		return nil, err
	}
	c := &Watch{Alarms: map[string]*cloudwatch.MetricAlarm{}}
	inputs := pulumi.Map{"accessAnalyzer": pulumi.Bool(a.AccessAnalyzer)}
	if err := ctx.RegisterComponentResourceV2(TypeWatch, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	if a.Alarms != nil {
		b := newWatchBuilder(ctx, name, a, c)
		for _, create := range []func() error{b.createFilters, b.createAlarms, b.createQueries} {
			if err := create(); err != nil {
				return nil, err
			}
		}
	}
	if a.AccessAnalyzer {
		// The name is fixed: another one would replace the analyzer, and AWS does not allow
		// a second one.
		if _, err := accessanalyzer.NewAnalyzer(ctx, name+"-external-access", &accessanalyzer.AnalyzerArgs{
			AnalyzerName: pulumi.String("external-access"),
			Type:         pulumi.String("ACCOUNT"),
			Tags:         pulumi.ToStringMap(a.Tags),
		}, children(c)...); err != nil {
			return nil, err
		}
	}
	arns := pulumi.StringMap{}
	for kind, alarm := range c.Alarms {
		arns[kind] = alarm.Arn
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"alarmArns": arns})
}

func (args WatchArgs) validate(name string) error {
	p := check("Watch", name)
	p.required("Alarms or AccessAnalyzer", args.Alarms != nil || args.AccessAnalyzer)
	if a := args.Alarms; a != nil {
		p.field("Alarms.ApiName", a.ApiName, CheckApiName(a.ApiName))
		p.required("Alarms.ApiId", a.ApiId != nil)
		if a.Stage != "" {
			p.field("Alarms.Stage", a.Stage, CheckStageName(a.Stage))
		}
		p.required("Alarms.LogGroupName", a.LogGroupName != nil)
		for _, kind := range alarmKinds {
			n := kind.threshold(a.Thresholds.withDefaults())
			p.field(fmt.Sprintf("Alarms.Thresholds: %s", kind.name), n, CheckThreshold(n))
		}
	}
	p.each("Tags", access.CheckTags(args.Tags))
	return p.err()
}
