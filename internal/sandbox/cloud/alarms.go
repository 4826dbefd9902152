package cloud

import (
	"fmt"
	"regexp"
	"time"
)

// AlarmSettings are the settings that PutMetricAlarm takes for an alarm on one metric.
type AlarmSettings struct {
	AlarmName        string `state:",name"`
	AlarmDescription string
	ActionsEnabled   bool
	// Actions are ARNs of SNS topics.
	AlarmActions            []string
	OKActions               []string
	InsufficientDataActions []string

	Namespace  string
	MetricName string
	Dimensions map[string]string
	Statistic  string
	// Period is the length of a data point, in seconds.
	Period int
	// EvaluationPeriods is the number of data points that are evaluated. DatapointsToAlarm
	// of these must breach the threshold; 0 means all.
	EvaluationPeriods  int
	DatapointsToAlarm  int
	Threshold          float64
	ComparisonOperator string
	// TreatMissingData says what a period without data is: missing, ignore, breaching or
	// notBreaching.
	TreatMissingData string
}

// Alarm is a metric alarm.
type Alarm struct {
	AlarmSettings
	ARN         string `state:"-"`
	Tags        map[string]string
	State       string    `state:"-"` // INSUFFICIENT_DATA, OK or ALARM
	StateReason string    `state:"-"`
	StateSince  time.Time // of the last change
}

func (a *Alarm) view(*state) Alarm { return *a }

func (a *Alarm) metric() Metric { return Metric{a.Namespace, a.MetricName, a.Dimensions} }

var alarms = &shelf[*region, *Alarm, Alarm]{
	things:  func(r *region) *map[string]*Alarm { return &r.Alarms },
	missing: missing[*region](CodeAlarmNotFound, "alarm %s not found"),
	quota:   quota{maxAlarms, CodeLimitExceeded, "alarms"},
	tags:    func(a *Alarm) *map[string]string { return &a.Tags },
	tagCode: CodeValidation,
}

var (
	reAlarmName = regexp.MustCompile(`^[\x20-\x7e]{1,255}$`)
	reTopicARN  = regexp.MustCompile(`^arn:aws:sns:([a-z0-9-]+):(\d{12}):([A-Za-z0-9_-]{1,256}(\.fifo)?)$`)
)

func (r *Region) alarmARN(name string) string {
	return fmt.Sprintf("arn:aws:cloudwatch:%s:%s:alarm:%s", r.name, r.account.id, name)
}

// check applies the rules to an alarm in a region.
func (s AlarmSettings) check(region string) error {
	if !reAlarmName.MatchString(s.AlarmName) {
		return errorf(CodeValidation, "alarm name %q is invalid: 1 to 255 ASCII characters", s.AlarmName)
	}
	if len(s.AlarmDescription) > 1024 {
		return errorf(CodeValidation, "alarm description has more than 1024 characters")
	}
	for _, actions := range [][]string{s.AlarmActions, s.OKActions, s.InsufficientDataActions} {
		if err := checkActions(actions, region); err != nil {
			return err
		}
	}
	if err := s.checkMetric(); err != nil {
		return err
	}
	return s.checkEvaluation()
}

// checkActions accepts topics of the region. CloudWatch does not check that they exist.
func checkActions(actions []string, region string) error {
	if len(actions) > maxAlarmActions {
		return errorf(CodeValidation, "an alarm has %d actions for a state, may have at most %d", len(actions), maxAlarmActions)
	}
	for _, arn := range actions {
		m := reTopicARN.FindStringSubmatch(arn)
		switch {
		case m == nil:
			return errorf(CodeValidation, "Invalid arn syntax: %s", arn)
		case m[1] != region:
			return errorf(CodeValidation, "Invalid region %s specified. Only %s is supported.", m[1], region)
		case m[4] != "":
			return notModelled("FIFO topics as actions of alarms")
		}
	}
	return nil
}

func (s AlarmSettings) checkMetric() error {
	if s.Namespace == "" || s.MetricName == "" {
		return notModelled("alarms without a metric")
	}
	if len(s.Dimensions) > 30 {
		return errorf(CodeValidation, "an alarm's metric may have at most 30 dimensions")
	}
	err := oneOf(CodeValidation, "statistic", s.Statistic, "SampleCount", "Average", "Sum", "Minimum", "Maximum")
	if err == nil && s.Statistic != "Sum" {
		return notModelled("the statistic " + s.Statistic + ": only Sum")
	}
	return err
}

func (s AlarmSettings) checkEvaluation() error {
	if err := oneOf(CodeValidation, "comparison operator", s.ComparisonOperator, "GreaterThanOrEqualToThreshold",
		"GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"); err != nil {
		return err
	}
	if err := oneOf(CodeValidation, "treatment of missing data", s.TreatMissingData,
		missingData, ignoreMissing, breaching, notBreaching); err != nil {
		return err
	}
	switch {
	case s.Period == 10 || s.Period == 20 || s.Period == 30:
		return notModelled("periods of less than a minute")
	case s.Period < 60 || s.Period%60 != 0:
		return errorf(CodeValidation, "period %d is invalid: 10, 20, 30 or a multiple of 60 seconds", s.Period)
	case s.EvaluationPeriods < 1:
		return errorf(CodeValidation, "evaluation periods %d is invalid: 1 or more", s.EvaluationPeriods)
	case s.DatapointsToAlarm < 0 || s.DatapointsToAlarm > s.EvaluationPeriods:
		return errorf(CodeValidation, "datapoints to alarm %d is invalid: 1 to the number of evaluation periods, %d",
			s.DatapointsToAlarm, s.EvaluationPeriods)
	case s.Period*s.EvaluationPeriods > 24*60*60:
		return errorf(CodeValidation, "metrics cannot be checked across more than a day: %d periods of %d seconds",
			s.EvaluationPeriods, s.Period)
	case s.EvaluationPeriods > 1 && (s.TreatMissingData == missingData || s.TreatMissingData == ignoreMissing):
		return notModelled("several evaluation periods with the treatment " + s.TreatMissingData + " of missing data")
	}
	return nil
}

// PutMetricAlarm creates an alarm, whose state is INSUFFICIENT_DATA until it is evaluated,
// or replaces the settings of an existing one, whose state and tags stay.
func (r *Region) PutMetricAlarm(in AlarmSettings, tags map[string]string) error {
	return alarms.put(r, "PutMetricAlarm", in.AlarmName, func(_ *region, old *Alarm) (*Alarm, error) {
		if err := in.check(r.name); err != nil {
			return nil, err
		}
		if old != nil {
			changed := *old
			changed.AlarmSettings = in
			return &changed, nil
		}
		if err := regionTags(tags, CodeValidation); err != nil {
			return nil, err
		}
		return &Alarm{AlarmSettings: in, ARN: r.alarmARN(in.AlarmName), Tags: tags, State: StateInsufficientData}, nil
	})
}

// DescribeAlarm returns one alarm, as DescribeAlarms does.
func (r *Region) DescribeAlarm(name string) (Alarm, error) { return alarms.get(r, name) }

// DescribeAlarms returns the region's alarms, by name.
func (r *Region) DescribeAlarms() ([]Alarm, error) { return alarms.list(r, nil) }

// DeleteAlarm deletes an alarm, as DeleteAlarms does.
func (r *Region) DeleteAlarm(name string) error { return alarms.remove(r, "DeleteAlarms", name, nil) }
