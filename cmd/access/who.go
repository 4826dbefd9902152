package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/account"
	"iam-secured-api/internal/program"
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
		err = cause.Err // the message names the file already
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", args.files[1], err)
	}
	api := access.Api{ExecutionArn: args.api, Stage: stack.Plan.StageName, Routes: stack.Plan.Routes}
	if err := described.CheckApi(api.ExecutionArn); err != nil {
		return 0, fmt.Errorf("-api: %w", err)
	}
	matrix, err := withPermissionSets(api, stack.Plan, described)
	if err != nil {
		return 0, err
	}
	report, err := described.Who(api, matrix)
	if err != nil {
		return 0, err
	}
	trusts := map[string]string{}
	for name, role := range stack.Plan.Roles {
		if trusts[name], err = access.Render(role.Trust.Document(api.ExecutionArn)); err != nil {
			return 0, fmt.Errorf("role %q: %w", name, err)
		}
	}
	becomes := described.Becomes(api, report.Matrix(), trusts)
	if args.asJSON {
		return report.ExitCode(), report.WriteJSON(out, becomes)
	}
	_, err = io.WriteString(out, report.Text(becomes))
	return report.ExitCode(), err
}

// withPermissionSets returns the stack's matrix with a row for each role of a permission
// set that refers to policies of the stack by their fixed names. The row has these policies.
func withPermissionSets(api access.Api, plan *program.Plan, a *account.Account) (access.Matrix, error) {
	documents := map[string][]string{}
	arns := map[string]string{} // policy name by the ARN of each document
	for name, policy := range plan.Policies {
		for _, reference := range policy.Naming.References() {
			arns["arn:"+a.Partition+":iam::"+a.ID+":policy"+reference] = name
		}
		var err error
		if documents[name], err = policy.Documents(api.ExecutionArn); err != nil {
			return nil, err
		}
	}
	var sets []access.Principal
	for _, p := range a.Principals {
		set := access.Principal{Name: "role/" + p.Name}
		for _, arn := range p.Attached {
			if name, ours := arns[arn]; ours {
				set.Policies = append(set.Policies, name)
			}
		}
		if p.IsRole() && strings.HasPrefix(p.Path, "/aws-reserved/sso.amazonaws.com/") && len(set.Policies) > 0 {
			sets = append(sets, set)
		}
	}
	matrix, err := access.NewMatrix(api, documents, sets)
	if err != nil {
		return nil, err
	}
	maps.Copy(matrix, plan.Matrix)
	return matrix, nil
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
