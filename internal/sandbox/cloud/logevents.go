package cloud

import "slices"

// maxLogEvents bounds what is kept of a log group: the newest.
const maxLogEvents = 10_000

// DeliverLog adds an event to the log group with the ARN, as services do that log
// for their users. Events for a group that is gone are lost, as on AWS.
func (c *Cloud) DeliverLog(groupARN, event string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.state.logGroupOfARN(groupARN)
	if g == nil {
		return
	}
	if len(g.Events) >= maxLogEvents { // seldom: half of it goes at once
		g.Events = slices.Clone(g.Events[maxLogEvents/2:])
	}
	g.Events = append(g.Events, event)
}

// PutLogEvent adds an event to a log group for the role with this ARN, which needs
// to be allowed logs:PutLogEvents on the group's streams.
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

// FilterLogEvents returns the events of a log group, oldest first: the newest
// 5,000 at least.
func (r *Region) FilterLogEvents(name string) ([]string, error) {
	return ask(logGroups, r, name, func(g *logGroup) ([]string, error) { return slices.Clone(g.Events), nil })
}
