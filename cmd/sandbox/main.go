// Command sandbox tries everything out with no AWS account: it runs the real
// Pulumi engine on simulated AWS.
//
//	go run ./cmd/sandbox            deploy both programs, show what they made, destroy it
//	go run ./cmd/sandbox -json      the same, for machines
//	go run ./cmd/sandbox provider   serve simulated AWS to plain pulumi commands
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `Tries everything out with no AWS account: the real Pulumi engine on simulated AWS.

  go run ./cmd/sandbox [-json]
      Deploys Pulumi.sandbox.yaml and then the other account's program, shows
      what they made, and destroys it. Exits 0 if all of that worked.
      -json prints the same as one JSON object.

  go run ./cmd/sandbox provider
      Serves simulated AWS until interrupted. The first line of its output is a
      variable to export; plain pulumi commands then use it in place of AWS.

It works in a temporary folder and listens on loopback only. Progress goes to
standard error.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends it at once
	err := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "%v\n\n%s", err, usage)
		os.Exit(2)
	case ctx.Err() != nil && !errors.Is(err, errLeftBehind):
		fmt.Fprintln(os.Stderr, "interrupted; nothing is left of what it deployed")
		os.Exit(130)
	default:
		fmt.Fprintf(os.Stderr, "sandbox: %v\n", err)
		os.Exit(1)
	}
}

var (
	errUsage      = errors.New("sandbox: unknown argument")
	errLeftBehind = errors.New("the temporary folder cannot be removed")
)

func command(ctx context.Context, args []string, out, log io.Writer) error {
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	asJSON := flags.Bool("json", false, "")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	switch {
	case flags.NArg() == 0:
		return try(ctx, out, log, *asJSON)
	case flags.NArg() == 1 && flags.Arg(0) == "provider" && !*asJSON:
		return serveProvider(ctx, out, log)
	}
	return fmt.Errorf("%w: %q", errUsage, flags.Args())
}
