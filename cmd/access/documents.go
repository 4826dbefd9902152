package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/program"
)

// writeDocuments runs the subcommand documents.
func writeDocuments(args arguments, in io.Reader, log io.Writer) error {
	if err := access.CheckExecutionArn(args.api); err != nil {
		return fmt.Errorf("documents: -api %q %w", args.api, err)
	}
	s, err := readStack(args.files[0], in, log)
	if err != nil {
		return err
	}
	documents, err := documentsOf(s.Plan, args.api)
	if err != nil {
		return err
	}
	dir := args.files[1]
	// Otherwise, files of an earlier run would be checked, too.
	if entries, err := os.ReadDir(dir); len(entries) > 0 {
		return fmt.Errorf("documents: %s: must be empty or not exist, and has %s", dir, entries[0].Name())
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("documents: %w", err)
	}
	for name, document := range documents {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(document+"\n"), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// documentsOf returns the documents that a plan deploys for an API, by the names of
// their files. A plan has no two policies or roles whose names differ only in case, and
// no policy with the name of another one's part.
func documentsOf(plan *program.Plan, executionArn string) (map[string]string, error) {
	documents := map[string]string{}
	for name, policy := range plan.Policies {
		for _, part := range policy.Parts {
			file := "identity/" + name + part.Name + ".json"
			var err error
			if documents[file], err = policy.Document(part, executionArn); err != nil {
				return nil, fmt.Errorf("policy %q: %w", name, err)
			}
		}
	}
	arn := strings.Split(executionArn, ":")
	for name, role := range plan.Roles {
		of := map[string]*access.Document{"trust": role.Trust.Document(executionArn)}
		if actions := access.CallerActions(role.Trust); actions != nil {
			of["caller"] = access.CallerDocument(actions, fmt.Sprintf("arn:%s:iam::%s:role/%s", arn[1], arn[4], name))
		}
		for folder, document := range of {
			text, err := access.Render(document)
			if err != nil {
				return nil, fmt.Errorf("role %q: %w", name, err)
			}
			documents[folder+"/"+name+".json"] = text
		}
	}
	return documents, nil
}
