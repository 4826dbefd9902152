package gateway

import (
	"fmt"
	"net/http"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// decide lets the policies of the caller decide on the request's own method and
// path.
func (c *call) decide() error {
	arn := c.api.ExecutionARN + "/" + c.stage.StageName + "/" + c.request.Method + c.path
	if len(arn) > access.MaxCallArn {
		return &refusal{http.StatusRequestURITooLong, "Request-URI Too Long", "REQUEST_TOO_LARGE", "an ARN beyond 1,600 bytes"}
	}
	request, err := iam.NewRequest(iam.Call{
		Principal: c.caller.ARN, Action: access.ActionInvoke, Resource: arn, ResourceAccount: c.gateway.account,
		Context: c.gateway.verifier.Context(c.request, c.caller, c.gateway.account),
	})
	if err != nil {
		return failed(fmt.Sprintf("the request cannot be judged: %v", err))
	}
	decision, err := c.caller.Policies.Decide(request)
	if err != nil {
		return failed(fmt.Sprintf("the request cannot be judged: %v", err))
	}
	if c.gateway.options.Answered != nil || !decision.Allowed() { // it takes longer than the decision
		c.outcome.reason = decision.Reason()
	}
	if !decision.Allowed() {
		return forbidden(c.outcome.reason)
	}
	return nil
}
