// Command access evaluates who can call what: for stack config files, before anything
// is deployed, and for any documents and requests. It needs no Pulumi engine, no
// credentials and no network. The flag -h describes its subcommands.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"iam-secured-api/components/access"
)

const usage = `Says who can call what. It needs no Pulumi engine, no credential and no network.

  access matrix [-json] [FILE]
      Prints who can call which route with this stack config file:
      Pulumi.dev.yaml unless said otherwise. -json prints what the stack's
      output accessMatrix is going to be.

  access diff [-json] OLD NEW
      Prints who gains and who loses what when NEW takes the place of OLD.
      Exits 0 if nothing changes, 10 if somebody loses and nobody gains, 11 if
      somebody gains or may gain, and 1 on an error.

  access who [-json] -api EXECUTION_ARN FILE DETAILS
      Prints who in the whole account can call the API of this stack config file,
      from what "aws iam get-account-authorization-details" prints: first those
      that are not of the stack, then those of the stack that can call more than
      its matrix says, then the rest. DETAILS may also be all pages, one after
      another. EXECUTION_ARN is the API's, without a stage: the stack's output
      executionArn. With -json it prints
        {"principals": {ARN: {"routes": {ROUTE KEY: cell}, "ofStack": bool,
         "beyond": [route keys], "through": [policies and statements]}},
         "becomes": [who can become a caller, and how]}
      with the principals that can or may call, and the routes under IAM. A cell
      is "allow", "deny", "allow if" and the condition, or "unknown:" and why:
      a policy that is not in DETAILS, or that cannot be judged.
      Exits 0 if only principals of the stack can call, and no more than the
      matrix says, 11 if anyone can call more or that is unknown, and 1 on an
      error. Who can become a caller does not change the exit code. Not counted
      are the root user, policies of sessions and of an organization, and who can
      start sessions of a role, such as those of an identity pool.

  access documents [-api EXECUTION_ARN] FILE DIR
      Writes the policy documents of this stack config file, to check them with
      other tools: DIR/identity has the policies that allow calling the API,
      DIR/trust the trust policies of roles, and DIR/caller what other accounts
      attach to the principals that assume them. DIR must be empty or not exist.
      Without -api, the documents have a placeholder for the API's ARN.

  access decide
      Reads requests from standard input, one JSON object a line, and prints
      one a line, what IAM decides and why:
        {"principal": ARN, "action": "execute-api:Invoke", "resource": ARN,
         "resourceAccount": "12 digits", "identity": [document, …],
         "boundary": document, "session": document, "trust": document,
         "context": {"aws:SourceIp": "203.0.113.9", …}}
      Parts that are absent are left out; a key of the context has a value or a
      list of them. To assume a role, the action is sts:AssumeRole on the role. For
      a user of an identity provider, it is sts:AssumeRoleWithWebIdentity, with the
      provider's ARN or domain as the principal. Session tags and a source
      identity also need sts:TagSession and sts:SetSourceIdentity on the role.
      The output is
        {"decision": "allow", "implicitDeny" or "explicitDeny", "reason": …}
      or, for a line that cannot be judged, {"error": …}. Exits 0 when the input
      has been read to its end.

The defaults come from the Pulumi.yaml next to each file. A file named - is read
from standard input, with the Pulumi.yaml of the working directory. "go run"
exits 1 for each exit code but 0: build the command to tell them apart, with
go build -o access ./cmd/access
`

func main() {
	code, err := command(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintf(os.Stderr, "access: %v\n", err)
		code = 1
	}
	os.Exit(code)
}

// command runs the command. The code is that of a run without an error.
func command(args []string, in io.Reader, out, log io.Writer) (code int, err error) {
	if len(args) == 0 {
		return 0, errors.New("the first argument must be matrix, diff, who, documents or decide; see -h")
	}
	name := args[0]
	parsed, err := parse(name, args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, err = io.WriteString(out, usage)
		return 0, err
	case err != nil:
		return 0, fmt.Errorf("%w; see -h", err)
	case name == "matrix":
		return 0, showMatrix(parsed, in, out, log)
	case name == "diff":
		return showDiff(parsed, in, out, log)
	case name == "who":
		return showWho(parsed, in, out, log)
	case name == "documents":
		return 0, writeDocuments(parsed, in, log)
	}
	return 0, decideAll(in, out)
}

// arguments are those of a subcommand.
type arguments struct {
	files  []string
	asJSON bool
	api    string // execution ARN
}

// parse reads flags and files in any order.
func parse(name string, args []string) (arguments, error) {
	var parsed arguments
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	switch name {
	case "matrix", "diff":
		flags.BoolVar(&parsed.asJSON, "json", false, "")
	case "who":
		flags.BoolVar(&parsed.asJSON, "json", false, "")
		flags.StringVar(&parsed.api, "api", "", "")
	case "documents":
		flags.StringVar(&parsed.api, "api", access.PlaceholderExecutionArn, "")
	case "decide":
	case "-h", "-help", "--help", "help":
		return parsed, flag.ErrHelp
	default:
		return parsed, fmt.Errorf("%q must be one of matrix, diff, who, documents and decide", name)
	}
	for {
		if err := flags.Parse(args); err != nil {
			return parsed, fmt.Errorf("%s: %w", name, err)
		}
		if flags.NArg() == 0 {
			break
		}
		parsed.files = append(parsed.files, flags.Arg(0))
		args = flags.Args()[1:]
	}
	switch n := len(parsed.files); {
	case name == "matrix" && n > 1:
		return parsed, fmt.Errorf("matrix: wants one file at most, not %d", n)
	case name == "diff" && n != 2:
		return parsed, fmt.Errorf("diff: wants two files, OLD and NEW, not %d", n)
	case name == "who" && n != 2:
		return parsed, fmt.Errorf("who: wants two files, FILE and DETAILS, not %d", n)
	case name == "who" && parsed.api == "":
		return parsed, errors.New("who: wants -api with the execution ARN of the API, which is the stack's output executionArn")
	case name == "documents" && n != 2:
		return parsed, fmt.Errorf("documents: wants a file and a folder, FILE and DIR, not %d", n)
	case n == 2 && parsed.files[0] == "-" && parsed.files[1] == "-":
		return parsed, fmt.Errorf("%s: can read one of the two files from standard input, not both", name)
	case name == "decide" && n > 0:
		return parsed, fmt.Errorf("decide: wants no argument, not %q: it reads standard input", parsed.files[0])
	}
	return parsed, nil
}
