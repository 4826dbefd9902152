package cloud

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

var (
	reLogGroupName = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)

	// retentions are the periods that CloudWatch Logs knows, in days.
	retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)

// LogGroup is a log group of CloudWatch Logs.
type LogGroup struct {
	LogGroupName    string `state:",name"`
	ARN             string `state:"-"` // without a trailing :*
	LogGroupClass   string // STANDARD or INFREQUENT_ACCESS
	RetentionInDays int    // 0: never expires
	CreationTime    time.Time
	Tags            map[string]string
}

type logGroup struct {
	LogGroup
	Events []string `state:"-"` // oldest first
}

func (g *logGroup) view() LogGroup {
	out := g.LogGroup
	out.Tags = cloneTags(g.Tags)
	return out
}

func (r *region) logGroup(name string) (*logGroup, error) {
	if g := r.LogGroups[name]; g != nil {
		return g, nil
	}
	return nil, errorf(CodeResourceNotFound, "the specified log group does not exist: %s", name)
}

// CreateLogGroup creates a log group whose events never expire. class is
// STANDARD if empty.
func (r *Region) CreateLogGroup(name, class string, tags map[string]string) error {
	return r.mutate("CreateLogGroup", name, func(st *region) error {
		if !reLogGroupName.MatchString(name) {
			return errorf(CodeInvalidParameter, "log group name %q is invalid: 1 to 512 letters, digits and .-_/#", name)
		}
		switch class {
		case "":
			class = "STANDARD"
		case "STANDARD", "INFREQUENT_ACCESS":
		case "DELIVERY":
			return notModelled("log group class DELIVERY")
		default:
			return errorf(CodeInvalidParameter, "log group class %q is invalid: STANDARD or INFREQUENT_ACCESS", class)
		}
		if err := regionTags(tags, CodeInvalidParameter); err != nil {
			return err
		}
		if st.LogGroups[name] != nil {
			return errorf(CodeResourceAlreadyExists, "the specified log group already exists: %s", name)
		}
		st.LogGroups[name] = &logGroup{LogGroup: LogGroup{
			LogGroupName: name, LogGroupClass: class, CreationTime: now(), Tags: cloneTags(tags),
			ARN: fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s", r.name, r.account.id, name),
		}}
		return nil
	})
}

// DescribeLogGroup returns one log group, as DescribeLogGroups does.
func (r *Region) DescribeLogGroup(name string) (LogGroup, error) {
	var out LogGroup
	err := r.view(func(st *region) error {
		g, err := st.logGroup(name)
		if err != nil {
			return err
		}
		out = g.view()
		return nil
	})
	return reply(out, err)
}

// DescribeLogGroups returns the region's log groups, by name.
func (r *Region) DescribeLogGroups() ([]LogGroup, error) {
	var out []LogGroup
	err := r.view(func(st *region) error {
		for _, n := range sortedKeys(st.LogGroups) {
			out = append(out, st.LogGroups[n].view())
		}
		return nil
	})
	return reply(out, err)
}

func (r *Region) onLogGroup(action, name string, f func(*logGroup) error) error {
	return r.mutate(action, name, func(st *region) error {
		g, err := st.logGroup(name)
		if err != nil {
			return err
		}
		return f(g)
	})
}

// PutRetentionPolicy sets after how many days events expire, one of the
// periods that CloudWatch Logs knows.
func (r *Region) PutRetentionPolicy(name string, days int) error {
	return r.onLogGroup("PutRetentionPolicy", name, func(g *logGroup) error {
		if !slices.Contains(retentions, days) {
			return errorf(CodeInvalidParameter, "retention of %d days is invalid: one of %v", days, retentions)
		}
		g.RetentionInDays = days
		return nil
	})
}

// DeleteRetentionPolicy lets events never expire.
func (r *Region) DeleteRetentionPolicy(name string) error {
	return r.onLogGroup("DeleteRetentionPolicy", name, func(g *logGroup) error {
		g.RetentionInDays = 0
		return nil
	})
}

// DeleteLogGroup deletes a log group, even one that a stage writes to.
func (r *Region) DeleteLogGroup(name string) error {
	return r.mutate("DeleteLogGroup", name, func(st *region) error {
		if _, err := st.logGroup(name); err != nil {
			return err
		}
		delete(st.LogGroups, name)
		return nil
	})
}

// TagLogGroup adds tags to a log group, or changes them: TagResource of
// CloudWatch Logs.
func (r *Region) TagLogGroup(name string, tags map[string]string) error {
	return r.retagLogGroup("TagResource", name, tags, nil)
}

// UntagLogGroup removes tags from a log group: UntagResource of CloudWatch Logs.
func (r *Region) UntagLogGroup(name string, keys []string) error {
	return r.retagLogGroup("UntagResource", name, nil, keys)
}

func (r *Region) retagLogGroup(action, name string, add map[string]string, remove []string) error {
	return r.onLogGroup(action, name, func(g *logGroup) error {
		tags := mergeTags(g.Tags, add, remove)
		if err := regionTags(tags, CodeInvalidParameter); err != nil {
			return err
		}
		g.Tags = tags
		return nil
	})
}
