package gateway

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/oidc"
	"iam-secured-api/internal/sandbox/sigv4"
)

// Options are what differs from AWS, for tests and trials.
type Options struct {
	// Now is the time; nil for the system's.
	Now func() time.Time
	// Unthrottled disables the stage's limits.
	Unthrottled bool
	// Tokens verifies the tokens for JWT authorizers, which must be signed with RSA. If
	// it is nil, requests with tokens fail.
	Tokens *oidc.Verifier
	// Functions runs Lambda functions; nil for none, and requests to them fail.
	Functions Functions
	// Backend sends requests to URL backends; nil for the network.
	Backend http.RoundTripper
	// Observe, if set, is called with each request once its response is written. It
	// may be called from many goroutines at once.
	Observe func(Request)
	// Log gets internal failures, without credentials; nil for none.
	Log *slog.Logger
}

// Request is a request and what became of it.
type Request struct {
	ID       string // the response's header Apigw-Requestid
	Method   string
	Path     string // with the stage's name, as requested
	RouteKey string // empty for what is not routed
	Caller   string // ARN of the principal that signed it; empty if none did
	Status   int
	Reason   string // why it was allowed or denied, or why it failed
	Invoked  bool   // it reached the backend
}

// Gateway is an [http.Handler] for the requests to one API.
type Gateway struct {
	cloud    *cloud.Cloud
	account  string
	region   string
	api      string
	options  Options
	verifier *sigv4.Verifier

	apis      cloud.Memo[cloud.API]   // this one alone
	stages    cloud.Memo[cloud.Stage] // by name
	domains   cloud.Memo[cloud.DomainName]
	mappings  cloud.Memo[cloud.Mapping] // by domain
	functions cloud.Memo[Function]      // by the function's ARN and the route's

	mu        sync.Mutex
	deployed  map[string]*deployment   // by stage
	throttles map[string]*rate.Limiter // by stage, and route where that has limits of its own
	formats   map[string][]logPart     // of access logs, by their text
}

// New returns the endpoint of the API with this id in a region of an account. While
// the API does not exist, responses are 404.
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
		deployed: map[string]*deployment{}, throttles: map[string]*rate.Limiter{}, formats: map[string][]logPart{},
	}
}

func (g *Gateway) home() *cloud.Region { return g.cloud.Account(g.account).Region(g.region) }
