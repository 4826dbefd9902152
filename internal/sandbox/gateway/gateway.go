package gateway

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sigv4"
)

// Options are what a gateway does otherwise than AWS, for tests and trials.
type Options struct {
	// Now is the time; nil for the system's.
	Now func() time.Time
	// Unthrottled has every call pass, whatever the stage's limits.
	Unthrottled bool
	// Functions runs Lambda functions; nil for none, and requests to them fail.
	Functions Functions
	// Backend passes calls on to URL backends; nil for the network.
	Backend http.RoundTripper
	// Answered, if set, is told of each call once it is answered. It may be called
	// from many goroutines.
	Answered func(Call)
	// Log is told of failures inside, with no credential; nil for none.
	Log *slog.Logger
}

// Call is what became of a call.
type Call struct {
	// RequestID is what the answer's header Apigw-Requestid says.
	RequestID string
	Method    string
	Path      string // with the stage's name, as requested
	RouteKey  string // empty for what is not routed
	Caller    string // ARN of who signed it; empty if nobody did
	Status    int
	Reason    string // why the caller may or may not, or why the call failed
	Invoked   bool   // the backend was called
}

// Gateway is an [http.Handler] that answers the calls of one API.
type Gateway struct {
	cloud    *cloud.Cloud
	account  string
	region   string
	api      string
	options  Options
	verifier *sigv4.Verifier

	mu        sync.Mutex
	deployed  map[string]*deployment   // by stage
	throttles map[string]*rate.Limiter // by stage, and route where that has limits of its own
}

// New makes the door of the API with this id in a region of an account. The API
// need not exist yet: until it does, and once it is gone, calls are answered
// with 404.
func New(c *cloud.Cloud, account, region, api string, options Options) *Gateway {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Backend == nil {
		options.Backend = http.DefaultTransport
	}
	return &Gateway{
		cloud: c, account: account, region: region, api: api, options: options,
		verifier: sigv4.New(c, "execute-api", region, options.Now),
		deployed: map[string]*deployment{}, throttles: map[string]*rate.Limiter{},
	}
}

func (g *Gateway) home() *cloud.Region { return g.cloud.Account(g.account).Region(g.region) }
