package cloud

import (
	"strconv"
	"strings"
	"time"
)

// MetricFilterSettings are the settings that PutMetricFilter takes.
type MetricFilterSettings struct {
	FilterName           string `state:",name"`
	FilterPattern        string // empty: matches every event
	MetricTransformation MetricTransformation
}

// MetricTransformation says which value a matching event adds to which metric.
type MetricTransformation struct {
	MetricNamespace string
	MetricName      string
	MetricValue     string // a number
	// DefaultValue is reported for a minute with events that do not match. It is empty for
	// none, or 0.
	DefaultValue string
	Unit         string
}

// MetricFilter is a metric filter of a log group.
type MetricFilter struct {
	MetricFilterSettings
	LogGroupName string `state:"-"`
	CreationTime time.Time
}

func (f *MetricFilter) view(*state) MetricFilter { return *f }

// metric returns the metric that the filter adds to.
func (f *MetricFilter) metric() Metric {
	return Metric{Namespace: f.MetricTransformation.MetricNamespace, Name: f.MetricTransformation.MetricName}
}

var metricFilters = &shelf[*logGroup, *MetricFilter, MetricFilter]{
	things:  func(g *logGroup) *map[string]*MetricFilter { return &g.MetricFilters },
	missing: missing[*logGroup](CodeResourceNotFound, "the specified metric filter does not exist: %s"),
	quota:   quota{maxMetricFilters, CodeLimitExceededException, "metric filters of a log group"},
}

// groupPlace is a log group of a region.
type groupPlace struct {
	*Region
	group string
}

func (p groupPlace) view(f func(*logGroup) error) error {
	return logGroups.read(p.Region, p.group, func(_ *region, g *logGroup) error { return f(g) })
}

func (p groupPlace) mutate(action, target string, f func(*logGroup) error) error {
	return p.Region.mutate(action, p.group+":"+target, func(st *region) error {
		g, err := logGroups.find(p.Region, st, p.group)
		if err != nil {
			return err
		}
		return f(g)
	})
}

// check applies the rules to the settings of a filter.
func (s MetricFilterSettings) check(g *logGroup) error {
	if n := len(s.FilterName); n < 1 || n > 512 || strings.ContainsAny(s.FilterName, ":*") {
		return errorf(CodeInvalidParameter, "filter name %q is invalid: 1 to 512 characters without : *", s.FilterName)
	}
	if g.LogGroupClass != "STANDARD" { // the code of the error is not documented
		return errorf(CodeInvalidParameter, "metric filters are not supported on log groups of class %s", g.LogGroupClass)
	}
	if _, err := parseFilterPattern(s.FilterPattern); err != nil {
		return err
	}
	t := s.MetricTransformation
	if err := checkMetricName(CodeInvalidParameter, "metric namespace", t.MetricNamespace); err != nil {
		return err
	}
	if strings.HasPrefix(t.MetricNamespace, "AWS/") {
		return errorf(CodeInvalidParameter, "metric namespace %q is invalid: AWS/ is reserved", t.MetricNamespace)
	}
	if err := checkMetricName(CodeInvalidParameter, "metric name", t.MetricName); err != nil {
		return err
	}
	if strings.HasPrefix(t.MetricValue, "$") {
		return notModelled("metric values of events: " + t.MetricValue)
	}
	if _, err := strconv.ParseFloat(t.MetricValue, 64); err != nil || len(t.MetricValue) > 100 {
		return errorf(CodeInvalidParameter, "metric value %q is invalid: a number, or $.FIELD", t.MetricValue)
	}
	if t.DefaultValue != "" && t.DefaultValue != "0" {
		return notModelled("the default value " + t.DefaultValue + " of a metric: 0 or none")
	}
	if t.Unit != "" && t.Unit != "None" && t.Unit != "Count" {
		return notModelled("the unit " + t.Unit + " of a metric: None or Count")
	}
	return nil
}

// PutMetricFilter creates or replaces a metric filter of a log group.
func (r *Region) PutMetricFilter(group string, in MetricFilterSettings) error {
	build := func(g *logGroup, old *MetricFilter) (*MetricFilter, error) {
		if err := in.check(g); err != nil {
			return nil, err
		}
		created := now()
		if old != nil {
			created = old.CreationTime
		}
		return &MetricFilter{MetricFilterSettings: in, LogGroupName: group, CreationTime: created}, nil
	}
	return metricFilters.put(groupPlace{r, group}, "PutMetricFilter", in.FilterName, build)
}

// DescribeMetricFilter returns a metric filter of a log group, as DescribeMetricFilters
// does.
func (r *Region) DescribeMetricFilter(group, name string) (MetricFilter, error) {
	return metricFilters.get(groupPlace{r, group}, name)
}

// DescribeMetricFilters returns all metric filters of the region, by log group and name.
func (r *Region) DescribeMetricFilters() ([]MetricFilter, error) {
	var all []MetricFilter
	groups, err := r.DescribeLogGroups()
	for _, g := range groups {
		list, err := metricFilters.list(groupPlace{r, g.LogGroupName}, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, err
}

// DeleteMetricFilter deletes a metric filter. Its metric keeps its values.
func (r *Region) DeleteMetricFilter(group, name string) error {
	return metricFilters.remove(groupPlace{r, group}, "DeleteMetricFilter", name, nil)
}

// count adds an event of a log group to the metrics of its filters. The Cloud is locked.
func (c *Cloud) count(in *region, g *logGroup, at time.Time, event string) {
	if len(g.MetricFilters) == 0 {
		return
	}
	decoded := decodeEvent(event)
	for _, f := range g.MetricFilters {
		matches, err := c.patterns.Get(f.FilterPattern, parseFilterPattern)
		if err != nil {
			continue // cannot happen: it was checked
		}
		value := 0.0
		switch t := f.MetricTransformation; {
		case matches(decoded):
			value, _ = strconv.ParseFloat(t.MetricValue, 64) // was checked
		case t.DefaultValue == "":
			continue
		}
		in.add(MetricDatum{f.metric(), value}, at)
	}
}
