package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/account"
	"iam-secured-api/internal/stackdiff"
)

// showWho runs the subcommand who and returns its exit code.
func showWho(args arguments, in io.Reader, out, log io.Writer) (int, error) {
	stack, err := readStack(args.files[0], in, log)
	if err != nil {
		return 0, err
	}
	described, err := readAccount(args.files[1], in)
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err // it names the file, too
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", args.files[1], err)
	}
	api := access.Api{ExecutionArn: args.api, Stage: stack.Plan.StageName, Routes: stack.Plan.Routes}
	report, err := described.Who(api, stack.Plan.Matrix)
	if err != nil {
		return 0, err
	}
	becomes := described.Becomes(api, report.Matrix())
	if args.asJSON {
		return report.ExitCode(), report.WriteJSON(out, becomes)
	}
	_, err = io.WriteString(out, report.Text(becomes))
	return report.ExitCode(), err
}

// readAccount reads the description of an account from a file, or standard input.
func readAccount(path string, in io.Reader) (*account.Account, error) {
	if path == stackdiff.StandardInput {
		return account.Read(in)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return account.Read(file)
}
