package main

import (
	"io"

	"iam-secured-api/internal/stackdiff"
)

// showDiff runs the subcommand diff and returns its exit code.
func showDiff(args arguments, in io.Reader, out, log io.Writer) (int, error) {
	var stacks [2]stackdiff.Stack
	for i, file := range args.files {
		var err error
		if stacks[i], err = readStack(file, in, log); err != nil {
			return 0, err
		}
	}
	d := stackdiff.Compare(stacks[0], stacks[1])
	if args.asJSON {
		return d.ExitCode(), stackdiff.WriteJSON(out, d)
	}
	_, err := io.WriteString(out, d.Text())
	return d.ExitCode(), err
}
