// Package caller is the other account's program: the half of a cross-account
// role that the caller's account owns.
package caller

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// Config is the program's configuration, checked.
type Config struct {
	// RoleArns are the roles to assume: arn in the output roles of the API's
	// stack.
	RoleArns []string
	// Group is a group to create for the callers; empty for none.
	Group string
	// Members are existing users who become its members.
	Members []string
	// Roles are existing roles that may assume the API's, too.
	Roles []string
	// SessionTags and SourceIdentity say whether the roles' trust policies allow these, too.
	SessionTags, SourceIdentity bool
	// Tags go to the policy.
	Tags map[string]string
}

// Parse reads and checks a configuration. All problems are reported in one
// error, a line each.
func Parse(settings config.Settings) (Config, error) {
	var cfg Config
	report := &config.Report{}
	names := func(of string, into *[]string, check func(string) error) func(config.Value) {
		return func(v config.Value) {
			*into = v.Texts(of)
			for _, err := range access.CheckNames(*into, check) {
				v.Refuse("%w", err)
			}
		}
	}
	settings.Value(report, "group").Fields(map[string]func(config.Value){
		"group":    func(v config.Value) { cfg.Group = v.CheckedOrNone(access.CheckGroupName) },
		"roleArns": names("ARNs", &cfg.RoleArns, access.CheckRoleArn),
		"members":  names("users", &cfg.Members, access.CheckUserName),
		"roles":    names("roles", &cfg.Roles, access.CheckRoleName),
		"tags":     func(v config.Value) { cfg.Tags = v.Tags() },

		"sessionTags":    func(v config.Value) { cfg.SessionTags = v.Flag() },
		"sourceIdentity": func(v config.Value) { cfg.SourceIdentity = v.Flag() },
	})
	if len(cfg.RoleArns) == 0 && report.Len() == 0 {
		report.Add("roleArns: must be set to a list of the roles to assume")
	}
	actions := access.AccountTrust{SessionTags: cfg.SessionTags, SourceIdentity: cfg.SourceIdentity}.Actions()
	if text, err := access.Render(access.CallerDocument(actions, cfg.RoleArns...)); err != nil {
		report.Add("roleArns: %v", err)
	} else if err := access.CheckPolicySize(text); err != nil {
		report.Add("roleArns: %d roles do not fit in one policy: %v; list fewer, and the others in another stack", len(cfg.RoleArns), err)
	}
	if cfg.Group == "" && len(cfg.Members) > 0 {
		report.Add("group: must be set to the group that the members are to be in")
	}
	if cfg.Group == "" && len(cfg.Roles) == 0 && report.Len() == 0 {
		report.Add("group, roles: one of them must be set, to say who may assume the roles")
	}
	return cfg, report.Err()
}

// Deploy lets the configured callers assume the roles and exports the policy
// that says so, as policyArn and policyDocument.
func Deploy(ctx *pulumi.Context) error {
	settings, err := config.Load(ctx)
	if err != nil {
		return err
	}
	cfg, err := Parse(settings)
	if err != nil {
		return err
	}
	if err := settings.WarnOfSecrets(ctx); err != nil {
		return err
	}
	callers, err := components.NewCallerAccess(ctx, "api", &components.CallerAccessArgs{
		RoleArns:       pulumi.ToStringArray(cfg.RoleArns),
		GroupName:      cfg.Group,
		Members:        cfg.Members,
		Roles:          cfg.Roles,
		SessionTags:    cfg.SessionTags,
		SourceIdentity: cfg.SourceIdentity,
		Tags:           cfg.Tags,
	})
	if err != nil {
		return err
	}
	ctx.Export("policyArn", callers.PolicyArn)
	ctx.Export("policyDocument", callers.Document)
	return nil
}
