package gateway

import (
	"fmt"
	"net/http"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// decide decides on the request's own method and path by the principal's policies.
func (e *exchange) decide() error {
	arn := e.api.ExecutionARN + "/" + e.stage.StageName + "/" + e.request.Method + e.path
	if len(arn) > access.MaxCallArn {
		return &refusal{http.StatusRequestURITooLong, "Request-URI Too Long", "REQUEST_TOO_LARGE", "an ARN beyond 1,600 bytes"}
	}
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: e.caller.ARN, Action: access.ActionInvoke, Resource: arn, ResourceAccount: e.gateway.account,
		Context: e.gateway.verifier.Context(e.request, e.caller, e.gateway.account),
	})
	if err != nil {
		return failed(fmt.Sprintf("the request cannot be judged: %v", err))
	}
	decision, err := e.caller.Policies.Decide(request)
	if err != nil {
		return failed(fmt.Sprintf("the request cannot be judged: %v", err))
	}
	if e.gateway.options.Observe != nil || !decision.Allowed() { // the reason takes longer than the decision
		e.outcome.reason = decision.Reason()
	}
	if !decision.Allowed() {
		return forbidden(e.outcome.reason)
	}
	return nil
}
