package provider

import (
	"encoding/json"
	"errors"
	"fmt"

	"iam-secured-api/internal/sandbox/cloud"
)

const (
	propFunction    = "function"
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
		{name: "sourceArn", kind: aString, field: "SourceARN", replaces: true},
		{name: propStatementID, kind: aString, field: "StatementID", replaces: true},
		{name: propStatementID + suffixPrefix, kind: aString, replaces: true},
	},
	unmodelled: []string{"eventSourceToken", "functionUrlAuthType", "principalOrgId", "qualifier", "sourceAccount"},
	unique:     propStatementID,
	creates:    "AddPermission",
	calls:      []string{"RemovePermission"},
	create: func(c *client, ch *change) (string, error) {
		p := filled[cloud.FunctionPermission](ch)
		p.StatementID = ch.name()
		if err := c.region.AddPermission(ch.new.str(propFunction), p); err != nil {
			return "", err
		}
		return p.StatementID, nil
	},
	read: readPermission,
	delete: func(c *client, id string, state values) error {
		return c.region.RemovePermission(state.str(propFunction), id)
	},
	locate: inParent(propFunction, "FUNCTION/STATEMENT-ID"),
	list: func(c *client) ([]string, error) {
		functions, err := c.region.ListFunctions()
		var ids []string
		for _, f := range functions {
			list, functionErr := statements(c, f.FunctionName)
			err = errors.Join(err, tolerate(functionErr))
			ids = append(ids, idsOf(f.FunctionName+"/", list, func(s statement) string { return s.Sid })...)
		}
		return ids, err
	},
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
	list, err := statements(c, prior.str(propFunction))
	for _, s := range list {
		if s.Sid == id {
			return cloud.FunctionPermission{
				StatementID: s.Sid, Action: s.Action, Principal: s.Principal.Service, SourceARN: s.Condition.ArnLike["AWS:SourceArn"],
			}, nil
		}
	}
	return nil, tolerate(err)
}
