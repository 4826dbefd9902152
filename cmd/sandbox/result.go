package main

import (
	"fmt"
	"iam-secured-api/internal/stackdiff"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// format says how a result is printed.
type format struct {
	json    bool
	reasons bool // of every decision
	colour  bool
}

// result is what a trial found; -json prints it.
type result struct {
	Stacks []stackResult `json:"stacks"`
	Access accessFound   `json:"access"`
	// Destroyed reports whether everything that was deployed is gone.
	Destroyed bool `json:"destroyed"`
}

// accessFound is the expected and the observed access.
type accessFound struct {
	Agrees     bool  `json:"agrees"` // of every cell
	Principals cells `json:"principals"`
}

// stackResult is what one program deployed.
type stackResult struct {
	Name      string         `json:"name"`
	Account   string         `json:"account"`
	Seconds   float64        `json:"seconds"`
	Resources []resource     `json:"resources"`
	Outputs   map[string]any `json:"outputs"` // secrets are not shown
}

type resource struct {
	Type      string `json:"type"`
	Name      string `json:"name"`
	ID        string `json:"id"`
	Component string `json:"component"` // the one that it belongs to
}

// secretValue replaces secrets in outputs.
const secretValue = "[secret]"

// describe lists what a stack holds: its outputs, and the resources of its state.
func describe(name, account string, outputs outputMap, resources []apitype.ResourceV3) stackResult {
	m := stackResult{Name: name, Account: account, Outputs: map[string]any{}, Resources: []resource{}}
	for key, output := range outputs {
		m.Outputs[key] = output.Value
		if output.Secret {
			m.Outputs[key] = secretValue
		}
	}
	for _, r := range resources {
		if !r.Custom || strings.HasPrefix(string(r.Type), "pulumi:providers:") {
			continue
		}
		m.Resources = append(m.Resources, resource{
			Type:      shortType(r.Type),
			Name:      r.URN.Name(),
			ID:        string(r.ID),
			Component: shortType(r.Parent.Type()) + " " + r.Parent.Name(),
		})
	}
	slices.SortStableFunc(m.Resources, func(a, b resource) int { return strings.Compare(a.Component, b.Component) })
	return m
}

// shortType cuts "aws:iam/role:Role" to "iam Role".
func shortType(token tokens.Type) string {
	parts := strings.Split(string(token), ":")
	if len(parts) != 3 || parts[0] != "aws" {
		return parts[len(parts)-1]
	}
	module, _, _ := strings.Cut(parts[1], "/")
	return module + " " + parts[2]
}

func (r result) write(out io.Writer, f format) error {
	if f.json {
		return stackdiff.WriteJSON(out, r)
	}
	for _, stack := range r.Stacks {
		if err := stack.writeText(out); err != nil {
			return err
		}
	}
	writeMatrix(out, r.Access.Principals, f)
	_, err := fmt.Fprintln(out, "\nAll of it is destroyed again, and both accounts are as they were before.")
	return err
}

func (s stackResult) writeText(out io.Writer) error {
	fmt.Fprintf(out, "%s made %d resources in account %s:\n", s.Name, len(s.Resources), s.Account)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	component := ""
	for _, resource := range s.Resources {
		if resource.Component != component {
			component = resource.Component
			fmt.Fprintf(table, "\n%s\n", component)
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\n", resource.Type, resource.Name, resource.ID)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprint(out, "\nIts outputs:\n\n")
	if err := stackdiff.WriteJSON(out, s.Outputs); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out)
	return err
}
