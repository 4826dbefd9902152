// Command sandbox tries everything out with no AWS account: it runs the real
// Pulumi engine on simulated AWS.
//
//	go run ./cmd/sandbox            deploy both programs, call every route as everyone, destroy it
//	go run ./cmd/sandbox -json      the same, for machines
//	go run ./cmd/sandbox serve      deploy both programs and let anyone call the API
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
	"strings"
	"syscall"
)

const usage = `Tries everything out with no AWS account: the real Pulumi engine on simulated AWS.

  go run ./cmd/sandbox [-json] [-reasons]
      Deploys Pulumi.sandbox.yaml and then the other account's program, has
      every principal call every route with signed requests, shows what was
      made and who could call what, and destroys it. Exits 0 if every call was
      decided as the policies say. -json prints the same as one JSON object;
      -reasons adds the reason of every decision.

  go run ./cmd/sandbox serve [-json]
      Deploys the same and keeps it until interrupted: the API, STS and the
      metadata of an EC2 instance answer curl, the AWS CLI and any SDK. Prints
      the URLs and the credentials to call it with, and a line for each call.
      -json prints them as one JSON object on the first line.

  go run ./cmd/sandbox provider
      Serves simulated AWS until interrupted. The first line of its output is a
      variable to export; plain pulumi commands then use it in place of AWS.

It works in a temporary folder and listens on loopback only. Progress goes to
standard error.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second interrupt ends it at once
	// Output that nobody reads any more is an error, and not the end before all is
	// taken away.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	err := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && isTerminal(os.Stderr) {
		fmt.Fprint(os.Stderr, eraseLine) // of the step that was under way
	}
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
	name := "" // of the subcommand
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		if name, args = args[0], args[1:]; name == "" {
			return fmt.Errorf("%w: %q", errUsage, name)
		}
	}
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	asJSON, reasons := false, false
	if name == "" || name == "serve" {
		flags.BoolVar(&asJSON, "json", false, "")
	}
	if name == "" {
		flags.BoolVar(&reasons, "reasons", false, "")
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%w: %q", errUsage, flags.Args())
	case name == "":
		colour := isTerminal(out) && os.Getenv("NO_COLOR") == ""
		return try(ctx, out, log, format{json: asJSON, reasons: reasons, colour: colour})
	case name == "serve":
		return serve(ctx, out, log, asJSON)
	case name == "provider":
		return serveProvider(ctx, out, log)
	}
	return fmt.Errorf("%w: %q", errUsage, name)
}
