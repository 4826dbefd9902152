package engine_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// serves checks that the API serves requests, before every change of the Cloud until
// the returned function is called, and then once more. It checks only configured routes
// whose stage exists: requests to other routes, which are about to be deleted, may fail.
func serves(t testing.TB, c *cloud.Cloud, config map[string]any) (stop func()) {
	var mu sync.Mutex
	check := func(when string) {
		mu.Lock()
		defer mu.Unlock()
		assert.Empty(t, unserved(c, config), when)
	}
	c.OnMutation(func(m cloud.Mutation) cloud.Fault {
		check(fmt.Sprintf("before request %d, %s %s", m.Seq, m.Action, m.Target))
		return cloud.NoFault
	})
	return func() {
		c.OnMutation(nil)
		check("at the end")
	}
}

// unserved lists the configuration's routes whose requests fail on its stage, because
// their function does not exist, refuses them or has no permissions, or whose clients may
// forge who they are, as "ROUTE: WHY".
func unserved(c *cloud.Cloud, config map[string]any) []string {
	routes, stage := config["routes"].(map[string]any), "prod" // the default
	if name, ok := config["stageName"].(string); ok {
		stage = name
	}
	c = c.Clone() // as it is at one moment
	account := c.Account(cloud.APIAccount)
	region := account.Region("us-east-1")
	var list []string
	for _, api := range Must(region.GetApis()) {
		if _, err := region.GetStage(api.APIID, stage); cloud.IsNotFound(err) {
			continue
		}
		for _, route := range Must(region.GetRoutes(api.APIID)) {
			if _, ok := routes[route.RouteKey]; !ok {
				continue
			}
			integration := Must(region.GetIntegration(api.APIID, strings.TrimPrefix(route.Target, "integrations/")))
			call := api.ExecutionARN + "/" + stage + "/" + strings.Replace(route.RouteKey, " /", "/", 1)
			if header := forgeable(integration, route.AuthorizationType); header != "" {
				list = append(list, route.RouteKey+": clients may set "+header)
			}
			if why := refusedBy(account, integration.FunctionARN(), call); why != "" {
				list = append(list, route.RouteKey+": "+why)
			}
		}
	}
	return list
}

// forgeable returns a header that clients of a route with this authorization may set
// although it identifies the principal to a URL backend, or "".
func forgeable(integration cloud.Integration, authorization string) string {
	variables := map[string]string{"x-caller-arn": cloud.AuthIAM, "x-caller-account": cloud.AuthIAM, "x-caller-subject": cloud.AuthJWT}
	for header, of := range variables {
		action := "remove:header."
		if of == authorization {
			action = "overwrite:header."
		}
		if integration.IntegrationType == "HTTP_PROXY" && integration.RequestParameters[action+header] == "" {
			return header
		}
	}
	return ""
}

// refusedBy returns why a request to a function fails, or "" if it does not fail or
// no function exists.
func refusedBy(account *cloud.Account, function, call string) string {
	if function == "" {
		return ""
	}
	region := account.Region("us-east-1")
	f, err := region.GetFunction(function)
	if err != nil {
		return err.Error()
	}
	policies, err := account.RolePolicies().Attached(f.Role[strings.LastIndex(f.Role, "/")+1:])
	if err != nil {
		return err.Error()
	}
	if len(policies) == 0 {
		return "the function's role has no policy"
	}
	allowed, err := region.MayInvoke(function, "apigateway.amazonaws.com", call)
	if err != nil {
		return err.Error()
	}
	if !allowed {
		return "the function does not let " + call + " call it"
	}
	return ""
}
