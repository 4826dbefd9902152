package gateway_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

func throttle(rate float64, burst int) cloud.Throttle {
	return cloud.Throttle{RateLimit: &rate, BurstLimit: &burst}
}

// limit sets the limits of the stage prod and of its routes.
func (w *world) limit(stage cloud.Throttle, routes map[string]cloud.Throttle) {
	settings := w.settings()
	settings.DefaultRouteSettings, settings.RouteSettings = stage, routes
	sandboxtest.OK(w.region.UpdateStage(w.api.APIID, "prod", settings))
}

// list and add send requests that are allowed.
func (w *world) list(status int) {
	w.t.Helper()
	w.expect(status, w.signed(w.john, "GET", "/prod/products", ""))
}

func (w *world) add(status int) {
	w.t.Helper()
	w.expect(status, w.signed(w.jane, "POST", "/prod/products", tea))
}

func stopped(t *testing.T, change func(*gateway.Options)) (w *world, pass func(time.Duration)) {
	w = newWorld(t, change)
	clock := time.Now()
	w.setClock(clock)
	return w, func(d time.Duration) {
		clock = clock.Add(d)
		w.setClock(clock)
	}
}

func TestBurstAndRate(t *testing.T) {
	w, pass := stopped(t, nil)
	w.limit(throttle(2, 3), nil)
	for range 3 {
		w.list(200)
	}
	w.list(429)
	w.add(429) // from the same bucket
	pass(499 * time.Millisecond)
	w.list(429)
	pass(time.Millisecond)
	w.list(200)
	w.list(429)
	pass(time.Hour) // no more than the burst
	for range 3 {
		w.add(201)
	}
	w.list(429)
	w.expect(404, w.signed(w.john, "PUT", "/prod/products", "")) // not throttled
	assert.Equal(t, 7, w.invoked())
}

// TestThrottledBeforeAnythingElse: unsigned requests use the stage's bucket, too.
func TestThrottledBeforeAnythingElse(t *testing.T) {
	w, _ := stopped(t, nil)
	w.limit(throttle(1, 2), nil)
	w.expect(403, w.message(w.request("GET", "/prod/products", ""), ""))
	w.add(201)
	w.expect(429, w.message(w.request("GET", "/prod/products", ""), ""))
	w.add(429)
}

func TestRouteSettingsReplaceTheStages(t *testing.T) {
	w, pass := stopped(t, nil)
	w.limit(throttle(1, 1), map[string]cloud.Throttle{"POST /products": throttle(1, 3)})
	for range 3 {
		w.add(201)
	}
	w.add(429)
	w.list(200) // from the stage's bucket
	w.list(429)
	pass(time.Second)
	w.add(201)
	w.add(429)

	w.limit(throttle(1, 1), map[string]cloud.Throttle{"POST /products": throttle(1, 2)}) // a new bucket
	w.add(201)
	w.add(201)
	w.add(429)
	sandboxtest.OK(w.region.DeleteRouteSettings(w.api.APIID, "prod", "POST /products"))
	w.list(200)
	w.add(429) // from the stage's bucket again
}

// TestBucketsOfStages: each stage has its own.
func TestBucketsOfStages(t *testing.T) {
	w, _ := stopped(t, nil)
	w.limit(throttle(1, 1), nil)
	w.stage("test")
	mary := w.user("mary", w.allow("test/*"))
	w.list(200)
	w.list(429)
	w.expect(500, w.signed(mary, "GET", "/test/products", "")) // the function allows prod only
}

// TestHalfSetThrottle: AWS sets the other half to 0.
func TestHalfSetThrottle(t *testing.T) {
	rate, burst := 100.0, 100
	for name, half := range map[string]cloud.Throttle{"rate alone": {RateLimit: &rate}, "burst alone": {BurstLimit: &burst}} {
		t.Run(name, func(t *testing.T) {
			w, pass := stopped(t, nil)
			w.list(200)
			w.limit(half, nil)
			if half.BurstLimit != nil { // a bucket that nothing refills
				for range burst {
					w.list(200)
				}
			}
			w.list(429)
			pass(time.Hour)
			w.list(429)
		})
	}
}

func TestUnthrottled(t *testing.T) {
	w, _ := stopped(t, func(o *gateway.Options) { o.Unthrottled = true })
	w.limit(throttle(0, 0), nil)
	for range 5 {
		w.list(200)
	}
}
