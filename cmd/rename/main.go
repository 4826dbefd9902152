// Command rename gives the checkout's Go module another path, as a fork wants
// it.
//
//	go run ./cmd/rename github.com/acme/products-api
//
// It imports nothing of the module, so that it can be built whatever the module's
// path is, and go on where it was cut off.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

const usage = `Gives the Go module of this checkout another path.

  go run ./cmd/rename PATH
      PATH is the new module path, such as github.com/acme/products-api. Changes
      go.mod, what imports or names a package of the module, and the program's
      name in Pulumi.yaml's buildTarget, and lists the files. On an error,
      nothing is changed. Run it in the checkout's folder.

The project's name in Pulumi.yaml and the components' types stay, because the
stacks that are deployed are known by them. Their next update replaces the
function of the product service: its code has the module's path in it.
`

var errUsage = errors.New("rename: want one argument, the new module path")

func main() {
	err := command(os.Args[1:], os.Stdout)
	switch {
	case err == nil:
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "%v\n\n%s", err, usage)
		os.Exit(2)
	default:
		fmt.Fprintf(os.Stderr, "rename: %v\n", err)
		os.Exit(1)
	}
}

func command(args []string, out io.Writer) error {
	switch {
	case len(args) == 1 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help"):
		fmt.Fprint(out, usage)
		return nil
	case len(args) != 1:
		return errUsage
	}
	r, err := plan(".", args[0])
	if err != nil {
		return err
	}
	if len(r.changes) == 0 {
		fmt.Fprintf(out, "the module is %s already: nothing to change\n", r.to)
		return nil
	}
	if err := r.apply(); err != nil {
		return err
	}
	for _, c := range r.changes {
		fmt.Fprintln(out, c.file)
	}
	fmt.Fprintf(out, "%s is now %s: %d files changed\n", r.from, r.to, len(r.changes))
	return nil
}
