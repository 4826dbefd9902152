package program

import (
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// trustKinds are the readers of each kind of trust, by the key below trust. A reader
// reads all keys of its kind.
var trustKinds = map[string]func(config.Value) access.Trust{
	"service": readServiceTrust,
	"account": readAccountTrust,
}

// readTrust reads who may assume a role. There must be exactly one kind. It returns
// nil if the kind is unknown.
func readTrust(v config.Value) access.Trust {
	known := slices.Sorted(maps.Keys(trustKinds))
	if !v.IsMap() {
		v.Fail("must be a map with one of the keys %s, and what goes with it", strings.Join(known, ", "))
		return nil
	}
	kinds := slices.DeleteFunc(v.Keys(), func(key string) bool { return trustKinds[key] == nil })
	switch len(kinds) {
	case 1:
		return trustKinds[kinds[0]](v)
	case 0:
		for _, key := range v.Keys() {
			if config.DidYouMean(key, known) != "" {
				v.FailUnknown(key, known)
				return nil
			}
		}
		v.Fail("must have one of the keys %s, to say who may assume the role", strings.Join(known, ", "))
	default:
		v.Fail("must have only one of the keys %s", strings.Join(kinds, ", "))
	}
	return nil
}

func readServiceTrust(v config.Value) access.Trust {
	var t access.ServiceTrust
	v.Fields(map[string]func(config.Value){
		"service": func(v config.Value) { t.Service = v.Checked(access.CheckService) },
	})
	return t
}

func readAccountTrust(v config.Value) access.Trust {
	var t access.AccountTrust
	v.Fields(map[string]func(config.Value){
		"account":    func(v config.Value) { t.AccountID = v.CheckedDigits(access.CheckAccountID) },
		"principals": func(v config.Value) { t.Principals = readPrincipals(v) },
		"externalId": func(v config.Value) { t.ExternalID = v.Checked(access.CheckExternalID) },
		"requireMfa": func(v config.Value) { t.RequireMFA = v.Flag() },
	})
	v.Require("principals", `a list of "user/NAME" and "role/NAME"`)
	if err := t.CheckMFA(); err != nil {
		v.At("requireMfa").Fail("%v", err)
	}
	return t
}

// readPrincipals reads the principals that a role trusts, at least one.
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
