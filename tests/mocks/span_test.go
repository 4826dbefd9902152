package mocks

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/tests/mocks/recorder"
)

// spanning deploys two APIs, and a policy that spans both and is attached to a role, with
// changed arguments.
func spanning(change func(*components.AttachPoliciesArgs)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		arns, parts := map[string]pulumi.StringInput{}, map[string]*access.Policy{}
		for _, name := range []string{"catalog", "orders"} {
			api, err := components.NewHttpApi(ctx, name, &components.HttpApiArgs{
				Name: name, Routes: routesOf(map[string]access.RouteArgs{"GET /" + name: {}, "POST /" + name: {}}),
				Backend: components.Backend{Url: "https://" + name + ".example.com"},
			})
			if err != nil {
				return err
			}
			arns[name] = api.ExecutionArn
			if parts[name], err = api.Policy([]string{"GET *"}, access.Conditions{SecureTransport: name == "orders"}); err != nil {
				return err
			}
		}
		worker, err := components.NewRole(ctx, "worker", &components.RoleArgs{
			Name: "worker", Trust: access.ServiceTrust{Service: "lambda"}, ExecutionArn: arns["orders"],
		})
		if err != nil {
			return err
		}
		team, err := access.Span(parts)
		if err != nil {
			return err
		}
		args := &components.AttachPoliciesArgs{
			ExecutionArns: arns, Policies: map[string]*access.Policy{"team": team},
			To: []components.Attachment{{Principal: worker, Policies: []string{"team"}}},
		}
		change(args)
		_, err = components.AttachPolicies(ctx, args)
		return err
	}
}

// TestPolicyThatSpansApis checks that there is one managed policy for both APIs, whose
// document is known once both are.
func TestPolicyThatSpansApis(t *testing.T) {
	program := spanning(func(*components.AttachPoliciesArgs) {})
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := run.Must(t, program)
		requireDescent(t, recording, recording.Resources)
		requireUniqueURNs(t, recording)
		policy := recording.One(t, recorder.Policy)
		require.Equal(t, "team-invoke", policy.Name)
		require.Equal(t, policy.Output("arn"), recording.One(t, recorder.RolePolicyAttachment).Input("policyArn"))
		require.Equal(t, object{"apis": object{
			"catalog": object{"stage": "prod", "allow": list{"GET *"}},
			"orders":  object{"stage": "prod", "allow": list{"GET *"}},
		}}, recorder.Plain(recording.One(t, components.TypeInvokePolicy).Inputs))
		if run.Preview {
			require.Equal(t, recorder.Unknown, policy.Input("policy"))
			return
		}
		arn := func(api string) string {
			return recording.Named(t, "aws:apigatewayv2/api:Api", api+"-api").Output("executionArn").(string)
		}
		require.NotEqual(t, arn("catalog"), arn("orders"))
		catalog, orders := invokeDocument(arn("catalog")+"/prod/GET/catalog"), invokeDocument(arn("orders")+"/prod/GET/orders")
		under(object{"Bool": object{"aws:SecureTransport": "true"}}, orders)
		statements := append(catalog["Statement"].(list), orders["Statement"].(list)...)
		statements[0].(object)["Sid"], statements[1].(object)["Sid"] = "InvokeApiCatalog", "InvokeApiOrders"
		require.Equal(t, object{"Version": "2012-10-17", "Statement": statements}, policy.Document(t, "policy"))
	})
	requireSamePreview(t, recorder.Run{}.Must(t, program), recorder.Run{Preview: true}.Must(t, program))
}

// TestPolicyThatSpansApisRefuses checks that all problems are reported before a policy is
// registered, and those of the execution ARNs once they are known.
func TestPolicyThatSpansApisRefuses(t *testing.T) {
	type args = components.AttachPoliciesArgs
	for name, test := range map[string]struct {
		change func(*args)
		want   []string
	}{
		"an ARN is missing": {func(a *args) { delete(a.ExecutionArns, "orders") },
			[]string{`AttachPolicies: ExecutionArns["orders"]: must be set`}},
		"all ARNs are missing, and the principal": {func(a *args) { a.ExecutionArns, a.To[0].Principal = nil, nil }, []string{
			`AttachPolicies: ExecutionArns["catalog"]: must be set`, `AttachPolicies: ExecutionArns["orders"]: must be set`,
			`AttachPolicies: To[0].Principal: must be set`}},
		"only the ARN of one API": {func(a *args) { a.ExecutionArn, a.ExecutionArns = a.ExecutionArns["catalog"], nil },
			[]string{`ExecutionArns["catalog"]: must be set`, `ExecutionArns["orders"]: must be set`}},
		"a policy of one API, too": {func(a *args) { a.Policies["one"] = a.Policies["team"].Apis["orders"] },
			[]string{"AttachPolicies: ExecutionArn: must be set"}},
		"conditions that no role meets": {func(a *args) {
			part := *a.Policies["team"].Apis["orders"]
			part.Conditions = access.Conditions{RequireMFA: true}
			a.Policies["team"].Apis["orders"] = &part
		}, []string{`AttachPolicies: To[0].Policies: "team" for the API "orders": `}},
		"another account": {func(a *args) {
			a.ExecutionArns["orders"] = pulumi.String("arn:aws:execute-api:us-east-1:999999999999:a1b2c3d4e5")
		}, []string{"all APIs of a policy must be in one account"}},
		"one API twice": {func(a *args) { a.ExecutionArns["orders"] = a.ExecutionArns["catalog"] },
			[]string{`"catalog" and "orders" are the same stage of one API`}},
	} {
		t.Run(name, func(t *testing.T) {
			recording, err := recorder.Run{}.Do(spanning(test.change))
			require.Error(t, err)
			require.Empty(t, recording.All(recorder.Policy))
			for _, want := range test.want {
				require.Contains(t, err.Error(), want)
			}
			require.LessOrEqual(t, strings.Count(err.Error(), "AttachPolicies:"), len(test.want))
		})
	}
}
