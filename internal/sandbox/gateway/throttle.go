package gateway

import (
	"golang.org/x/time/rate"

	"iam-secured-api/internal/sandbox/cloud"
)

// Limits of an account in a Region, of which stages and routes that set none
// have their share.
const (
	accountRate  = 10_000 // requests a second
	accountBurst = 5_000  // requests
)

// admit takes a call off the route's own limit, or else off the stage's.
func (g *Gateway) admit(stage cloud.Stage, routeKey string) bool {
	if g.options.Unthrottled {
		return true
	}
	settings, own := stage.RouteSettings[routeKey]
	name := stage.StageName
	if !own {
		settings = stage.DefaultRouteSettings
	} else {
		name += " " + routeKey
	}
	g.mu.Lock()
	t := g.throttles[name]
	if t == nil || limitsOf(t.settings) != limitsOf(settings) {
		limits := limitsOf(settings)
		t = &throttle{settings: settings, limiter: rate.NewLimiter(rate.Limit(limits.rate), limits.burst)}
		g.throttles[name] = t
	}
	g.mu.Unlock()
	return t.limiter.AllowN(g.options.Now(), 1)
}

type limits struct {
	rate  float64
	burst int
}

func limitsOf(t cloud.Throttle) limits {
	out := limits{accountRate, accountBurst}
	if t.RateLimit != nil {
		out.rate = *t.RateLimit
	}
	if t.BurstLimit != nil {
		out.burst = *t.BurstLimit
	}
	return out
}
