package main

import (
	"fmt"
	"io"

	"iam-secured-api/internal/stackdiff"
)

// readStack reads a stack config file, with the defaults of the Pulumi.yaml in its
// folder. It logs warnings about what it does not read.
func readStack(path string, in io.Reader, log io.Writer) (stackdiff.Stack, error) {
	file, err := stackdiff.Open(path, in)
	if err != nil {
		return stackdiff.Stack{}, err
	}
	s, err := file.Stack()
	if err != nil {
		return stackdiff.Stack{}, err
	}
	for _, warning := range file.Warnings() {
		fmt.Fprintf(log, "access: %s\n", warning)
	}
	return s, nil
}
