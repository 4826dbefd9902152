package program

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// trustKind reads a kind of trust. A reader reads the fields, and the trust's Check
// checks them.
type trustKind struct {
	// nested reports whether the kind's own key has all of its fields.
	nested bool
	read   func(config.Value) access.Trust
}

// trustKinds are the kinds of trust, by the key below trust.
var trustKinds = map[string]trustKind{
	"service":      {read: readServiceTrust},
	"account":      {read: readAccountTrust},
	"organization": {read: readOrganizationTrust},
	"oidc":         {nested: true, read: readOidcTrust},
	"podIdentity":  {nested: true, read: readPodIdentityTrust},
	"identityPool": {nested: true, read: readIdentityPoolTrust},
}

// readTrust reads who may assume a role. There must be exactly one kind. It returns
// nil if the kind is unknown.
func readTrust(v config.Value) access.Trust {
	known := slices.Sorted(maps.Keys(trustKinds))
	if !v.IsMap() {
		v.Fail("must be a map with one of the keys %s, and what goes with it", strings.Join(known, ", "))
		return nil
	}
	kinds := slices.DeleteFunc(v.Keys(), func(key string) bool { return trustKinds[key].read == nil })
	switch len(kinds) {
	case 1:
		return readTrustOf(kinds[0], v)
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

func readTrustOf(key string, v config.Value) access.Trust {
	kind := trustKinds[key]
	if kind.nested {
		v.Fields(map[string]func(config.Value){key: func(config.Value) {}})
		v = v.At(key)
	}
	trust := kind.read(v)
	if v.IsMap() {
		reportFields(v, trust.Check())
	}
	return trust
}

// reportFields reports the errors of a Check, each an access.FieldError. It leaves out
// fields with a problem that a reader reported already.
func reportFields(v config.Value, errs []error) {
	var problems []access.FieldError
	for _, err := range errs {
		var problem access.FieldError
		if !errors.As(err, &problem) {
			v.Refuse(": %w", err)
		} else if !v.At(problem.Path[0].(string)).Failed() {
			problems = append(problems, problem)
		}
	}
	for _, problem := range problems {
		if key := problem.Path[0].(string); slices.Contains(v.Keys(), key) {
			v.In(problem.Path...).Fail("%v", problem.Err)
		} else {
			v.Require(key, "%s", strings.TrimPrefix(problem.Err.Error(), "must be "))
		}
	}
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
		"account":        func(v config.Value) { t.AccountID = v.CheckedDigits(access.CheckAccountID) },
		"principals":     func(v config.Value) { t.Principals = v.Texts("principals") },
		"externalId":     func(v config.Value) { t.ExternalID = v.Checked(access.CheckExternalID) },
		"requireMfa":     func(v config.Value) { t.RequireMFA = v.Flag() },
		"sessionTags":    func(v config.Value) { t.SessionTags = v.Flag() },
		"sourceIdentity": func(v config.Value) { t.SourceIdentity = v.Flag() },
	})
	return t
}

func readOrganizationTrust(v config.Value) access.Trust {
	var t access.OrganizationTrust
	v.Fields(map[string]func(config.Value){
		"organization": func(v config.Value) { t.ID = v.Text() },
	})
	return t
}

func readOidcTrust(v config.Value) access.Trust {
	t := access.OidcTrust{Claims: map[string][]string{}}
	v.Fields(map[string]func(config.Value){
		"issuer":    func(v config.Value) { t.Issuer = v.Text() },
		"audiences": func(v config.Value) { t.Audiences = v.Texts("audiences") },
		"claims": func(v config.Value) {
			v.Entries("claims", func(claim string, entry config.Value) {
				t.Claims[claim] = entry.TextOrTexts("values in quotes, or one value")
			})
		},
	})
	return t
}

func readPodIdentityTrust(v config.Value) access.Trust {
	var t access.PodIdentityTrust
	v.Fields(map[string]func(config.Value){
		"cluster":        func(v config.Value) { t.Cluster = v.Text() },
		"namespace":      func(v config.Value) { t.Namespace = v.Text() },
		"serviceAccount": func(v config.Value) { t.ServiceAccount = v.Text() },
	})
	return t
}

func readIdentityPoolTrust(v config.Value) access.Trust {
	var t access.IdentityPoolTrust
	v.Fields(map[string]func(config.Value){
		"id":            func(v config.Value) { t.ID = v.Text() },
		"authenticated": func(v config.Value) { t.Authenticated = v.Flag() },
	})
	v.Require("authenticated", "true, or false to let anyone on the internet assume the role")
	return t
}
