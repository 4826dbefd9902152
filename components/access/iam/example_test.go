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
