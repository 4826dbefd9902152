package cloud

import (
	"slices"
	"time"
)

// maxLogEvents is how many events of a log group are kept at most, the newest
// ones.
const maxLogEvents = 10_000

// DeliverLog adds an event of a time to the log group with the ARN, like services that
// deliver logs. Events for a group that does not exist are lost, as on AWS. The metric
// filters of the group count the event.
func (c *Cloud) DeliverLog(groupARN string, at time.Time, event string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	in, g := c.state.logGroupOfARN(groupARN)
	if g == nil {
		return
	}
	if len(g.Events) >= maxLogEvents { // half of them, so that this happens rarely
		g.Events = slices.Clone(g.Events[maxLogEvents/2:])
	}
	g.Events = append(g.Events, event)
	c.count(in, g, at, event)
}

// PutLogEvent adds an event to a log group as the role with this ARN. The
// role's policies must allow logs:PutLogEvents on the group's streams.
func (r *Region) PutLogEvent(group, roleARN, event string) error {
	g, err := r.DescribeLogGroup(group)
	if err != nil {
		return err
	}
	if err := r.account.authorizeRole(roleARN, "logs:PutLogEvents", g.ARN+":log-stream:sandbox"); err != nil {
		return err
	}
	r.account.cloud.DeliverLog(g.ARN, now(), event)
	return nil
}

// FilterLogEvents returns the events of a log group, oldest first. Of many
// events, at least the newest 5,000 are kept.
func (r *Region) FilterLogEvents(name string) ([]string, error) {
	return query(logGroups, r, name, func(g *logGroup) ([]string, error) { return slices.Clone(g.Events), nil })
}
