package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
)

const (
	propFunction    = "function"
	propQualifier   = "qualifier"
	propStatementID = "statementId"
)

// permissionType is a statement of a function's resource policy. Every change
// replaces it.
var permissionType = &resourceType{
	token:    "aws:lambda/permission:Permission",
	autoname: 100,
	named:    propStatementID,
	inputs: []property{
		{name: "action", kind: aString, field: "Action", required: true, replaces: true},
		{name: propFunction, kind: aString, required: true, replaces: true, local: true},
		{name: "principal", kind: aString, field: "Principal", required: true, replaces: true},
		{name: propQualifier, kind: aString, replaces: true, local: true},
		{name: "sourceArn", kind: aString, field: "SourceARN", replaces: true},
		{name: propStatementID, kind: aString, field: "StatementID", replaces: true},
		{name: propStatementID + suffixPrefix, kind: aString, replaces: true},
	},
	unmodelled: []string{"eventSourceToken", "functionUrlAuthType", "principalOrgId", "sourceAccount"},
	unique:     propStatementID,
	creates:    "AddPermission",
	calls:      []string{"RemovePermission"},
	create: func(c *client, ch *change) (string, error) {
		p := filled[cloud.FunctionPermission](ch)
		p.StatementID = ch.name()
		if err := c.region.AddPermission(qualifiedFunction(ch.new), p); err != nil {
			return "", err
		}
		return p.StatementID, nil
	},
	read: readPermission,
	delete: func(c *client, id string, state values) error {
		return c.region.RemovePermission(qualifiedFunction(state), id)
	},
	locate: locatePermission,
	list: func(c *client) ([]string, error) {
		functions, err := c.region.ListFunctions()
		var ids []string
		for _, f := range functions {
			qualifiers, functionErr := c.region.Qualifiers(f.FunctionName)
			err = errors.Join(err, tolerate(functionErr))
			for _, name := range qualifiedNames(f.FunctionName, qualifiers) {
				list, functionErr := statements(c, name)
				err = errors.Join(err, tolerate(functionErr))
				ids = append(ids, idsOf(name+"/", list, func(s statement) string { return s.Sid })...)
			}
		}
		return ids, err
	},
}

// qualifiedFunction returns the function of a permission with its qualifier, if any.
func qualifiedFunction(v values) string {
	return qualifiedName(v.str(propFunction), v.str(propQualifier))
}

func qualifiedName(function, qualifier string) string {
	if qualifier == "" {
		return function
	}
	return function + ":" + qualifier
}

// qualifiedNames returns the names that have resource policies of their own.
func qualifiedNames(function string, qualifiers []string) []string {
	names := []string{function}
	for _, qualifier := range qualifiers {
		names = append(names, qualifiedName(function, qualifier))
	}
	return names
}

// locatePermission locates a permission that is imported as FUNCTION/STATEMENT-ID or as
// FUNCTION:QUALIFIER/STATEMENT-ID.
func locatePermission(c *client, importID string) (string, values, error) {
	id, state, err := inParent(propFunction, "FUNCTION/STATEMENT-ID or FUNCTION:QUALIFIER/STATEMENT-ID")(c, importID)
	if function, qualifier, has := strings.Cut(state.str(propFunction), ":"); err == nil && has {
		state = textValues(propFunction, function, propQualifier, qualifier)
	}
	return id, state, err
}

// statement is a statement of a function's resource policy.
type statement struct {
	Sid, Action string
	Principal   struct{ Service string }
	Condition   struct{ ArnLike map[string]string }
}

// statements returns the statements of a function's resource policy.
func statements(c *client, function string) ([]statement, error) {
	text, err := c.region.GetPolicy(function)
	if err != nil {
		return nil, err
	}
	var policy struct{ Statement []statement }
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		return nil, fmt.Errorf("policy of function %s: %w", function, err)
	}
	return policy.Statement, nil
}

func readPermission(c *client, id string, prior values) (any, error) {
	list, err := statements(c, qualifiedFunction(prior))
	for _, s := range list {
		if s.Sid == id {
			return cloud.FunctionPermission{
				StatementID: s.Sid, Action: s.Action, Principal: s.Principal.Service, SourceARN: s.Condition.ArnLike["AWS:SourceArn"],
			}, nil
		}
	}
	return nil, tolerate(err)
}
