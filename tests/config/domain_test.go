package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

// certificate returns the ARN of a certificate.
func certificate(region, account string) string {
	return "arn:aws:acm:" + region + ":" + account + ":certificate/0a1b2c3d"
}

// domain returns a configuration with a domain and more fields, which may replace its own.
func domain(name, arn, more string) string {
	return `domain: {name: "` + name + `", certificateArn: "` + arn + `"` + more + `}`
}

func TestBadDomainsAreRefused(t *testing.T) {
	ours := certificate("us-east-1", "111122223333")
	named := func(name string) string { return domain(name, ours, "") }
	with := func(more string) string { return domain("api.example.com", ours, ", "+more) }
	mutual := func(fields string) string { return with(`mutualTls: {` + fields + `}`) }
	label := strings.Repeat("a", 63)
	tooLong := strings.Repeat(label+".", 4)[:251] + ".io"
	const nameAt, certificateAt, zoneAt, uriAt, versionAt = "domain.name", "domain.certificateArn", "domain.hostedZoneId",
		"domain.mutualTls.truststoreUri", "domain.mutualTls.truststoreVersion"
	refuse(t, []row{
		{"text", `domain: api.example.com`, []problem{{"domain", `"api.example.com"`, "must be a map with certificateArn, hostedZoneId, keepEndpoint, mutualTls, name"}}},
		{"no name and no certificate", `domain: {hostedZoneId: Z1}`, []problem{{"domain", `Z1`, "must have the key name"}, {"domain", `Z1`, "must have the key certificateArn"}}},
		{"an unknown key", with(`hostedZone: Z1`), []problem{{"domain.hostedZone", `"Z1"`, "(did you mean hostedZoneId?)"}}},

		{"an empty name", named(""), []problem{{nameAt, `""`, "must be a DNS name"}}},
		{"one label", named("localhost"), []problem{{nameAt, `"localhost"`, "two or more labels"}}},
		{"capitals", named("Api.example.com"), []problem{{nameAt, `"Api.example.com"`, "in lower case"}}},
		{"a dot at the end", named("api.example.com."), []problem{{nameAt, `"api.example.com."`, "without a dot at the end"}}},
		{"an empty label", named("api..example.com"), []problem{{nameAt, `"api..example.com"`, "must be a DNS name"}}},
		{"a URL", named("https://api.example.com"), []problem{{nameAt, `"https://api.example.com"`, "must be a DNS name"}}},
		{"a port", named("api.example.com:443"), []problem{{nameAt, `"api.example.com:443"`, "must be a DNS name"}}},
		{"an underscore", named("my_api.example.com"), []problem{{nameAt, `"my_api.example.com"`, "letters, digits and hyphens"}}},
		{"a hyphen at the end", named("api-.example.com"), []problem{{nameAt, `"api-.example.com"`, "must be a DNS name"}}},
		{"an address", named("192.0.2.1"), []problem{{nameAt, `"192.0.2.1"`, "must be a DNS name"}}},
		{"a wildcard", named("*.example.com"), []problem{{nameAt, `"*.example.com"`, "requests have no URL with a wildcard"}}},
		{"a label of 64", named(label + "a.example.com"), []problem{{nameAt, `example.com"`, "up to 63 letters"}}},
		{"254 characters", named(tooLong), []problem{{nameAt, `aaa…`, "up to 253 characters"}}},
		{"a number", `domain: {name: 7, certificateArn: "` + ours + `"}`, []problem{{nameAt, `7`, "as a string"}}},

		{"no ARN", domain("api.example.com", "own", ""), []problem{{certificateAt, `"own"`, "must be the ARN of a certificate"}}},
		{"a certificate of IAM", domain("api.example.com", "arn:aws:iam::111122223333:server-certificate/own", ""), []problem{{certificateAt, `server-certificate/own"`, "AWS Certificate Manager"}}},
		{"a certificate without a region", domain("api.example.com", certificate("", "111122223333"), ""), []problem{{certificateAt, `arn:aws:acm::`, "must be the ARN of a certificate"}}},
		{"a certificate of another account", with(`keepEndpoint: true`) + "\npermissionsBoundary: arn:aws:iam::444455556666:policy/b",
			[]problem{{certificateAt, ours, "must be in the account that permissionsBoundary names"}}},

		{"a path of a zone", with(`hostedZoneId: /hostedzone/Z1`), []problem{{zoneAt, `"/hostedzone/Z1"`, "without /hostedzone/"}}},
		{"a zone's name", with(`hostedZoneId: example.com`), []problem{{zoneAt, `"example.com"`, "must be the id of a hosted zone"}}},
		{"a zone of 33 characters", with(`hostedZoneId: Z` + strings.Repeat("A", 32)), []problem{{zoneAt, `"ZA`, "1 to 31 capital letters"}}},
		{"no flag", with(`keepEndpoint: "yes"`), []problem{{"domain.keepEndpoint", `"yes"`, "must be true or false"}}},

		{"mutual TLS as text", with(`mutualTls: s3://b/k`), []problem{{"domain.mutualTls", `"s3://b/k"`, "must be a map with ownershipVerificationCertificateArn, truststoreUri, truststoreVersion"}}},
		{"no truststore", mutual(``), []problem{{"domain.mutualTls", `{}`, "must have the key truststoreUri"}}},
		{"a truststore on the web", mutual(`truststoreUri: "https://shop/clients.pem"`), []problem{{uriAt, `"https://shop/clients.pem"`, "s3://BUCKET/KEY"}}},
		{"a bucket alone", mutual(`truststoreUri: "s3://shop-bucket"`), []problem{{uriAt, `"s3://shop-bucket"`, "s3://BUCKET/KEY"}}},
		{"a folder", mutual(`truststoreUri: "s3://shop-bucket/clients/"`), []problem{{uriAt, `clients/"`, "s3://BUCKET/KEY"}}},
		{"a bucket in capitals", mutual(`truststoreUri: "s3://Shop/clients.pem"`), []problem{{uriAt, `"s3://Shop/clients.pem"`, "s3://BUCKET/KEY"}}},
		{"a key with a space", mutual(`truststoreUri: "s3://shop/my clients.pem"`), []problem{{uriAt, `my clients.pem"`, "without spaces"}}},
		{"a key of 1,025", mutual(`truststoreUri: "s3://shop/` + strings.Repeat("k", 1025) + `"`), []problem{{uriAt, `kkk`, "up to 1,024"}}},
		{"an empty version", mutual(`truststoreUri: "s3://shop/k", truststoreVersion: ""`), []problem{{versionAt, `""`, "1 to 1,024 characters"}}},
		{"a version of 1,025", mutual(`truststoreUri: "s3://shop/k", truststoreVersion: ` + strings.Repeat("v", 1025)), []problem{{versionAt, `vvv`, "1 to 1,024 characters"}}},
		{"no ownership certificate", mutual(`truststoreUri: "s3://shop/k", ownershipVerificationCertificateArn: own`),
			[]problem{{"domain.mutualTls.ownershipVerificationCertificateArn", `"own"`, "must be the ARN of a certificate"}}},
		{"an ownership certificate of another account", mutual(`truststoreUri: "s3://shop/k", ownershipVerificationCertificateArn: "` + certificate("us-east-1", "444455556666") + `"`),
			[]problem{{"domain.mutualTls.ownershipVerificationCertificateArn", `444455556666`, "must be in the account that domain.certificateArn names"}}},
	})
}

// TestDomainsJustInsideTheLimits deploys domains that are as long as they may be.
func TestDomainsJustInsideTheLimits(t *testing.T) {
	label := strings.Repeat("a", 63)
	ours := certificate("us-east-1", "111122223333")
	for _, config := range []string{
		domain("a.io", ours, ""),
		domain(strings.Repeat(label+".", 4)[:250]+".io", ours, ""),
		domain(label+".xn--p1ai", ours, `, hostedZoneId: Z`+strings.Repeat("A", 31)),
		domain("1.example.com", ours, `, mutualTls: {truststoreUri: "s3://a.b/`+strings.Repeat("k", 1024)+`", truststoreVersion: `+strings.Repeat("v", 1024)+`}`),
	} {
		recorder.Both(t, func(t *testing.T, run recorder.Run) {
			run.Settings = settings(t, config)
			recording, err := run.Do(program.Deploy)
			require.NoError(t, err)
			require.Len(t, recording.All(recorder.DomainName), 1)
		})
	}
}

// TestCertificatesOfAnotherRegion requires that nothing is registered if a certificate is
// not in the stack's region.
func TestCertificatesOfAnotherRegion(t *testing.T) {
	here, elsewhere := certificate("us-east-1", "111122223333"), certificate("eu-west-1", "111122223333")
	for config, at := range map[string]string{
		domain("api.example.com", elsewhere, ""): "domain.certificateArn: ",
		domain("api.example.com", here, `, mutualTls: {truststoreUri: "s3://shop/k", ownershipVerificationCertificateArn: "`+elsewhere+`"}`): "domain.mutualTls.ownershipVerificationCertificateArn: ",
	} {
		recorder.Both(t, func(t *testing.T, run recorder.Run) {
			run.Settings = settings(t, config)
			recording, err := run.Do(program.Deploy)
			require.ErrorContains(t, err, at+`"`+elsewhere+`" must be in us-east-1, the region of the stack`)
			require.Empty(t, recording.Resources)
		})
	}
}

// TestDomainsAreWarnedOf requires a warning if the API's own endpoint makes mutual TLS
// useless.
func TestDomainsAreWarnedOf(t *testing.T) {
	warnings := func(more string) []string {
		return parse(t, settings(t, domain("api.example.com", certificate("us-east-1", "111122223333"), more)).Values).Warnings
	}
	require.Empty(t, warnings(`, keepEndpoint: true`))
	require.Empty(t, warnings(`, mutualTls: {truststoreUri: "s3://shop/k"}`))
	require.Equal(t, []string{"domain.keepEndpoint: the API's own endpoint takes requests without a client certificate, although domain.mutualTls is set"},
		warnings(`, keepEndpoint: true, mutualTls: {truststoreUri: "s3://shop/k"}`))
}
