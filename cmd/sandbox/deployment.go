package main

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"sync"

	"iam-secured-api/cmd/sandbox/functions"
	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/cache"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/endpoints"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/internal/sandbox/gateway"
)

// deployment is the API's stack once it is deployed, with its endpoints.
type deployment struct {
	aws       *cloud.Cloud
	plan      *program.Plan
	outputs   outputs
	region    string
	endpoints *endpoints.Endpoints
	// documents returns the documents of each principal in the configuration. With many
	// routes, it takes longer than the requests.
	documents func() (map[string][]string, error)
	compiled  cache.Cache[*iam.IdentityPolicy]
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
	Roles map[string]struct {
		ARN                 string `json:"arn"`
		InstanceProfileName string `json:"instanceProfileName"`
		ExternalID          string `json:"externalId"`
	} `json:"roles"`
	ExistingRoles map[string]struct {
		ARN string `json:"arn"`
	} `json:"existingRoles"`
}

// outputMap are the outputs of a stack, by name.
type outputMap = map[string]engine.Output

func newDeployment(aws *cloud.Cloud, plan *program.Plan, o outputs) *deployment {
	d := &deployment{aws: aws, plan: plan, outputs: o, region: strings.Split(o.ExecutionARN, ":")[3]}
	d.documents = sync.OnceValues(func() (map[string][]string, error) { return plan.Documents(o.ExecutionARN) })
	return d
}

// open reads the outputs of the stack that was deployed by a plan and serves its
// endpoints.
func open(aws *cloud.Cloud, plan *program.Plan, values outputMap, options gateway.Options) (*deployment, error) {
	plain := map[string]any{}
	for name, output := range values {
		plain[name] = output.Value
	}
	text, err := json.Marshal(plain)
	if err != nil {
		return nil, err
	}
	var o outputs
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(plan.Matrix.Folded(), o.AccessMatrix) {
		return nil, errors.New("the output accessMatrix is not what the configuration says")
	}
	d := newDeployment(aws, plan, o)
	stack := endpoints.Stack{
		Account: cloud.APIAccount, Region: d.region, APIID: o.APIID, Stage: plan.StageName, Profiles: map[string]string{},
	}
	for name, role := range o.Roles {
		if role.InstanceProfileName != "" {
			stack.Profiles[name] = role.InstanceProfileName
		}
	}
	if plan.Domain != nil {
		stack.Domain = plan.Domain.Name
	}
	options.Functions = functions.New
	d.endpoints, err = endpoints.Open(aws, stack, options)
	return d, err
}
