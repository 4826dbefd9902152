package engine_test

import (
	"iam-secured-api/tests/harness"
)

// backendReplaced are the changes of a backend of another kind, which all
// routes use.
var backendReplaced = harness.Changes{
	"create-replacement apigatewayv2/integration:Integration api-backend",
	"delete-replaced apigatewayv2/integration:Integration api-backend",
	"update apigatewayv2/route:Route api-GET /products",
	"update apigatewayv2/route:Route api-POST /products",
}

// programReplaced are the changes of a new program, which is a new function
// that the API uses.
var programReplaced = harness.Changes{
	"create-replacement lambda/function:Function products-function",
	"create-replacement lambda/permission:Permission api-permission",
	"delete-replaced lambda/function:Function products-function",
	"delete-replaced lambda/permission:Permission api-permission",
	"update apigatewayv2/integration:Integration api-backend",
}

var (
	serviceGoes   = harness.Join(backendReplaced, harness.ServiceChanges("delete"))
	serviceIsBack = harness.Join(backendReplaced, harness.ServiceChanges("create"))
	otherURL      = harness.Changes{"update apigatewayv2/integration:Integration api-backend"}
	protectable   = harness.Changes{"update dynamodb/table:Table products-table"}
)

// stageMoved are the changes of a stage that is replaced, which policies name.
var stageMoved = harness.Join(stageReplaced, readOnly, admin)

var serviceEdits = []harness.Edit{
	{Name: "send calls to a URL, to another, and back to the service", Previews: true, Steps: []harness.Step{
		{Patch: `{backend: {archive: null, url: "https://backend.example.com"}}`, Changes: serviceGoes},
		{Patch: `{backend: {archive: null, url: "https://backend.example.com:8443/v1"}}`, Changes: otherURL},
		{Patch: `{backend: {archive: null, url: "https://backend.example.com"}}`, Changes: otherURL},
		{Changes: serviceIsBack},
	}},
	{Name: "change the service's program and change it back", Previews: true, Steps: []harness.Step{
		{Archive: "2", Changes: programReplaced},
		{Archive: "3", Changes: programReplaced},
		{Changes: programReplaced},
	}},
	{Name: "deploy the same program from another place", Steps: []harness.Step{
		{Archive: "2", Changes: programReplaced},
		{Archive: "2", Changes: harness.Changes{}},
	}},
	{Name: "change the program and the stage's name", Steps: []harness.Step{
		{Archive: "2", Patch: `{stageName: live}`, Changes: harness.Join(programReplaced, stageMoved)},
		{Changes: harness.Join(programReplaced, stageMoved)},
	}},
	{Name: "send calls to a URL on a stage of another name, and back", Steps: []harness.Step{
		{
			Patch:   `{stageName: live, backend: {archive: null, url: "https://backend.example.com"}}`,
			Changes: harness.Join(serviceGoes, stageMoved),
		},
		{Changes: harness.Join(serviceIsBack, stageMoved)},
	}},
	{Name: "protect the table and stop it", Steps: []harness.Step{
		{Patch: `{backend: {deletionProtection: true}}`, Changes: protectable},
		{Patch: `{backend: {deletionProtection: false}}`, Changes: protectable},
		{Patch: `{backend: {deletionProtection: true}}`, Changes: protectable},
		{Changes: protectable},
	}},
}
