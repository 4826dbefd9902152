package cloud

import (
	"slices"
	"strings"
	"time"
)

// maxMinutes is how many minutes of a metric are kept at most, the newest ones.
const maxMinutes = 3 * 24 * 60

// Metric names a metric of CloudWatch.
type Metric struct {
	Namespace  string
	Name       string
	Dimensions map[string]string
}

func (m Metric) key() string {
	parts := []string{m.Namespace, m.Name}
	for _, name := range sortedKeys(m.Dimensions) {
		parts = append(parts, name+"="+m.Dimensions[name])
	}
	return strings.Join(parts, "\x00")
}

// MetricDatum is a value of a metric.
type MetricDatum struct {
	Metric
	Value float64
}

// metricData has the sum of a metric's values in each minute. A minute without values is
// missing.
type metricData struct {
	Sums map[int64]float64 // by the minute since 1970
}

func minuteOf(at time.Time) int64 { return at.Unix() / 60 }

// add adds a value to the metric.
func (r *region) add(datum MetricDatum, at time.Time) {
	if r.Metrics == nil {
		r.Metrics = map[string]*metricData{}
	}
	data := r.Metrics[datum.key()]
	if data == nil {
		data = &metricData{Sums: map[int64]float64{}}
		r.Metrics[datum.key()] = data
	}
	data.Sums[minuteOf(at)] += datum.Value
	if len(data.Sums) > maxMinutes {
		minutes := sortedKeys(data.Sums)
		for _, minute := range minutes[:maxMinutes/2] {
			delete(data.Sums, minute)
		}
	}
}

// PutServiceMetrics adds values of an AWS service's own metrics in a region of an
// account. It is not an action of AWS.
func (c *Cloud) PutServiceMetrics(account, region string, at time.Time, data ...MetricDatum) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.state.Accounts[account]
	if a == nil || a.Regions[region] == nil {
		return
	}
	for _, datum := range data {
		a.Regions[region].add(datum, at)
	}
}

// MetricSum returns the sum of a metric's values from one minute until before another,
// and false if it has none.
func (r *Region) MetricSum(metric Metric, from, until time.Time) (sum float64, exists bool, err error) {
	err = r.view(func(st *region) error {
		sum, exists = st.sum(metric, minuteOf(from), minuteOf(until))
		return nil
	})
	return sum, exists, err
}

func (r *region) sum(metric Metric, from, until int64) (sum float64, exists bool) {
	data := r.Metrics[metric.key()]
	if data == nil {
		return 0, false
	}
	for minute := from; minute < until; minute++ {
		value, has := data.Sums[minute]
		sum, exists = sum+value, exists || has
	}
	return sum, exists
}

// checkMetricName applies the rules for the name of a metric and its namespace.
func checkMetricName(code, kind, name string) error {
	if n := len(name); n < 1 || n > 255 || strings.ContainsAny(name, ":*$") {
		return errorf(code, "%s %q is invalid: 1 to 255 characters without : * $", kind, name)
	}
	return nil
}

// oneOf returns an error unless a value is one of those that AWS accepts.
func oneOf(code, field, value string, accepted ...string) error {
	if !slices.Contains(accepted, value) {
		return errorf(code, "%s %q is invalid: one of %s", field, value, strings.Join(accepted, ", "))
	}
	return nil
}
