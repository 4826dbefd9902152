package program

import (
	"time"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// readConditions reads what must hold besides a policy's grants.
func readConditions(v config.Value) access.Conditions {
	var c access.Conditions
	v.Fields(map[string]func(config.Value){
		"sourceCidrs":     func(v config.Value) { c.SourceCIDRs = readNetworks(v) },
		"notBefore":       func(v config.Value) { c.NotBefore = readInstant(v) },
		"notAfter":        func(v config.Value) { c.NotAfter = readInstant(v) },
		"requireMfa":      func(v config.Value) { c.RequireMFA = v.Flag() },
		"secureTransport": func(v config.Value) { c.SecureTransport = v.Flag() },
		"principalOrgId":  func(v config.Value) { c.PrincipalOrgID = v.Checked(access.CheckOrgID) },
		"principalTags":   func(v config.Value) { c.PrincipalTags = readPrincipalTags(v) },
	}, access.ConditionReason)
	if err := access.CheckWindow(c.NotBefore, c.NotAfter); err != nil {
		v.At("notAfter").Fail("%v", err)
	}
	return c
}

func readNetworks(v config.Value) []string {
	networks := v.Texts("networks")
	if err := access.CheckSourceCIDRCount(len(networks)); err != nil && networks != nil {
		v.Fail("%v", err)
	}
	for i, err := range access.CheckSourceCIDRs(networks) {
		if err != nil {
			v.Item(networks[i]).Fail("%v", err)
		}
	}
	return networks
}

func readInstant(v config.Value) (instant time.Time) {
	v.Checked(func(text string) (err error) {
		instant, err = access.ParseInstant(text)
		return err
	})
	return instant
}

func readPrincipalTags(v config.Value) map[string]string {
	tags := map[string]string{}
	v.Entries("tags", func(name string, entry config.Value) {
		tags[name] = entry.Checked(func(string) error { return nil })
	})
	if !v.IsMap() {
		return nil // reported
	}
	for _, err := range access.CheckPrincipalTags(tags) {
		v.Refuse(": %w", err)
	}
	return tags
}
