package gateway

import (
	"golang.org/x/time/rate"

	"iam-secured-api/internal/sandbox/cloud"
)

// Account-level limits, used by stages and routes without their own.
const (
	accountRate  = 10_000 // requests a second
	accountBurst = 5_000  // requests
)

// admit reports whether the throttle of the route, or else of the stage, admits a
// request.
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
	limit, burst := limitsOf(settings)
	g.mu.Lock()
	limiter := g.throttles[name]
	if limiter == nil || limiter.Limit() != limit || limiter.Burst() != burst {
		limiter = rate.NewLimiter(limit, burst)
		g.throttles[name] = limiter
	}
	g.mu.Unlock()
	return limiter.AllowN(g.options.Now(), 1)
}

func limitsOf(t cloud.Throttle) (limit rate.Limit, burst int) {
	limit, burst = accountRate, accountBurst
	if t.RateLimit != nil {
		limit = rate.Limit(*t.RateLimit)
	}
	if t.BurstLimit != nil {
		burst = *t.BurstLimit
	}
	return limit, burst
}
