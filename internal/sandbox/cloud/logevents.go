package cloud

import "slices"

// maxLogEvents is how many events of a log group are kept at most, the newest
// ones.
const maxLogEvents = 10_000

// DeliverLog adds an event to the log group with the ARN, like services that
// deliver logs. Events for a group that does not exist are lost, as on AWS.
func (c *Cloud) DeliverLog(groupARN, event string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.state.logGroupOfARN(groupARN)
	if g == nil {
		return
	}
	if len(g.Events) >= maxLogEvents { // half of them, so that this happens rarely
		g.Events = slices.Clone(g.Events[maxLogEvents/2:])
	}
	g.Events = append(g.Events, event)
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
	r.account.cloud.DeliverLog(g.ARN, event)
	return nil
}

// FilterLogEvents returns the events of a log group, oldest first. Of many
// events, at least the newest 5,000 are kept.
func (r *Region) FilterLogEvents(name string) ([]string, error) {
	return query(logGroups, r, name, func(g *logGroup) ([]string, error) { return slices.Clone(g.Events), nil })
}
