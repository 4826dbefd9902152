package program

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

const acceptedAuthorization = `must be "iam", "none" for a route that anyone may call, or the name of an authorizer`

// readAuthorization reads the authorization of a route.
func readAuthorization(v config.Value) (authorization access.Authorization, authorizer string) {
	text := v.Checked(func(text string) error {
		if text == "" {
			return errors.New(acceptedAuthorization)
		}
		return nil
	})
	switch text {
	case "", access.AuthorizationIAM:
		return access.IAM, ""
	case access.AuthorizationNone:
		return access.Open, ""
	}
	return access.Token, text
}

func (p *parser) readAuthorizers(v config.Value) {
	p.plan.Authorizers = map[string]access.Authorizer{}
	v.Entries("authorizers", func(name string, entry config.Value) {
		p.checkName(entry, name, access.CheckAuthorizerName)
		var a access.Authorizer
		entry.Fields(map[string]func(config.Value){
			"issuer":    func(v config.Value) { a.Issuer = v.Text() },
			"audiences": func(v config.Value) { a.Audiences = v.Texts("audiences") },
		})
		p.plan.Authorizers[name] = a
	})
	problems := access.CheckAuthorizers(p.plan.Authorizers)
	for _, name := range slices.Sorted(maps.Keys(problems)) {
		reportFields(v.At(name), problems[name])
	}
	if err := access.CheckAuthorizerCount(len(p.plan.Authorizers)); err != nil {
		v.Fail("%v", err)
	}
}

// checkAuthorizations reports routes whose authorizer is not declared. If the authorizers
// could not be read, it reports nothing, because the declared ones are not known.
func (p *parser) checkAuthorizations() {
	if !p.settings.At("authorizers").IsMap() {
		return
	}
	names := slices.Sorted(maps.Keys(p.plan.Authorizers))
	declared := "none are declared"
	if len(names) > 0 {
		declared = "declared are " + strings.Join(names, ", ")
	}
	for _, route := range p.plan.Routes {
		if _, is := p.plan.Authorizers[route.Authorizer]; route.Authorization == access.Token && !is {
			known := append([]string{access.AuthorizationIAM, access.AuthorizationNone}, names...)
			p.at("routes", route.Key.String()).At("authorization").
				Fail("%s%s; %s under authorizers", acceptedAuthorization, config.DidYouMean(route.Authorizer, known), declared)
			p.routesRead = false
		}
	}
}

// unusedAuthorizers returns a warning for each authorizer without a route.
func (p *Plan) unusedAuthorizers() []string {
	var warnings []string
	for _, name := range slices.Sorted(maps.Keys(p.Authorizers)) {
		if !slices.ContainsFunc(p.Routes, func(route access.Route) bool { return route.Authorizer == name }) {
			warnings = append(warnings,
				fmt.Sprintf("no route has the authorization %s: tokens of that authorizer allow nothing", name))
		}
	}
	return warnings
}
