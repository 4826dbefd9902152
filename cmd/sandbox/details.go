package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"iam-secured-api/internal/sandbox/cloud"
)

// writeDetails writes the API's account to a temporary file, as the AWS CLI prints it
// for iam get-account-authorization-details. The function remove deletes the file.
func writeDetails(c *cloud.Cloud) (path string, remove func() error, err error) {
	details, err := c.Account(cloud.APIAccount).AuthorizationDetails()
	if err != nil {
		return "", nil, err
	}
	text, err := json.MarshalIndent(details, "", "    ")
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "sandbox-account-")
	if err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	path = filepath.Join(dir, "account.json")
	if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		return "", nil, errors.Join(err, remove())
	}
	return path, remove, nil
}
