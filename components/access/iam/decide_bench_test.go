package iam_test

import (
	"fmt"
	"testing"

	"iam-secured-api/components/access/iam"
)

// benched is a vector, compiled.
func benched(b *testing.B, v vector) (*iam.Policies, *iam.Request) {
	b.Helper()
	policies := &iam.Policies{}
	for _, document := range v.identity {
		policy, err := iam.CompileIdentity(document)
		if err != nil {
			b.Fatal(err)
		}
		policies.Identity = append(policies.Identity, policy)
	}
	if v.trust != "" {
		trust, err := iam.CompileTrust(v.trust)
		if err != nil {
			b.Fatal(err)
		}
		policies.Trust = trust
	}
	request, err := iam.NewRequest(v.call())
	if err != nil {
		b.Fatal(err)
	}
	return policies, request
}

func decideLoop(b *testing.B, v vector) {
	b.Helper()
	policies, request := benched(b, v)
	b.ReportAllocs()
	for b.Loop() {
		decision, err := policies.Decide(request)
		if err != nil || decision.Effect().String() != v.want {
			b.Fatal(decision.Effect(), err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
}

// smallVectors are what one call of the stack of the guides is judged by.
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

// BenchmarkDecide judges prepared requests by small documents.
func BenchmarkDecide(b *testing.B) {
	for _, v := range smallVectors() {
		b.Run(v.rule, func(b *testing.B) { decideLoop(b, v) })
	}
}

// BenchmarkRequest makes the request as well, as the doors of a server do.
func BenchmarkRequest(b *testing.B) {
	for _, v := range smallVectors() {
		b.Run(v.rule, func(b *testing.B) {
			policies, _ := benched(b, v)
			call := v.call()
			b.ReportAllocs()
			for b.Loop() {
				request, err := iam.NewRequest(call)
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

// BenchmarkDecideGrowth has the matching statement or resource last: of
// statements with a literal ARN, of statements with a wildcard, and of literal
// resources in one statement.
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
