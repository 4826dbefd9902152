package iam_test

import (
	"fmt"
	"testing"

	"iam-secured-api/components/access/iam"
)

// benched compiles a vector.
func benched(b *testing.B, v vector) (*iam.Policies, *iam.Request) {
	b.Helper()
	request, err := iam.NewRequest(v.input())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	return v.policies(b), request
}

func decideLoop(b *testing.B, v vector) {
	b.Helper()
	policies, request := benched(b, v)
	for b.Loop() {
		decision, err := policies.Decide(request)
		if err != nil || decision.Effect().String() != v.want {
			b.Fatal(decision.Effect(), err)
		}
	}
}

// smallVectors are requests and policies of the usual size.
func smallVectors() []vector {
	restricted := allow(executionArn+"/prod/*", when(fromOffice+","+inWindow+","+withMFA))
	return []vector{
		{rule: "allow", identity: allowing(products), want: "allow"},
		{rule: "deny", identity: allowing(products), resource: executionArn + "/prod/POST/products", want: "implicitDeny"},
		{rule: "wildcard", identity: allowing(executionArn + "/prod/*"), want: "allow"},
		{rule: "conditions", identity: []string{restricted}, want: "allow",
			context: given("aws:SourceIp=203.0.113.9", "aws:CurrentTime=2026-01-15T12:00:00Z", "aws:MultiFactorAuthPresent=true")},
		{rule: "variable", identity: allowing(executionArn + "/prod/GET/${aws:username}"), context: given("aws:username=products"), want: "allow"},
		{rule: "AssumeRole", identity: mayAssume, trust: trusting(aws(otherIAM+"user/my-user"), when(withID)), principal: theirUser,
			action: "sts:AssumeRole", resource: executor, context: given("sts:ExternalId=shop-42"), want: "allow"},
	}
}

// BenchmarkDecide decides parsed requests by small documents.
func BenchmarkDecide(b *testing.B) {
	for _, v := range smallVectors() {
		b.Run(v.rule, func(b *testing.B) { decideLoop(b, v) })
	}
}

// BenchmarkRequest parses the request as well, as a server does.
func BenchmarkRequest(b *testing.B) {
	for _, v := range smallVectors() {
		b.Run(v.rule, func(b *testing.B) {
			policies, _ := benched(b, v)
			input := v.input()
			for b.Loop() {
				request, err := iam.NewRequest(input)
				if err != nil {
					b.Fatal(err)
				}
				if decision, err := policies.Decide(request); err != nil || decision.Effect().String() != v.want {
					b.Fatal(decision.Effect(), err)
				}
			}
		})
	}
}

// BenchmarkDecideGrowth decides requests that only the last statement or resource
// matches: among statements with a literal ARN, among statements with wildcards, and
// among literal resources of one statement.
func BenchmarkDecideGrowth(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1000} {
		literal, wild, resources := make([]string, n), make([]string, n), ""
		for i := range n {
			path := fmt.Sprintf("%s/prod/GET/route-%04d", executionArn, i)
			literal[i], wild[i] = rule("Allow", invoke, path), rule("Allow", invoke, path+"/*/x*")
			resources += `,"` + path + `"`
		}
		last := fmt.Sprintf("%s/prod/GET/route-%04d", executionArn, n-1)
		one := doc(`{"Effect":"Allow","Action":"execute-api:Invoke","Resource":[` + resources[1:] + `]}`)
		b.Run(fmt.Sprintf("statements=%d", n), func(b *testing.B) {
			decideLoop(b, vector{identity: []string{doc(literal...)}, resource: last, want: "allow"})
		})
		b.Run(fmt.Sprintf("wildcards=%d", n), func(b *testing.B) {
			decideLoop(b, vector{identity: []string{doc(wild...)}, resource: last + "/1/xy", want: "allow"})
		})
		b.Run(fmt.Sprintf("resources=%d", n), func(b *testing.B) {
			decideLoop(b, vector{identity: []string{one}, resource: last, want: "allow"})
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	document := allow(executionArn+"/prod/*", when(fromOffice+","+inWindow))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := iam.CompileIdentity(document); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReason(b *testing.B) {
	policies, request := benched(b, vector{identity: []string{allow(products, when(fromOffice))}})
	for b.Loop() {
		if decision, err := policies.Decide(request); err != nil || decision.Reason() == "" {
			b.Fatal(err)
		}
	}
}
