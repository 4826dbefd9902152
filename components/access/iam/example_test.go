package iam_test

import (
	"fmt"
	"log"

	"iam-secured-api/components/access/iam"
)

// An identity policy allows the request.
func Example() {
	policy, err := iam.CompileIdentity(`{
		"Version": "2012-10-17",
		"Statement": {
			"Sid": "ReadReports",
			"Effect": "Allow",
			"Action": "s3:GetObject",
			"Resource": "arn:aws:s3:::reports/${aws:username}/*"
		}
	}`)
	if err != nil {
		log.Fatal(err)
	}
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: "arn:aws:iam::111122223333:user/ann",
		Action:    "s3:GetObject",
		Resource:  "arn:aws:s3:::reports/ann/2026.csv",
		Context:   map[string][]string{"aws:username": {"ann"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	policies := iam.Policies{Identity: []*iam.IdentityPolicy{policy}}
	decision, err := policies.Decide(request)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(decision.Effect())
	fmt.Println(decision.Reason())
	// Output:
	// allow
	// statement 0 "ReadReports" of identity[0] allows s3:GetObject on arn:aws:s3:::reports/ann/2026.csv
}

// A Deny wins over every Allow. Statement returns the reason as data.
func ExampleDecision_Statement() {
	policy, err := iam.CompileIdentity(`{
		"Version": "2012-10-17",
		"Statement": [
			{"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
			{
				"Sid": "OnlyFromOffice",
				"Effect": "Deny",
				"Action": "*",
				"Resource": "*",
				"Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
			}
		]
	}`)
	if err != nil {
		log.Fatal(err)
	}
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: "arn:aws:iam::111122223333:user/ann",
		Action:    "s3:GetObject",
		Resource:  "arn:aws:s3:::reports/2026.csv",
		Context:   map[string][]string{"aws:SourceIp": {"198.51.100.7"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	policies := iam.Policies{Identity: []*iam.IdentityPolicy{policy}}
	decision, err := policies.Decide(request)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(decision.Effect())
	fmt.Println(decision.Reason())
	if statement, ok := decision.Statement(); ok {
		fmt.Println(statement.Sid, statement.Conditions)
	}
	// Output:
	// explicitDeny
	// statement 1 "OnlyFromOffice" of identity[0] denies s3:GetObject on arn:aws:s3:::reports/2026.csv
	// OnlyFromOffice [NotIpAddress aws:SourceIp 203.0.113.0/24]
}

// A user of another account assumes a role. The trust policy of the role and an
// identity policy of the user must allow it.
func ExamplePolicies_Decide_assumeRole() {
	trust, err := iam.CompileTrust(`{
		"Version": "2012-10-17",
		"Statement": {
			"Effect": "Allow",
			"Principal": {"AWS": "444455556666"},
			"Action": "sts:AssumeRole",
			"Condition": {"StringEquals": {"sts:ExternalId": "shop-42"}}
		}
	}`)
	if err != nil {
		log.Fatal(err)
	}
	identity, err := iam.CompileIdentity(`{
		"Version": "2012-10-17",
		"Statement": {
			"Effect": "Allow",
			"Action": "sts:AssumeRole",
			"Resource": "arn:aws:iam::111122223333:role/reader"
		}
	}`)
	if err != nil {
		log.Fatal(err)
	}
	policies := iam.Policies{Identity: []*iam.IdentityPolicy{identity}, Trust: trust}
	for _, externalID := range []string{"shop-42", "shop-43"} {
		request, err := iam.NewRequest(iam.RequestInput{
			Principal: "arn:aws:iam::444455556666:user/ann",
			Action:    "sts:AssumeRole",
			Resource:  "arn:aws:iam::111122223333:role/reader",
			Context:   map[string][]string{"sts:ExternalId": {externalID}},
		})
		if err != nil {
			log.Fatal(err)
		}
		decision, err := policies.Decide(request)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(externalID, decision.Allowed())
	}
	// Output:
	// shop-42 true
	// shop-43 false
}

// A condition cannot be judged, as the request's value is not an IP address. Decide
// returns an error where the decision depends on it, and decides where it does not.
func ExamplePolicies_Decide_unknown() {
	office, err := iam.CompileIdentity(`{
		"Version": "2012-10-17",
		"Statement": {
			"Effect": "Allow",
			"Action": "s3:*",
			"Resource": "*",
			"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
		}
	}`)
	if err != nil {
		log.Fatal(err)
	}
	everywhere, err := iam.CompileIdentity(`{
		"Version": "2012-10-17",
		"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
	}`)
	if err != nil {
		log.Fatal(err)
	}
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: "arn:aws:iam::111122223333:user/ann",
		Action:    "s3:GetObject",
		Resource:  "arn:aws:s3:::reports/2026.csv",
		Context:   map[string][]string{"aws:SourceIp": {"unknown"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	policies := iam.Policies{Identity: []*iam.IdentityPolicy{office}}
	_, err = policies.Decide(request)
	fmt.Println(err)

	policies.Identity = append(policies.Identity, everywhere)
	decision, err := policies.Decide(request)
	fmt.Println(decision.Effect(), err)
	// Output:
	// identity[0]: statement 0: the context key "aws:SourceIp": "unknown" must be an IP address, such as "203.0.113.9" or "2001:db8::1"
	// allow <nil>
}
