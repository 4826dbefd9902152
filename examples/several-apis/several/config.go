package several

import (
	"errors"
	"maps"
	"slices"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// Config is the program's configuration, checked.
type Config struct {
	CatalogUrl, OrdersUrl string
	// Account is the account of the APIs.
	Account string
	// Callers are the other accounts, by their names in the configuration.
	Callers map[string]Caller
}

// Caller is another account, and who calls the APIs from it.
type Caller struct {
	Account string
	// DeployRole is the ARN of a role there that this program assumes to deploy, and
	// Profile the name of a profile with credentials of the account. One of them is set.
	DeployRole, Profile string
	// Region is the region of the provider; empty for that of the stack.
	Region string
	// ExternalID must be sent to assume the role of the APIs' account; empty for none.
	ExternalID string
	// Users and Roles are the names of existing users and roles.
	Users, Roles []string
}

// principals returns the users and roles as a trust lists them.
func (c Caller) principals() []string {
	var all []string
	for _, name := range c.Users {
		all = append(all, "user/"+name)
	}
	for _, name := range c.Roles {
		all = append(all, "role/"+name)
	}
	return all
}

// callers are the keys of the other accounts, with the policies of their roles.
var callers = map[string]string{"partner": "team", "warehouse": "packing"}

// Parse reads and checks a configuration. All problems are reported in one error, a line
// each.
func Parse(settings config.Settings) (Config, error) {
	cfg := Config{Callers: map[string]Caller{}}
	report := &config.Report{}
	all := settings.Value(report, "catalogUrl", "ordersUrl", "account")
	keys := map[string]func(config.Value){
		"catalogUrl": func(v config.Value) { cfg.CatalogUrl = v.Checked(components.CheckBackendUrl) },
		"ordersUrl":  func(v config.Value) { cfg.OrdersUrl = v.Checked(components.CheckBackendUrl) },
		"account":    func(v config.Value) { cfg.Account = v.CheckedDigits(access.CheckAccountID) },
	}
	for name := range callers {
		keys[name] = func(v config.Value) { cfg.Callers[name] = parseCaller(v) }
	}
	all.Fields(keys)
	all.Require("catalogUrl", "the URL of the service behind the catalog")
	all.Require("ordersUrl", "the URL of the service behind the orders")
	all.Require("account", "the account of the APIs")
	for _, name := range slices.Sorted(maps.Keys(callers)) {
		all.Require(name, "a map with the account that calls, and its users or roles")
	}
	seen := map[string]string{cfg.Account: "account"}
	for _, name := range slices.Sorted(maps.Keys(cfg.Callers)) {
		account := cfg.Callers[name].Account
		if twin, taken := seen[account]; taken && account != "" {
			report.Add("%s.account: %q is the same as %s; accounts must differ", name, account, twin)
		}
		seen[account] = name + ".account"
	}
	return cfg, report.Err()
}

func parseCaller(v config.Value) (c Caller) {
	names := func(of string, into *[]string, check func(string) error) func(config.Value) {
		return func(v config.Value) {
			*into = v.Texts(of)
			for _, err := range access.CheckNames(*into, check) {
				v.Refuse("%w", err)
			}
		}
	}
	v.Fields(map[string]func(config.Value){
		"account":    func(v config.Value) { c.Account = v.CheckedDigits(access.CheckAccountID) },
		"deployRole": func(v config.Value) { c.DeployRole = v.Checked(access.CheckRoleArn) },
		"profile":    func(v config.Value) { c.Profile = v.Checked(notEmpty) },
		"region":     func(v config.Value) { c.Region = v.Checked(notEmpty) },
		"externalId": func(v config.Value) { c.ExternalID = v.Checked(access.CheckExternalID) },
		"users":      names("users", &c.Users, access.CheckUserName),
		"roles":      names("roles", &c.Roles, access.CheckRoleName),
	})
	if v.Failed() {
		return c
	}
	v.Require("account", "the id of the other account")
	if (c.DeployRole == "") == (c.Profile == "") {
		v.Refuse(": %w", errors.New("must have either deployRole or profile, the credentials to deploy with"))
	}
	if owner := access.ArnAccount(c.DeployRole); owner != "" && owner != c.Account && c.Account != "" {
		v.At("deployRole").Refuse("%w", errors.New("must be a role of the account "+c.Account))
	}
	if len(c.Users)+len(c.Roles) == 0 {
		v.Refuse(": %w", errors.New("must have users or roles, who are to call the APIs"))
	}
	return c
}

func notEmpty(text string) error {
	if text == "" {
		return errors.New("must not be empty")
	}
	return nil
}
