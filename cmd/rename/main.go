// Command rename changes the path of the checkout's Go module, once after a fork.
//
//	go run ./cmd/rename github.com/acme/products-api
//
// It imports no package of the module, so that it builds under any module path
// and can continue where it was interrupted.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

const usage = renameUsage +
	// <!-- sandbox -->
	leanUsage +
	// <!-- /sandbox -->
	keptUsage

const renameUsage = `Changes the path of this checkout's Go module. Run it in the checkout's folder.

  go run ./cmd/rename PATH
      PATH is the new module path, such as github.com/acme/products-api. Changes
      go.mod, every import or mention of a package of the module, and the
      program's name in Pulumi.yaml's buildTarget, and lists the files. On an
      error, nothing is changed.
`

const keptUsage = `
The project's name in Pulumi.yaml and the components' types stay, because
deployed stacks are known by them. Their next update replaces the function of
the product service: its code contains the module's path.
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
	// <!-- sandbox -->
	if len(args) > 0 && args[0] == "-lean" {
		return lean(args[1:], out)
	}
	// <!-- /sandbox -->
	switch {
	case len(args) == 1 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help"):
		fmt.Fprint(out, usage)
		return nil
	case len(args) != 1:
		return errUsage
	}
	return rename(args[0], out)
}

// rename changes the module's path in the working directory.
func rename(to string, out io.Writer) error {
	r, err := plan(to)
	if err != nil {
		return err
	}
	if len(r.changes) == 0 {
		fmt.Fprintf(out, "the module is %s already: nothing to change\n", r.to)
		return nil
	}
	if err := apply(r.changes); err != nil {
		return err
	}
	for _, c := range r.changes {
		fmt.Fprintln(out, c.file)
	}
	fmt.Fprintf(out, "%s is now %s: %d files changed\n", r.from, r.to, len(r.changes))
	return nil
}
