package program

import (
	"fmt"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// Config is the stack's configuration, checked. Maps are keyed by the names
// that things have on AWS; the README describes every key.
type Config struct {
	ApiName             string
	StageName           string
	Routes              map[string]access.Authorization
	Policies            map[string]Policy
	Groups              map[string]Group
	Users               map[string]User
	InstanceRoles       map[string]InstanceRole
	CrossAccountRoles   map[string]CrossAccountRole
	Throttle            components.Throttle
	LogRetentionDays    int
	Backend             Backend
	PermissionsBoundary string // empty for none
	Tags                map[string]string
}

// Policy says what may be called, and what must hold besides.
type Policy struct {
	Allow      []string
	Conditions access.Conditions
}

// Group has policies, by their names in the configuration.
type Group struct {
	Policies []string
}

// User is in groups, and has an access key if asked for.
type User struct {
	Groups    []string
	AccessKey bool
}

// InstanceRole is a role for EC2 instances.
type InstanceRole struct {
	Policies []string
}

// CrossAccountRole is a role for principals of another account.
type CrossAccountRole struct {
	Trust             access.Trust
	MaxSessionSeconds int
	Policies          []string
}

// Parse reads and checks a configuration. All problems are reported in one
// error, a line each.
func Parse(settings config.Settings) (Config, error) {
	p := parser{
		report:   &config.Report{},
		settings: settings,
		decoded:  map[string]config.Value{},
		cfg: Config{
			ApiName:          "ProductAPI",
			StageName:        "prod",
			Throttle:         components.DefaultThrottle,
			LogRetentionDays: components.DefaultRetentionDays,
		},
	}
	p.read()
	p.checkReferences()
	if err := p.report.Err(); err != nil {
		return Config{}, err
	}
	return p.cfg, nil
}

type parser struct {
	report   *config.Report
	settings config.Settings
	cfg      Config
	routes   access.Routes
	decoded  map[string]config.Value
}

func (p *parser) read() {
	p.settings.Read(p.report, map[string]func(config.Value){
		"apiName":             func(v config.Value) { p.cfg.ApiName = v.Checked(components.CheckApiName) },
		"stageName":           func(v config.Value) { p.cfg.StageName = v.Checked(components.CheckStageName) },
		"permissionsBoundary": func(v config.Value) { p.cfg.PermissionsBoundary = v.CheckedOrNone(access.CheckPolicyArn) },
	}, map[string]func(config.Value){
		"routes":            p.readRoutes,
		"policies":          p.readPolicies,
		"groups":            p.readGroups,
		"users":             p.readUsers,
		"instanceRoles":     p.readInstanceRoles,
		"crossAccountRoles": p.readCrossAccountRoles,
		"throttle":          p.readThrottle,
		"accessLog":         p.readAccessLog,
		"backend":           func(v config.Value) { p.cfg.Backend = readBackend(v) },
		"tags":              func(v config.Value) { p.cfg.Tags = v.Tags() },
	})
	p.settings.Require(p.report, "routes", `a map of route keys, such as {"GET /products": {}}`)
}

// json is the value of a key that holds JSON, which is decoded once.
func (p *parser) json(key string) config.Value {
	value, decoded := p.decoded[key]
	if !decoded {
		value = p.settings.JSON(p.report, key)
		p.decoded[key] = value
	}
	return value
}

// at is the value of an entry below a key that holds JSON.
func (p *parser) at(key, entry string) config.Value { return p.json(key).At(entry) }

func (p *parser) readRoutes(v config.Value) {
	p.cfg.Routes = map[string]access.Authorization{}
	before := p.report.Len()
	v.Entries("route keys", func(key string, entry config.Value) {
		p.cfg.Routes[key] = access.IAM
		entry.Fields(map[string]func(config.Value){
			"authorization": func(v config.Value) {
				v.Checked(func(s string) (err error) {
					if s == "" {
						return fmt.Errorf(`must be "iam" or "none"`)
					}
					p.cfg.Routes[key], err = access.ParseAuthorization(s)
					return err
				})
			},
		})
	})
	if err := components.CheckRouteCount(len(v.Keys())); err != nil && p.report.Len() == before {
		p.report.Add("routes: has %d routes, %v", len(v.Keys()), err)
	}
	var errs []error
	p.routes, errs = access.NewRoutes(p.cfg.Routes)
	for _, err := range errs {
		v.Refuse(": %w", err)
	}
}

func (p *parser) readPolicies(v config.Value) {
	p.cfg.Policies = map[string]Policy{}
	v.Entries("policies", func(name string, entry config.Value) {
		p.checkName(entry, name, access.CheckPolicyName)
		var policy Policy
		entry.Fields(map[string]func(config.Value){
			"allow":      func(v config.Value) { policy.Allow = v.Texts("grants") },
			"conditions": func(v config.Value) { policy.Conditions = readConditions(v) },
		})
		entry.Require("allow", `a list of grants, such as ["GET /products"]`)
		p.cfg.Policies[name] = policy
	})
}

func (p *parser) readGroups(v config.Value) {
	p.cfg.Groups = map[string]Group{}
	v.Entries("groups", func(name string, entry config.Value) {
		p.checkName(entry, name, access.CheckGroupName)
		var group Group
		entry.Fields(map[string]func(config.Value){
			"policies": func(v config.Value) { group.Policies = readPolicyNames(v) },
		})
		p.cfg.Groups[name] = group
	})
}

func (p *parser) readUsers(v config.Value) {
	p.cfg.Users = map[string]User{}
	v.Entries("users", func(name string, entry config.Value) {
		p.checkName(entry, name, access.CheckUserName)
		var user User
		entry.Fields(map[string]func(config.Value){
			"groups":    func(v config.Value) { user.Groups = readGroupNames(v) },
			"accessKey": func(v config.Value) { user.AccessKey = v.Flag() },
		})
		p.cfg.Users[name] = user
	})
}

func (p *parser) readInstanceRoles(v config.Value) {
	p.cfg.InstanceRoles = map[string]InstanceRole{}
	v.Entries("roles", func(name string, entry config.Value) {
		p.checkName(entry, name, access.CheckRoleName)
		var role InstanceRole
		entry.Fields(map[string]func(config.Value){
			"policies": func(v config.Value) { role.Policies = readPolicyNames(v) },
		})
		p.cfg.InstanceRoles[name] = role
	})
}

func (p *parser) readCrossAccountRoles(v config.Value) {
	p.cfg.CrossAccountRoles = map[string]CrossAccountRole{}
	v.Entries("roles", func(name string, entry config.Value) {
		p.checkName(entry, name, access.CheckRoleName)
		p.cfg.CrossAccountRoles[name] = p.readCrossAccountRole(entry)
	})
}

func (p *parser) readCrossAccountRole(entry config.Value) CrossAccountRole {
	role := CrossAccountRole{MaxSessionSeconds: access.MinSessionSeconds}
	entry.Fields(map[string]func(config.Value){
		"accountId":         func(v config.Value) { role.Trust.AccountID = v.CheckedDigits(access.CheckAccountID) },
		"principals":        func(v config.Value) { role.Trust.Principals = readPrincipals(v) },
		"externalId":        func(v config.Value) { role.Trust.ExternalID = v.Checked(access.CheckExternalID) },
		"requireMfa":        func(v config.Value) { role.Trust.RequireMFA = v.Flag() },
		"maxSessionSeconds": func(v config.Value) { role.MaxSessionSeconds = v.Whole(access.CheckSessionSeconds) },
		"policies":          func(v config.Value) { role.Policies = readPolicyNames(v) },
	})
	entry.Require("accountId", "the other account's 12 digits")
	entry.Require("principals", `a list of "user/NAME" and "role/NAME"`)
	return role
}

// readPrincipals reads whom a role trusts: at least one.
func readPrincipals(v config.Value) []string {
	principals := v.Texts("principals")
	if principals != nil && len(principals) == 0 {
		v.Fail(`must name at least one "user/NAME" or "role/NAME", or "*" for the whole account`)
	}
	for i, err := range access.CheckPrincipals(principals) {
		if err != nil {
			v.Item(principals[i]).Fail("%v", err)
		}
	}
	return principals
}

// readPolicyNames reads which policies are attached.
func readPolicyNames(v config.Value) []string {
	names := v.Texts("policies")
	if err := components.CheckPolicyCount(len(names)); err != nil {
		v.Fail("%v", err)
	}
	return names
}

// readGroupNames reads which groups a user is in.
func readGroupNames(v config.Value) []string {
	names := v.Texts("groups")
	if err := components.CheckGroupCount(len(names)); err != nil {
		v.Fail("%v", err)
	}
	return names
}

func (p *parser) readThrottle(v config.Value) {
	var throttle components.Throttle
	before := p.report.Len()
	v.Fields(map[string]func(config.Value){
		"rateLimit":  func(v config.Value) { throttle.RateLimit = v.Number() },
		"burstLimit": func(v config.Value) { throttle.BurstLimit = v.Whole(func(int) error { return nil }) },
	})
	if err := throttle.Check(); err != nil && p.report.Len() == before {
		v.Fail("%v", err)
	}
	p.cfg.Throttle = throttle
}

func (p *parser) readAccessLog(v config.Value) {
	v.Fields(map[string]func(config.Value){
		"retentionDays": func(v config.Value) { p.cfg.LogRetentionDays = v.Whole(components.CheckRetentionDays) },
	})
}

// checkName checks a name that stands as a key.
func (p *parser) checkName(entry config.Value, name string, check func(string) error) {
	if err := check(name); err != nil {
		p.report.Add("%s: the name %q %v", entry.Path(), name, err)
	}
}
