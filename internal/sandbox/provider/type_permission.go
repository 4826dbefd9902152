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
	propStatementID = "statementId"
)

// permissionType is a statement of a function's resource policy. Every change
// replaces it.
var permissionType = &resourceType{
	token:    "aws:lambda/permission:Permission",
	autoname: 100,
	named:    propStatementID,
	inputs: []property{
		{name: "action", kind: aString, required: true, replaces: true},
		{name: propFunction, kind: aString, required: true, replaces: true},
		{name: "principal", kind: aString, required: true, replaces: true},
		{name: "sourceArn", kind: aString, replaces: true},
		{name: propStatementID, kind: aString, replaces: true},
		{name: propStatementID + suffixPrefix, kind: aString, replaces: true},
		{name: "eventSourceToken", kind: aString, replaces: true, unmodelled: true},
		{name: "functionUrlAuthType", kind: aString, replaces: true, unmodelled: true},
		{name: "principalOrgId", kind: aString, replaces: true, unmodelled: true},
		{name: "qualifier", kind: aString, replaces: true, unmodelled: true},
		{name: "sourceAccount", kind: aString, replaces: true, unmodelled: true},
	},
	unique:  propStatementID,
	creates: "AddPermission",
	calls:   []string{"RemovePermission"},
	create: func(c *client, in values) (string, values, error) {
		p := cloud.FunctionPermission{
			StatementID: physical(in, propStatementID), Action: in.str("action"), Principal: in.str("principal"), SourceARN: in.str("sourceArn"),
		}
		if err := c.region.AddPermission(in.str(propFunction), p); err != nil {
			return "", nil, err
		}
		return p.StatementID, nil, nil
	},
	read:   readPermission,
	update: func(*client, *change) error { return nil }, // every change replaces
	delete: func(c *client, id string, state values) error {
		return c.region.RemovePermission(state.str(propFunction), id)
	},
	locate: func(_ *client, importID string) (string, values, error) {
		function, id, ok := strings.Cut(importID, "/")
		if !ok || function == "" || id == "" || strings.Contains(id, "/") {
			return "", nil, fmt.Errorf("wrong format of import id %q: FUNCTION/STATEMENT-ID", importID)
		}
		prior := values{}
		prior.setString(propFunction, function)
		return id, prior, nil
	},
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

// statement is one of a function's resource policy.
type statement struct {
	Sid, Action string
	Principal   struct{ Service string }
	Condition   struct{ ArnLike map[string]string }
}

// statements are those of a function's resource policy.
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

func readPermission(c *client, id string, prior values) (values, error) {
	list, err := statements(c, prior.str(propFunction))
	if err != nil {
		return absent(err)
	}
	for _, s := range list {
		if s.Sid != id {
			continue
		}
		out := values{}
		out.setString("action", s.Action)
		out.setString(propFunction, prior.str(propFunction))
		out.setString("principal", s.Principal.Service)
		out.setString("sourceArn", s.Condition.ArnLike["AWS:SourceArn"])
		out.setPhysical(propStatementID, s.Sid)
		return out, nil
	}
	return nil, nil
}
