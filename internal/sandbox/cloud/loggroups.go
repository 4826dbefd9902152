package cloud

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

var (
	reLogGroupName = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)

	// retentions are the periods that CloudWatch Logs accepts, in days.
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
	Events        []string                 `state:"-"` // oldest first
	MetricFilters map[string]*MetricFilter `state:"metric filter"`
}

func (g *logGroup) view(*state) LogGroup { return g.LogGroup }

var logGroups = &shelf[*region, *logGroup, LogGroup]{
	things:  func(r *region) *map[string]*logGroup { return &r.LogGroups },
	missing: missing[*region](CodeResourceNotFound, "the specified log group does not exist: %s"),
	taken:   refusal{CodeResourceAlreadyExists, "the specified log group already exists: %s"},
	tags:    func(g *logGroup) *map[string]string { return &g.Tags },
	tagCode: CodeInvalidParameter,
}

// logGroupOfARN returns the log group with the ARN and its region, or nil.
func (s *state) logGroupOfARN(arn string) (*region, *logGroup) {
	m := reLogGroupARN.FindStringSubmatch(arn)
	if m == nil || s.Accounts[m[2]] == nil || s.Accounts[m[2]].Regions[m[1]] == nil {
		return nil, nil
	}
	in := s.Accounts[m[2]].Regions[m[1]]
	return in, in.LogGroups[m[3]]
}

func (r *Region) logGroupARN(name string) string {
	return fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s", r.name, r.account.id, name)
}

// CreateLogGroup creates a log group whose events never expire. class is
// STANDARD if empty.
func (r *Region) CreateLogGroup(name, class string, tags map[string]string) error {
	_, err := logGroups.create(r, "CreateLogGroup", name, func(*region) (string, *logGroup, error) {
		if !reLogGroupName.MatchString(name) {
			return "", nil, errorf(CodeInvalidParameter,
				"log group name %q is invalid: 1 to 512 letters, digits and .-_/#", name)
		}
		switch class {
		case "":
			class = "STANDARD"
		case "STANDARD", "INFREQUENT_ACCESS":
		case "DELIVERY":
			return "", nil, notModelled("log group class DELIVERY")
		default:
			return "", nil, errorf(CodeInvalidParameter,
				"log group class %q is invalid: STANDARD or INFREQUENT_ACCESS", class)
		}
		if err := regionTags(tags, CodeInvalidParameter); err != nil {
			return "", nil, err
		}
		return name, &logGroup{LogGroup: LogGroup{
			LogGroupName: name, LogGroupClass: class, CreationTime: now(), Tags: tags,
			ARN: r.logGroupARN(name),
		}}, nil
	})
	return err
}

// DescribeLogGroup returns one log group, as DescribeLogGroups does.
func (r *Region) DescribeLogGroup(name string) (LogGroup, error) { return logGroups.get(r, name) }

// DescribeLogGroups returns the region's log groups, by name.
func (r *Region) DescribeLogGroups() ([]LogGroup, error) { return logGroups.list(r, nil) }

// PutRetentionPolicy sets after how many days events expire. CloudWatch Logs
// accepts certain periods only.
func (r *Region) PutRetentionPolicy(name string, days int) error {
	return logGroups.change(r, "PutRetentionPolicy", name, func(_ *region, g *logGroup) error {
		if !slices.Contains(retentions, days) {
			return errorf(CodeInvalidParameter, "retention of %d days is invalid: one of %v", days, retentions)
		}
		g.RetentionInDays = days
		return nil
	})
}

// DeleteRetentionPolicy removes the period, so that events never expire.
func (r *Region) DeleteRetentionPolicy(name string) error {
	return logGroups.change(r, "DeleteRetentionPolicy", name, func(_ *region, g *logGroup) error {
		g.RetentionInDays = 0
		return nil
	})
}

// DeleteLogGroup deletes a log group, even if a stage writes to it.
func (r *Region) DeleteLogGroup(name string) error {
	return logGroups.remove(r, "DeleteLogGroup", name, nil)
}
