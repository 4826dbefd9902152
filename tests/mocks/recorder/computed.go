package recorder

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// compute returns a resource's id and computed outputs, in the form of AWS and of
// autonaming. A type has its own case if its outputs have another form, or if
// components read more than its name and ARN.
//
// It does not use the sandbox, which knows the types too: these mocks must work
// without it.
func (c Cloud) compute(typ, name string, inputs resource.PropertyMap) (string, resource.PropertyMap) {
	text := func(key resource.PropertyKey) string {
		if v := inputs[key]; v.IsString() {
			return v.StringValue()
		}
		return ""
	}
	suffix := digits(typ + name)
	physical := cmp.Or(text("name"), name+"-"+suffix)
	switch typ {
	case Api:
		id := "api" + suffix
		return id, properties(
			"arn", c.arn("apigateway", "", "/apis/"+id),
			"apiEndpoint", "https://"+c.host(id),
			"executionArn", c.arn("execute-api", Account, id),
		)
	case Stage:
		id := text("apiId")
		path := text("name")
		if path == "$default" {
			path = ""
		}
		return text("name"), properties(
			"arn", c.arn("apigateway", "", "/apis/"+id+"/stages/"+text("name")),
			"executionArn", c.arn("execute-api", Account, id+"/"+text("name")),
			"invokeUrl", "https://"+c.host(id)+"/"+path,
		)
	case DomainName:
		endpoint := inputs["domainNameConfiguration"].ObjectValue().Copy()
		endpoint["targetDomainName"] = resource.NewProperty(c.host("d-" + suffix))
		endpoint["hostedZoneId"] = resource.NewProperty("Z" + suffix)
		return text("domainName"), resource.PropertyMap{"domainNameConfiguration": resource.NewProperty(endpoint)}
	case LogGroup:
		name := text("namePrefix") + suffix
		return name, properties("name", name, "arn", c.arn("logs", Account, "log-group:"+name))
	case Policy:
		arn := c.iam("policy" + cmp.Or(text("path"), "/") + physical)
		return arn, properties("name", physical, "arn", arn, "policyId", "ANPA"+suffix)
	case User, Group, Role, InstanceProfile:
		kind := map[string]string{User: "user/", Group: "group/", Role: "role/", InstanceProfile: "instance-profile/"}[typ]
		return physical, properties("name", physical, "arn", c.iam(kind+physical), "uniqueId", "AIDA"+suffix)
	case OidcProvider:
		arn := c.iam("oidc-provider/" + strings.TrimPrefix(text("url"), "https://"))
		return arn, properties("arn", arn)
	case Function:
		arn := c.arn("lambda", Account, "function:"+physical)
		return physical, properties("name", physical, "arn", arn, "invokeArn", c.invokeArn(arn))
	case AccessKey:
		return "AKIA" + strings.ToUpper(suffix), properties("secret", SecretKey+text("user"), "status", "Active")
	}
	service, kind, _ := strings.Cut(strings.TrimPrefix(typ, "aws:"), "/")
	kind, _, _ = strings.Cut(kind, ":")
	return physical, properties("name", physical, "arn", c.arn(service, Account, kind+"/"+physical))
}

// arn returns a regional ARN.
func (c Cloud) arn(service, account, rest string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", c.Partition, service, c.Region, account, rest)
}

func (c Cloud) invokeArn(function string) string {
	return c.arn("apigateway", "lambda", "path/2015-03-31/functions/"+function+"/invocations")
}

func (c Cloud) iam(rest string) string {
	return fmt.Sprintf("arn:%s:iam::%s:%s", c.Partition, Account, rest)
}

// host returns the default host name of an API.
func (c Cloud) host(api string) string {
	return api + ".execute-api." + c.Region + "." + c.Domain
}

// digits returns seven digits, always the same for a text.
func digits(text string) string {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(text))
	return fmt.Sprintf("%07d", hash.Sum32()%10_000_000)
}

// properties returns a map of pairs of keys and strings.
func properties(pairs ...string) resource.PropertyMap {
	m := resource.PropertyMap{}
	for i := 0; i < len(pairs); i += 2 {
		m[resource.PropertyKey(pairs[i])] = resource.NewProperty(pairs[i+1])
	}
	return m
}
