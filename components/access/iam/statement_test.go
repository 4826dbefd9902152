package iam_test

import "testing"

// list returns a document with one statement, whose elements are given in JSON.
func list(effect, elements string) string { return doc(`{"Effect":"` + effect + `",` + elements + `}`) }

func TestActionVectors(t *testing.T) {
	action := func(elements string) []string { return []string{list("Allow", elements+`,"Resource":"*"`)} }
	runVectors(t, []vector{
		{rule: "bare * is every action", identity: action(`"Action":"*"`), want: "allow"},
		{rule: "* in the name", identity: action(`"Action":"execute-api:*"`), want: "allow"},
		{rule: "* for nothing", identity: action(`"Action":"execute-api:Invoke*"`), want: "allow"},
		{rule: "? for one character", identity: action(`"Action":"execute-api:Invok?"`), want: "allow"},
		{rule: "wildcards in any case", identity: action(`"Action":"Execute-Api:INV*"`), want: "allow"},
		{rule: "request in any case", identity: action(`"Action":"execute-api:Invoke"`), action: "EXECUTE-API:INVOKE", want: "allow"},
		{rule: "another action", identity: action(`"Action":"execute-api:ManageConnections"`), want: "implicitDeny"},
		{rule: "another service", identity: action(`"Action":"s3:*"`), want: "implicitDeny"},
		{rule: "one of a list", identity: action(`"Action":["s3:GetObject","execute-api:Invoke"]`), want: "allow"},
		{rule: "one of a long list",
			identity: action(`"Action":["a:A","a:B","a:C","a:D","a:E","a:F","a:G","execute-api:Invoke"]`), want: "allow"},
		{rule: "none of a long list", identity: action(`"Action":["a:A","a:B","a:C","a:D","a:E","a:F","a:G","a:H"]`), want: "implicitDeny"},
		{rule: "a name is matched as a whole", identity: action(`"Action":"execute-api:Invok"`), want: "implicitDeny"},
		{rule: "NotAction leaves out what it lists", identity: action(`"NotAction":"execute-api:Invoke"`), want: "implicitDeny"},
		{rule: "NotAction grants the other services", identity: action(`"NotAction":"execute-api:*"`),
			action: "s3:GetObject", resource: "arn:aws:s3:::shop/x", want: "allow"},
		{rule: "NotAction of a list", identity: action(`"NotAction":["s3:*","iam:*"]`), want: "allow"},
		{rule: "NotAction in any case", identity: action(`"NotAction":"EXECUTE-API:invoke"`), want: "implicitDeny"},
		{rule: "NotAction * leaves nothing", identity: action(`"NotAction":"*"`), want: "implicitDeny"},
		{rule: "Deny NotAction denies all but the list",
			identity: append(allowing("*"), list("Deny", `"NotAction":"s3:*","Resource":"*"`)), want: "explicitDeny"},
		{rule: "Deny NotAction spares the list",
			identity: append(allowing("*"), list("Deny", `"NotAction":"execute-api:*","Resource":"*"`)), want: "allow"},
	})
}

func TestResourceVectors(t *testing.T) {
	at := func(path string) string { return executionArn + path }
	in := func(elements string) []string { return []string{list("Allow", `"Action":"*",`+elements)} }
	runVectors(t, []vector{
		{rule: "* alone matches all", identity: allowing("*"), want: "allow"},
		{rule: "a literal ARN matches itself", identity: allowing(products), want: "allow"},
		{rule: "a literal ARN matches as a whole", identity: allowing(at("/prod/GET/product")), want: "implicitDeny"},
		{rule: "* crosses slashes", identity: allowing(at("/prod/GET/*")), resource: at("/prod/GET/a/b/c"), want: "allow"},
		{rule: "* in the stage crosses into the method", identity: allowing(at("/*/GET/products")),
			resource: at("/prod/POST/x/GET/products"), want: "allow"},
		{rule: "* in the method crosses into the path", identity: allowing(at("/prod/*/products")),
			resource: at("/prod/POST/x/products"), want: "allow"},
		{rule: "prod* is production too", identity: allowing(at("/prod*")), resource: at("/production/GET/products"), want: "allow"},
		{rule: "prod/* is not production", identity: allowing(at("/prod/*")), resource: at("/production/GET/products"), want: "implicitDeny"},
		{rule: "* for nothing", identity: allowing(products + "*"), want: "allow"},
		{rule: "? is one character", identity: allowing(at("/prod/GET/product?")), want: "allow"},
		{rule: "? is a slash too", identity: allowing(at("/prod?GET/products")), want: "allow"},
		{rule: "? is one character of several bytes", identity: allowing(at("/prod/GET/caf?")), resource: at("/prod/GET/café"), want: "allow"},
		{rule: "resources have their case", identity: allowing(at("/PROD/GET/products")), want: "implicitDeny"},
		{rule: "$default is itself", identity: allowing(at("/$default/GET/products")), resource: at("/$default/GET/products"), want: "allow"},
		{rule: "braces without $ are themselves", identity: allowing(at("/prod/GET/{id}")), resource: at("/prod/GET/7"), want: "implicitDeny"},
		{rule: "a path is not normalised: //", identity: allowing(products), resource: at("/prod/GET//products"), want: "implicitDeny"},
		{rule: "a path is not normalised: dots", identity: allowing(products), resource: at("/prod/GET/x/../products"), want: "implicitDeny"},
		{rule: "a path is not decoded", identity: allowing(products), resource: at("/prod/GET/product%73"), want: "implicitDeny"},
		{rule: "* in a request is a character", identity: allowing(products), resource: at("/prod/GET/*"), want: "implicitDeny"},
		{rule: "* in a request is matched by *", identity: allowing(at("/prod/GET/*")), resource: at("/prod/GET/*"), want: "allow"},
		{rule: "the last field holds colons", identity: allowing(at("/prod/GET/a:b")), resource: at("/prod/GET/a:b"), want: "allow"},
		{rule: "* in the last field crosses colons", identity: allowing(at("/prod/GET/*")), resource: at("/prod/GET/a:b:c"), want: "allow"},
		{rule: "* in the region stays in the region",
			identity: allowing("arn:aws:execute-api:*:111122223333:abc123/prod/GET/products"), want: "allow"},
		{rule: "* in the region does not cross colons",
			identity: allowing("arn:aws:execute-api:*:abc123/prod/GET/products:x"), want: "implicitDeny"},
		{rule: "* in the account", identity: allowing("arn:aws:execute-api:us-east-1:*:abc123/*"), want: "allow"},
		{rule: "* in the partition", identity: allowing("arn:*:execute-api:us-east-1:111122223333:abc123/*"), want: "allow"},
		{rule: "another region", identity: allowing("arn:aws:execute-api:eu-west-1:111122223333:abc123/*"), want: "implicitDeny"},
		{rule: "another account in the policy", identity: allowing("arn:aws:execute-api:us-east-1:444455556666:abc123/*"), want: "implicitDeny"},
		{rule: "another API", identity: allowing("arn:aws:execute-api:us-east-1:111122223333:abc1234/*"), want: "implicitDeny"},
		{rule: "another partition in the policy",
			identity: allowing("arn:aws-cn:execute-api:us-east-1:111122223333:abc123/*"), want: "implicitDeny"},
		{rule: "another service in the policy",
			identity: in(`"Resource":"arn:aws:apigateway:us-east-1:111122223333:abc123/*"`), want: "implicitDeny"},
		{rule: "one of a list", identity: in(`"Resource":["` + at("/x") + `","` + products + `"]`), want: "allow"},
		{rule: "a literal or a pattern of a list", identity: in(`"Resource":["` + at("/x") + `","` + at("/prod/*") + `"]`), want: "allow"},
		{rule: "NotResource leaves out what it lists", identity: in(`"NotResource":"` + products + `"`), want: "implicitDeny"},
		{rule: "NotResource is all the rest", identity: in(`"NotResource":"` + at("/prod/POST/products") + `"`), want: "allow"},
		{rule: "NotResource with *", identity: in(`"NotResource":["` + at("/dev/*") + `","` + at("/prod/*") + `"]`), want: "implicitDeny"},
		{rule: "NotResource * leaves nothing", identity: in(`"NotResource":"*"`), want: "implicitDeny"},
		{rule: "Deny NotResource", identity: append(allowing("*"), list("Deny", `"Action":"*","NotResource":"`+at("/prod/*")+`"`)), resource: at("/dev/GET/products"), want: "explicitDeny"},
		{rule: "Deny NotResource spares the list",
			identity: append(allowing("*"), list("Deny", `"Action":"*","NotResource":"`+at("/prod/*")+`"`)), want: "allow"},
		{rule: "an empty last field matches nothing", identity: in(`"Resource":"arn:aws:execute-api:us-east-1:111122223333:"`), want: "implicitDeny"},
		{rule: "an empty last field in NotResource", identity: in(`"NotResource":"arn:aws:organizations::*:"`), want: "allow"},
		{rule: "an action without resource needs *", identity: in(`"Resource":"*"`), action: "s3:ListAllMyBuckets", resource: "*", want: "allow"},
		{rule: "an action without resource, ARNs only", identity: in(`"Resource":"arn:aws:s3:::*"`),
			action: "s3:ListAllMyBuckets", resource: "*", want: "implicitDeny"},
		{rule: "an action without resource, NotResource", identity: in(`"NotResource":"arn:aws:s3:::*"`),
			action: "s3:ListAllMyBuckets", resource: "*", want: "allow"},
	})
}
