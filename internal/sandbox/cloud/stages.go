package cloud

import (
	"regexp"
	"strings"
	"time"
)

var (
	reStageName     = regexp.MustCompile(`^([A-Za-z0-9_-]{1,128}|\$default)$`)
	reStageVariable = regexp.MustCompile(`^[A-Za-z0-9_]+$`)
	reLogGroupARN   = regexp.MustCompile(`^arn:aws:logs:([a-z0-9-]+):(\d{12}):log-group:([^:*]+)$`)
)

// Throttle limits the requests of a route. If only one of the two limits is
// set, AWS sets the other to 0, and every request is rejected with status 429.
type Throttle struct {
	RateLimit              *float64 // requests a second, nil for the account's
	BurstLimit             *int     // requests at once, nil for the account's
	DetailedMetricsEnabled bool
	LoggingLevel           string // refused on HTTP APIs
	DataTraceEnabled       bool   // refused on HTTP APIs
}

// AccessLog says where and in what format a stage logs requests.
type AccessLog struct {
	DestinationARN string // of a log group, without a trailing :*
	Format         string // one line that contains $context.requestId
}

// StageSettings are the settings that CreateStage and UpdateStage take.
type StageSettings struct {
	AutoDeploy           bool // must be true: no other stages are modelled
	Description          string
	AccessLog            *AccessLog
	DefaultRouteSettings Throttle
	RouteSettings        map[string]Throttle // by route key
	StageVariables       map[string]string
	Tags                 map[string]string
}

// Stage is a stage of an API.
type Stage struct {
	StageSettings
	StageName    string `state:",name"`
	DeploymentID string `state:"-"` // changes with every change of the API
	ARN          string `state:"-"`
	ExecutionARN string `state:"-"`
	InvokeURL    string `state:"-"`
	CreatedDate  time.Time
}

func (t Throttle) check() error {
	if t.LoggingLevel != "" && t.LoggingLevel != "OFF" || t.DataTraceEnabled {
		return errorf(CodeBadRequest, "execution logs are not supported on protocolType HTTP")
	}
	if t.RateLimit != nil && *t.RateLimit < 0 || t.BurstLimit != nil && *t.BurstLimit < 0 {
		return errorf(CodeBadRequest, "throttling limits must not be negative")
	}
	return nil
}

// complete sets a missing limit to 0 if the other one is set.
func (t Throttle) complete() Throttle {
	if t.RateLimit != nil && t.BurstLimit == nil {
		t.BurstLimit = new(int)
	}
	if t.BurstLimit != nil && t.RateLimit == nil {
		t.RateLimit = new(float64)
	}
	return t
}

// completed returns a copy of the settings with complete throttles.
func (s StageSettings) completed() StageSettings {
	s = clone(s)
	s.DefaultRouteSettings = s.DefaultRouteSettings.complete()
	for k, t := range s.RouteSettings {
		s.RouteSettings[k] = t.complete()
	}
	return s
}

func (s *Stage) view(*state) Stage { return *s }

// check applies the rules to settings that differ from old. AWS does not check
// the others.
func (s StageSettings) check(world *state, a *api, old StageSettings) error {
	if !s.AutoDeploy {
		return notModelled("stages without autoDeploy: true")
	}
	if len(s.Description) > 1024 {
		return errorf(CodeBadRequest, "description is longer than 1024 characters")
	}
	if s.AccessLog != nil && (old.AccessLog == nil || *s.AccessLog != *old.AccessLog) {
		if err := s.AccessLog.check(world); err != nil {
			return err
		}
	}
	if err := s.DefaultRouteSettings.check(); err != nil {
		return err
	}
	keys := map[string]bool{}
	for _, r := range a.Routes {
		keys[r.RouteKey] = true
	}
	for _, k := range sortedKeys(s.RouteSettings) {
		if _, kept := old.RouteSettings[k]; !keys[k] && !kept {
			return errorf(CodeNotFound, "Unable to find Route by key %s within the provided RouteSettings", k)
		}
		if err := s.RouteSettings[k].check(); err != nil {
			return err
		}
	}
	for _, k := range sortedKeys(s.StageVariables) {
		if !reStageVariable.MatchString(k) || len(s.StageVariables[k]) > 2048 {
			return errorf(CodeBadRequest,
				"stage variable %q is invalid: letters, digits and _, at most 2048 characters of value", k)
		}
	}
	return regionTags(s.Tags, CodeBadRequest)
}

func (l *AccessLog) check(world *state) error {
	if !strings.Contains(l.Format, "$context.requestId") && !strings.Contains(l.Format, "$context.extendedRequestId") {
		return errorf(CodeBadRequest,
			"access log format must contain at least $context.requestId or $context.extendedRequestId")
	}
	if len(l.Format) > maxAccessLogFormat || strings.ContainsAny(l.Format, "\r\n") {
		return errorf(CodeBadRequest,
			"access log format must be one line of at most %d characters, has %d", maxAccessLogFormat, len(l.Format))
	}
	if !reLogGroupARN.MatchString(l.DestinationARN) {
		return errorf(CodeBadRequest, "access log destination %q must be the ARN of a log group", l.DestinationARN)
	}
	if _, group := world.logGroupOfARN(l.DestinationARN); group == nil {
		return errorf(CodeBadRequest, "access log destination %s does not exist", l.DestinationARN)
	}
	return nil
}

var stages = &shelf[*api, *Stage, Stage]{
	things:  func(a *api) *map[string]*Stage { return &a.Stages },
	missing: missing[*api](CodeNotFound, "invalid stage identifier specified: %s"),
	taken:   refusal{CodeConflict, "stage already exists: %s"},
	quota:   quota{maxStages, CodeTooManyRequests, "stages of an API"},
	tags:    func(s *Stage) *map[string]string { return &s.Tags },
	tagCode: CodeBadRequest,
}

// CreateStage adds an auto-deployed stage to an API.
func (r *Region) CreateStage(apiID, name string, in StageSettings) (Stage, error) {
	return stages.create(r.in(apiID), "CreateStage", name, func(a *api) (string, *Stage, error) {
		if !reStageName.MatchString(name) {
			return "", nil, errorf(CodeBadRequest,
				"stage name %q is invalid: $default, or 1 to 128 letters, digits, _ and -", name)
		}
		if err := in.check(r.world(), a, StageSettings{}); err != nil {
			return "", nil, err
		}
		return name, &Stage{
			StageSettings: in.completed(), StageName: name, DeploymentID: deploymentID(), CreatedDate: now(),
			ARN:          a.ARN + "/stages/" + name,
			ExecutionARN: a.ExecutionARN + "/" + name,
			InvokeURL:    a.Endpoint + "/" + strings.TrimPrefix(name, "$default"),
		}, nil
	})
}

// GetStage returns one stage of an API.
func (r *Region) GetStage(apiID, name string) (Stage, error) { return stages.get(r.in(apiID), name) }

// GetStages returns the stages of an API, by name.
func (r *Region) GetStages(apiID string) ([]Stage, error) { return stages.list(r.in(apiID), nil) }

// UpdateStage replaces a stage's settings except for its tags.
func (r *Region) UpdateStage(apiID, name string, in StageSettings) error {
	return stages.change(r.in(apiID), "UpdateStage", name, func(a *api, s *Stage) error {
		in.Tags = s.Tags
		if err := in.check(r.world(), a, s.StageSettings); err != nil {
			return err
		}
		s.StageSettings = in.completed()
		return nil
	})
}

// DeleteRouteSettings removes the settings of one route from a stage.
func (r *Region) DeleteRouteSettings(apiID, name, routeKey string) error {
	return stages.change(r.in(apiID), "DeleteRouteSettings", name, func(_ *api, s *Stage) error {
		if _, ok := s.RouteSettings[routeKey]; !ok {
			return errorf(CodeNotFound, "stage %s has no settings of route %s", name, routeKey)
		}
		delete(s.RouteSettings, routeKey)
		return nil
	})
}

// DeleteStage deletes a stage, if no domain name is mapped to it.
func (r *Region) DeleteStage(apiID, name string) error {
	return stages.remove(r.in(apiID), "DeleteStage", name, func(*api, *Stage) error { return r.unmapped(apiID, name) })
}
