package main

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/doors"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/internal/sandbox/gateway"
)

// deployment is the API's stack once it is deployed, with its doors open.
type deployment struct {
	aws     *cloud.Cloud
	config  program.Config
	matrix  access.Matrix
	outputs outputs
	region  string
	doors   *doors.Doors
	once    intendedOnce
}

// outputs are the stack's, as far as callers need them.
type outputs struct {
	APIID            string                       `json:"apiId"`
	ExecutionARN     string                       `json:"executionArn"`
	AccessMatrix     map[string]map[string]string `json:"accessMatrix"`
	SecretAccessKeys map[string]string            `json:"secretAccessKeys"`
	Users            map[string]struct {
		AccessKeyID string `json:"accessKeyId"`
	} `json:"users"`
	InstanceProfiles map[string]struct {
		RoleARN             string `json:"roleArn"`
		InstanceProfileName string `json:"instanceProfileName"`
	} `json:"instanceProfiles"`
	CrossAccountRoles map[string]struct {
		RoleARN    string `json:"roleArn"`
		ExternalID string `json:"externalId"`
	} `json:"crossAccountRoles"`
}

// outputMap are the outputs of a stack, by name.
type outputMap = map[string]engine.Output

// open reads the outputs of the stack with this configuration and opens the doors
// to it.
func open(aws *cloud.Cloud, config program.Config, values outputMap, options gateway.Options) (*deployment, error) {
	d := &deployment{aws: aws, config: config}
	plain := map[string]any{}
	for name, output := range values {
		plain[name] = output.Value
	}
	text, err := json.Marshal(plain)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &d.outputs); err != nil {
		return nil, err
	}
	who, err := config.Access()
	if err != nil {
		return nil, err
	}
	if d.matrix = who.Matrix; !reflect.DeepEqual(d.matrix.Folded(), d.outputs.AccessMatrix) {
		return nil, errors.New("the output accessMatrix is not what the configuration says")
	}
	d.region = strings.Split(d.outputs.ExecutionARN, ":")[3]
	stack := doors.Stack{
		Account: cloud.APIAccount, Region: d.region, APIID: d.outputs.APIID, Stage: config.StageName, Profiles: map[string]string{},
	}
	for role, profile := range d.outputs.InstanceProfiles {
		stack.Profiles[role] = profile.InstanceProfileName
	}
	d.doors, err = doors.Open(aws, stack, options)
	return d, err
}
