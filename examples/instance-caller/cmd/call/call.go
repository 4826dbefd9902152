package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"iam-secured-api/internal/prove"
)

const (
	// mostLogged is how much of a response's body is logged, in bytes.
	mostLogged = 2000
	// firstPause and longestPause limit the pause before another attempt.
	firstPause   = time.Second
	longestPause = 20 * time.Second
)

// caller calls one route.
type caller struct {
	method, path, body string
	attempts           int

	client      prove.Client
	credentials aws.CredentialsProvider
	log         *slog.Logger
	sleep       func(context.Context, time.Duration) error
}

// call sends the request, again if the API throttled it or failed, and logs each response.
// A request that may have had an effect is not sent again.
func (c *caller) call(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		status, err := c.try(ctx, attempt)
		switch {
		case err == nil && status/100 == 2:
			return nil
		case err == nil && !c.mayRepeat(status):
			return fmt.Errorf("%s %s: status %d", c.method, c.path, status)
		case err != nil && !c.safe():
			return err
		case attempt == c.attempts:
			return fmt.Errorf("%s %s: gave up after %d attempts: %w", c.method, c.path, attempt, cmp.Or(err, fmt.Errorf("status %d", status)))
		}
		if err := c.sleep(ctx, pause(attempt)); err != nil {
			return err
		}
	}
}

// safe reports whether a request with the method changes nothing.
func (c *caller) safe() bool { return c.method == http.MethodGet || c.method == http.MethodHead }

// mayRepeat reports whether a status asks for another attempt. A throttled request had no
// effect.
func (c *caller) mayRepeat(status int) bool {
	return status == http.StatusTooManyRequests || status >= http.StatusInternalServerError && c.safe()
}

// try sends one request. An error about credentials names the places where the SDK looked,
// and contains no credential.
func (c *caller) try(ctx context.Context, attempt int) (status int, err error) {
	credentials, err := c.credentials.Retrieve(ctx)
	if err != nil {
		return 0, fmt.Errorf("no credentials: %w", err)
	}
	response, err := c.client.Send(ctx, credentials, c.method, c.path, c.body)
	if err != nil {
		return 0, err
	}
	body := response.Body
	if len(body) > mostLogged {
		body = body[:mostLogged] + "…"
	}
	c.log.Info("response", "method", c.method, "path", c.path, "status", response.Status, "attempt", attempt,
		"requestId", response.RequestID, "body", body)
	return response.Status, nil
}

// pause returns a random time before the next attempt. Its maximum doubles each time.
func pause(attempt int) time.Duration {
	return rand.N(min(longestPause, firstPause<<min(attempt-1, 10)))
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
