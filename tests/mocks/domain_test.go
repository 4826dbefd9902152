package mocks

import (
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/tests/mocks/recorder"
)

const certificateArn = "arn:aws:acm:us-east-1:111122223333:certificate/own"

func domainArgs(_ given, name string) *components.DomainArgs {
	const isolated = "arn:aws-iso:acm:us-iso-east-1:111122223333:certificate/own"
	return &components.DomainArgs{
		Name: name + ".example.com", CertificateArn: isolated, HostedZoneId: "Z123",
		MutualTls: &components.MutualTls{
			TruststoreUri: "s3://shop/clients.pem", TruststoreVersion: "v7", OwnershipVerificationCertificateArn: isolated,
		},
		Tags: maps.Clone(tags),
	}
}

func TestDomainRefuses(t *testing.T) {
	type args = components.DomainArgs
	refuse(t, "Domain", []refusal[args]{
		{"no name", func(a *args) { a.Name = "" }, []problem{{"Name", `""`, "must be a DNS name"}}},
		{"a wildcard", func(a *args) { a.Name = "*.example.com" }, []problem{{"Name", `"*.example.com"`, "no URL with a wildcard"}}},
		{"no certificate", func(a *args) { a.CertificateArn = "" }, []problem{{"CertificateArn", `""`, "must be the ARN"}}},
		{"a path of a zone", func(a *args) { a.HostedZoneId = "/hostedzone/Z1" }, []problem{{"HostedZoneId", `"/hostedzone/Z1"`, "without /hostedzone/"}}},
		{"no truststore", func(a *args) { a.MutualTls = &components.MutualTls{} }, []problem{{"MutualTls.TruststoreUri", `""`, "s3://BUCKET/KEY"}}},
		{"a version with a space", func(a *args) {
			a.MutualTls = &components.MutualTls{TruststoreUri: "s3://shop/k", TruststoreVersion: "v 7"}
		},
			[]problem{{"MutualTls.TruststoreVersion", `"v 7"`, "without spaces"}}},
		{"a bad ownership certificate", func(a *args) {
			a.MutualTls = &components.MutualTls{TruststoreUri: "s3://shop/k", OwnershipVerificationCertificateArn: "own"}
		}, []problem{{"MutualTls.OwnershipVerificationCertificateArn", `"own"`, "must be the ARN"}}},
		{"a reserved tag", func(a *args) { a.Tags = map[string]string{"aws:x": "y"} }, []problem{{"Tags", `"aws:x"`, "not beginning with"}}},
	})
}

// TestApiOfADomain requires that the API's own endpoint is disabled after the domain and
// its record exist, and that the stage is mapped last.
func TestApiOfADomain(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		for _, keep := range []bool{false, true} {
			recording, err := run.Do(func(ctx *pulumi.Context) error {
				domain, err := components.NewDomain(ctx, "domain", &components.DomainArgs{
					Name: "api.example.com", CertificateArn: certificateArn, HostedZoneId: "Z123",
				})
				if err != nil {
					return err
				}
				args := httpApiArgs(given{}, "shop")
				args.Domain, args.KeepEndpoint = domain, keep
				api, err := components.NewHttpApi(ctx, "shop", args)
				if err != nil {
					return err
				}
				recorder.Export(ctx, domain)
				ctx.Export("invokeUrl", api.InvokeUrl)
				return nil
			})
			require.NoError(t, err)
			domain, record := recording.One(t, recorder.DomainName), recording.One(t, recorder.Record)
			api, mapping, stage := recording.One(t, recorder.Api), recording.One(t, recorder.ApiMapping), recording.One(t, recorder.Stage)
			require.Equal(t, object{"certificateArn": certificateArn, "endpointType": "REGIONAL", "securityPolicy": "TLS_1_2"},
				domain.Input("domainNameConfiguration"))
			require.Nil(t, domain.Input("mutualTlsAuthentication"))
			require.Equal(t, "A", record.Input("type"))
			require.Equal(t, "Z123", record.Input("zoneId"))
			require.Equal(t, "api.example.com", record.Input("name"))
			require.Equal(t, "live", mapping.Input("stage"))
			require.Nil(t, mapping.Input("apiMappingKey"))
			require.Contains(t, mapping.DependsOn, stage.URN)
			require.Equal(t, []string{"stage"}, mapping.ReplaceOnChanges)
			if keep {
				require.Nil(t, api.Input("disableExecuteApiEndpoint"))
				require.Empty(t, api.DependsOn)
			} else {
				require.Equal(t, true, api.Input("disableExecuteApiEndpoint"))
				require.ElementsMatch(t, []resource.URN{domain.URN, record.URN}, api.DependsOn)
			}
			if run.Preview {
				continue
			}
			target := domain.Output("domainNameConfiguration").(object)
			require.Equal(t, list{object{"name": target["targetDomainName"], "zoneId": target["hostedZoneId"], "evaluateTargetHealth": false}},
				record.Input("aliases"))
			require.Equal(t, domain.ID, mapping.Input("domainName"))
			require.Equal(t, api.ID, mapping.Input("apiId"))
			require.Equal(t, "https://api.example.com", recording.Output("invokeUrl"))
			require.Equal(t, target["targetDomainName"], recording.Output("targetName"))
			require.Equal(t, target["hostedZoneId"], recording.Output("targetHostedZoneId"))
		}
	})
}

// TestStackWithADomain requires the outputs of a stack with a domain, and that the rest of
// the stack is as without one.
func TestStackWithADomain(t *testing.T) {
	without := deployStack(t, recorder.Run{}, stack(t, "sandbox"))
	with := deployStack(t, recorder.Run{}, stack(t, "sandbox").With(recorder.ParseStack(t, `
config:
  domain: {name: api.example.com, certificateArn: "`+certificateArn+`"}
`)))
	require.Empty(t, with.All(recorder.Record))
	require.Equal(t, "https://api.example.com", with.Output("invokeUrl"))
	target := with.One(t, recorder.DomainName).Output("domainNameConfiguration").(object)
	require.Equal(t, object{"name": target["targetDomainName"], "hostedZoneId": target["hostedZoneId"]}, with.Output("domainTarget"))
	require.NotContains(t, without.Outputs, resource.PropertyKey("domainTarget"))
	require.Empty(t, without.All(recorder.DomainName))
	require.Nil(t, without.One(t, recorder.Api).Input("disableExecuteApiEndpoint"))
	for _, r := range without.Resources {
		if r.Type != recorder.Api && r.Type != recorder.Function && r.Custom { // the function's archive is another file
			require.Contains(t, with.Resources, r, "%s", r)
		}
	}
}
