package program

import (
	"fmt"
	"slices"
	"strings"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// Parse checks a configuration and returns the plan that it describes. The error has
// all problems, one per line.
func Parse(settings config.Settings) (*Plan, error) { return ParseWith(settings, FindArchive) }

// ParseWith is [Parse] with another function instead of [FindArchive].
func ParseWith(settings config.Settings, findArchive func(path string) (found string, err error)) (*Plan, error) {
	report := &config.Report{}
	p := parser{
		report:   report,
		settings: settings.Value(report, "apiName", "stageName", "permissionsBoundary"),
		plan: &Plan{
			ApiName:          "ProductAPI",
			StageName:        components.DefaultStage,
			Throttle:         components.DefaultThrottle,
			LogRetentionDays: components.DefaultRetentionDays,
		},
		findArchive: findArchive,
	}
	p.read()
	p.checkReferences()
	p.checkElsewhere()
	p.checkSizes()
	if err := p.report.Err(); err != nil {
		return nil, err
	}
	if err := p.plan.evaluate(); err != nil {
		return nil, err
	}
	return p.plan, nil
}

type parser struct {
	report   *config.Report
	settings config.Value
	plan     *Plan

	findArchive func(path string) (found string, err error)

	routesRead  bool                // without a problem
	grants      map[string][]string // by policy
	conditions  map[string]access.Conditions
	namings     map[string]access.Naming
	resolutions map[string]access.Resolution
}

// settingReaders read the settings, by key.
var settingReaders = map[string]func(*parser, config.Value){
	"apiName":   func(p *parser, v config.Value) { p.plan.ApiName = v.Checked(components.CheckApiName) },
	"stageName": func(p *parser, v config.Value) { p.plan.StageName = v.Checked(components.CheckStageName) },
	"permissionsBoundary": func(p *parser, v config.Value) {
		p.plan.PermissionsBoundary = v.CheckedOrNone(access.CheckPolicyArn)
	},

	"routes":         (*parser).readRoutes,
	"authorizers":    (*parser).readAuthorizers,
	"cors":           (*parser).readCors,
	"policies":       (*parser).readPolicies,
	"groups":         (*parser).readGroups,
	"users":          (*parser).readUsers,
	"roles":          (*parser).readRoles,
	"existingRoles":  (*parser).readExistingRoles,
	"oidcProviders":  (*parser).readOidcProviders,
	"domain":         (*parser).readDomain,
	"throttle":       func(p *parser, v config.Value) { p.plan.Throttle = p.readThrottle(v) },
	"accessLog":      (*parser).readAccessLog,
	"backend":        func(p *parser, v config.Value) { p.plan.Backend = p.readBackend(v) },
	"alarms":         (*parser).readAlarms,
	"accessAnalyzer": func(p *parser, v config.Value) { p.plan.AccessAnalyzer = v.Flag() },
	"tags":           func(p *parser, v config.Value) { p.plan.Tags = v.Tags() },
}

func (p *parser) read() {
	readers := map[string]func(config.Value){}
	for key, read := range settingReaders {
		readers[key] = func(v config.Value) { read(p, v) }
	}
	p.settings.Fields(readers, func(key string) (reason string, known bool) {
		instead, former := formerKeys[key]
		return "it is from an earlier version; write " + instead, former
	})
	p.settings.Require("routes", `a map of route keys, such as {"GET /products": {}}`)
}

// OtherPrefixes returns a warning for each full key of another prefix, such as
// "old-project:throttle", that has the name of a setting. It is not an error, as a
// provider may read the key.
func OtherPrefixes(others []string) []string {
	var warnings []string
	for _, key := range slices.Compact(slices.Sorted(slices.Values(others))) {
		prefix, name, _ := strings.Cut(key, ":")
		if settingReaders[name] == nil || prefix == "pulumi" { // pulumi:tags are those of the stack
			continue
		}
		warnings = append(warnings, fmt.Sprintf("%q is not read, as its prefix is not the name of this project; "+
			"if the project was renamed or the prefix is misspelt, write %s", key, name))
	}
	return warnings
}

// formerKeys are keys of earlier versions, with their replacements.
var formerKeys = map[string]string{
	"instanceRoles":     "roles: {NAME: {trust: {service: ec2}, policies: […]}}",
	"crossAccountRoles": `roles: {NAME: {trust: {account: "444455556666", principals: […]}, policies: […]}}`,
}

func (p *parser) readRoutes(v config.Value) {
	declared := map[string]access.RouteArgs{}
	before := p.report.Len()
	v.Entries("route keys", func(key string, entry config.Value) {
		var args access.RouteArgs
		entry.Fields(map[string]func(config.Value){
			"authorization": func(v config.Value) { args.Authorization, args.Authorizer = readAuthorization(v) },
			"scopes":        func(v config.Value) { args.Scopes = v.Texts("scopes") },
			"backend":       func(v config.Value) { put(&p.plan.RouteBackends, key, p.readRouteBackend(v)) },
			"throttle":      func(v config.Value) { put(&p.plan.RouteThrottles, key, p.readThrottle(v)) },
		})
		if errs := args.Check(); len(errs) > 0 {
			if !entry.At("authorization").Failed() {
				reportFields(entry, errs)
			}
			args.Scopes = nil // reported
		}
		declared[key] = args
	})
	if err := access.CheckRouteCount(len(v.Keys())); err != nil && p.report.Len() == before {
		p.report.Add("routes: has %d routes, %v", len(v.Keys()), err)
	}
	var errs []error
	p.plan.Routes, errs = access.NewRoutes(declared)
	for _, err := range errs {
		v.Refuse(": %w", err)
	}
	p.routesRead = len(errs) == 0 && len(declared) > 0
}

func (p *parser) readPolicies(v config.Value) {
	p.grants, p.conditions, p.namings = map[string][]string{}, map[string]access.Conditions{}, map[string]access.Naming{}
	v.Entries("policies", func(name string, entry config.Value) {
		p.checkName(entry, name, access.CheckPolicyName)
		p.grants[name] = nil
		var naming access.Naming
		entry.Fields(map[string]func(config.Value){
			"allow":      func(v config.Value) { p.grants[name] = v.Texts("grants") },
			"conditions": func(v config.Value) { p.conditions[name] = readConditions(v) },
			"name":       func(v config.Value) { naming.Name = v.Checked(access.CheckManagedPolicyName) },
			"path":       func(v config.Value) { naming.Path = v.Checked(access.CheckPolicyPath) },
			"documents":  func(v config.Value) { naming.Documents = v.Whole(access.CheckDocumentCount) },
		})
		p.checkNaming(entry, naming)
		p.namings[name] = naming
		entry.Require("allow", `a list of grants, such as ["GET /products"]`)
	})
}

func (p *parser) readGroups(v config.Value) {
	p.plan.Groups = map[string]Group{}
	v.Entries("groups", func(name string, entry config.Value) {
		p.checkName(entry, name, access.CheckGroupName)
		var group Group
		entry.Fields(map[string]func(config.Value){
			"policies": func(v config.Value) { group.Policies = readNames(v, "policies", access.CheckPolicyCount) },
		})
		p.plan.Groups[name] = group
	})
}

func (p *parser) readUsers(v config.Value) {
	p.plan.Users = map[string]User{}
	v.Entries("users", func(name string, entry config.Value) {
		p.checkName(entry, name, access.CheckUserName)
		var user User
		entry.Fields(map[string]func(config.Value){
			"groups":    func(v config.Value) { user.Groups = readNames(v, "groups", access.CheckGroupCount) },
			"accessKey": func(v config.Value) { user.AccessKey = v.Flag() },
		})
		p.plan.Users[name] = user
	})
}

func (p *parser) readRoles(v config.Value) {
	p.plan.Roles = map[string]Role{}
	v.Entries("roles", func(name string, entry config.Value) {
		p.checkName(entry, name, access.CheckRoleName)
		role := Role{MaxSessionSeconds: access.MinSessionSeconds}
		entry.Fields(map[string]func(config.Value){
			"trust":             func(v config.Value) { role.Trust = readTrust(v) },
			"maxSessionSeconds": func(v config.Value) { role.MaxSessionSeconds = v.Whole(access.CheckSessionSeconds) },
			"policies":          func(v config.Value) { role.Policies = readNames(v, "policies", access.CheckPolicyCount) },
			"managedPolicies":   func(v config.Value) { role.ManagedPolicies = readManagedPolicies(v) },
		})
		entry.Require("trust", "a map that says who may assume the role, such as {service: ec2}")
		p.plan.Roles[name] = role
	})
}

// readNames reads a list of names, such as those of attached policies.
func readNames(v config.Value, of string, checkCount func(int) error) []string {
	names := v.Texts(of)
	if err := checkCount(len(names)); err != nil {
		v.Fail("%v", err)
	}
	return names
}

func (p *parser) readThrottle(v config.Value) components.Throttle {
	var throttle components.Throttle
	before := p.report.Len()
	v.Fields(map[string]func(config.Value){
		"rateLimit":  func(v config.Value) { throttle.RateLimit = v.Number() },
		"burstLimit": func(v config.Value) { throttle.BurstLimit = v.Whole(func(int) error { return nil }) },
	})
	if err := throttle.Check(); err != nil && p.report.Len() == before {
		v.Fail("%v", err)
	}
	return throttle
}

func (p *parser) readAccessLog(v config.Value) {
	v.Fields(map[string]func(config.Value){
		"retentionDays": func(v config.Value) { p.plan.LogRetentionDays = v.Whole(components.CheckRetentionDays) },
	})
}

// checkName checks a name that is the key of an entry.
func (p *parser) checkName(entry config.Value, name string, check func(string) error) {
	if err := check(name); err != nil {
		p.report.Add("%s: the name %q %v", entry.Path(), name, err)
	}
}
