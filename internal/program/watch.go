package program

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/internal/config"
)

// Alarms are the alarms of the stack.
type Alarms struct {
	TopicArn   string                // empty for none
	Thresholds components.Thresholds // 0 for the default
}

// readAlarms reads the alarms. An empty map, which is the default, means none.
func (p *parser) readAlarms(v config.Value) {
	var alarms Alarms
	threshold := func(to *int) func(config.Value) {
		return func(v config.Value) { *to = v.Whole(components.CheckThreshold) }
	}
	v.Fields(map[string]func(config.Value){
		"topicArn": func(v config.Value) { alarms.TopicArn = v.Checked(components.CheckTopicArn) },
		"thresholds": func(v config.Value) {
			v.Fields(map[string]func(config.Value){
				"refused":      threshold(&alarms.Thresholds.Refused),
				"serverErrors": threshold(&alarms.Thresholds.ServerErrors),
				"throttled":    threshold(&alarms.Thresholds.Throttled),
			})
		},
	})
	if len(v.Keys()) > 0 {
		p.plan.Alarms = &alarms
	}
}

func (d *deployment) createWatch() error {
	if d.Alarms == nil && !d.AccessAnalyzer {
		return nil
	}
	args := &components.WatchArgs{AccessAnalyzer: d.AccessAnalyzer, Tags: d.Tags}
	if d.Alarms != nil {
		args.Alarms = &components.Alarms{
			ApiName:      d.ApiName,
			ApiId:        d.api.ApiId,
			Stage:        d.api.Stage,
			LogGroupName: d.api.LogGroupName,
			Tokens:       len(d.Authorizers) > 0,
			Thresholds:   d.Alarms.Thresholds,
		}
		if d.Alarms.TopicArn != "" {
			args.Alarms.TopicArn = pulumi.String(d.Alarms.TopicArn)
		}
	}
	_, err := components.NewWatch(d.ctx, "watch", args)
	return err
}
