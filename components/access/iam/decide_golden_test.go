package iam_test

import "testing"

const (
	fromOffice = `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`
	inWindow   = `"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"DateLessThan":{"aws:CurrentTime":"2026-02-01T00:00:00Z"}`
	withMFA    = `"Bool":{"aws:MultiFactorAuthPresent":"true"}`
	withID     = `"StringEquals":{"sts:ExternalId":"shop-42"}`
)

// TestGoldenVectors are the cases that the guides and AWS's documentation name:
// who may call the product API, and who may assume the roles that do.
func TestGoldenVectors(t *testing.T) {
	readOnly := allowing(products)
	readWrite := []string{doc(rule("Allow", "execute-api:Invoke", products), rule("Allow", "execute-api:Invoke", executionArn+"/prod/POST/products"))}
	office := []string{allow(products), deny("*", when(`"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`))}
	post := executionArn + "/prod/POST/products"
	ec2 := trusting(service("ec2.amazonaws.com"))
	theirRoot := trusting(aws(otherIAM + "root"))
	external := trusting(aws(otherIAM+"root"), when(withID))
	runVectors(t, []vector{
		{rule: "john reads", identity: readOnly, want: "allow"},
		{rule: "john does not write", identity: readOnly, resource: post, want: "implicitDeny"},
		{rule: "john, another stage", identity: readOnly, resource: executionArn + "/dev/GET/products", want: "implicitDeny"},
		{rule: "john, slash at the end", identity: readOnly, resource: executionArn + "/prod/GET/products/", want: "implicitDeny"},
		{rule: "john, path below", identity: readOnly, resource: executionArn + "/prod/GET/products/1", want: "implicitDeny"},
		{rule: "john, method in lower case", identity: readOnly, resource: executionArn + "/prod/get/products", want: "implicitDeny"},
		{rule: "jane reads", identity: readWrite, want: "allow"},
		{rule: "jane writes", identity: readWrite, resource: post, want: "allow"},
		{rule: "prod/* reaches every method and path", identity: allowing(executionArn + "/prod/*"), resource: executionArn + "/prod/DELETE/anything", want: "allow"},
		{rule: "*/GET/* reaches a POST whose path holds /GET/", identity: allowing(executionArn + "/*/GET/*"), resource: executionArn + "/prod/POST/x/GET/y", want: "allow"},
		{rule: "actions in any case", identity: []string{doc(rule("Allow", "EXECUTE-API:invoke", products))}, want: "allow"},
		{rule: "Deny NotIpAddress, no SourceIp", identity: office, want: "explicitDeny"},
		{rule: "Allow IpAddress, inside", identity: []string{allow(products, when(fromOffice))}, context: given("aws:SourceIp=203.0.113.9"), want: "allow"},
		{rule: "Allow IpAddress, outside", identity: []string{allow(products, when(fromOffice))}, context: given("aws:SourceIp=198.51.100.1"), want: "implicitDeny"},
		{rule: "Allow IpAddress, absent", identity: []string{allow(products, when(fromOffice))}, want: "implicitDeny"},
		{rule: "Allow IpAddress, IPv6", identity: []string{allow(products, when(fromOffice))}, context: given("aws:SourceIp=2001:db8::1"), want: "implicitDeny"},
		{rule: "window, before", identity: []string{allow(products, when(inWindow))}, context: given("aws:CurrentTime=2025-12-31T23:59:59Z"), want: "implicitDeny"},
		{rule: "window, inside", identity: []string{allow(products, when(inWindow))}, context: given("aws:CurrentTime=2026-01-15T12:00:00Z"), want: "allow"},
		{rule: "window, after", identity: []string{allow(products, when(inWindow))}, context: given("aws:CurrentTime=2026-02-01T00:00:01Z"), want: "implicitDeny"},
		{rule: "window, on the bound", identity: []string{allow(products, when(inWindow))}, context: given("aws:CurrentTime=2026-01-01T00:00:00Z"), want: "implicitDeny"},
		{rule: "access key, Bool MFA", identity: []string{allow(products, when(withMFA))}, want: "implicitDeny"},
		{rule: "access key, BoolIfExists MFA lets it through", identity: []string{allow(products, when(`"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}`))}, want: "allow"},
		{rule: "EC2 assumes its role", trust: ec2, principal: "ec2.amazonaws.com", action: "sts:AssumeRole", resource: reader, want: "allow"},
		{rule: "EC2 role reads", identity: readOnly, trust: ec2, principal: session, want: "allow"},
		{rule: "EC2 role does not write", identity: readOnly, trust: ec2, principal: session, resource: post, want: "implicitDeny"},
		{rule: "other account, trust alone", trust: theirRoot, principal: theirUser, action: "sts:AssumeRole", resource: executor, want: "implicitDeny"},
		{rule: "other account, trust and identity", identity: mayAssume, trust: theirRoot, principal: theirUser, action: "sts:AssumeRole", resource: executor, want: "allow"},
		{rule: "the session that comes of it reads", identity: readOnly, principal: "arn:aws:sts::111122223333:assumed-role/executor/my-user", want: "allow"},
		{rule: "external id, absent", identity: mayAssume, trust: external, principal: theirUser, action: "sts:AssumeRole", resource: executor, want: "implicitDeny"},
		{rule: "external id, wrong", identity: mayAssume, trust: external, principal: theirUser, action: "sts:AssumeRole", resource: executor, context: given("sts:ExternalId=shop-43"), want: "implicitDeny"},
		{rule: "external id, right", identity: mayAssume, trust: external, principal: theirUser, action: "sts:AssumeRole", resource: executor, context: given("sts:ExternalId=shop-42"), want: "allow"},
		{rule: "the guide's trust in API Gateway", identity: mayAssume, trust: trusting(service("apigateway.amazonaws.com")), principal: theirUser, action: "sts:AssumeRole", resource: executor, want: "implicitDeny"},
		{rule: "same account, trust names the user", trust: trusting(aws(john)), action: "sts:AssumeRole", resource: executor, want: "allow"},
		{rule: "other account calls directly", identity: readOnly, principal: theirUser, want: "implicitDeny"},
		{rule: "session policy narrows the role", identity: readWrite, session: allow(products), principal: session, resource: post, want: "implicitDeny"},
		{rule: "boundary narrows the user", identity: allowing("*"), boundary: allow(products), resource: post, want: "implicitDeny"},
	})
}
