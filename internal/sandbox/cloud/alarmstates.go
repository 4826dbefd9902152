package cloud

import (
	"fmt"
	"time"
)

// States of alarms.
const (
	StateInsufficientData = "INSUFFICIENT_DATA"
	StateOK               = "OK"
	StateAlarm            = "ALARM"
)

// Treatments of missing data.
const (
	missingData   = "missing"
	ignoreMissing = "ignore"
	breaching     = "breaching"
	notBreaching  = "notBreaching"
)

// morePeriods is how many data points CloudWatch retrieves in addition to the evaluation
// periods of an alarm. It does not document the number; its examples have two. Because of
// them, an alarm may stay in a state for some periods after the last data.
const morePeriods = 2

// EvaluateAlarms evaluates the alarms of the region and publishes the changes of their
// states. CloudWatch does this every minute, for the complete minutes: its windows slide.
// The sandbox does it only when this method is called.
func (r *Region) EvaluateAlarms(at time.Time) {
	c := r.account.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.state.Accounts[r.account.id]
	if a == nil || a.Regions[r.name] == nil {
		return
	}
	in := a.Regions[r.name]
	for _, name := range sortedKeys(in.Alarms) {
		alarm := in.Alarms[name]
		state, reason := alarm.evaluate(alarm.datapoints(in, minuteOf(at)))
		if state == alarm.State {
			continue
		}
		alarm.State, alarm.StateReason, alarm.StateSince = state, reason, at.UTC()
		for _, topic := range alarm.actions() {
			c.state.publish(topic, Notification{AlarmName: name, AlarmARN: alarm.ARN, State: state, Reason: reason, At: at.UTC()})
		}
	}
}

// actions returns the actions of the alarm's state.
func (a *Alarm) actions() []string {
	switch {
	case !a.ActionsEnabled:
		return nil
	case a.State == StateAlarm:
		return a.AlarmActions
	case a.State == StateOK:
		return a.OKActions
	}
	return a.InsufficientDataActions
}

// datapoints returns the existing data points of the alarm's metric, newest first, at most
// as many as are evaluated.
func (a *Alarm) datapoints(in *region, end int64) []float64 {
	var points []float64
	minutes := int64(a.Period / 60)
	for range a.EvaluationPeriods + morePeriods {
		sum, exists := in.sum(a.metric(), end-minutes, end)
		if exists && len(points) < a.EvaluationPeriods {
			points = append(points, sum)
		}
		end -= minutes
	}
	return points
}

// evaluate returns the state for the existing data points.
func (a *Alarm) evaluate(points []float64) (state, reason string) {
	required := a.DatapointsToAlarm
	if required == 0 {
		required = a.EvaluationPeriods
	}
	missing := a.EvaluationPeriods - len(points)
	if missing > 0 {
		switch a.TreatMissingData {
		case missingData:
			return StateInsufficientData, "no datapoints were received"
		case ignoreMissing:
			return a.State, a.StateReason
		}
	}
	over := 0
	for _, point := range points {
		if a.breaches(point) {
			over++
		}
	}
	if a.TreatMissingData == breaching {
		over += missing
	}
	reason = fmt.Sprintf("%d of %d datapoints %v (%d missing) breached the threshold %v",
		over, a.EvaluationPeriods, points, missing, a.Threshold)
	if over >= required {
		return StateAlarm, reason
	}
	return StateOK, reason
}

func (a *Alarm) breaches(value float64) bool {
	switch a.ComparisonOperator {
	case "GreaterThanOrEqualToThreshold":
		return value >= a.Threshold
	case "GreaterThanThreshold":
		return value > a.Threshold
	case "LessThanThreshold":
		return value < a.Threshold
	}
	return value <= a.Threshold
}
