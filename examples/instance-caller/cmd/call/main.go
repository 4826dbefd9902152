// Command call calls a route of an API under IAM authorization, with the credentials that
// the AWS SDK finds: on an EC2 instance, those of the instance's role. It logs each
// response as a line of JSON, and never a credential.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"iam-secured-api/internal/prove"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "call: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// run calls once, or at an interval until the context ends. If it calls once, a status
// other than 2xx is an error.
func run(ctx context.Context, args []string, env func(string) string, out io.Writer) error {
	c := caller{log: slog.New(slog.NewJSONHandler(out, nil)), sleep: sleep}
	flags := flag.NewFlagSet("call", flag.ContinueOnError)
	url := flags.String("url", env("API_URL"), "URL of the API's stage (API_URL)")
	region := flags.String("region", env("API_REGION"), "region of the API (API_REGION)")
	interval := flags.Duration("interval", 0, "time from one call to the next; 0 calls once")
	timeout := flags.Duration("timeout", 30*time.Second, "longest time of one request")
	flags.StringVar(&c.method, "method", http.MethodGet, "method")
	flags.StringVar(&c.path, "path", "/products", "path below the stage")
	flags.StringVar(&c.body, "body", "", "body, as JSON")
	flags.IntVar(&c.attempts, "attempts", 4, "most requests of a call, if the API or the network fails")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case *url == "" || *region == "":
		return fmt.Errorf("url, region: both must be set")
	case flags.NArg() > 0:
		return fmt.Errorf("argument %q: only flags are accepted", flags.Arg(0))
	case c.attempts < 1 || *interval < 0 || *timeout <= 0:
		return fmt.Errorf("attempts %d and timeout %s must be above 0, and interval %s 0 or more", c.attempts, *timeout, *interval)
	}
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion(*region))
	if err != nil {
		return err
	}
	c.credentials = loaded.Credentials // cached, and renewed before they expire
	http := prove.NewHTTP(http.DefaultTransport)
	http.Timeout = *timeout
	c.client = prove.Client{HTTP: http, URL: *url, Region: *region, UserAgent: "iam-secured-api-instance-caller"}
	if *interval == 0 {
		return c.call(ctx)
	}
	for {
		if err := c.call(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn("call failed", "error", err.Error())
		}
		if sleep(ctx, *interval) != nil {
			return nil
		}
	}
}
