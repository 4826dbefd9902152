package provider_test

import (
	"fmt"

	"iam-secured-api/internal/sandbox/certificates"
	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const (
	tokenDomain  = "aws:apigatewayv2/domainName:DomainName"
	tokenMapping = "aws:apigatewayv2/apiMapping:ApiMapping"
	tokenRecord  = "aws:route53/record:Record"

	certificate      = "arn:aws:acm:us-east-1:111122223333:certificate/a"
	otherCertificate = "arn:aws:acm:us-east-1:111122223333:certificate/b"
	truststore       = "s3://shop/clients.pem"
	zone             = "Z1"
)

// endpointOf returns the configuration of a domain name.
func endpointOf(certificate string) props {
	return props{"certificateArn": certificate, "endpointType": "REGIONAL", "securityPolicy": "TLS_1_2"}
}

// prepareDomains creates two certificates, two versions of a truststore, a hosted zone, two
// stages, and two domain names.
func prepareDomains(e *engine, g *ground) {
	for _, arn := range []string{certificate, otherCertificate} {
		OK(e.region.AddCertificate(cloud.Certificate{ARN: arn, Names: []string{"*.example.com"}}))
	}
	authority := Must(certificates.New("test"))
	for _, version := range []string{"1", "2"} {
		OK(e.region.AddTruststore(truststore, version, string(authority.PEM())))
	}
	OK(e.account.AddHostedZone(zone, "example.com"))
	for i := range g.targets {
		Must(e.region.CreateStage(g.api, fmt.Sprintf("stage%d", i), cloud.StageSettings{AutoDeploy: true}))
		d := Must(e.region.CreateDomainName(cloud.DomainSettings{Domain: fmt.Sprintf("ground%d.example.com", i),
			Endpoint: cloud.DomainEndpoint{CertificateARN: certificate, EndpointType: "REGIONAL", SecurityPolicy: "TLS_1_2"}}))
		g.targets[i] = props{"name": d.Endpoint.TargetDomainName, "zoneId": d.Endpoint.HostedZoneID, "evaluateTargetHealth": false}
	}
}

func domainSamples() []sample {
	return []sample{
		{tokenDomain, "domainName", func(ground) props {
			return props{"domainName": "api.example.com", "domainNameConfiguration": endpointOf(certificate),
				"mutualTlsAuthentication": props{"truststoreUri": truststore, "truststoreVersion": "1"}, "tags": props{"team": "shop", "env": "dev"}}
		}, func(ground) props {
			return props{"domainNameConfiguration": endpointOf(otherCertificate), "mutualTlsAuthentication": props{"truststoreUri": truststore},
				"tags": props{"team": "books", "zone": "a"}}
		}, id},
		{tokenMapping, "apiId domainName", func(g ground) props {
			return props{"apiId": g.api, "domainName": "ground0.example.com", "stage": "stage0"}
		}, func(ground) props { return props{"stage": "stage1"} }, func(r res) string { return r.id + "/" + r.state["domainName"].(string) }},
		{tokenRecord, "name type zoneId", func(g ground) props {
			return props{"zoneId": zone, "name": "www.example.com", "type": "A", "aliases": []any{g.targets[0]}}
		}, func(g ground) props { return props{"aliases": []any{g.targets[1]}} }, id},
	}
}

// only returns a property of a state, without the fields of an object that the input omits.
func only(input, state any) any {
	in, isObject := input.(props)
	all, ok := state.(props)
	if !isObject || !ok {
		return state
	}
	out := props{}
	for k := range all {
		if _, is := in[k]; is || len(in) == 0 {
			out[k] = all[k]
		}
	}
	return out
}
