// Command sandbox tries everything without an AWS account: it runs the real Pulumi
// engine on simulated AWS. The flag -h describes its subcommands.
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

	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
	"iam-secured-api/internal/stackdiff"
)

const usage = `Tries everything out with no AWS account: the real Pulumi engine on simulated AWS.

  go run ./cmd/sandbox [-json] [-reasons]
      Deploys Pulumi.sandbox.yaml and then the other account's program, has
      every principal call every route, signed or with a token, shows what was
      made and who could call what, and destroys it. Exits 0 if every call was
      decided as the policies say. -json prints the same as one JSON object;
      -reasons adds the reason of every decision.

  go run ./cmd/sandbox serve [-json]
      Deploys the same and keeps it until interrupted: curl, the AWS CLI and any
      SDK can use the API, STS, Cognito, and the metadata of instances, tasks
      and pods. Prints lines to paste for each principal, and a line for each
      call. -json prints them as one JSON object on the first line.

  go run ./cmd/sandbox provider
      Serves simulated AWS until interrupted. The first line of its output is a
      variable to export; plain pulumi commands then use it in place of AWS.

  go run ./cmd/sandbox diff [-json] OLD NEW
      Deploys the stack file OLD, previews NEW on top of it, and prints
      Pulumi's own diff of the resources, which ones are replaced and deleted,
      and who gains and who loses what. Real account ids and ARNs are taken to
      exist. OLD may be a snapshot. Exits 0 if nothing changes in who can call
      what, 10 if somebody loses and nobody gains, 11 if somebody gains or may
      gain, and 1 on an error; "go run" exits 1 for each of them but 0.

  go run ./cmd/sandbox snapshot FILE
      Deploys a stack file and prints the result as one JSON document, for a
      diff by another version of this program: so it shows what a change of
      the program's code does to the resources, too.

The defaults of a stack file come from the Pulumi.yaml beside it. One named - is
read from standard input, with the Pulumi.yaml of the working directory.

It keeps everything in memory and listens on loopback only. Progress goes to
standard error.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second interrupt ends it at once
	// Turn SIGPIPE into a write error, so that temporary files are still removed.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	code, err := command(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	if err != nil && isTerminal(os.Stderr) {
		fmt.Fprint(os.Stderr, eraseLine) // of the step that was under way
	}
	switch {
	case err == nil:
		os.Exit(code)
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
	case errors.As(err, new(usageError)):
		fmt.Fprintf(os.Stderr, "%v\n\n%s", err, usage)
		os.Exit(2)
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "interrupted; nothing is left of what it deployed")
		os.Exit(130)
	default:
		fmt.Fprintf(os.Stderr, "sandbox: %v\n", err)
		os.Exit(1)
	}
}

// usageError is about the arguments.
type usageError string

func (e usageError) Error() string { return "sandbox: " + string(e) }

func unknown(argument any) error { return usageError(fmt.Sprintf("unknown argument: %v", argument)) }

// command runs the command. The code is that of a run without an error.
func command(ctx context.Context, args []string, in io.Reader, out, log io.Writer) (code int, err error) {
	name := "" // of the subcommand
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		if name, args = args[0], args[1:]; name == "" {
			return 0, unknown(`""`)
		}
	}
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	asJSON, reasons := false, false
	switch name {
	case "":
		flags.BoolVar(&reasons, "reasons", false, "")
		fallthrough
	case "serve", "diff":
		flags.BoolVar(&asJSON, "json", false, "")
	}
	files, err := parse(flags, args)
	if err != nil {
		return 0, err
	}
	wanted, known := map[string]int{"": 0, "serve": 0, "provider": 0, "diff": 2, "snapshot": 1}[name]
	switch {
	case !known:
		return 0, unknown(name)
	case len(files) > wanted:
		return 0, unknown(files[wanted:])
	case len(files) < wanted:
		return 0, usageError(fmt.Sprintf("%s wants %d files, not %d", name, wanted, len(files)))
	case wanted == 2 && files[0] == stackdiff.StandardInput && files[1] == stackdiff.StandardInput:
		return 0, usageError("diff can read one of the two files from standard input, not both")
	}
	switch name {
	case "":
		colour := isTerminal(out) && os.Getenv("NO_COLOR") == ""
		return 0, try(ctx, out, log, format{json: asJSON, reasons: reasons, colour: colour})
	case "serve":
		return 0, serve(ctx, out, log, asJSON)
	case "provider":
		return 0, serveProvider(ctx, out, log)
	}
	r := newRevisions((*program.Plan).Deploy, func() (string, error) { return program.BuildArchive(ctx) }, log)
	defer func() { err = errors.Join(err, r.close()) }()
	if name == "snapshot" {
		return 0, r.writeSnapshot(ctx, files[0], in, out)
	}
	return r.diff(ctx, files[0], files[1], in, out, asJSON)
}

// parse reads flags and files in any order.
func parse(flags *flag.FlagSet, args []string) (files []string, err error) {
	for {
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, err
		} else if err != nil {
			return nil, unknown(err)
		}
		if flags.NArg() == 0 {
			return files, nil
		}
		files, args = append(files, flags.Arg(0)), flags.Args()[1:]
	}
}

// serveProvider serves the provider until ctx ends.
func serveProvider(ctx context.Context, out, log io.Writer) error {
	root, err := gotool.ModuleRoot()
	if err != nil {
		return err
	}
	accounts := cloud.New()
	if err := prepareAll(accounts, root); err != nil {
		return err
	}
	server, err := provider.Serve(ctx, accounts)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "PULUMI_DEBUG_PROVIDERS=aws:%d\n", server.Port())
	fmt.Fprintf(log, `Simulated AWS is ready. In another shell, export the line above and

  export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true
  export PULUMI_BACKEND_URL=file:///some/empty/folder

and run pulumi commands as usual, on stacks of that folder alone: without the
first variable, the same commands work on AWS. They deploy to account %s;
for account %s, first: pulumi config set aws:accessKey %s
Ctrl-C ends it, and everything in it is gone.
`, cloud.APIAccount, cloud.CallerAccount, cloud.CallerOperatorKey)
	<-ctx.Done()
	return server.Close()
}
