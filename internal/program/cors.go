package program

import (
	"iam-secured-api/components"
	"iam-secured-api/internal/config"
)

func (p *parser) readCors(v config.Value) {
	if v.IsMap() && len(v.Keys()) == 0 { // the default of Pulumi.yaml
		return
	}
	cors := components.Cors{MaxAgeSeconds: components.DefaultCorsAge}
	v.Fields(map[string]func(config.Value){
		"allowOrigins":     func(v config.Value) { cors.AllowOrigins = v.Texts("origins") },
		"allowMethods":     func(v config.Value) { cors.AllowMethods = v.Texts("methods") },
		"allowHeaders":     func(v config.Value) { cors.AllowHeaders = v.Texts("names of headers") },
		"exposeHeaders":    func(v config.Value) { cors.ExposeHeaders = v.Texts("names of headers") },
		"maxAgeSeconds":    func(v config.Value) { cors.MaxAgeSeconds = v.Whole(func(int) error { return nil }) },
		"allowCredentials": func(v config.Value) { cors.AllowCredentials = v.Flag() },
	})
	if v.IsMap() {
		reportFields(v, cors.Check())
	}
	p.plan.Cors = &cors
}

// checkCors reports allowed methods that no route takes.
func (p *parser) checkCors() {
	if p.plan.Cors != nil && p.routesRead {
		reportFields(p.settings.At("cors"), p.plan.Cors.CheckMethods(p.plan.Routes))
	}
}

// preflightWarnings returns a warning for each route that takes preflights.
func (p *Plan) preflightWarnings() []string {
	if p.Cors == nil {
		return nil
	}
	var warnings []string
	for _, preflight := range p.Routes.Preflights() {
		warnings = append(warnings, preflight.String())
	}
	return warnings
}
